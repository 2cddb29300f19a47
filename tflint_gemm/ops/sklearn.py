"""scikit-learn, as far as the sizes of what it makes follow from the program: splits, transformers, its data sets."""

from __future__ import annotations

import math
from typing import NamedTuple

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.join import join_all
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    IterableValue,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import AS_ARRAY, sequence_items
from tflint_gemm.ops.numpy_common import Array, array, array_list, inexact
from tflint_gemm.ops.pandas import FRAME, SERIES, rows_of
from tflint_gemm.ops.parameters import Dimension, Spread
from tflint_gemm.ops.registry import op

MAX_ROWS = 4096  # items of a list that are kept apart
_TRUE, _FALSE, _ONE, _2, _100 = map(Constant, (True, False, 1, 2, 100))


# ------------------------------------------------------------------------------------------------- splits

_MODULES = ("sklearn.model_selection", "sklearn.cross_validation")


@op(*(f"{module}.train_test_split" for module in _MODULES))
def train_test_split(*arrays: Spread, test_size: Value = NONE, train_size: Value = NONE) -> Value:
    """For each array the rows to train with, then those to test with."""
    given = [one for one in arrays if isinstance(one, Value)]
    if len(given) < len(arrays):
        return UNKNOWN
    parts: list[Value] = []
    for rows in given:
        train, test = split_sizes(_length(rows), test_size, train_size)
        parts.extend((_chosen(rows, train), _chosen(rows, test)))
    return array_list(parts)


def split_sizes(count: Dim, test_size: Value, train_size: Value) -> tuple[Dim, Dim]:
    """How many of ``count`` rows a split trains and tests with: fractions are rounded up for tests, else down."""
    if test_size == NONE and train_size == NONE:
        test_size = Constant(0.25)
    test, train = _share(count, test_size, math.ceil), _share(count, train_size, math.floor)
    if test_size == NONE:
        test = dims.subtract(count, train)
    elif train_size == NONE:
        train = dims.subtract(count, test)
    return train, test


def _share(count: Dim, size: Value, rounded: object) -> Dim:
    if isinstance(size, Constant) and isinstance(size.value, float):
        if not isinstance(count, int) or not 0 < size.value < 1:
            return None
        return math.ceil(size.value * count) if rounded is math.ceil else math.floor(size.value * count)
    return dim_of(size)


def _length(rows: Value) -> Dim:
    items = sequence_items(rows)
    if items is not None:
        return len(items)
    held = rows.slots.get(AS_ARRAY) if isinstance(rows, ApiObject) else rows
    return held.shape[0] if isinstance(held, Tensor) and held.shape else None


def _chosen(rows: Value, count: Dim) -> Value:
    """``count`` of the rows, it is not known which; Unknown for what is no array, list or table."""
    items = sequence_items(rows)
    if items is not None and items:
        known = isinstance(count, int) and 0 <= count <= MAX_ROWS
        content = (join_all(items),) * count if known and isinstance(count, int) else None
        return ListValue(IterableValue(join_all(items), count) if content is None else TupleValue(content))
    if isinstance(rows, ApiObject) and rows.path in (FRAME, SERIES):
        return rows_of(rows, count)
    if not isinstance(rows, Tensor) or rows.kind is not Kind.ARRAY:
        return UNKNOWN
    return array(rows.dtype, (count, *rows.shape[1:]) if rows.shape else None)


@op("sklearn.utils.shuffle", "sklearn.utils.resample")
def shuffle(*arrays: Spread, n_samples: Value = NONE) -> Value:
    """One array, or a list of several."""
    given = [one for one in arrays if isinstance(one, Value)]
    if len(given) < len(arrays) or not given:
        return UNKNOWN
    found = [_chosen(rows, _length(rows) if n_samples == NONE else dim_of(n_samples)) for rows in given]
    return found[0] if len(found) == 1 else array_list(found)


_FOLDS = [f"{module}.{name}" for module in _MODULES for name in ("KFold", "StratifiedKFold", "RepeatedKFold",
          "ShuffleSplit", "StratifiedShuffleSplit", "GroupKFold", "TimeSeriesSplit", "LeaveOneOut")]  # fmt: skip


