"""Abstract values: what the interpreter computes with.

Everything is immutable and hashable except the subclasses of ``Mutable`` (lists, dicts, instances, scopes), which are
references: identity is identity, and their content is read and written through the interpreter's heap so that
branches can be undone and joined.  ``Unknown`` is the top of the lattice; there is no bottom, dead code is not run.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Union

from tflint_gemm.domain.dims import Dim, SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.origins import Origin
from tflint_gemm.domain.shapes import Shape

Element = Union[int, float, bool, complex, str, bytes, SymbolicDim, None]
MAX_ELEMENTS = 64  # tensors up to this size keep their element values: shapes, permutations, paddings


class Value:
    """An abstract value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Unknown(Value):
    """Anything at all.

    ``size`` is the dimension that it counts as where it is used as one; memory plans alone name such sizes.
    """

    size: Dim = None


UNKNOWN = Unknown()


class Kind(enum.Enum):
    """What holds the elements; it decides how TensorFlow converts an operand."""

    TENSOR = "tensor"
    VARIABLE = "variable"
    ARRAY = "array"  # a NumPy array or NumPy scalar
    PYTHON = "python"  # a Python number, string or (nested) list of them, met where a tensor is expected
    SPARSE = "sparse"
    RAGGED = "ragged"
    KERAS = "keras"  # a symbolic Keras tensor (keras.Input and what layers make of it)
    UNKNOWN = "unknown"  # something tensor-like, of which only this is known


@dataclass(frozen=True, slots=True)
class Storage:
    """A buffer of memory: views of one array share it.  ``nbytes`` is unknown where the size or the dtype is.

    ``symbolic``: an op made the tensor while a graph was built, and there is no buffer before that is run.
    """

    nbytes: Dim
    host: bool  # NumPy memory, as opposed to TensorFlow's
    node: object = field(default=None, compare=False, repr=False)
    symbolic: bool = False


@dataclass(frozen=True, slots=True)
class Tensor(Value):
    """A tensor or an array: a dtype and a shape, either of which may be unknown independently of the other.

    ``elements`` are the values in row-major order where the tensor is small and they are known (each may be unknown
    by itself).  ``promotes`` marks a variable of Keras's, whose operators promote dtypes and which casts what it is
    assigned.  ``layer`` is the Keras layer whose output a symbolic tensor is.  ``tabular`` marks an array read from a
    file of rows and columns, which has at most these two dimensions.  Origins, storage, layer and that mark are not
    part of the value: they take no part in comparison.  ``parts`` are the tensors that a composite one consists of,
    where they are known: a ragged one's values and row splits, a sparse one's indices and values.
    """

    dtype: DType | None = None
    shape: Shape = None
    kind: Kind = Kind.TENSOR
    elements: tuple[Element, ...] | None = None
    dtype_origin: Origin | None = field(default=None, compare=False)
    shape_origin: Origin | None = field(default=None, compare=False)
    storage: Storage | None = field(default=None, compare=False, repr=False)
    promotes: bool = field(default=False, repr=False)
    layer: Value | None = field(default=None, compare=False, repr=False)
    tabular: bool = field(default=False, compare=False, repr=False)
    parts: tuple[Tensor, ...] = field(default=(), repr=False)

    @property
    def rank(self) -> int | None:
        return None if self.shape is None else len(self.shape)

    @property
    def is_symbolic(self) -> bool:
        return self.kind is Kind.KERAS

    @property
    def is_tensorflow(self) -> bool:
        """Whether TensorFlow already holds it, so that its dtype is fixed."""
        return self.kind in (Kind.TENSOR, Kind.VARIABLE, Kind.SPARSE, Kind.RAGGED, Kind.KERAS)

    def converted(self, dtype: DType | None, kind: Kind, elements: tuple[Element, ...] | None) -> Tensor:
        """The same with these in place of its own; what ``dataclasses.replace`` takes several times as long for."""
        return Tensor(
            dtype, self.shape, kind, elements, self.dtype_origin, self.shape_origin, self.storage, self.promotes,
            self.layer, self.tabular, self.parts,
        )  # fmt: skip

    def scalar(self) -> Element:
        """The value of a tensor of one known element, else None."""
        return self.elements[0] if self.elements is not None and len(self.elements) == 1 else None


