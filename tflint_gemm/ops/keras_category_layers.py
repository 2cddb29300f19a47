"""Keras layers that turn numbers and words into indices, and indices into indicators and counts."""

from __future__ import annotations

from collections.abc import Mapping

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Constant, Kind, Tensor, Value, dim_of
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_dtype, to_python
from tflint_gemm.ops.keras_promotion import floatx
from tflint_gemm.ops.layers import INCOMPLETE, compute_dtype, is_eager, layer
from tflint_gemm.ops.parameters import Dimension, Dims, Flag, Text
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import LayerInputMismatch


def _encoded(inputs: Tensor, mode: str | None | Unsure, depth: Dim) -> Shape:
    """The shape of indices after they were made indicators (``one_hot``), or sets and counts of each row."""
    shape = inputs.shape
    if shape is None or not isinstance(mode, str):
        return None
    if mode == "int":
        return shape
    if not shape:
        return None
    if mode == "one_hot":
        if len(shape) == 1:
            return (*shape, depth)
        one = dims.equal(shape[-1], 1)
        return None if one is None else (*(shape[:-1] if one else shape), depth)
    if mode not in ("multi_hot", "count", "tf_idf", "binary", "tf-idf") or len(shape) > 2:
        return None
    return (*shape[:-1], depth)


def _indicator_dtype(self: Value, inputs: Tensor) -> DType | None:
    """The layer's dtype: of its variables where it computes, of its outputs where inputs are symbolic."""
    if not isinstance(self, ApiObject):
        return None
    wanted = self.arguments.get("dtype", NONE)
    if wanted == NONE or not is_eager(inputs):
        computed = compute_dtype(self.arguments)
        return computed if computed == floatx() or not is_eager(inputs) else None
    found = to_dtype(wanted)
    return found if isinstance(found, DType) else None


def _dense(inputs: Tensor, sparse: bool | Unsure) -> bool:
    """Whether neither the inputs nor the results are sparse or ragged."""
    return sparse is False and inputs.kind not in (Kind.SPARSE, Kind.RAGGED, Kind.UNKNOWN)


@layer("keras.layers.CategoryEncoding", inputs=("inputs", "count_weights"), symbolic_keeps=True, lists=True)
def category_encoding(
    self: Value,
    inputs: Tensor,
    num_tokens: Dimension,
    output_mode: Text = "multi_hot",
    sparse: Flag = False,
    count_weights: Value = NONE,
) -> Value:
    if not _dense(inputs, sparse):
        return UNKNOWN
    shape = _encoded(inputs, output_mode, num_tokens)
    return rules.like(inputs, dtype=_indicator_dtype(self, inputs), shape=shape)


@layer("keras.layers.Discretization", symbolic_keeps=True, lists=True)
def discretization(
    self: Value, inputs: Tensor, bin_boundaries: Dims = None, output_mode: Text = "int", sparse: Flag = False
) -> Value:
    """The number of the bin that each input falls into."""
    if not _dense(inputs, sparse):
        return UNKNOWN
    depth = None if bin_boundaries is None else len(bin_boundaries) + 1
    plain = dtypes.INT32 if output_mode == "int" else None
    dtype = _indicator_dtype(self, inputs) if isinstance(output_mode, str) and plain is None else plain
    return rules.like(inputs, dtype=dtype, shape=_encoded(inputs, output_mode, depth))


@layer("keras.layers.Hashing", symbolic_keeps=True, lists=True)
def hashing(self: Value, inputs: Tensor, num_bins: Dimension, output_mode: Text = "int", sparse: Flag = False) -> Value:
    return _hashed(self, inputs, num_bins, output_mode, sparse)


def _hashed(
    self: Value, inputs: Tensor, num_bins: Dim, output_mode: str | None | Unsure, sparse: bool | Unsure
) -> Value:
    if not _dense(inputs, sparse) or not isinstance(self, ApiObject):
        return UNKNOWN
    dtype = _indicator_dtype(self, inputs)
    if self.arguments.get("dtype", NONE) == NONE:
        dtype = dtypes.INT64 if output_mode == "int" else floatx() if isinstance(output_mode, str) else None
    return rules.like(inputs, dtype=dtype, shape=_encoded(inputs, output_mode, num_bins))


@layer("keras.layers.HashedCrossing", symbolic_keeps=True, lists=True)
def hashed_crossing(
    self: Value, inputs: Value, num_bins: Dimension, output_mode: Text = "int", sparse: Flag = False
) -> Value:
    """The two inputs are of one shape; each pair of their elements becomes one number."""
    items = sequence_items(inputs)
    if items is None or len(items) != 2:
        return UNKNOWN
    first, second = map(conversion.to_tensor, items)
    if first.shape is None or len(first.shape) > 2 or not _dense(second, False):
        return UNKNOWN
    return _hashed(self, first, num_bins, output_mode, sparse)


