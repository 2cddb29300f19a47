"""``tf.data``: a dataset remembers what one element is, and how many there are."""

from __future__ import annotations

from dataclasses import replace

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.join import join
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
    Unknown,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.ops import conversion, rules, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.declarations import specified
from tflint_gemm.ops.parameters import Dimension, DTypeArgument, Flag, Unsure
from tflint_gemm.ops.registry import op

DATASET = "data.Dataset"
_ELEMENT, _COUNT = "(element)", "(count)"  # no attribute of a program can be called so


def _names(method: str) -> tuple[str, str]:
    return f"{DATASET}.{method}", f"compat.v1.{DATASET}.{method}"


def dataset(element: Value, count: Dim = None) -> ApiObject:
    """A dataset of ``count`` elements of which each is ``element``."""
    made = ApiObject(DATASET, {})
    made.slots[_ELEMENT] = element
    made.slots[_COUNT] = from_dim(count)
    return made


def is_dataset(value: Value) -> bool:
    return isinstance(value, ApiObject) and value.path == DATASET


def element_of_dataset(self: Value) -> Value:
    """What any element of a dataset is."""
    return self.slots.get(_ELEMENT, UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN


def _count(self: Value) -> Dim:
    return dim_of(self.slots[_COUNT]) if isinstance(self, ApiObject) and _COUNT in self.slots else None


def _as_tensor(value: Value) -> Value:
    tensor = conversion.to_tensor(value)
    if tensor.kind is Kind.UNKNOWN:
        return UNKNOWN
    return replace(tensor, kind=Kind.TENSOR) if tensor.kind in (Kind.ARRAY, Kind.PYTHON, Kind.VARIABLE) else tensor


def _components(value: Value) -> Value:
    """Tuples and dicts are structures in ``tf.data``; a list is a tensor."""
    if isinstance(value, TupleValue):
        return replace(value, items=tuple(_components(item) for item in value.items))
    if isinstance(value, ListValue):
        return _list_as_tensor(value)
    if structures.is_nested(value):
        return structures.rebuild(value, [_components(child) for child in structures.children(value)])
    return _as_tensor(value)


def _list_as_tensor(value: ListValue) -> Value:
    """``tf.data`` keeps the dtype of integer arrays in a list, other than the rest of TensorFlow; not so of scalars."""
    tensor = _as_tensor(value)
    holds_arrays = any(isinstance(i, Tensor) and i.kind is Kind.ARRAY for i in conversion.sequence_items(value) or ())
    if holds_arrays and isinstance(tensor, Tensor) and tensor.dtype is not None and tensor.dtype.is_integer:
        return replace(tensor, dtype=None, elements=None)
    return tensor


def _slice(value: Value) -> Value:
    if not isinstance(value, Tensor):
        return UNKNOWN
    return replace(value, shape=value.shape[1:] if value.shape else None, elements=None, storage=None)


@op(*_names("from_tensor_slices"))
def from_tensor_slices(tensors: Value) -> Value:
    components = _components(tensors)
    sizes = [
        leaf.shape[0] if isinstance(leaf, Tensor) and leaf.shape else None for leaf in structures.leaves(components)
    ]
    if not sizes:
        return dataset(UNKNOWN)
    return dataset(structures.map_leaves(_slice, components), dims.merge(*sizes[:2]) if len(sizes) > 1 else sizes[0])


@op(*_names("from_tensors"))
def from_tensors(tensors: Value) -> Value:
    return dataset(_components(tensors), 1)


@op(*_names("from_generator"))
def from_generator(
    generator: Value,
    output_types: Value = NONE,
    output_shapes: Value = NONE,
    args: Value = NONE,
    output_signature: Value = NONE,
) -> Value:
    """What is declared of the elements; the generator runs once, for what happens in it."""
    if args == NONE:
        current().call(generator, (), {})
    if output_signature != NONE:
        return dataset(structures.map_leaves(_specified, output_signature))
    if output_types == NONE or isinstance(output_types, Unknown):
        return dataset(UNKNOWN)

    def declared(value: Value) -> Value:
        dtype = conversion.to_dtype(value)
        return Tensor(None if isinstance(dtype, Unsure) else dtype)

    return dataset(structures.map_leaves(declared, output_types))


def _specified(spec: Value) -> Value:
    """The tensor that a ``tf.TensorSpec`` describes."""
    if isinstance(spec, Tensor):
        return spec
    return specified(spec) if isinstance(spec, ApiObject) and spec.path == "TensorSpec" else UNKNOWN


@op(*_names("range"))
def dataset_range(*args: Value, output_type: DTypeArgument = dtypes.INT64) -> Value:
    dtype = rules.chosen_dtype(output_type, None)
    return dataset(Tensor(dtype, ()), dim_of(args[0]) if len(args) == 1 else None)


@op(*_names("zip"))
def dataset_zip(*args: Value, datasets: Value = NONE) -> Value:
    structure: Value = args[0] if len(args) == 1 else TupleValue(tuple(args)) if args else datasets
    if isinstance(structure, Unknown):
        return dataset(UNKNOWN)
    return dataset(structures.map_leaves(element_of_dataset, structure))


@op(*_names("map"), *_names("interleave"))
def dataset_map(self: Value, map_func: Value) -> Value:
    element = element_of_dataset(self)
    if isinstance(element, Unknown):
        return dataset(UNKNOWN, _count(self))
    arguments = element.items if isinstance(element, TupleValue) else (element,)
    result = current().call(map_func, arguments, {})
    if isinstance(result, ApiObject) and result.path == DATASET:  # interleave: each call gives a dataset
        return dataset(element_of_dataset(result))
    return dataset(_components(result), _count(self))


@op(*_names("flat_map"))
def flat_map(self: Value, map_func: Value) -> Value:
    made = dataset_map(self, map_func)
    return dataset(element_of_dataset(made))


@op(*_names("batch"))
def batch(self: Value, batch_size: Dimension, drop_remainder: Flag = False) -> Value:
    count = _count(self)
    whole = drop_remainder is True or (
        isinstance(count, int)
        and isinstance(batch_size, int)
        and batch_size > 0
        and count > 0
        and count % batch_size == 0
    )
    size = batch_size if whole else None

    def grow(value: Value) -> Value:
        if not isinstance(value, Tensor) or value.kind is not Kind.TENSOR:
            return UNKNOWN
        return Tensor(value.dtype, None if value.shape is None else (size, *value.shape))

    batches = dims.floor_divide(count, batch_size) if whole else None
    return dataset(structures.map_leaves(grow, element_of_dataset(self)), batches)


@op(*_names("padded_batch"))
def padded_batch(self: Value, batch_size: Dimension, drop_remainder: Flag = False) -> Value:
    size = batch_size if drop_remainder is True else None

    def pad(value: Value) -> Value:
        if not isinstance(value, Tensor):
            return UNKNOWN
        return Tensor(value.dtype, None if value.shape is None else (size, *(None for _ in value.shape)))

    return dataset(structures.map_leaves(pad, element_of_dataset(self)))


@op(*_names("unbatch"))
def unbatch(self: Value) -> Value:
    return dataset(structures.map_leaves(_slice, element_of_dataset(self)))


@op(*(name for method in ("shuffle", "prefetch", "cache", "with_options") for name in _names(method)))
def same_dataset(self: Value) -> Value:
    return dataset(element_of_dataset(self), _count(self))


@op(*(name for method in ("repeat", "take", "skip", "shard") for name in _names(method)))
def some_elements(self: Value) -> Value:
    return dataset(element_of_dataset(self))


@op(*_names("filter"), f"{DATASET}.take_while")
def tested_elements(self: Value, predicate: Value) -> Value:
    """The elements for which a function of the program says so; it is called on one."""
    element = element_of_dataset(self)
    if not isinstance(element, Unknown):
        current().call(predicate, element.items if isinstance(element, TupleValue) else (element,), {})
    return dataset(element)


@op(*_names("apply"))
def applied(self: Value, transformation_func: Value) -> Value:
    made = current().call(transformation_func, (self,), {})
    return made if is_dataset(made) else UNKNOWN


@op(*_names("concatenate"), by_position=2)
def dataset_concatenate(self: Value, other: Value) -> Value:
    """Elements of either; their dtypes agree, else TensorFlow raises, their shapes need not."""
    return dataset(join(element_of_dataset(self), element_of_dataset(other)), dims.add(_count(self), _count(other)))


@op(f"{DATASET}.enumerate")
def dataset_enumerate(self: Value) -> Value:
    return dataset(TupleValue((Tensor(dtypes.INT64, ()), element_of_dataset(self))), _count(self))


@op(
    f"{DATASET}.__iter__",
    f"compat.v1.{DATASET}.make_one_shot_iterator",
    f"compat.v1.{DATASET}.make_initializable_iterator",
)
def iterator(self: Value) -> Value:
    return IterableValue(element_of_dataset(self), _count(self))


@op(f"{DATASET}.as_numpy_iterator")
def as_numpy_iterator(self: Value) -> Value:
    def as_array(value: Value) -> Value:
        return replace(value, kind=Kind.ARRAY) if isinstance(value, Tensor) else UNKNOWN

    return IterableValue(structures.map_leaves(as_array, element_of_dataset(self)), _count(self))


@op("compat.v1.data.make_one_shot_iterator", "compat.v1.data.make_initializable_iterator")
def make_iterator(dataset: Value) -> Value:
    return iterator(dataset)


@op(f"{DATASET}.__len__")
def length(self: Value) -> Value:
    return from_dim(_count(self))


@op(f"{DATASET}.cardinality")
def cardinality(self: Value) -> Value:
    return Tensor(dtypes.INT64, (), elements=(_count(self),))


# ------------------------------------------------------------------------------------------------- other datasets


_ZERO = Constant(0)


@op(f"{DATASET}.counter")
def counter(start: Value = _ZERO, dtype: DTypeArgument = dtypes.INT64) -> Value:
    return dataset(Tensor(rules.chosen_dtype(dtype, None), conversion.to_tensor(start).shape))


@op(f"{DATASET}.random")
def random_seeds() -> Value:
    return dataset(Tensor(dtypes.INT64, ()))


@op(f"{DATASET}.unique")
def unique(self: Value) -> Value:
    return dataset(element_of_dataset(self))
