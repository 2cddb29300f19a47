"""Python's operators on tensors, as the overrides of ``tf.Tensor``, ``tf.Variable`` and Keras tensors do them.

The tensor decides, on whichever side it stands and in a graph as well: arrays and Python numbers take its dtype.
"""

from __future__ import annotations

from dataclasses import dataclass

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.join import python_type
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import ANY_TENSOR, FALSE, NONE, TRUE, UNKNOWN, Kind, Tensor, Value
from tflint_gemm.ops import composites, elements, numpy_math, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import to_operand, to_tensor
from tflint_gemm.ops.elements import Evaluate
from tflint_gemm.ops.families import binary_result, check_kernel
from tflint_gemm.ops.linalg import matmul
from tflint_gemm.ops.math import quotient, quotient_dtype
from tflint_gemm.ops.numpy_common import to_array
from tflint_gemm.ops.violations import BroadcastMismatch, DTypeMismatch, InvalidArgument
from tflint_gemm.replacing import replace


@dataclass(frozen=True, slots=True)
class _Operator:
    """The raw op behind an operator; ``logical`` is the one that booleans get instead."""

    raw_op: str
    evaluate: Evaluate | None = None
    logical: str | None = None


_ARITHMETIC = {
    "+": _Operator("AddV2", elements.add),
    "-": _Operator("Sub", elements.subtract),
    "*": _Operator("Mul", elements.multiply, "LogicalAnd"),
    "//": _Operator("FloorDiv", elements.floordiv),
    "%": _Operator("FloorMod", elements.floormod),
    "**": _Operator("Pow", elements.power),
    "&": _Operator("BitwiseAnd", None, "LogicalAnd"),
    "|": _Operator("BitwiseOr", None, "LogicalOr"),
    "^": _Operator("BitwiseXor", None, "LogicalXor"),
}
_COMPARISONS = {
    "<": _Operator("Less", elements.less),
    "<=": _Operator("LessEqual", elements.less_equal),
    ">": _Operator("Greater", elements.greater),
    ">=": _Operator("GreaterEqual", elements.greater_equal),
    "==": _Operator("Equal", elements.equal),
    "!=": _Operator("NotEqual", elements.not_equal),
}
_NOT_OVERLOADED = {"<<", ">>"}


def binary(symbol: str, left: Value, right: Value) -> Value | None:
    """``left symbol right`` where one of them is a tensor or an array, else None.

    Raises DTypeMismatch, NoKernel, BroadcastMismatch, the violations of a matrix product, InvalidArgument.
    """
    operands = _operands(left, right)
    if operands is None or (symbol == "%" and python_type(left) in ("str", "bytes")):
        return None
    x, y = operands
    if (symbol == "*" and (_repeats(left, y) or _repeats(right, x))) or (symbol == "%" and left == UNKNOWN):
        return UNKNOWN
    if not _is_tensorflow(left) and not _is_tensorflow(right):
        return _without_tensorflow(symbol, to_array(left), to_array(right))
    if Kind.KERAS in (x.kind, y.kind):
        return _keras_operator(symbol, x, y)
    if Kind.RAGGED in (x.kind, y.kind) or Kind.SPARSE in (x.kind, y.kind):
        return _ragged_operator(symbol, x, y)
    if symbol in _NOT_OVERLOADED:
        return _not_overloaded(symbol, x, y)
    if symbol == "@" and x.promotes and not (x.rank and x.rank > 1 and y.rank and y.rank > 1):
        return ANY_TENSOR  # Keras's product, which takes vectors
    if (x.promotes or y.promotes) and x.dtype != y.dtype:
        return _promoting_operator(symbol, x, y)
    return _tensor_operator(symbol, x, y)


def _ragged_operator(symbol: str, x: Tensor, y: Tensor) -> Value:
    """Where the rows of the result are those of an operand: the other is a scalar, or has the same rows."""
    composite, other = (x, y) if x.kind is Kind.RAGGED else (y, x)
    keeps_dtype = symbol in ("+", "-", "*", "//", "%", "**") or (x.dtype is not None and x.dtype.is_floating)
    if Kind.SPARSE in (x.kind, y.kind) or symbol == "@" or symbol in _NOT_OVERLOADED:
        return UNKNOWN
    same_rows = other.kind is Kind.RAGGED and composites.same_rows(composite, other)
    if not same_rows and (other.shape != () or other.kind is Kind.UNKNOWN):
        return UNKNOWN
    common = composite.dtype if other.kind is Kind.PYTHON or other.dtype == composite.dtype else None
    return composites.elementwise(composite, dtypes.BOOL if symbol in _COMPARISONS else common if keeps_dtype else None)


