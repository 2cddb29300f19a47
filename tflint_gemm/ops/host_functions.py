"""Functions of the program that run in Python even where a graph is built: ``tf.py_function`` and its like."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    Kind,
    ListValue,
    PartialValue,
    Tensor,
    TupleValue,
    Unknown,
    Value,
)
from tflint_gemm.ops import conversion, specs, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, sequence_items
from tflint_gemm.ops.creation import converted
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import ResultMismatch
from tflint_gemm.replacing import replace

_WIDE = {dtypes.INT32: dtypes.INT64, dtypes.FLOAT32: dtypes.FLOAT64}


@op("py_function")
def py_function(func: Value = NONE, inp: Value = NONE, Tout: Value = NONE) -> Value:  # noqa: N803
    """The function gets eager tensors; what it returns becomes tensors of the dtypes that are declared."""
    if func == NONE:
        return PartialValue(ApiSymbol("tensorflow.py_function"), (), (("Tout", Tout),))
    if func == inp == UNKNOWN:
        return UNKNOWN  # perhaps neither is there
    arguments = sequence_items(inp)
    if arguments is None:
        return _declared(Tout, UNKNOWN)
    result = current().call_as("eager", func, tuple(_run_time(converted(one)) for one in arguments), {})
    _check(result, Tout, of_arrays=False)
    return _declared(Tout, result if current().mode == "eager" else UNKNOWN)


@op("numpy_function", "compat.v1.py_func")
def numpy_function(func: Value = NONE, inp: Value = NONE, Tout: Value = NONE) -> Value:  # noqa: N803
    """The function gets arrays.  A graph insists on the dtypes that are declared; run at once, they do not matter."""
    if func == NONE:
        return PartialValue(ApiSymbol("tensorflow.numpy_function"), (), (("Tout", Tout),))
    if func == inp == UNKNOWN:
        return UNKNOWN  # perhaps neither is there
    arguments = sequence_items(inp)
    if arguments is None:
        arguments = (inp,) if isinstance(inp, Tensor) and inp.is_tensorflow else None
    result: Value = UNKNOWN
    if arguments is not None:
        result = current().call_as("eager", func, tuple(_as_array(one) for one in arguments), {})
    if current().mode == "eager" and not current().v1:
        return structures.map_leaves(_as_is, result)
    if current().mode == "unknown":
        one = _declared(Tout, UNKNOWN)  # run at once, a list is whatever the function returns
        return replace(one, dtype=None) if isinstance(one, Tensor) else UNKNOWN
    _check(result, Tout, of_arrays=True)
    return _declared(Tout, UNKNOWN)


def _run_time(value: Value) -> Value:
    """A tensor as the function gets it: of its dtype, and of the shape that is known."""
    return replace(value, elements=None, storage=None) if isinstance(value, Tensor) else value


def _as_array(value: Value) -> Value:
    """An argument as an array: one that was a tensor before in a graph, and what NumPy makes of it otherwise."""
    eager = current().mode == "eager" and not current().v1
    if not isinstance(value, Tensor) and current().mode != "graph":
        python = conversion.to_tensor(value)
        wide = _WIDE.get(python.dtype, python.dtype) if python.dtype is not None else None
        return Tensor(wide if eager and python.kind is Kind.PYTHON else None, python.shape, Kind.ARRAY)
    tensor = converted(value)
    dense = tensor.kind in (Kind.TENSOR, Kind.VARIABLE)
    return replace(tensor, kind=Kind.ARRAY, elements=None, storage=None) if dense else UNKNOWN


def _as_is(value: Value) -> Value:
    tensor = conversion.to_tensor(value)
    return Tensor() if tensor.kind is Kind.UNKNOWN else Tensor(tensor.dtype, tensor.shape)


def _declared(declared: Value, result: Value) -> Value:
    """Tensors of the declared dtypes, a list where several are declared, of the shapes that the function returns."""
    several = sequence_items(declared)
    if several is not None:
        parts = sequence_items(result)
        known = parts if parts is not None and len(parts) == len(several) else (UNKNOWN,) * len(several)
        known = (result,) if len(several) == 1 and parts is None else known
        return ListValue(TupleValue(tuple(_declared(one, part) for one, part in zip(several, known))))
    if isinstance(declared, Unknown):
        return UNKNOWN
    if isinstance(declared, ApiObject):
        return specs.described(declared)
    tensor = conversion.to_tensor(result)
    dtype = conversion.to_dtype(declared)
    known_dtype = None if isinstance(dtype, Unsure) else dtype
    return Tensor(known_dtype, None if tensor.kind is Kind.UNKNOWN else tensor.shape)


def _check(result: Value, declared: Value, of_arrays: bool) -> None:
    """Raise ResultMismatch where the function certainly returns another dtype than is declared."""
    several, parts = sequence_items(declared), sequence_items(result)
    if several is not None:
        for one, part in zip(several, parts if parts is not None and len(parts) == len(several) else ()):
            _check(part, one, of_arrays)
        return
    wanted = conversion.to_dtype(declared)
    tensor = conversion.to_tensor(result)
    if isinstance(wanted, Unsure) or wanted is None or parts is not None or tensor.kind is Kind.UNKNOWN:
        return
    dtype = _returned_dtype(tensor, of_arrays)
    if dtype is not None and dtype != wanted:
        raise ResultMismatch(replace(tensor, dtype=dtype), wanted, _declared(declared, UNKNOWN))


def _returned_dtype(tensor: Tensor, of_arrays: bool) -> DType | None:
    """The dtype that is held against the declared one; None for what becomes a tensor of any."""
    if not of_arrays:
        return tensor.dtype if tensor.kind in (Kind.TENSOR, Kind.VARIABLE) else None
    if tensor.kind is Kind.PYTHON and tensor.dtype is not None:  # NumPy reads a number as 64 bits
        return _WIDE.get(tensor.dtype) if tensor.rank == 0 else None
    numeric = tensor.dtype is not None and tensor.dtype.kind in ("int", "uint", "float", "complex", "bool")
    return tensor.dtype if tensor.kind is Kind.ARRAY and numeric else None
