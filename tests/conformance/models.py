"""What is compared: every registered model, and Python's operators as if they were registered ops."""

from __future__ import annotations

import functools
from collections.abc import Callable

from tflint_gemm import ops
from tflint_gemm.domain.values import UNKNOWN, Value
from tflint_gemm.ops import operators, registry
from tflint_gemm.ops.op_model import OpModel

_BINARY = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "&": "and_", "|": "or_", "^": "xor",
}  # fmt: skip
_COMPARISONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_UNARY = {"-": "neg", "~": "invert", "+": "pos"}


_FILES = ("keras.datasets.", "keras.applications.", "numpy.save", "numpy.load")  # these fetch or write files
FOREIGN = (
    "argparse.",
    "(DataSet).",
    "sklearn.",
    "pandas.",
    "PIL.",
    "cv2.",
    "tensorflow_addons.",
    "(iloc)",
    "(loc)",
    "(scipy",
)
"""What is neither TensorFlow's nor NumPy's: other libraries', and a class of TensorFlow 1's tutorials."""


@functools.cache
def models() -> dict[str, OpModel]:
    """Every model by its canonical name."""
    ops.load()
    registered = {name: model for name, model in registry.MODELS.items() if not name.startswith(_FILES + FOREIGN)}
    return {**registered, **_operators()}


def _operators() -> dict[str, OpModel]:
    """The operators under the names that Python's ``operator`` module gives them."""
    found = [_binary(name, symbol, operators.binary) for symbol, name in _BINARY.items()]
    found += [_binary(name, symbol, operators.compare) for symbol, name in _COMPARISONS.items()]
    found += [_unary(name, symbol) for symbol, name in _UNARY.items()]
    return {model.name: model for model in found}


def _binary(name: str, symbol: str, rule: Callable[[str, Value, Value], Value | None]) -> OpModel:
    def model(x: Value, y: Value) -> Value:
        return rule(symbol, x, y) or UNKNOWN

    return OpModel(f"operator.{name}", model)


def _unary(name: str, symbol: str) -> OpModel:
    def model(x: Value) -> Value:
        return operators.unary(symbol, x) or UNKNOWN

    return OpModel(f"operator.{name}", model)