# ------------------------------------------------------------------------------------------------- vocabularies


_VOCABULARY = "vocabulary that was set"


@op(*(f"keras.layers.{_name}.set_vocabulary" for _name in ("StringLookup", "IntegerLookup", "TextVectorization")))
def set_vocabulary(self: Value, vocabulary: Value) -> Value:
    if isinstance(self, ApiObject):
        current().write(self, _VOCABULARY, vocabulary)
    return NONE


def _vocabulary_size(self: ApiObject, arguments: Mapping[str, Value]) -> Dim:
    """The number of indices of a table: of its words, and of those for unknown words."""
    if to_python(arguments.get("pad_to_max_tokens", UNKNOWN)) is True:
        return dim_of(arguments.get("max_tokens", NONE))
    words = sequence_items(self.slots.get(_VOCABULARY, arguments.get("vocabulary", NONE)))
    masked = INCOMPLETE in arguments or arguments.get("mask_token", NONE) != NONE
    if not words or masked or not all(isinstance(word, Constant) for word in words):
        return None  # read from a file, learnt from data, or it may begin with the special tokens
    oov = dim_of(arguments.get("num_oov_indices", Constant(1)))
    token = arguments.get("oov_token", UNKNOWN)
    return None if token in words[:1] else dims.add(oov, len(words))


def _looked_up(
    self: Value, inputs: Tensor, words: DType | None, output_mode: str | None | Unsure, invert: bool | Unsure
) -> Value:
    if not isinstance(self, ApiObject) or not _dense(inputs, False) or isinstance(invert, Unsure):
        return UNKNOWN
    if to_python(self.arguments.get("sparse", UNKNOWN)) is not False or not isinstance(output_mode, str):
        return UNKNOWN
    shape = _encoded(inputs, output_mode, _vocabulary_size(self, self.arguments))
    if invert:  # words, unless there is nothing yet to look up
        return rules.like(inputs, dtype=words if output_mode == "int" and is_eager(inputs) else None, shape=shape)
    if self.arguments.get("dtype", NONE) != NONE:
        return rules.like(inputs, dtype=None, shape=shape)
    return rules.like(inputs, dtype=_count_dtype(inputs, output_mode), shape=shape)


def _count_dtype(inputs: Tensor, output_mode: str) -> DType | None:
    """Counts are integers, though Keras says otherwise of symbolic inputs; what is weighted is a float."""
    if output_mode == "int" or (output_mode in ("one_hot", "multi_hot", "count") and is_eager(inputs)):
        return dtypes.INT64
    return floatx() if inputs.kind is Kind.KERAS or is_eager(inputs) else None


@layer("keras.layers.StringLookup", symbolic_keeps=True, lists=True)
def string_lookup(self: Value, inputs: Tensor, output_mode: Text = "int", invert: Flag = False) -> Value:
    return _looked_up(self, inputs, dtypes.STRING, output_mode, invert)


@layer("keras.layers.IntegerLookup", symbolic_keeps=True, lists=True)
def integer_lookup(
    self: Value, inputs: Tensor, output_mode: Text = "int", invert: Flag = False, vocabulary_dtype: Text = "int64"
) -> Value:
    words = dtypes.INT64 if vocabulary_dtype == "int64" else None
    return _looked_up(self, inputs, words, output_mode, invert)


@layer("keras.layers.TextVectorization", symbolic_keeps=True, lists=True)
def text_vectorization(
    self: Value,
    inputs: Tensor,
    output_mode: Text = "int",
    output_sequence_length: Dimension = None,
    split: Value = NONE,
    ragged: Flag = False,
) -> Value:
    """A row of word numbers, or of counts, for each text; raises LayerInputMismatch for texts in several columns."""
    if (
        not isinstance(self, ApiObject)
        or not _dense(inputs, ragged)
        or split == NONE
        or not isinstance(output_mode, str)
        or inputs.shape is None
    ):
        return UNKNOWN
    if len(inputs.shape) > 1 and is_eager(inputs) and dims.equal(inputs.shape[-1], 1) is False:
        raise LayerInputMismatch(inputs, "axis", 1, inputs.shape[-1], -1)
    if len(inputs.shape) > 2:
        return UNKNOWN
    if output_mode == "int":
        return rules.like(inputs, dtype=dtypes.INT64, shape=(*inputs.shape[:1], output_sequence_length))
    if to_python(self.arguments.get("sparse", UNKNOWN)) is not False:
        return UNKNOWN
    depth = _vocabulary_size(self, {**self.arguments, "oov_token": Constant("[UNK]")})
    shape = (*inputs.shape[:1], depth) if is_eager(inputs) else None
    return rules.like(inputs, dtype=_count_dtype(inputs, output_mode), shape=shape)
