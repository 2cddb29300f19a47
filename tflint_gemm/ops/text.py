"""``tf.strings`` where strings are taken apart and put together: the parts of several strings are ragged."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    ANY_TENSOR,
    MAX_ELEMENTS,
    NONE,
    UNKNOWN,
    ArrayBytes,
    Constant,
    Element,
    Kind,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import composites, conversion, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.parameters import Axes, Dimension, Flag
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import BroadcastMismatch, RankTooLow

_STRINGS = frozenset({dtypes.STRING})
_SPARSE = Constant("SparseTensor")
_COMPOSITE = (Kind.RAGGED, Kind.SPARSE)


def encoded(element: Element) -> bytes | None:
    """The bytes of a string whose value is known."""
    if isinstance(element, str):
        return element.encode("utf-8", "surrogatepass")
    return element if isinstance(element, bytes) else None


def _parts(strings: Tensor, dtype: DType, count: Dim = None) -> Tensor:
    """The parts of each string; ``count`` is how many there are of a single one."""
    if strings.kind is Kind.UNKNOWN or strings.kind is Kind.SPARSE or strings.shape is None:
        return ANY_TENSOR
    if strings.kind is not Kind.RAGGED:
        _require_strings(strings)
    if strings.shape == ():
        return Tensor(dtype, (count,))
    return Tensor(dtype, (*strings.shape, None), Kind.RAGGED)


def _require_strings(operand: Tensor) -> None:
    """Raises NoKernel; what is empty has no dtype of its own."""
    if operand.is_tensorflow or shapes.num_elements(operand.shape) not in (None, 0):
        rules.require_dtype(operand, _STRINGS)


def _only(strings: Tensor) -> bytes | None:
    """The bytes of a single string that is known."""
    return encoded(strings.elements[0]) if strings.shape == () and strings.elements else None


@op("strings.bytes_split")
def bytes_split(input: Operand) -> Tensor:
    known = _only(input)
    return _parts(input, dtypes.STRING, None if known is None else len(known))


@op("strings.split")
def split(input: Operand, sep: Value = NONE, maxsplit: Value = NONE) -> Tensor:
    """A graph does not look at the strings, but of a single one the number of its words is told in any mode."""
    pieces = _pieces(input, sep, maxsplit) if input.rank in (0, 1) and input.kind is not Kind.UNKNOWN else None
    if pieces is None or not (input.rank == 0 or current().mode == "eager"):
        return _parts(input, dtypes.STRING)
    _require_strings(input)
    words = _strings([piece for row in pieces for piece in row])
    if input.rank == 0:
        return words
    return composites.ragged(
        words, composites.splits_of_lengths(composites.integers(list(map(len, pieces)), dtypes.INT64))
    )


def _pieces(strings: Tensor, sep: Value, maxsplit: Value = NONE) -> list[list[bytes]] | None:
    """What known strings are split into; how TensorFlow counts the splits that it may make is not Python's way."""
    separator = conversion.to_python(sep)
    texts = [encoded(element) for element in strings.elements or ()]
    if maxsplit not in (NONE, Constant(-1)) or strings.elements is None or isinstance(separator, Unsure):
        return None
    by = separator.encode() if isinstance(separator, str) else separator
    if not isinstance(by, (bytes, type(None))):
        return None
    known = [text for text in texts if text is not None]
    return [text.split(by or None) for text in known] if len(known) == len(texts) else None


def _strings(texts: list[bytes]) -> Tensor:
    """A vector of strings."""
    return Tensor(dtypes.STRING, (len(texts),), elements=tuple(texts) if len(texts) <= MAX_ELEMENTS else None)


@op("strings.unicode_decode", by_position=1)
def unicode_decode(input: Operand) -> Tensor:
    return _parts(input, dtypes.INT32)


@op("strings.unicode_split", by_position=1)
def unicode_split(input: Operand) -> Tensor:
    return _parts(input, dtypes.STRING)


@op("strings.unicode_decode_with_offsets", by_position=1)
def unicode_decode_with_offsets(input: Operand) -> TupleValue:
    """The code points and the byte at which each begins."""
    return TupleValue((_parts(input, dtypes.INT32), _parts(input, dtypes.INT64)))