def _register_folds(path: str) -> None:
    def make(n_splits: Value = NONE) -> Value:
        return ApiObject(path, {})

    def split(self: Value, X: Value, y: Value = NONE) -> Value:  # noqa: N803
        """Pairs of indices."""
        indices = Tensor(dtypes.INT64, (None,), Kind.ARRAY)
        return IterableValue(TupleValue((indices, indices)))

    op(path)(make)
    op(f"{path}.split")(split)


for _path in _FOLDS:
    _register_folds(_path)


# ------------------------------------------------------------------------------------------------- transformers


class _Transformer(NamedTuple):
    """What a transformer makes of a matrix.

    ``columns``: "same", "components" (the first argument, where it is an integer) or "open".  ``dtype``: None for
    that of the input, which is float64 where it is no float.  ``sparse``: whether sparse matrices stay so.
    """

    columns: str = "same"
    dtype: DType | None = None
    sparse: bool = False


_TRANSFORMERS = {
    "sklearn.preprocessing.StandardScaler": _Transformer(),
    "sklearn.preprocessing.MinMaxScaler": _Transformer(),
    "sklearn.preprocessing.PowerTransformer": _Transformer(),
    "sklearn.preprocessing.MaxAbsScaler": _Transformer(sparse=True),
    "sklearn.preprocessing.RobustScaler": _Transformer(sparse=True),
    "sklearn.preprocessing.Normalizer": _Transformer(sparse=True),
    "sklearn.preprocessing.QuantileTransformer": _Transformer(sparse=True),
    "sklearn.preprocessing.PolynomialFeatures": _Transformer("open", sparse=True),
    "sklearn.preprocessing.OrdinalEncoder": _Transformer("same", dtypes.FLOAT64),
    "sklearn.decomposition.PCA": _Transformer("components"),
    "sklearn.decomposition.TruncatedSVD": _Transformer("components"),
    "sklearn.manifold.TSNE": _Transformer("components", dtypes.FLOAT32),
}
_LABELS = {"LabelEncoder": 1, "LabelBinarizer": 2, "MultiLabelBinarizer": 2}
_TEXTS = {"CountVectorizer": dtypes.INT64, "TfidfVectorizer": dtypes.FLOAT64}
_SPARSE = "(scipy sparse matrix)"
_FRAMES = "(frames)"  # whether a transformer was told to make pandas's tables


def _transformed(self: Value, kind: _Transformer, matrix: Tensor) -> Value:
    """The matrix ``matrix`` transformed; Unknown where it may be sparse or a table."""
    if not isinstance(self, ApiObject) or _FRAMES in self.slots or "dtype" in self.arguments:
        return UNKNOWN
    if matrix.kind is Kind.UNKNOWN and (kind.sparse or "with_mean" in self.arguments):
        return UNKNOWN
    rows, columns = matrix.shape if matrix.shape is not None and len(matrix.shape) == 2 else (None, None)
    if kind.columns != "same":
        first = self.arguments.get("first", _2 if "PCA" not in self.path else NONE)
        columns = dim_of(first) if kind.columns == "components" and isinstance(first, Constant) else None
        columns = None if isinstance(first, Constant) and type(first.value) is not int else columns
    if kind.dtype is not None:
        return array(kind.dtype, (rows, columns))
    kept = (
        None
        if matrix.kind is Kind.UNKNOWN or matrix.dtype in (dtypes.FLOAT16, dtypes.OBJECT)
        else inexact(matrix.dtype)
    )
    return array(kept, (rows, columns))


def _register_transformer(path: str, kind: _Transformer) -> None:
    def make(first: Value = NONE, with_mean: Value = NONE, dtype: Value = NONE) -> Value:
        given = {"first": first, "with_mean": with_mean, "dtype": dtype}
        return ApiObject(path, {name: value for name, value in given.items() if value != NONE})

    def named(n_components: Value = NONE) -> Value:
        return make(n_components)

    def transform(self: Value, X: Array, y: Value = NONE) -> Value:  # noqa: N803
        return _transformed(self, kind, X)

    def restored(self: Value, X: Array) -> Value:  # noqa: N803
        """What ``fit`` was given: the columns are as many as then."""
        return _transformed(self, kind if kind.columns == "same" else _Transformer("open"), X)

    _register_estimator(path, named if kind.columns == "components" else make, transform)
    if kind.columns != "open" and kind.dtype is None:
        op(f"{path}.inverse_transform")(restored)


