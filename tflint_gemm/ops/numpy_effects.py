"""NumPy's functions that are called for what they do: writing into arrays and files, settings; and `vectorize`."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    BuiltinFunction,
    Constant,
    OfType,
    Tensor,
    Value,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.numpy_common import Array, OptionalArray, array, array_op, to_array
from tflint_gemm.ops.numpy_creation import loadtxt
from tflint_gemm.ops.parameters import Dimension, NumpyDType, Spread
from tflint_gemm.ops.registry import op

_FLOAT = BuiltinFunction("float")


def _effect(*names: str) -> None:
    """Functions that return None."""

    def model() -> Value:
        return NONE

    op(*(f"numpy.{name}" for name in names))(model)


_effect(
    "put", "place", "putmask", "put_along_axis", "save", "savez", "savez_compressed", "savetxt", "set_printoptions",
    "random.set_state",
)  # fmt: skip


@op("numpy.copyto")
def copyto(dst: Array, src: Array, where: OptionalArray = None) -> Value:
    """Raises BroadcastMismatch where ``src`` cannot have the shape of ``dst``."""
    rules.broadcast((dst, src))
    return NONE


@op("numpy.fill_diagonal")
def fill_diagonal(a: Array, val: Array) -> Value:
    rules.with_rank_at_least(a, 2)
    return NONE


@op("numpy.load")
def load(file: Value) -> Value:
    """An array, or an archive of several."""
    return UNKNOWN


@array_op("genfromtxt", by_position=1)
def genfromtxt(fname: Value, dtype: Value = _FLOAT, names: Value = NONE) -> Tensor:
    """As ``np.loadtxt``; with the dtype None or with names it may be an array of records."""
    return array(None, None) if dtype == NONE or names != NONE else loadtxt(fname, conversion.to_numpy_dtype(dtype))


@array_op("fromiter", by_position=1)
def fromiter(iter: Value, dtype: NumpyDType, count: Dimension = -1) -> Tensor:
    items = conversion.sequence_items(iter)
    size = count if count != -1 else len(items) if items is not None else None
    return array(dtype if isinstance(dtype, DType) else None, (size,))


@array_op("fromstring", by_position=1)
def fromstring(string: Value, dtype: NumpyDType = None) -> Tensor:
    return array(rules.chosen_dtype(dtype, dtypes.FLOAT64), (None,))


@op("numpy.random.bytes")
def random_bytes(length: Value) -> Value:
    return OfType("bytes")


# ------------------------------------------------------------------------------------- functions of elements


def _output_types(self: Value) -> Value:
    if not isinstance(self, ApiObject) or INCOMPLETE in self.arguments:
        return UNKNOWN
    plain = self.arguments.get("signature", NONE) == NONE and self.arguments.get("excluded", NONE) == NONE
    return self.arguments.get("otypes", NONE) if plain else UNKNOWN


@op("numpy.vectorize.__call__")
def vectorized(self: Value, *args: Spread) -> Value:
    """The function's results for each element of the operands, which are broadcast; raises BroadcastMismatch."""
    types = _output_types(self)
    if types == UNKNOWN or not args or any(isinstance(one, Unsure) for one in args):
        return UNKNOWN
    operands = [to_array(one) for one in args if isinstance(one, Value)]
    shape = rules.broadcast(operands)
    items = (types,) if isinstance(types, Constant) and types != NONE else conversion.sequence_items(types)
    if types == NONE:
        dtype = _type_of_first(self, operands)
        return UNKNOWN if dtype is None else array(dtype, shape)
    if items is None or len(items) != 1:
        return UNKNOWN
    declared = conversion.to_numpy_dtype(items[0])
    return array(declared if isinstance(declared, DType) else None, shape)


def _type_of_first(self: Value, operands: list[Tensor]) -> DType | None:
    """The dtype of what the function returns for the first elements, by which all results go."""
    function = self.arguments.get("pyfunc", UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN
    result = current().call(function, tuple(array(operand.dtype, ()) for operand in operands), {})
    if not isinstance(result, (Tensor, Constant, OfType)) or result == NONE:
        return None
    one = to_array(result)
    return one.dtype if one.shape == () and one.dtype in dtypes.NUMERIC | {dtypes.BOOL} else None