@op("strings.unicode_split_with_offsets", by_position=1)
def unicode_split_with_offsets(input: Operand) -> TupleValue:
    return TupleValue((_parts(input, dtypes.STRING), _parts(input, dtypes.INT64)))


@op("strings.unicode_encode", by_position=1)
def unicode_encode(input: Operand) -> Tensor:
    if input.kind in (Kind.SPARSE, Kind.UNKNOWN):
        return ANY_TENSOR
    return Tensor(dtypes.STRING, input.shape[:-1] if input.shape and input.rank in (1, 2) else None)


@op("strings.substr", "compat.v1.substr", by_position=3)
def substr(input: Operand, pos: Operand, len: Operand) -> Tensor:
    """One part of each string; ``pos`` and ``len`` have one shape, which is broadcast against that of the strings."""
    operands = (input, pos, len)
    if any(one.kind in (*_COMPOSITE, Kind.UNKNOWN) for one in operands):
        return ANY_TENSOR
    _require_strings(input)
    if pos.rank is not None and len.rank is not None and pos.rank != len.rank:
        raise BroadcastMismatch([pos, len], Tensor(dtypes.STRING, input.shape))
    return Tensor(dtypes.STRING, rules.broadcast((input, pos), dtypes.STRING))


@op("strings.format")
def format_(template: Value) -> Tensor:
    return Tensor(dtypes.STRING, ())


@op("strings.ngrams", by_position=1)
def ngrams(
    data: Operand,
    ngram_width: Value,
    pad_values: Value = NONE,
    padding_width: Value = NONE,
    preserve_short_sequences: Flag = False,
) -> Tensor:
    """The last dimension becomes that of all n-grams of the widths given; raises RankTooLow for a scalar."""
    if data.kind in (Kind.SPARSE, Kind.UNKNOWN) or data.shape is None:
        return ANY_TENSOR
    if data.kind is Kind.RAGGED:
        return Tensor(dtypes.STRING, data.shape, Kind.RAGGED)
    if not data.shape:
        raise RankTooLow(data, 1, result=Tensor(dtypes.STRING))
    widths, size = conversion.to_axes(ngram_width), data.shape[-1]
    if not isinstance(widths, tuple) or padding_width != NONE or preserve_short_sequences is not False:
        return Tensor(dtypes.STRING, (*data.shape[:-1], None))
    if not isinstance(pad_values, (Constant, TupleValue)):
        return Tensor(dtypes.STRING, (*data.shape[:-1], None))
    count: Dim = 0
    for width in widths:
        padded = dims.add(size, 0 if pad_values == NONE else 2 * (width - 1))
        count = dims.add(count, dims.maximum(dims.subtract(padded, width - 1), 0))
    return Tensor(dtypes.STRING, (*data.shape[:-1], count))


@op("strings.reduce_join", by_position=1)
def reduce_join(inputs: Operand, axis: Axes = None, keepdims: Flag = False) -> Tensor:
    """The strings along the axes joined; raises NoKernel, AxisOutOfRange."""
    if inputs.kind in (*_COMPOSITE, Kind.UNKNOWN):
        return Tensor(dtypes.STRING) if inputs.kind is Kind.RAGGED else ANY_TENSOR
    _require_strings(inputs)
    return Tensor(dtypes.STRING, rules.reduce_shape(inputs, axis, keepdims))


@op("strings.unsorted_segment_join")
def unsorted_segment_join(inputs: Operand, segment_ids: Operand, num_segments: Dimension) -> Tensor:
    ids, shape = segment_ids.shape, inputs.shape
    rest: Shape = None if ids is None or shape is None else (num_segments, *shape[len(ids) :])
    return Tensor(dtypes.STRING, rest)


# ------------------------------------------------------------------------------------------------- bytes as numbers


