"""``tflint-gemm doctor``: why the matrix product fails on this machine, or that it does not.

Looks at the machine, the environment, the GPUs and TensorFlow, and then multiplies.  TensorFlow runs in a child process
with the user's own environment, so that what kills it is a line here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tflint_gemm.doctor import gpus, machine, products, runtime, variables
from tflint_gemm.doctor.lines import Line
from tflint_gemm.doctor.show import present

__all__ = ["Line", "examine", "present"]


def examine(python: str, environment: Mapping[str, str]) -> Iterator[Line]:
    """The lines, as they are found out; ``python`` is the interpreter that has TensorFlow."""
    interpreter = machine.interpreter(python)
    yield interpreter
    yield from machine.look(environment)
    driver = gpus.ask()
    yield from variables.look(environment, driver.count)
    yield from gpus.look(driver)
    if interpreter.status == "problem":
        return
    with runtime.Runtime(python, environment) as child:
        facts = child.ask({"ask": "facts"}, runtime.START_SECONDS)
        yield from runtime.look(facts, python, driver, environment)
        if "tensorflow" in facts:
            yield from products.look(child, facts, machine.room())
