"""pandas, as far as a program tells how many columns it has: tables, columns, and the arrays that are made of them.

A table or a column holds the array that NumPy makes of it; of a file neither rows nor columns are known, but a slice
of columns with literal bounds has as many as it asks for (``tabular``).
"""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    FALSE,
    NONE,
    TRUE,
    UNKNOWN,
    ApiObject,
    Constant,
    DictValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    SliceValue,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops import rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import AS_ARRAY, UNSURE, sequence_items, to_numpy_dtype
from tflint_gemm.ops.indexing import subscript
from tflint_gemm.ops.numpy_common import to_array
from tflint_gemm.ops.numpy_shape import shape_value
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.replacing import replace

FRAME, SERIES = "pandas.DataFrame", "pandas.Series"
_NAMES = "(columns)"
_WHOLE = SliceValue(NONE, NONE, NONE)
_COUNT, _ROWS = Constant(5), Constant(0)


def frame(dtype: DType | None, rows: Dim, columns: Dim, names: tuple[Value, ...] | None = None) -> ApiObject:
    """A table; ``names`` are its columns, where they are known."""
    made = ApiObject(FRAME, {})
    made.slots[AS_ARRAY] = Tensor(dtype, (rows, columns), Kind.ARRAY, tabular=True)
    made.slots[_NAMES] = UNKNOWN if names is None else TupleValue(names)
    return made


def series(dtype: DType | None, rows: Dim) -> ApiObject:
    """A column."""
    made = ApiObject(SERIES, {})
    made.slots[AS_ARRAY] = Tensor(dtype, (rows,), Kind.ARRAY)
    return made


def _wrapped(values: Tensor) -> Value:
    """A table or a column of the values; Unknown for a single one."""
    if values.shape is not None and len(values.shape) == 2:
        return frame(values.dtype, values.shape[0], values.shape[1])
    return series(values.dtype, values.shape[0]) if values.shape and len(values.shape) == 1 else UNKNOWN


def _content(self: Value) -> Tensor | None:
    held = self.slots.get(AS_ARRAY) if isinstance(self, ApiObject) else None
    return held if isinstance(held, Tensor) and held.shape else None


def _names(self: ApiObject) -> tuple[Value, ...] | None:
    """The names of the columns, unless the program has given them others since."""
    held = self.slots.get(_NAMES)
    return held.items if isinstance(held, TupleValue) and "columns" not in self.slots else None


def rows_of(table: ApiObject, count: Dim) -> Value:
    """``count`` rows of a table or a column."""
    held = _content(table)
    if held is None or held.shape is None:
        return UNKNOWN
    if table.path == SERIES:
        return series(held.dtype, count)
    return frame(held.dtype, count, held.shape[1], _names(table))


# ------------------------------------------------------------------------------------------------- new tables


def _strings(value: Value) -> tuple[Value, ...] | None:
    items = sequence_items(value)
    return items if items is not None and all(isinstance(item, Constant) for item in items) else None


@op("pandas.read_csv", "pandas.read_table")
def read_csv(
    filepath_or_buffer: Value,
    sep: Value = NONE,
    delimiter: Value = NONE,
    header: Value = NONE,
    names: Value = NONE,
    index_col: Value = NONE,
    usecols: Value = NONE,
    chunksize: Value = NONE,
    iterator: Value = NONE,
    squeeze: Value = NONE,
) -> Value:
    """A table; of its columns what ``names`` and ``usecols`` tell."""
    if (chunksize, iterator, squeeze) != (NONE, NONE, NONE):
        return UNKNOWN
    listed = usecols if usecols != NONE else names
    known = _strings(listed) if index_col in (NONE, FALSE) else None
    count = None if known is None else len(known)
    return frame(None, None, count, known if usecols == NONE else None)


@op(FRAME)
def make_frame(data: Value = NONE, index: Value = NONE, columns: Value = NONE, dtype: Value = NONE) -> Value:
    names = _strings(columns) if columns != NONE else None
    if isinstance(data, DictValue) and columns == NONE and DictValue.REST not in data.slots:
        keys = tuple(key for key in data.slots if isinstance(key, Constant))
        if len(keys) != len(data.slots):
            return frame(None, None, None)
        sizes = {values.shape[0] if values.shape else None for values in map(_column, data.slots.values())}
        count = sizes.pop() if len(sizes) == 1 and index == NONE else None
        return frame(None, count, len(keys), keys)
    if isinstance(data, Tensor) and data.kind is Kind.ARRAY and data.shape is not None and len(data.shape) == 2:
        return frame(data.dtype if dtype == NONE else None, *data.shape, names)
    return frame(None, None, None if names is None else len(names), names)