@op("io.decode_raw", by_position=1)
def decode_raw(input_bytes: Value, out_type: Value = NONE, fixed_length: Dimension = None) -> Tensor:
    """The bytes of each string as numbers: as many as the strings, or ``fixed_length``, have room for."""
    asked = conversion.to_dtype(out_type)
    dtype = asked if isinstance(asked, DType) else None
    if isinstance(input_bytes, ArrayBytes) and fixed_length is None:
        return Tensor(dtype, (rules.count_in_bytes(input_bytes, dtype, Tensor(dtype, (None,))),))
    return _decoded(conversion.to_operand(input_bytes), dtype, fixed_length)


def _decoded(input_bytes: Tensor, dtype: DType | None, fixed_length: Dim) -> Tensor:
    if input_bytes.shape is None or input_bytes.kind in (*_COMPOSITE, Kind.UNKNOWN):
        return Tensor(dtype)
    length = fixed_length if isinstance(fixed_length, int) else _common_length(input_bytes)
    count = length // dtype.size if dtype is not None and dtype.size and isinstance(length, int) else None
    return Tensor(dtype, (*input_bytes.shape, count))


def _common_length(strings: Tensor) -> int | None:
    """How many bytes each string has, where they are known."""
    lengths = {None if (known := encoded(element)) is None else len(known) for element in strings.elements or (None,)}
    return lengths.pop() if len(lengths) == 1 else None


@op("io.decode_compressed")
def decode_compressed(bytes: Operand) -> Tensor:
    return Tensor(dtypes.STRING, bytes.shape if bytes.kind is not Kind.UNKNOWN else None)


@op("io.parse_tensor")
def parse_tensor(serialized: Operand, out_type: Value = NONE) -> Value:
    """A tensor of a dtype that the caller knows, and of any shape."""
    asked = conversion.to_dtype(out_type)
    return Tensor(asked) if isinstance(asked, DType) else Tensor()


@op("fingerprint")
def fingerprint(data: Operand) -> Tensor:
    """The fingerprint of each row, as 8 bytes."""
    shape = rules.with_rank_at_least(data, 1)
    return Tensor(dtypes.UINT8, (shape[0], 8) if shape else (None, 8))


@op("io.matching_files")
def matching_files(pattern: Value) -> Tensor:
    return Tensor(dtypes.STRING, (None,))


@op("compat.v1.strings.split")
def split_v1(input: Operand, sep: Value = NONE, maxsplit: Value = NONE, result_type: Value = NONE) -> Value:
    """A sparse tensor of one dimension more, unless ragged rows are asked for."""
    if result_type == Constant("RaggedTensor"):
        return split(input, sep, maxsplit)
    pieces = _pieces(input, sep, maxsplit) if input.rank == 1 and current().mode == "eager" else None
    if pieces is not None and result_type in (NONE, _SPARSE):
        return _sparse_words(pieces)
    shape = (None, None) if input.rank == 1 and input.kind in (Kind.TENSOR, Kind.PYTHON) else None
    return UNKNOWN if result_type not in (NONE, _SPARSE) else Tensor(dtypes.STRING, shape, Kind.SPARSE)


@op("compat.v1.string_split")
def string_split(
    source: Operand, sep: Value = NONE, skip_empty: Flag = True, delimiter: Value = NONE, result_type: Value = NONE
) -> Value:
    """Strings taken apart at blanks, or wherever one of the characters of a separator stands."""
    ragged = result_type == Constant("RaggedTensor")
    pieces = (
        _pieces(source, Constant(" "))
        if source.rank == 1 and current().mode == "eager" and skip_empty is True
        else None
    )
    if {sep, delimiter} != {NONE} or pieces is None or result_type not in (NONE, _SPARSE):
        return Tensor(dtypes.STRING, (None, None), Kind.RAGGED if ragged else Kind.SPARSE)
    return _sparse_words([[word for word in words if word] for words in pieces])


def _sparse_words(pieces: list[list[bytes]]) -> Tensor:
    places = [place for row, words in enumerate(pieces) for column in range(len(words)) for place in (row, column)]
    indices = Tensor(
        dtypes.INT64, (len(places) // 2, 2), elements=tuple(places) if len(places) <= MAX_ELEMENTS else None
    )
    words = _strings([piece for row in pieces for piece in row])
    return composites.sparse(indices, words, (len(pieces), max(map(len, pieces), default=0)))