def _promoting_operator(symbol: str, x: Tensor, y: Tensor) -> Value | None:
    """An operator of a variable of Keras's and something of another dtype.

    Where the variable stands on the left, or TensorFlow declines (integers), Keras promotes the dtypes.
    """
    if Kind.ARRAY in (x.kind, y.kind) or (symbol == "@" and not (x.rank and x.rank > 1 and y.rank and y.rank > 1)):
        return ANY_TENSOR
    floats = x.dtype is not None and y.dtype is not None and x.dtype.is_floating and y.dtype.is_floating
    if (not x.promotes and floats) or y.kind is Kind.PYTHON:
        return _tensor_operator(symbol, x, y)
    return _tensor_operator(symbol, replace(x, dtype=None), replace(y, dtype=None))


def compare(symbol: str, left: Value, right: Value) -> Value | None:
    """``left symbol right`` for ``== != < <= > >=`` where one of them is a tensor or an array, else None."""
    if symbol not in _COMPARISONS:
        return None
    operands = _operands(left, right)
    if operands is None:
        return None
    x, y = operands
    if symbol in ("==", "!="):
        if UNKNOWN in (left, right):
            return UNKNOWN  # it may be None, and then the result is no tensor
        if NONE in (left, right) and (x.is_tensorflow or y.is_tensorflow):
            return TRUE if symbol == "!=" else FALSE
        if (x.is_tensorflow or y.is_tensorflow) and (current().v1 or Kind.KERAS in (x.kind, y.kind)):
            return UNKNOWN  # TensorFlow 1 and Keras tensors compare identities
    return binary(symbol, left, right)


def unary(symbol: str, operand: Value) -> Value | None:
    """``-x``, ``+x`` and ``~x`` of a tensor or an array, else None; ``not x`` is Python's own affair."""
    if not isinstance(operand, Tensor) or symbol not in ("-", "+", "~"):
        return None
    if operand.kind is Kind.ARRAY:
        return numpy_math.unary_operator(symbol, operand)
    if operand.kind in (Kind.UNKNOWN, Kind.PYTHON):
        if operand.dtype == dtypes.BOOL and symbol != "~":
            return replace(operand, dtype=None, elements=None, storage=None)
        return replace(operand, elements=None, storage=None)
    if symbol == "+":
        raise InvalidArgument([operand], "unary plus of a tensor", rules.like(operand))
    if operand.kind in (Kind.SPARSE, Kind.RAGGED):
        return composites.elementwise(operand, dtypes.BOOL if symbol == "~" else operand.dtype)
    if operand.kind is Kind.KERAS:
        return replace(operand, dtype=dtypes.BOOL if symbol == "~" else operand.dtype, elements=None, storage=None)
    if symbol == "-":
        check_kernel(operand, "Neg")
        negated = None if operand.elements is None else tuple(elements.subtract(0, one) for one in operand.elements)
        return rules.like(operand, elements=negated)
    if operand.dtype != dtypes.BOOL:
        check_kernel(operand, "Invert")
    return rules.like(operand)


# ------------------------------------------------------------------------------------------------- operands


def _operands(left: Value, right: Value) -> tuple[Tensor, Tensor] | None:
    """Both operands as tensors, where at least one is one already."""
    if not isinstance(left, Tensor) and not isinstance(right, Tensor):
        return None
    return _operand(left), _operand(right)


def _operand(value: Value) -> Tensor:
    """The operand as a tensor; a list of tensors is packed only once the other operand has decided its dtype."""
    tensor = to_operand(value)
    return tensor if isinstance(value, Tensor) or tensor.kind is not Kind.UNKNOWN else replace(tensor, dtype=None)


def _is_tensorflow(value: Value) -> bool:
    """Whether the value's class overloads operators with TensorFlow's (a list of tensors does not)."""
    return isinstance(value, Tensor) and value.is_tensorflow