def _column(value: Value) -> Tensor:
    if isinstance(value, (ListValue, TupleValue)) and (items := sequence_items(value)) is not None:
        return Tensor(None, (len(items),), Kind.ARRAY)
    return _content(value) or (value if isinstance(value, Tensor) else Tensor())


@op(SERIES)
def make_series(data: Value = NONE, index: Value = NONE, dtype: Value = NONE) -> Value:
    held = _column(data)
    return series(None, held.shape[0] if held.shape and len(held.shape) == 1 and index == NONE else None)


@op("pandas.get_dummies")
def get_dummies(data: Value, columns: Value = NONE) -> Value:
    """A column per category, of which the number is not known."""
    held = _content(data) or (to_array(data) if isinstance(data, (Tensor, ListValue)) else Tensor())
    return frame(None, held.shape[0] if held.shape else None, None)


# ------------------------------------------------------------------------------------------------- arrays


@attribute(f"{FRAME}.values", f"{SERIES}.values")
def values(self: Value) -> Value:
    return _content(self) or UNKNOWN


@op(f"{FRAME}.to_numpy", f"{SERIES}.to_numpy", f"{FRAME}.as_matrix")
def to_numpy(self: Value, dtype: Value = NONE) -> Value:
    return _cast(_content(self), dtype) or UNKNOWN


def _cast(held: Tensor | None, dtype: Value) -> Tensor | None:
    if held is None or dtype == NONE:
        return held
    chosen = to_numpy_dtype(dtype)
    return replace(held, dtype=None if chosen is UNSURE else rules.chosen_dtype(chosen, None))


@attribute(f"{FRAME}.shape", f"{SERIES}.shape")
def shape(self: Value) -> Value:
    held = _content(self)
    return UNKNOWN if held is None else shape_value(held.shape)


@op(f"{FRAME}.__len__", f"{SERIES}.__len__")
def length(self: Value) -> Value:
    held = _content(self)
    return from_dim(held.shape[0]) if held is not None and held.shape else UNKNOWN


@op(f"{SERIES}.tolist", f"{SERIES}.to_list")
def to_list(self: Value) -> Value:
    held = _content(self)
    return UNKNOWN if held is None or held.shape is None else ListValue(IterableValue(UNKNOWN, held.shape[0]))


# ------------------------------------------------------------------------------------------------- selecting


@op(f"{FRAME}.__getitem__")
def item(self: Value, key: Value) -> Value:
    """A column by its name, several by a list of names, rows by a slice or a mask."""
    held = _content(self)
    if held is None or held.shape is None or not isinstance(self, ApiObject):
        return UNKNOWN
    rows = held.shape[0]
    if isinstance(key, Constant) and isinstance(key.value, (str, int)):
        return series(None, rows)
    if isinstance(key, SliceValue):
        return rows_of(self, None)
    if isinstance(key, ListValue):
        picked = _strings(key)
        return frame(None, rows, None if picked is None else len(picked), picked)
    mask = _content(key) if isinstance(key, ApiObject) else key
    return rows_of(self, None) if isinstance(mask, Tensor) and mask.dtype == dtypes.BOOL and mask.rank == 1 else UNKNOWN


_ILOC, _LOC = "(iloc)", "(loc)"


def _locator(path: str, self: Value) -> Value:
    made = ApiObject(path, {})
    made.slots["table"] = self
    return made


@attribute(f"{FRAME}.iloc", f"{SERIES}.iloc")
def iloc(self: Value) -> Value:
    return _locator(_ILOC, self)


@attribute(f"{FRAME}.loc")
def loc(self: Value) -> Value:
    return _locator(_LOC, self)


def _table(locator: Value) -> Value:
    return locator.slots.get("table", UNKNOWN) if isinstance(locator, ApiObject) else UNKNOWN


