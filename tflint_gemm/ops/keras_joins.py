"""Keras layers of several inputs: merges, dot products, attention."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import FALSE, NONE, UNKNOWN, ApiObject, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure, to_axes, to_tensors
from tflint_gemm.ops.layers import apply, built_for, is_eager, layer
from tflint_gemm.ops.parameters import Axis, Flag, OptionalTensor
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import BroadcastMismatch, InnerDimMismatch, InvalidArgument, LayerInputMismatch

_MERGES = ("Add", "Multiply", "Subtract", "Average", "Maximum", "Minimum")


def _several(inputs: Value) -> tuple[Tensor, ...] | None:
    """The tensors of a merge layer's list; None where they are not known.  Raises InvalidArgument."""
    if isinstance(inputs, Tensor) and inputs.is_tensorflow:
        raise InvalidArgument([inputs], "a merge layer takes a list of tensors", Tensor())
    tensors = to_tensors(inputs)
    return tensors or None


def _promoted(tensors: tuple[Tensor, ...]) -> DType | None:
    """The dtype of a merge: floats are of the compute dtype by now, and win over integers."""
    found = {tensor.dtype for tensor in tensors}
    if None in found:
        return None
    floating = {dtype for dtype in found if dtype is not None and dtype.is_floating}
    if len(floating) == 1 and all(dtype in dtypes.REAL for dtype in found):
        return floating.pop()
    # Keras promotes small and unsigned integers in its own way.
    return found.pop() if len(found) == 1 and found <= {dtypes.INT32, dtypes.INT64, dtypes.BOOL} else None


def _merged_shape(tensors: tuple[Tensor, ...], dtype: DType | None) -> Shape:
    """Batch sizes must be equal, the rest broadcasts; tensors of lower rank get axes after the batch."""
    batch: Dim = None
    rest: Shape = ()
    for index, tensor in enumerate(tensors):
        if not tensor.shape:
            return None
        failed = dims.equal(batch, tensor.shape[0]) is False
        before = rest
        if not failed:
            rest, failed = shapes.broadcast(rest, tensor.shape[1:])
        if failed:
            first = _clash(tensors[:index], tensor) or tensors[0]
            raise BroadcastMismatch([first, tensor], Tensor(dtype, None if before is None else (batch, *before)))
        batch = dims.merge(batch, tensor.shape[0])
    return (batch, *(rest or ()))


def _clash(earlier: tuple[Tensor, ...], tensor: Tensor) -> Tensor | None:
    """The first of ``earlier`` that cannot be merged with ``tensor``."""
    for other in earlier:
        assert other.shape
        assert tensor.shape
        _, failed = shapes.broadcast(other.shape[1:], tensor.shape[1:])
        if failed or dims.equal(other.shape[0], tensor.shape[0]) is False:
            return other
    return None


@layer(*(f"keras.layers.{_name}" for _name in _MERGES if _name not in ("Average", "Subtract")))
def merge(inputs: Value) -> Tensor:
    tensors = _several(inputs)
    if tensors is None:
        return Tensor()
    dtype = _promoted(tensors)
    return Tensor(None if dtype == dtypes.BOOL else dtype, _merged_shape(tensors, dtype))


@layer("keras.layers.Subtract")
def subtract(inputs: Value) -> Tensor:
    tensors = _several(inputs)
    if tensors is not None and len(tensors) != 2:
        raise InvalidArgument(tensors, "Subtract takes two inputs", Tensor())
    return merge(inputs)


@layer("keras.layers.Average")
def average(inputs: Value) -> Tensor:
    result = merge(inputs)
    return result if result.dtype is None or result.dtype.is_floating else rules.like(result, dtype=None)


@layer("keras.layers.Concatenate", min_rank=0)
def concatenate(inputs: Value, axis: Axis = -1) -> Tensor:
    tensors = _several(inputs)
    if tensors is None:
        return Tensor()
    dtype = _promoted(tensors)
    return Tensor(dtype, rules.concat_shape(tensors, axis, dtype))