ANY_TENSOR = Tensor(kind=Kind.UNKNOWN)


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Value):
    """A known immutable Python value: int, float, complex, bool, str, bytes, None or Ellipsis."""

    value: int | float | complex | bool | str | bytes | None | object

    @property
    def type_name(self) -> str:
        return type(self.value).__name__

    # 1 == 1.0 == True in Python, but they are different abstract values.
    def __eq__(self, other: object) -> bool:
        if type(other) is not Constant or type(self.value) is not type(other.value):
            return False
        return self.value is other.value or self.value == other.value

    def __hash__(self) -> int:
        return hash((self.value, type(self.value)))


NONE = Constant(None)
TRUE = Constant(True)
FALSE = Constant(False)
ELLIPSIS = Constant(...)


@dataclass(frozen=True, slots=True)
class Symbolic(Value):
    """A Python int that is not known but has a symbolic value, as in ``n = x.shape[0]``."""

    dim: SymbolicDim


@dataclass(frozen=True, slots=True)
class OfType(Value):
    """An unknown instance of a built-in type: "int", "float", "bool", "str", "bytes", "list", "dict", ..."""

    type_name: str


@dataclass(frozen=True, slots=True)
class ArrayBytes(OfType):
    """The ``bytes`` of an array's elements (``x.tobytes()``): their dtype, and how many bytes there are."""

    dtype: DType | None = None
    nbytes: Dim = None


@dataclass(frozen=True, slots=True)
class DTypeValue(Value):
    """A dtype object: ``tf.float32``, ``np.float32``, ``np.dtype("f4")``; ``library`` is "tensorflow" or "numpy".

    NumPy's scalar types are callable (``np.float32(3)``); None is a dtype object that is not known which.
    """

    dtype: DType | None
    library: str = "tensorflow"


@dataclass(frozen=True, slots=True)
class ShapeValue(Value):
    """A ``tf.TensorShape``, or what ``x.shape`` gives for a tensor."""

    shape: Shape


GENERATOR = "generator"


@dataclass(frozen=True, slots=True)
class TupleValue(Value):
    """A tuple of known length; ``fields`` names them for named tuples, ``type_name`` their class.

    With the type name ``GENERATOR`` it is what a generator yields.
    """

    items: tuple[Value, ...]
    fields: tuple[str, ...] = ()
    type_name: str = "tuple"


@dataclass(frozen=True, slots=True)
class SliceValue(Value):
    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, slots=True)
class RangeValue(Value):
    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, slots=True)
class IterableValue(Value):
    """Something that can be iterated an unknown number of times, each time giving ``element`` (generators, maps)."""

    element: Value
    length: Dim = None


@dataclass(frozen=True, slots=True)
class ApiSymbol(Value):
    """A module, function or class of a known library by its canonical path: ``tensorflow.linalg.matmul``."""

    path: str
    v1: bool = False  # reached through TensorFlow 1's namespace


@dataclass(frozen=True, slots=True)
class ApiMethod(Value):
    """A method of a tensor or of a library object, bound to it: ``x.astype``, ``optimizer.minimize``."""

    path: str  # the canonical name of the model, "numpy.ndarray.astype"
    receiver: Value


@dataclass(frozen=True, slots=True)
class BuiltinFunction(Value):
    """A function or type of Python's ``builtins`` or a modelled standard-library function, or a method of a builtin."""

    name: str
    receiver: Value | None = None


@dataclass(frozen=True, slots=True)
class BoundMethod(Value):
    """A function of the program bound to an instance (or class)."""

    function: Value
    receiver: Value


@dataclass(frozen=True, slots=True)
class PartialValue(Value):
    """``functools.partial`` of something callable."""

    function: Value
    arguments: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Reference(Value):
    """A tensor as a dict's key: TensorFlow compares and hashes tensors by identity there (``feed_dict``)."""

    target: Value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and other.target is self.target

    def __hash__(self) -> int:
        return id(self.target)


_births = itertools.count()


class Mutable(Value):
    """A reference to something that changes; its ``slots`` are written through the interpreter's heap only.

    ``birth`` orders all of them by when they were made; ``written`` is the heap's epoch of the last write.
    """

    __slots__ = ("birth", "slots", "written")
    is_local: ClassVar[bool] = False  # whether only the function that is running can see it

    def __init__(self) -> None:
        self.birth = next(_births)
        self.slots: dict[object, Value] = {}
        self.written = 0

    @staticmethod
    def next_birth() -> int:
        """What is made from now on has a greater ``birth``."""
        return next(_births)

    def sibling(self, _other: "Mutable") -> "Mutable | None":
        """An empty value of the same making, to hold the join of this one and ``_other``; None if they do not join."""
        return None

    def __repr__(self) -> str:  # bounded: references may be cyclic
        return f"<{type(self).__name__} at {id(self):#x}>"