@op(f"{_ILOC}.__getitem__")
def located_by_number(self: Value, key: Value) -> Value:
    """As an array is indexed, but two lists choose rows and columns each for itself."""
    held = _content(_table(self))
    entries = key.items if isinstance(key, TupleValue) else (key,)
    lists = sum(not isinstance(entry, (Constant, SliceValue)) for entry in entries)
    return UNKNOWN if held is None or lists > 1 else _wrapped(subscript(held, key))


@op(f"{_LOC}.__getitem__")
def located_by_name(self: Value, key: Value) -> Value:
    """Rows and columns by name; a row by itself is left unknown."""
    held = _content(_table(self))
    rows, columns = key.items if isinstance(key, TupleValue) and len(key.items) == 2 else (key, _WHOLE)
    if held is None or held.shape is None or len(held.shape) != 2 or not _several(rows):
        return UNKNOWN
    count = held.shape[0] if rows == _WHOLE else None
    if columns == _WHOLE:
        return frame(held.dtype, count, held.shape[1])
    if isinstance(columns, Constant) and isinstance(columns.value, str):
        return series(None, count)
    if isinstance(columns, SliceValue):
        return frame(None, count, None)
    picked = _strings(columns)
    return frame(None, count, len(picked), picked) if picked is not None else UNKNOWN


def _several(rows: Value) -> bool:
    """Whether it certainly chooses rows, and not one of them."""
    held = _content(rows) if isinstance(rows, ApiObject) else rows
    mask = isinstance(held, Tensor) and held.dtype == dtypes.BOOL and held.rank == 1
    return isinstance(rows, (SliceValue, ListValue)) or mask


# ------------------------------------------------------------------------------------------------- changing in place


def _change(self: Value, columns: Dim, names: tuple[Value, ...] | None = None, rows: bool = True) -> None:
    """The table has so many columns now."""
    held = _content(self)
    if held is None or held.shape is None or not isinstance(self, ApiObject):
        return
    count = held.shape[0] if rows else None
    current().write(self, AS_ARRAY, replace(held, dtype=None, shape=(count, columns)[: len(held.shape)]))
    current().write(self, _NAMES, UNKNOWN if names is None else TupleValue(names))


@op(f"{FRAME}.__setitem__")
def set_item(self: Value, key: Value, value: Value) -> Value:
    """A column is new or replaced; one of a table without rows brings the rows."""
    names = _names(self) if isinstance(self, ApiObject) else None
    if names is None or not isinstance(key, Constant):
        _change(self, None, rows=False)
    else:
        grown = names if key in names else (*names, key)
        _change(self, len(grown), grown, rows=bool(names))
    return NONE


@op(f"{FRAME}.__delitem__", f"{FRAME}.pop")
def pop(self: Value, key: Value) -> Value:
    """The column, which the table loses."""
    held, names = _content(self), _names(self) if isinstance(self, ApiObject) else None
    rest = tuple(name for name in names if name != key) if names is not None and isinstance(key, Constant) else None
    _change(self, None if rest is None else len(rest), rest)
    return series(None, held.shape[0]) if held is not None and held.shape else UNKNOWN


@op(f"{FRAME}.insert", f"{_ILOC}.__setitem__", f"{_LOC}.__setitem__")
def enlarge(self: Value, loc: Value = NONE, column: Value = NONE, value: Value = NONE) -> Value:
    """There may be more columns and rows now."""
    table = _table(self) if isinstance(self, ApiObject) and self.path in (_ILOC, _LOC) else self
    _change(table, None, rows=False)
    return NONE


# ------------------------------------------------------------------------------------------------- made of another


def _given(self: Value, made: Value, inplace: Value) -> Value:
    """What a method returns that can change the table itself instead."""
    if inplace == FALSE:
        return made
    if isinstance(self, ApiObject):
        same = inplace == TRUE and isinstance(made, ApiObject)
        for slot in (AS_ARRAY, _NAMES):
            current().write(
                self, slot, made.slots.get(slot, UNKNOWN) if same and isinstance(made, ApiObject) else UNKNOWN
            )
    return NONE if inplace == TRUE else UNKNOWN