@layer("keras.layers.Dot")
def dot(inputs: Value, axes: Value, normalize: Flag = False) -> Tensor:
    tensors = _several(inputs)
    if tensors is None or len(tensors) != 2 or tensors[0].shape is None or tensors[1].shape is None:
        return Tensor()
    left, right = tensors
    chosen = to_axes(axes)
    common = _promoted(tensors)
    dtype = common if common is not None and common.is_floating else None
    if isinstance(chosen, Unsure) or chosen is None or not 1 <= len(chosen) <= 2:
        return Tensor(dtype)
    first, second = rules.normal_axis(left, chosen[0]), rules.normal_axis(right, chosen[-1])
    assert left.shape is not None
    assert right.shape is not None
    if not first or not second or len(left.shape) > 3 or len(right.shape) > 3:
        return Tensor(dtype)
    kept = [dim for i, dim in enumerate(left.shape) if i != first]
    kept += [dim for i, dim in enumerate(right.shape) if i not in (0, second)]
    result = Tensor(dtype, (*kept, 1) if len(kept) == 1 else tuple(kept))
    if dims.equal(left.shape[first], right.shape[second]) is False:
        raise InnerDimMismatch([left, right], left.shape[first], right.shape[second], result)
    return result


# ------------------------------------------------------------------------------------------------- attention

_CALL = (
    "query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask", "return_attention_scores",
)  # fmt: skip


@layer("keras.layers.MultiHeadAttention", inputs=_CALL, ints="cast")
def multi_head_attention(
    self: Value,
    query: Tensor,
    value: Tensor,
    key: OptionalTensor = None,
    attention_mask: OptionalTensor = None,
    num_heads: Value = NONE,
    output_shape: Value = NONE,
    attention_axes: Value = NONE,
    return_attention_scores: Flag = False,
) -> Value:
    """Attention of ``query`` to ``value``; raises BroadcastMismatch, LayerInputMismatch."""
    built_for(self, query, -1, rank=True, symbolic=False)
    built_for(self, value, -1, symbolic=False, slot="built for value")
    if key is not None and shapes.equal(_without_last(key), _without_last(value)) is False:
        raise BroadcastMismatch([value, key], rules.like(query))
    size = dim_of(output_shape) if output_shape != NONE else query.shape[-1] if query.shape else None
    known = query.shape and (output_shape == NONE or size is not None)
    output = rules.like(query, shape=(*(query.shape or ())[:-1], size) if known else None)
    if is_eager(query) and is_eager(value):
        _check_attention(query, value, output)
    scores: Shape = None
    if query.rank == value.rank == 3 and query.shape is not None and value.shape is not None and attention_axes == NONE:
        scores = (query.shape[0], dim_of(num_heads), query.shape[1], value.shape[1])
    if attention_mask is not None and is_eager(query) and is_eager(attention_mask):
        _check_mask(attention_mask, scores, output)
    if isinstance(return_attention_scores, Unsure):
        return UNKNOWN
    if not return_attention_scores:
        return output
    return TupleValue((output, rules.like(query, shape=scores)))


def _without_last(tensor: Tensor) -> Shape:
    return None if tensor.shape is None else tensor.shape[:-1]


def _check_attention(query: Tensor, value: Tensor, output: Tensor) -> None:
    for operand in (query, value):
        if operand.rank is not None and operand.rank < 3:
            raise LayerInputMismatch(operand, "min_ndim", 3, operand.rank, result=output)
    if query.shape is None or value.shape is None or len(query.shape) != 3 or len(value.shape) != 3:
        return
    if dims.equal(query.shape[0], value.shape[0]) is False:
        raise BroadcastMismatch([query, value], output)


