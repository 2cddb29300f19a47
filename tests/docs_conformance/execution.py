"""Runs one block of examples under TensorFlow and records what its expressions evaluate to."""

from __future__ import annotations

import ast
import linecache
import traceback
from dataclasses import asdict, dataclass, field
from typing import Any

import tensorflow as tf

from tests.agreement import recording

from .examples import Block


@dataclass
class Failure:
    """An example that raised: on which lines of the program, innermost last, and what."""

    example: int
    lines: list[int]
    types: list[str]
    message: str


@dataclass
class Truth:
    """What happened: the tensors at each place, the places whose evaluation came to an end, and the failures."""

    observed: list[tuple[recording.Place, list[tuple[str, list[int | None] | None]]]] = field(default_factory=list)
    completed: list[recording.Place] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    ended: bool = True


def execute(block: Block) -> dict[str, Any]:
    """Run the block as doctest does, on after an example that raises; the ``Truth`` as plain data."""
    truth = _execute(block)
    if any("OperatorNotAllowedInGraphError" in failure.types for failure in truth.failures):
        # AutoGraph must translate a function here, and needs its source; what is inside is not recorded then.
        linecache.cache[_file(block)] = (len(block.text), None, block.text.splitlines(True), _file(block))
        truth = _execute(block)
    return asdict(truth)


def _file(block: Block) -> str:
    return f"<examples of {block.api}>"


def _execute(block: Block) -> Truth:
    tree, recorded = recording.instrument(block.text)
    namespace: dict[str, Any] = {"__name__": "__main__", recording.RECORDER: recorded.record}
    truth = Truth()
    for number in range(-1, len(block.starts)):
        statements = [node for node in tree.body if block.example_at(node.lineno) == number]
        code = compile(ast.Module(statements, []), _file(block), "exec", dont_inherit=True)
        try:
            exec(code, namespace)
        except (Exception, SystemExit) as error:  # whatever an example raises is what we want to know
            truth.failures.append(_failure(block, number, error))
    places = [recording.place(node) for node in recorded.nodes]
    truth.completed = [places[number] for number in sorted(recorded.completed)]
    for number, observations in sorted(recorded.observed.items()):
        kept = [(seen.dtype, None if seen.shape is None else list(seen.shape)) for seen in observations]
        truth.observed.append((places[number], sorted(kept, key=str)))
    return truth


def _failure(block: Block, example: int, error: BaseException) -> Failure:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == _file(block) and frame.lineno is not None]
    types = [cls.__name__ for cls in type(error).__mro__ if cls not in (object, BaseException, Exception)]
    return Failure(example, lines, types, str(error)[:2000])


def prepare() -> None:
    """What must be so before the first block, without waking TensorFlow up."""
    tf.get_logger().setLevel("ERROR")