@op(f"{FRAME}.drop")
def drop(
    self: Value,
    labels: Value = NONE,
    axis: Value = _ROWS,
    index: Value = NONE,
    columns: Value = NONE,
    inplace: Value = FALSE,
) -> Value:
    """The table without some columns or rows."""
    held = _content(self)
    if held is None or held.shape is None or not isinstance(self, ApiObject):
        return UNKNOWN
    across = axis in (Constant(1), Constant("columns"))
    gone = labels if across else columns
    rows = held.shape[0] if index == NONE and (across or labels == NONE) else None
    if gone == NONE:
        return _given(self, frame(held.dtype, rows, held.shape[1], _names(self)), inplace)
    listed = (gone,) if isinstance(gone, Constant) else _strings(gone)
    names = _names(self)
    if listed is None:
        return _given(self, frame(None, rows, None), inplace)
    rest = tuple(name for name in names if name not in listed) if names is not None else None
    count = len(rest) if rest is not None else dims.subtract(held.shape[1], len(listed))
    return _given(self, frame(None, rows, count, rest), inplace)


def _same(self: Value, rows: bool, dtype: DType | None = None) -> Value:
    held = _content(self)
    if held is None or held.shape is None or not isinstance(self, ApiObject):
        return UNKNOWN
    made = rows_of(self, held.shape[0] if rows else None)
    if isinstance(made, ApiObject):
        made.slots[AS_ARRAY] = replace(_content(made) or Tensor(), dtype=dtype)
    return made


def _register_same(name: str, rows: bool) -> None:
    def model(self: Value, inplace: Value = FALSE) -> Value:
        return _given(self, _same(self, rows), inplace)

    op(f"{FRAME}.{name}", f"{SERIES}.{name}")(model)


for _name in ("copy", "fillna", "replace", "round", "abs", "clip", "sort_values", "sort_index", "interpolate", "ffill",
              "bfill", "rank"):  # fmt: skip
    _register_same(_name, rows=True)
for _name in ("dropna", "drop_duplicates"):
    _register_same(_name, rows=False)


@op(f"{FRAME}.astype", f"{SERIES}.astype")
def astype(self: Value, dtype: Value) -> Value:
    held = _cast(_content(self), dtype)
    return UNKNOWN if held is None else _same(self, True, held.dtype if not isinstance(dtype, DictValue) else None)


@op(f"{FRAME}.reset_index", f"{SERIES}.reset_index")
def reset_index(self: Value, drop: Value = FALSE, inplace: Value = FALSE) -> Value:
    """The index becomes a column unless it is dropped."""
    held = _content(self)
    known = drop == TRUE and held is not None
    return _given(self, _same(self, True, held.dtype if held else None) if known else UNKNOWN, inplace)


@op(f"{FRAME}.set_index", f"{FRAME}.rename")
def changed(self: Value, inplace: Value = FALSE) -> Value:
    """Other names or another index: how many columns there are is left open."""
    held = _content(self)
    return _given(self, frame(None, held.shape[0], None) if held is not None and held.shape else UNKNOWN, inplace)


@op(f"{FRAME}.sample", f"{SERIES}.sample")
def sample(self: Value, n: Value = NONE, frac: Value = NONE) -> Value:
    """Some of the rows, or all in another order."""
    held = _content(self)
    everything = isinstance(frac, Constant) and frac.value == 1
    return _same(self, everything, held.dtype if held is not None else None)


@op(f"{FRAME}.head", f"{FRAME}.tail", f"{SERIES}.head", f"{SERIES}.tail")
def head(self: Value, n: Value = _COUNT) -> Value:
    held = _content(self)
    return _same(self, False, held.dtype if held is not None else None)


@op(f"{SERIES}.map")
def mapped(self: Value, arg: Value = NONE) -> Value:
    return _same(self, True)


# ------------------------------------------------------------------------------------------------- operators

_NUMBERS = ("int", "float")


def _is_number(value: Value) -> bool:
    name = value.type_name if isinstance(value, (Constant, OfType)) else ""
    return name in _NUMBERS


def _register_operator(name: str, dtype: DType | None) -> None:
    def model(self: Value, other: Value) -> Value:
        """With a number, element by element; with another table the indices decide."""
        text = isinstance(other, Constant) and dtype is not None
        return _same(self, True, dtype) if _is_number(other) or text else UNKNOWN

    op(f"{FRAME}.__{name}__", f"{SERIES}.__{name}__")(model)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    _register_operator(_name, None)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    _register_operator(_name, dtypes.BOOL)