def _repeats(sequence: Value, times: Tensor) -> bool:
    """Whether NumPy may leave ``sequence * times`` to Python, for a scalar that counts as an integer."""
    return (
        not isinstance(sequence, Tensor)
        and times.kind in (Kind.ARRAY, Kind.UNKNOWN)
        and not times.rank
        and to_tensor(sequence).rank != 0
    )


def _converted(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """``x`` and ``y`` with the dtype of the one that is a tensor, the left one first; raises DTypeMismatch."""
    leader, other = (x, y) if x.is_tensorflow else (y, x)
    if leader.dtype is None or other.is_tensorflow or other.kind is Kind.UNKNOWN:
        return x, y
    fits = rules.adapts(other, leader.dtype, "first")
    if fits is False:
        shape, _ = shapes.broadcast(x.shape, y.shape)
        raise DTypeMismatch([x, y], "elementwise", Tensor(leader.dtype, shape))
    if fits is None:
        adapted = replace(other, dtype=None, elements=None)
    else:
        adapted = replace(other, dtype=leader.dtype, elements=other.elements if leader.dtype.is_integer else None)
    return (x, adapted) if leader is x else (adapted, y)


# ------------------------------------------------------------------------------------------------- kinds of operand


def _tensor_operator(symbol: str, x: Tensor, y: Tensor) -> Value:
    if symbol == "@":
        return matmul(*_products_operands(x, y))
    if symbol == "*" and _makes_boolean(x, y):
        return Tensor(dtypes.BOOL, rules.broadcast((x, y), dtypes.BOOL))
    if x.dtype == dtypes.BOOL and y.kind is Kind.ARRAY and symbol in ("+", "-", "/"):
        return Tensor(None, rules.broadcast((x, y)))  # NumPy takes over, with results that depend on the mode
    original = (x, y)
    x, y = _converted(x, y)
    if Kind.UNKNOWN in (x.kind, y.kind) or x.dtype is None or y.dtype is None:
        fixed = next((one.dtype for one in (x, y) if one.is_tensorflow and one.dtype is not None), None)
        return _half_known(symbol, fixed, x, y)
    try:
        if symbol == "/":
            return quotient(x, y)
        if symbol in ("==", "!="):
            return _equality(symbol, x, y)
        return _registered(symbol, x, y)
    except (DTypeMismatch, BroadcastMismatch) as violation:
        violation.operands = original
        raise


def _makes_boolean(x: Tensor, y: Tensor) -> bool:
    """Whether TensorFlow multiplies by turning the other operand into a boolean, which it does silently."""
    if dtypes.STRING in (x.dtype, y.dtype) or not x.is_tensorflow:
        return False
    return x.dtype == dtypes.BOOL or (y.is_tensorflow and y.dtype == dtypes.BOOL)


def _equality(symbol: str, x: Tensor, y: Tensor) -> Tensor:
    shape = _shape_of_equality(x, y)
    if shape is not None and not shapes.broadcast(x.shape, y.shape)[1]:
        return _registered(symbol, x, y)
    rules.common_dtype((x, y), "elementwise")
    return Tensor(dtypes.BOOL, shape)


def _shape_of_equality(x: Tensor, y: Tensor) -> Shape:
    """The broadcast shape; a scalar where shapes do not fit, which is no error; unknown where they might not."""
    shape, failed = shapes.broadcast(x.shape, y.shape)
    if failed:
        return ()
    if x.shape is None or y.shape is None:
        return None
    fits = all(1 in (a, b) or dims.equal(a, b) for a, b in zip(reversed(x.shape), reversed(y.shape)))
    return shape if fits else None


def _registered(symbol: str, x: Tensor, y: Tensor) -> Tensor:
    if symbol in _COMPARISONS:
        comparison = _COMPARISONS[symbol]
        return binary_result(x, y, comparison.raw_op, dtypes.BOOL, evaluate=comparison.evaluate)
    operator = _ARITHMETIC[symbol]
    if operator.logical is not None and dtypes.BOOL in (x.dtype, y.dtype):
        return binary_result(x, y)
    if symbol == "+" and x.dtype == dtypes.STRING:
        return binary_result(x, y, "Add")
    return binary_result(x, y, operator.raw_op, evaluate=operator.evaluate)


def _products_operands(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The operands of ``@``: like those of any operator, but tensors that clash are matmul's affair."""
    return (x, y) if x.is_tensorflow and y.is_tensorflow else _converted(x, y)


def _half_known(symbol: str, dtype: DType | None, x: Tensor, y: Tensor) -> Tensor:
    """The result where one dtype is not known: if TensorFlow takes that operand at all, the tensor's dtype wins."""
    if symbol in _COMPARISONS:
        dtype = dtypes.BOOL
    elif symbol == "/":
        dtype = quotient_dtype(dtype)
    elif symbol in ("*", "&", "|", "^") and not (x.is_tensorflow and x.dtype is not None):
        dtype = None  # a boolean tensor on the other side would make it boolean
    if symbol in ("==", "!="):
        return Tensor(dtype, _shape_of_equality(x, y))
    return Tensor(dtype, rules.broadcast((x, y), dtype))


def _not_overloaded(symbol: str, x: Tensor, y: Tensor) -> Value:
    if x.is_tensorflow and (y.is_tensorflow or y.kind is Kind.PYTHON):
        raise InvalidArgument([x, y], f"unsupported operator {symbol}")
    return UNKNOWN


def _without_tensorflow(symbol: str, x: Tensor, y: Tensor) -> Value:
    if x.dtype == y.dtype == dtypes.STRING and symbol in _COMPARISONS and not (x.rank or y.rank):
        return UNKNOWN  # NumPy's strings are Python's, whose comparison is a bool
    if Kind.UNKNOWN not in (x.kind, y.kind):
        return numpy_math.operator(symbol, x, y)
    if symbol == "@":
        return Tensor(kind=Kind.UNKNOWN)
    # Whichever library it is, shapes broadcast; nothing certain can be said about the dtype.
    if symbol in ("==", "!="):
        return Tensor(dtypes.BOOL, None if None in (x.shape, y.shape) else _shape_of_equality(x, y), Kind.UNKNOWN)
    dtype = x.dtype if x.dtype == y.dtype and symbol in ("+", "-", "*") else None
    if symbol in _COMPARISONS:
        dtype = dtypes.BOOL
    return Tensor(dtype, rules.broadcast((x, y), dtype), Kind.UNKNOWN)


# ------------------------------------------------------------------------------------------------- Keras


_KERAS_KEEPS = (dtypes.REAL | {dtypes.BOOL}) - {dtypes.UINT64}  # the rest becomes narrower


def _keras_operator(symbol: str, x: Tensor, y: Tensor) -> Tensor:
    """Keras promotes instead of objecting; shapes must fit as ever."""
    if symbol == "@":
        return _keras_matmul(x, y)
    dtype = dtypes.BOOL if symbol in _COMPARISONS or symbol in ("&", "|", "^") else _keras_promote(x, y)
    counted = symbol == "/" or (symbol in _ARITHMETIC and symbol not in ("&", "|", "^") and dtype == dtypes.BOOL)
    if counted and dtype is not None and not dtype.is_floating:
        dtype = None
    # A list has no shape that Keras would ask for; that it may not fit turns out when the model runs.
    listed = any(operand.kind is Kind.UNKNOWN or (operand.kind is Kind.PYTHON and operand.rank) for operand in (x, y))
    return Tensor(dtype, None if listed else rules.broadcast((x, y), dtype), Kind.KERAS)


def _keras_matmul(x: Tensor, y: Tensor) -> Tensor:
    dtype = _keras_promote(x, y)
    if dtype is not None and not dtype.is_floating:
        dtype = None  # bytes are multiplied into 32 bits
    if x.rank is None or y.rank is None or x.rank < 2 or y.rank < 2:
        return Tensor(dtype, None, Kind.KERAS)
    return Tensor(dtype, rules.matmul_shape(x, y, x.shape, y.shape, dtype), Kind.KERAS)


def _keras_promote(x: Tensor, y: Tensor) -> DType | None:
    if x.dtype == y.dtype and Kind.UNKNOWN not in (x.kind, y.kind):
        return x.dtype if x.dtype in _KERAS_KEEPS else None
    for one, other in ((x, y), (y, x)):
        weak = other.kind is Kind.PYTHON and other.dtype is not None and other.dtype.kind in ("bool", "int", "float")
        if weak and one.dtype is not None and one.dtype.is_floating:
            return one.dtype
    return None