def _check_mask(mask: Tensor, scores: Shape, output: Tensor) -> None:
    """Raise LayerInputMismatch where a mask, which gets an axis for the heads, does not broadcast to ``scores``."""
    if mask.shape is None or scores is None or len(mask.shape) not in (2, 3, 4):
        return
    sizes = mask.shape if len(mask.shape) == len(scores) else (*mask.shape[:-2], 1, *mask.shape[-2:])
    for axis in range(-1, -len(sizes) - 1, -1):
        size, wanted = sizes[axis], scores[axis]
        if isinstance(size, int) and isinstance(wanted, int) and size not in (1, wanted):
            place = axis if axis >= -2 or len(mask.shape) == len(scores) else axis + 1
            raise LayerInputMismatch(mask, "axis", wanted, size, place, result=output)


@layer("keras.layers.GroupQueryAttention", inputs=_CALL, ints="cast")
def group_query_attention(
    self: Value,
    query: Tensor,
    value: Tensor,
    key: OptionalTensor = None,
    num_query_heads: Value = NONE,
    return_attention_scores: Flag = False,
) -> Value:
    """Attention of several heads of ``query`` to each head of ``value``; raises BroadcastMismatch."""
    built_for(self, query, -1, rank=True, symbolic=False)
    built_for(self, value, -1, symbolic=False, slot="built for value")
    output = rules.like(query)
    if query.shape is None or value.shape is None or len(query.shape) != 3 or len(value.shape) != 3:
        return output if return_attention_scores is False else UNKNOWN
    if is_eager(query) and is_eager(value) and dims.equal(query.shape[0], value.shape[0]) is False:
        raise BroadcastMismatch([query, value], output)
    scores = rules.like(query, shape=(query.shape[0], dim_of(num_query_heads), query.shape[1], value.shape[1]))
    if isinstance(return_attention_scores, Unsure):
        return UNKNOWN
    return TupleValue((output, scores)) if return_attention_scores else output


@layer("keras.layers.Attention", "keras.layers.AdditiveAttention", inputs=("inputs", "mask", "return_attention_scores"))
def attention(self: Value, inputs: Value, return_attention_scores: Flag = False) -> Value:
    tensors = _several(inputs)
    if tensors is None or len(tensors) not in (2, 3):
        return UNKNOWN
    query, value = tensors[0], tensors[1]
    key = tensors[-1]
    dtype = _promoted(tensors)
    floating = dtype if dtype is not None and dtype.is_floating else None
    if query.shape is None or value.shape is None or query.rank != 3 or value.rank != 3 or key.rank != 3:
        return Tensor(floating) if return_attention_scores is False else UNKNOWN
    output = Tensor(floating, (*query.shape[:-1], value.shape[-1]))
    assert key.shape is not None
    multiplies = getattr(self, "path", "") == "keras.layers.Attention" and is_eager(query) and is_eager(key)
    if multiplies and dims.equal(query.shape[-1], key.shape[-1]) is False:
        raise InnerDimMismatch([query, key], query.shape[-1], key.shape[-1], output)
    if return_attention_scores is False:
        return output
    scores = Tensor(floating, (*query.shape[:-1], value.shape[1]))
    return UNKNOWN if isinstance(return_attention_scores, Unsure) else TupleValue((output, scores))


# ------------------------------------------------------------------------------------------------- functions


@op("keras.layers.concatenate")
def concatenate_function(inputs: Value, axis: Value = NONE) -> Value:
    arguments = {"axis": axis} if axis != NONE else {}
    return apply(ApiObject("keras.layers.Concatenate", arguments), inputs)


def _function(layer_class: str) -> Callable[[Value], Value]:
    def call(inputs: Value) -> Value:
        return apply(ApiObject(f"keras.layers.{layer_class}", {}), inputs)

    return call


for _name in _MERGES:
    op(f"keras.layers.{_name.lower()}")(_function(_name))


@op("keras.layers.dot")
def dot_function(inputs: Value, axes: Value = NONE, normalize: Value = FALSE) -> Value:
    return apply(ApiObject("keras.layers.Dot", {"axes": axes, "normalize": normalize}), inputs)
