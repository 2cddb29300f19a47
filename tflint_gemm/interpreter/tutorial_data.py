"""``tensorflow.examples.tutorials.mnist``: the data set of TensorFlow 1's tutorials, by its known sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Constant, Kind, Tensor, TupleValue, Value, from_dim
from tflint_gemm.interpreter.builtins import builtin
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.ops.parameters import Dimension
from tflint_gemm.ops.registry import op

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

_PACKAGES = (
    "tensorflow.examples.tutorials.mnist.input_data",
    "tensorflow.contrib.learn.python.learn.datasets.mnist",
    "input_data",
)
_PARAMETERS = ("train_dir", "fake_data", "one_hot", "dtype", "reshape", "validation_size")
_SETS = "(read_data_sets)"
_SET = "(DataSet)"


@builtin(*(f"{package}.read_data_sets" for package in _PACKAGES))
def _read_data_sets(_interp: Interpreter, given: "Given") -> Value:
    """55,000 images to train, 5,000 to validate and 10,000 to test: rows of 784 and class numbers by default."""
    passed = {**dict(zip(_PARAMETERS, given.positional)), **given.keywords}
    one_hot, flat = _flag(passed, "one_hot", False), _flag(passed, "reshape", True)
    plain = not {"fake_data", "dtype", "validation_size"} & passed.keys()
    made = ApiObject(_SETS, {})
    for name, count in (("train", 55000), ("validation", 5000), ("test", 10000)):
        made.slots[name] = _data_set(count if plain else None, one_hot, flat, plain)
    return made


def _flag(passed: dict[str, Value], name: str, default: bool) -> bool | None:
    value = passed.get(name, Constant(default))
    return value.value if isinstance(value, Constant) and isinstance(value.value, bool) else None


def _data_set(count: Dim, one_hot: bool | None, flat: bool | None, plain: bool) -> ApiObject:
    made = ApiObject(_SET, {})
    image = None if flat is None else (784,) if flat else (28, 28, 1)
    made.slots["images"] = _rows(dtypes.FLOAT32 if plain else None, count, image)
    kind = None if one_hot is None else dtypes.FLOAT64 if one_hot else dtypes.UINT8
    made.slots["labels"] = _rows(kind, count, None if one_hot is None else (10,) if one_hot else ())
    made.slots["num_examples"] = from_dim(count)
    return made


def _rows(dtype: dtypes.DType | None, count: Dim, each: tuple[int, ...] | None) -> Tensor:
    return Tensor(dtype, None if each is None else (count, *each), Kind.ARRAY)


@op(f"{_SET}.next_batch")
def next_batch(self: Value, batch_size: Dimension, fake_data: Value = NONE) -> Value:
    """A pair of images and labels."""
    if not isinstance(self, ApiObject) or fake_data != NONE:
        return UNKNOWN
    return TupleValue(tuple(_batch(self.slots.get(name, UNKNOWN), batch_size) for name in ("images", "labels")))


def _batch(rows: Value, size: Dim) -> Value:
    if not isinstance(rows, Tensor) or rows.shape is None:
        return rows
    return Tensor(rows.dtype, (size, *rows.shape[1:]), Kind.ARRAY)
