"""TensorFlow 1's summaries: strings, which a session computes from the tensors that they are of."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import UNKNOWN, Tensor, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument, RankTooLow

_SUMMARY = "compat.v1.summary"
_STRING = Tensor(dtypes.STRING, ())
_PIXELS = frozenset({dtypes.UINT8, dtypes.FLOAT16, dtypes.FLOAT32, dtypes.FLOAT64})


def _text() -> Value:
    return _STRING if current().mode == "graph" else UNKNOWN


@op(f"{_SUMMARY}.image")
def image(tensor: Operand) -> Value:
    """A batch of images with 1, 3 or 4 channels; raises NoKernel, RankTooLow, InvalidArgument."""
    if current().mode != "graph":
        return _text()
    rules.require_dtype(tensor, _PIXELS, _STRING)
    if tensor.rank not in (None, 4):
        raise RankTooLow(tensor, 4, exact=True, result=_STRING)
    channels = tensor.shape[-1] if tensor.shape else None
    if isinstance(channels, int) and channels not in (1, 3, 4):
        raise InvalidArgument([tensor], f"images of 1, 3 or 4 channels, not {channels}", _STRING)
    return _text()


@op(f"{_SUMMARY}.scalar")
def scalar(tensor: Operand) -> Value:
    """Of one number: others fail when the summary is computed.  Raises NoKernel, InvalidArgument."""
    if current().mode != "graph":
        return _text()
    rules.require_dtype(tensor, dtypes.REAL, _STRING)
    if tensor.shape:
        raise InvalidArgument([tensor], "a scalar summary of a tensor that is no scalar", _STRING)
    return _text()


@op(f"{_SUMMARY}.histogram")
def histogram(values: Operand) -> Value:
    """Of all elements; raises NoKernel."""
    if current().mode == "graph":
        rules.require_dtype(values, dtypes.REAL, _STRING)
    return _text()


@op(f"{_SUMMARY}.merge")
def summary() -> Value:
    return _text()


@op(f"{_SUMMARY}.merge_all")
def merge_all() -> Value:
    """None where there are no summaries, which the interpreter knows."""
    return UNKNOWN