def _register_estimator(path: str, make: object, transform: object) -> None:
    def fit(self: Value, X: Value = NONE, y: Value = NONE) -> Value:  # noqa: N803
        return self

    def set_output(self: Value, transform: Value = NONE) -> Value:
        """From now on tables come out."""
        if isinstance(self, ApiObject):
            current().write(self, _FRAMES, _TRUE)
        return self

    op(path)(make)  # type: ignore[type-var]
    op(f"{path}.fit")(fit)
    op(f"{path}.set_output")(set_output)
    op(f"{path}.transform", f"{path}.fit_transform")(transform)  # type: ignore[type-var]


for _path, _kind in _TRANSFORMERS.items():
    _register_transformer(_path, _kind)


def _register_label_encoder(name: str, rank: int) -> None:
    path = f"sklearn.preprocessing.{name}"

    def make(sparse_output: Value = _FALSE) -> Value:
        return ApiObject(path, {"sparse_output": sparse_output})

    def transform(self: Value, y: Value) -> Value:
        """Numbers of classes, or a column per class."""
        dense = isinstance(self, ApiObject) and self.arguments.get("sparse_output", _FALSE) == _FALSE
        return array(dtypes.INT64, (_length(y), None)[:rank]) if dense or rank == 1 else UNKNOWN

    _register_estimator(path, make, transform)


for _name, _rank in _LABELS.items():
    _register_label_encoder(_name, _rank)


# ------------------------------------------------------------------------------------------------- sparse results


def _sparse(dtype: DType | None, rows: Dim) -> ApiObject:
    made = ApiObject(_SPARSE, {})
    made.slots["(dense)"] = array(dtype, (rows, None))
    return made