class ListValue(Mutable):
    """A list.  Slot ``CONTENT`` holds a TupleValue (length known) or an IterableValue (length unknown).

    A deque that forgets its first items has in slot ``LIMIT`` the number that it keeps.  One with a slot ``SEVERAL``
    stands for any of several lists, the items of another list: what is written to it holds for one of them only.
    """

    __slots__ = ()
    CONTENT: ClassVar[str] = "content"
    LIMIT: ClassVar[str] = "limit"
    SEVERAL: ClassVar[str] = "several"

    def __init__(self, content: TupleValue | IterableValue) -> None:
        super().__init__()
        self.slots[self.CONTENT] = content


class SetValue(Mutable):
    """A set.  Slot ``CONTENT`` holds a TupleValue of the elements (order of insertion), or Unknown."""

    __slots__ = ()
    CONTENT: ClassVar[str] = "content"

    def __init__(self, items: tuple[Value, ...] | None) -> None:
        super().__init__()
        self.slots[self.CONTENT] = UNKNOWN if items is None else TupleValue(items)

    @property
    def items(self) -> tuple[Value, ...] | None:
        content = self.slots.get(self.CONTENT)
        return content.items if isinstance(content, TupleValue) else None

    def sibling(self, _other: Mutable) -> Mutable | None:
        return SetValue(None)


class DictValue(Mutable):
    """A dict: each known key is a slot; slot ``REST`` is there when there may be other keys, and holds their value."""

    __slots__ = ()
    REST: ClassVar[str] = "rest"

    def __init__(self, items: Iterable[tuple[Value, Value]] = (), rest: Value | None = None) -> None:
        super().__init__()
        self.slots.update(items)
        if rest is not None:
            self.slots[self.REST] = rest

    def sibling(self, _other: Mutable) -> Mutable | None:
        return DictValue()


class DefaultDictValue(DictValue):
    """A dict that calls ``factory`` for a key that it lacks."""

    __slots__ = ("factory",)

    def __init__(self, factory: Value) -> None:
        super().__init__()
        self.factory = factory

    def sibling(self, other: Mutable) -> Mutable | None:
        same = isinstance(other, DefaultDictValue) and other.factory == self.factory
        return DefaultDictValue(self.factory) if same else None


class ApiObject(Mutable):
    """An instance of a library class (a Keras layer, an optimizer, a Dataset): its class and what its models remember.

    ``arguments`` are the constructor's arguments by parameter name; ``slots`` is state (built weights, name, ...).
    """

    __slots__ = ("arguments", "path")

    def __init__(self, path: str, arguments: dict[str, Value]) -> None:
        super().__init__()
        self.path = path
        self.arguments = arguments

    def sibling(self, other: Mutable) -> Mutable | None:
        same = isinstance(other, ApiObject) and (other.path, other.arguments) == (self.path, self.arguments)
        return ApiObject(self.path, self.arguments) if same else None


def is_known_scalar(value: Value) -> bool:
    """Whether ``value`` is a Python constant or a number with a symbolic value."""
    return isinstance(value, (Constant, Symbolic))


def dim_of(value: Value) -> Dim:
    """The dimension that a Python or NumPy integer stands for; unknown where it is not one."""
    if isinstance(value, Constant):
        return int(value.value) if isinstance(value.value, int) else None
    if isinstance(value, Symbolic):
        return value.dim
    if isinstance(value, Unknown):
        return value.size
    if isinstance(value, Tensor) and value.shape == ():
        element = value.scalar()
        return element if isinstance(element, (int, SymbolicDim)) else None
    return None


def from_dim(dim: Dim) -> Value:
    """The Python int of a dimension."""
    if isinstance(dim, int):
        return Constant(dim)
    return Symbolic(dim) if isinstance(dim, SymbolicDim) else OfType("int")


def from_key(key: object) -> Value:
    """The value that the key of a dict's slot stands for."""
    return key.target if isinstance(key, Reference) else key if isinstance(key, Value) else UNKNOWN
