"""What Keras gives to train on: its data sets, of known sizes, and the helpers that shape labels and sequences."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, Constant, IterableValue, Kind, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops.conversion import sequence_items, to_dtype, to_tensor
from tflint_gemm.ops.parameters import Dimension
from tflint_gemm.ops.registry import op

Sizes = tuple[int, ...]

# ------------------------------------------------------------------------------------------------- data sets

_U8, _I64, _F64, _F32 = dtypes.UINT8, dtypes.INT64, dtypes.FLOAT64, dtypes.FLOAT32
_DATASETS: dict[str, tuple[tuple[DType, Sizes], tuple[DType, Sizes], int, int]] = {
    # what one input is, what one label is, how many there are to train and to test
    "mnist": ((_U8, (28, 28)), (_U8, ()), 60000, 10000),
    "fashion_mnist": ((_U8, (28, 28)), (_U8, ()), 60000, 10000),
    "cifar10": ((_U8, (32, 32, 3)), (_U8, (1,)), 50000, 10000),
    "cifar100": ((_U8, (32, 32, 3)), (_I64, (1,)), 50000, 10000),
}


def _split(each: tuple[tuple[DType, Sizes], tuple[DType, Sizes]], count: int) -> Value:
    return TupleValue(tuple(Tensor(dtype, (count, *shape), Kind.ARRAY) for dtype, shape in each))


def _loader(name: str) -> Callable[[], Value]:
    inputs, labels, train, test = _DATASETS[name]

    def load_data() -> Value:
        return TupleValue((_split((inputs, labels), train), _split((inputs, labels), test)))

    return load_data


for _name in _DATASETS:
    op(f"keras.datasets.{_name}.load_data")(_loader(_name))


@op("keras.datasets.boston_housing.load_data")
def boston_housing(test_split: Value = NONE) -> Value:
    """404 and 102 houses, unless they are split otherwise."""
    usual = test_split in (NONE, Constant(0.2))
    each = ((_F64, (13,)), (_F64, ()))
    if usual:
        return TupleValue((_split(each, 404), _split(each, 102)))
    part = TupleValue((Tensor(_F64, (None, 13), Kind.ARRAY), Tensor(_F64, (None,), Kind.ARRAY)))
    return TupleValue((part, part))


@op("keras.datasets.imdb.load_data", "keras.datasets.reuters.load_data")
def reviews() -> Value:
    """Lists of word numbers in arrays of objects; how many there are depends on ``maxlen`` and other arguments."""
    part = TupleValue((Tensor(dtypes.OBJECT, (None,), Kind.ARRAY), Tensor(_I64, (None,), Kind.ARRAY)))
    return TupleValue((part, part))


# ------------------------------------------------------------------------------------------------- labels, sequences


@op("keras.utils.to_categorical")
def to_categorical(x: Tensor, num_classes: Dimension = None) -> Value:
    """One-hot rows: of arrays in float64 (which was float32 in Keras 2), of tensors in float32."""
    if x.kind not in (Kind.ARRAY, Kind.PYTHON, Kind.TENSOR):
        return Tensor(kind=Kind.UNKNOWN)
    kind = Kind.TENSOR if x.kind is Kind.TENSOR else Kind.ARRAY
    if x.shape is None:
        return Tensor(None, None, kind)
    shape = x.shape
    if len(shape) > 1 and not isinstance(shape[-1], int):
        return Tensor(None, None, kind)  # a last dimension of 1 goes
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return Tensor(dtypes.FLOAT32 if kind is Kind.TENSOR else dtypes.FLOAT64, (*shape, num_classes or None), kind)


_FLOAT32 = Constant("float32")


@op("keras.utils.np_utils.to_categorical")
def to_categorical_keras2(y: Tensor, num_classes: Dimension = None, dtype: Value = _FLOAT32) -> Value:
    """One-hot rows in an array of ``dtype``: the module is gone since Keras 3."""
    rows, known = to_categorical(y, num_classes), to_dtype(dtype)
    if not isinstance(rows, Tensor) or rows.kind is Kind.UNKNOWN:
        return rows
    return Tensor(known if isinstance(known, DType) else None, rows.shape, Kind.ARRAY)


_DEFAULT = Constant("int32")


@op("keras.utils.pad_sequences")
def pad_sequences(sequences: Value, maxlen: Value = NONE, dtype: Value = _DEFAULT) -> Value:
    """A matrix with a row for each sequence, of the length asked for or of that of the longest."""
    items = sequence_items(sequences)
    rows: Dim = len(items) if items is not None else None
    if isinstance(sequences, Tensor):
        rows = sequences.shape[0] if sequences.shape else None
    elif isinstance(sequences, IterableValue):
        rows = sequences.length
    known = to_dtype(dtype)
    deep = items is None or any(map(_is_nested, items))
    if deep and not (isinstance(sequences, Tensor) and sequences.dtype == dtypes.OBJECT and sequences.shape):
        return Tensor(known if isinstance(known, DType) else None, None, Kind.ARRAY)
    length = _longest(items) if maxlen == NONE else dim_of(maxlen)
    return Tensor(known if isinstance(known, DType) else None, (rows, length), Kind.ARRAY)


def _longest(sequences: tuple[Value, ...] | None) -> Dim:
    """The length of the longest sequence, where all are known."""
    found = [to_tensor(sequence).shape for sequence in sequences or ()]
    sizes = [shape[0] for shape in found if shape is not None and len(shape) == 1 and isinstance(shape[0], int)]
    return max(size for size in sizes if isinstance(size, int)) if sizes and len(sizes) == len(found) else None


def _is_nested(item: Value) -> bool:
    """Whether a sequence is one of sequences."""
    if isinstance(item, Tensor):
        return item.rank != 1
    return any(isinstance(part, Tensor) or sequence_items(part) is not None for part in sequence_items(item) or ())
