"""Grey-scale morphology and pooling over regions of fractional size."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.values import NONE, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import to_axes
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.parameters import Text
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import WindowMismatch


def _morphed(images: Tensor, window: Tensor, strides: Value, padding: object, dilations: Value) -> Tensor:
    """Images ``[batch, height, width, channels]`` under a window ``[height, width, channels]``."""
    batch, rows, columns, channels = rules.with_rank(images, 4)
    height, width, depth = rules.with_rank(window, 3)
    dtype = images.dtype if images.is_tensorflow else None
    steps, rates = to_axes(strides), to_axes(dilations)
    if not isinstance(steps, tuple) or not isinstance(rates, tuple) or len(steps) != 4 or len(rates) != 4:
        return Tensor(dtype, (batch, None, None, channels))
    kind = padding if isinstance(padding, str) else None
    result = Tensor(
        dtype,
        (
            batch,
            rules.spatial_size(rows, height, steps[1], rates[1], kind),
            rules.spatial_size(columns, width, steps[2], rates[2], kind),
            channels,
        ),
    )
    if dims.equal(channels, depth) is False:
        raise WindowMismatch([images, window], "channels", depth, channels, result)
    return result


@op("nn.dilation2d")
def dilation2d(input: Operand, filters: Operand, strides: Value, padding: Text, dilations: Value = NONE) -> Tensor:
    return _morphed(input, filters, strides, padding, dilations)


@op("nn.erosion2d")
def erosion2d(value: Operand, filters: Operand, strides: Value, padding: Text, dilations: Value = NONE) -> Tensor:
    return _morphed(value, filters, strides, padding, dilations)


@op("nn.fractional_avg_pool", "nn.fractional_max_pool", by_position=1)
def fractional_pool(value: Operand) -> TupleValue:
    """The pooled images, and where the regions begin."""
    shape = rules.with_rank(value, 4)
    dtype = value.dtype if value.kind is not Kind.UNKNOWN else None
    edges = Tensor(dtypes.INT64, (None,))
    return TupleValue((Tensor(dtype, (shape[0], None, None, shape[3])), edges, edges))