@op(f"{_SPARSE}.toarray")
def to_array(self: Value) -> Value:
    return self.slots.get("(dense)", UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN


@op("sklearn.preprocessing.OneHotEncoder")
def one_hot_encoder(sparse_output: Value = NONE, sparse: Value = NONE, dtype: Value = NONE) -> Value:
    wanted = next((flag for flag in (sparse_output, sparse) if flag != NONE), _TRUE)
    return ApiObject("sklearn.preprocessing.OneHotEncoder", {"sparse": wanted, "dtype": dtype})


@op("sklearn.preprocessing.OneHotEncoder.fit")
def fit_one_hot(self: Value, X: Value = NONE) -> Value:  # noqa: N803
    return self


@op("sklearn.preprocessing.OneHotEncoder.fit_transform", "sklearn.preprocessing.OneHotEncoder.transform")
def encode_one_hot(self: Value, X: Value) -> Value:  # noqa: N803
    """A sparse matrix unless the encoder was told otherwise."""
    if not isinstance(self, ApiObject) or _FRAMES in self.slots:
        return UNKNOWN
    dtype = dtypes.FLOAT64 if self.arguments.get("dtype") == NONE else None
    sparse = self.arguments.get("sparse", UNKNOWN)
    dense = array(dtype, (_length(X), None))
    return _sparse(dtype, _length(X)) if sparse == _TRUE else dense if sparse == _FALSE else UNKNOWN


def _register_vectorizer(name: str, dtype: DType) -> None:
    path = f"sklearn.feature_extraction.text.{name}"

    def make(dtype: Value = NONE) -> Value:
        return ApiObject(path, {"dtype": dtype})

    def transform(self: Value, raw_documents: Value) -> Value:
        plain = isinstance(self, ApiObject) and self.arguments.get("dtype") == NONE
        return _sparse(dtype if plain else None, _length(raw_documents))

    _register_estimator(path, make, transform)


for _name, _dtype in _TEXTS.items():
    _register_vectorizer(_name, _dtype)


# ------------------------------------------------------------------------------------------------- functions


def _register_function(name: str) -> None:
    def model(X: Array) -> Value:  # noqa: N803
        kind = _Transformer(sparse=True)
        scaled = _transformed(ApiObject(name, {}), kind, X)
        return scaled if X.rank == 2 else UNKNOWN  # vectors stay vectors in some of them

    op(f"sklearn.preprocessing.{name}")(model)


for _name in ("scale", "minmax_scale", "maxabs_scale", "robust_scale", "normalize"):
    _register_function(_name)


# ------------------------------------------------------------------------------------------------- data sets

_BUNCH = "sklearn.utils.Bunch"
_SETS: dict[str, tuple[int, int, DType]] = {
    "load_iris": (150, 4, dtypes.INT64), "load_digits": (1797, 64, dtypes.INT64), "load_wine": (178, 13, dtypes.INT64),
    "load_breast_cancer": (569, 30, dtypes.INT64), "load_diabetes": (442, 10, dtypes.FLOAT64),
    "load_boston": (506, 13, dtypes.FLOAT64), "fetch_california_housing": (20640, 8, dtypes.FLOAT64),
}  # fmt: skip
"""Rows, columns and the dtype of the targets."""


def _register_set(name: str, count: int, columns: int, dtype: DType) -> None:
    def load(return_X_y: Value = _FALSE, as_frame: Value = _FALSE, n_class: Value = NONE) -> Value:  # noqa: N803
        rows = count if n_class == NONE else None
        data, target = array(dtypes.FLOAT64, (rows, columns)), array(dtype, (rows,))
        if as_frame != _FALSE or return_X_y not in (_TRUE, _FALSE):
            return UNKNOWN
        if return_X_y == _TRUE:
            return TupleValue((data, target))
        made = ApiObject(_BUNCH, {})
        made.slots.update(data=data, target=target)
        if name == "load_digits":
            made.slots["images"] = array(dtypes.FLOAT64, (rows, 8, 8))
        return made

    op(f"sklearn.datasets.{name}")(load)


for _name, (_count, _columns, _dtype) in _SETS.items():
    _register_set(_name, _count, _columns, _dtype)


@op(f"{_BUNCH}.__getitem__")
def bunch_item(self: Value, key: Value) -> Value:
    return self.slots.get(key.value, UNKNOWN) if isinstance(self, ApiObject) and isinstance(key, Constant) else UNKNOWN


def _made(rows: Value, columns: Dim, dtype: DType) -> Value:
    """Points and their targets; ``rows`` may be a pair of numbers."""
    count = dim_of(rows) if sequence_items(rows) is None else None
    return TupleValue((array(dtypes.FLOAT64, (count, columns)), array(dtype, (count,))))


@op("sklearn.datasets.make_moons", "sklearn.datasets.make_circles")
def make_moons(n_samples: Value = _100) -> Value:
    return _made(n_samples, 2, dtypes.INT64)


@op("sklearn.datasets.make_swiss_roll", "sklearn.datasets.make_s_curve")
def make_roll(n_samples: Value = _100) -> Value:
    return _made(n_samples, 3, dtypes.FLOAT64)


@op("sklearn.datasets.make_classification")
def make_classification(n_samples: Value = _100, n_features: Dimension = 20, return_X_y: Value = _TRUE) -> Value:  # noqa: N803
    return _made(n_samples, n_features, dtypes.INT64) if return_X_y == _TRUE else UNKNOWN


@op("sklearn.datasets.make_blobs")
def make_blobs(
    n_samples: Value = _100, n_features: Dimension = 2, centers: Value = NONE, return_centers: Value = _FALSE
) -> Value:
    columns = n_features if centers == NONE or isinstance(centers, Constant) else None
    return _made(n_samples, columns, dtypes.INT64) if return_centers == _FALSE else UNKNOWN


@op("sklearn.datasets.make_regression")
def make_regression(
    n_samples: Value = _100,
    n_features: Dimension = 100,
    n_informative: Value = NONE,
    n_targets: Value = _ONE,
    coef: Value = _FALSE,
) -> Value:
    count, targets = dim_of(n_samples), dim_of(n_targets)
    if coef != _FALSE or not isinstance(targets, int):
        return UNKNOWN
    shape = (count,) if targets == 1 else (count, targets)
    return TupleValue((array(dtypes.FLOAT64, (count, n_features)), array(dtypes.FLOAT64, shape)))
