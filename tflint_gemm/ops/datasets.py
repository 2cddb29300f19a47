"""``tf.data``: a dataset remembers what one element is, and how many there are; here, where datasets come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tflint_gemm import api
from tflint_gemm.domain import dims, dtypes, shapes
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
from tflint_gemm.ops import conversion, rules, specs, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.declarations import described_shape
from tflint_gemm.ops.parameters import DTypeArgument, Unsure
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.ops.violations import InvalidArgument, RankTooLow
from tflint_gemm.replacing import replace

DATASET = "data.Dataset"
_ELEMENT, _COUNT = "(element)", "(count)"  # no attribute of a program can be called so


def names(*methods: str) -> Iterable[str]:
    """The canonical names of methods of datasets, in each of TensorFlow 2 and 1 that has them."""
    both = (f"{owner}.{method}" for method in methods for owner in (DATASET, f"compat.v1.{DATASET}"))
    return (name for name in both if api.entry(name) is not None)


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


def count_of_dataset(self: Value) -> Dim:
    """How many elements a dataset has; unknown also where it never ends."""
    return dim_of(self.slots[_COUNT]) if isinstance(self, ApiObject) and _COUNT in self.slots else None


def common_element(elements: Sequence[Value]) -> Value:
    """What any element of several datasets is; raises InvalidArgument where TensorFlow finds them incompatible."""
    joined = elements[0]
    for element in elements[1:]:
        if _clash(joined, element):
            raise InvalidArgument(_tensors(elements), "datasets of unlike elements", dataset(UNKNOWN))
        joined = structures.join_structures(joined, element)
    return joined


def _clash(left: Value, right: Value) -> bool:
    """Whether two elements certainly differ in structure or in a dtype."""
    if Unknown in (type(left), type(right)):
        return False
    if structures.is_nested(left) != structures.is_nested(right):
        return True
    if not structures.is_nested(left):
        if not isinstance(left, Tensor) or not isinstance(right, Tensor) or not left.kind is right.kind is Kind.TENSOR:
            return False
        return None not in (left.dtype, right.dtype) and left.dtype != right.dtype
    pairs = list(zip(structures.children(left), structures.children(right)))
    return len(structures.children(left)) != len(structures.children(right)) or any(_clash(a, b) for a, b in pairs)


def _tensors(elements: Iterable[Value]) -> list[Tensor]:
    return [leaf for element in elements for leaf in structures.leaves(element) if isinstance(leaf, Tensor)]


# ------------------------------------------------------------------------------------------------- elements


def as_tensor(value: Value) -> Value:
    """What ``tf.data`` makes of a component: a tensor of what can be one; datasets and the like stay as they are."""
    tensor = conversion.to_tensor(value)
    if tensor.kind is Kind.UNKNOWN:
        return value if specs.specification(value) != UNKNOWN else UNKNOWN
    return conversion.firm(tensor)


def components(value: Value) -> Value:
    """Tuples and dicts are structures in ``tf.data``; a list is a tensor."""
    if isinstance(value, TupleValue):
        return replace(value, items=tuple(components(item) for item in value.items))
    if isinstance(value, ListValue):
        return _list_as_tensor(value)
    if structures.is_nested(value):
        return structures.rebuild(value, [components(child) for child in structures.children(value)])
    return as_tensor(value)


def returned(value: Value) -> Value:
    """The element that a function returns: a list, other than one inside the structure, is a tuple."""
    items = conversion.sequence_items(value) if isinstance(value, ListValue) else None
    return components(value if items is None else TupleValue(items))


def _list_as_tensor(value: ListValue) -> Value:
    """``tf.data`` keeps the dtype of arrays in a list, other than the rest of TensorFlow; not so of scalars."""
    tensor = as_tensor(value)
    items = conversion.sequence_items(value) or ()
    arrays = [item for item in items if isinstance(item, Tensor) and item.kind is Kind.ARRAY]
    if not arrays or not isinstance(tensor, Tensor) or tensor.dtype is None:
        return tensor
    alike = len(arrays) == len(items) and all(array.dtype == arrays[0].dtype for array in arrays)
    if alike and tensor.dtype.is_floating:
        return tensor
    own = arrays[0].dtype if alike and all(array.rank for array in arrays) else None
    return replace(tensor, dtype=own, elements=tensor.elements if own == tensor.dtype else None)


def apart(value: Value) -> Value:
    """One of the parts of a tensor along its first dimension."""
    if not isinstance(value, Tensor):
        return UNKNOWN
    shape = value.shape[1:] if value.shape else None
    kind = Kind.TENSOR if value.kind is Kind.RAGGED and shape is not None and len(shape) == 1 else value.kind
    return replace(value, kind=kind, shape=shape, elements=None, storage=None, parts=())


def first_sizes(value: Value) -> list[Dim]:
    """The first dimension of each component; raises InvalidArgument where two of them certainly differ."""
    tensors = [leaf if isinstance(leaf, Tensor) else Tensor() for leaf in structures.leaves(value)]
    result = dataset(structures.map_leaves(apart, value))
    for tensor in tensors:
        if tensor.rank == 0:
            raise RankTooLow(tensor, 1, result=result)
    sized = [tensor for tensor in tensors if tensor.shape]
    for tensor in sized[1:]:
        if shapes.equal(sized[0].shape[:1], tensor.shape[:1]) is False:  # type: ignore[index]
            raise InvalidArgument((sized[0], tensor), "components of different length", result)
    return [tensor.shape[0] if tensor.shape else None for tensor in tensors]


def call_on(function: Value, element: Value) -> Value:
    """What a function of the program makes of an element: a tuple is its arguments."""
    return traced(function, *(element.items if isinstance(element, TupleValue) else (element,)))


def traced(function: Value, *arguments: Value) -> Value:
    """``tf.data`` traces the functions that it is given."""
    return current().call_as("graph", function, arguments, {})


# ------------------------------------------------------------------------------------------------- sources


@op(*names("from_tensor_slices"))
def from_tensor_slices(tensors: Value) -> Value:
    parts = components(tensors)
    sizes = first_sizes(parts)
    count = dims.merge(*sizes[:2]) if len(sizes) > 1 else sizes[0] if sizes else None
    return dataset(structures.map_leaves(apart, parts) if sizes else UNKNOWN, count)


@op(*names("from_tensors"))
def from_tensors(tensors: Value) -> Value:
    return dataset(components(tensors), 1)


@op("data.experimental.from_list")
def from_list(elements: Value) -> Value:
    """A dataset whose elements are the items of a list."""
    items = conversion.sequence_items(elements)
    if not items:
        return dataset(UNKNOWN)
    element = components(items[0])
    for item in items[1:]:
        element = structures.join_structures(element, components(item))
    return dataset(_without_values(element), len(items))


def _without_values(element: Value) -> Value:
    def forget(leaf: Value) -> Value:
        return replace(leaf, elements=None) if isinstance(leaf, Tensor) else leaf

    return structures.map_leaves(forget, element)


@op(*names("from_generator"))
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
        return dataset(specs.described_structure(output_signature))
    if output_types == NONE or isinstance(output_types, Unknown):
        return dataset(UNKNOWN)

    def declared(dtype: Value, shape: Value) -> Value:
        known = conversion.to_dtype(dtype)
        return Tensor(None if isinstance(known, Unsure) else known, described_shape(shape))

    return dataset(structures.map_up_to(declared, output_types, output_shapes))


@op(*names("range"))
def dataset_range(*args: Value, output_type: DTypeArgument = dtypes.INT64) -> Value:
    bounds = [dim_of(arg) for arg in args]
    count = bounds[0] if len(bounds) == 1 else None
    if len(bounds) in (2, 3) and all(isinstance(bound, int) for bound in bounds) and bounds[2:] != [0]:
        count = dims.count(range(*bounds))  # type: ignore[arg-type]
    return dataset(Tensor(rules.chosen_dtype(output_type, None), ()), count)


@op(*names("zip"))
def dataset_zip(*args: Value, datasets: Value = NONE) -> Value:
    structure: Value = args[0] if len(args) == 1 else TupleValue(tuple(args)) if args else datasets
    if isinstance(structure, (Unknown, ListValue)):
        return dataset(UNKNOWN)
    counts = [count_of_dataset(part) for part in structures.leaves(structure)]
    known = [count for count in counts if isinstance(count, int)]
    count = min(known) if known and len(known) == len(counts) else None
    return dataset(structures.map_leaves(element_of_dataset, structure), count)


_ZERO = Constant(0)


@op(*names("counter"), "data.experimental.Counter")
def counter(start: Value = _ZERO, dtype: DTypeArgument = dtypes.INT64) -> Value:
    return dataset(Tensor(rules.chosen_dtype(dtype, None), conversion.to_tensor(start).shape))


@op(*names("random"), "data.experimental.RandomDataset")
def random_seeds() -> Value:
    return dataset(Tensor(dtypes.INT64, ()))


@op(*names("list_files"), "data.TFRecordDataset", "data.TextLineDataset", "data.FixedLengthRecordDataset")
def of_strings() -> Value:
    """A dataset of the records, lines or names of files."""
    return dataset(Tensor(dtypes.STRING, ()))


@op("data.experimental.CsvDataset")
def csv_dataset(record_defaults: Value) -> Value:
    """A tuple with a scalar for each column, of the dtype of its default."""
    columns = conversion.sequence_items(record_defaults)
    return dataset(UNKNOWN if columns is None else TupleValue(tuple(_column(column) for column in columns)))


def _column(default: Value) -> Value:
    dtype = conversion.to_dtype(default)
    if isinstance(default, Constant) or isinstance(dtype, Unsure):
        dtype = conversion.to_tensor(default).dtype
    return Tensor(dtype if dtype is not None and not isinstance(dtype, Unsure) else None, ())


@op("data.experimental.SqlDataset")
def sql_dataset(output_types: Value) -> Value:
    """A tuple with a scalar for each column of the query."""
    return dataset(UNKNOWN if isinstance(output_types, Unknown) else structures.map_leaves(_column, output_types))


@op(*names("load"), "data.experimental.load", "data.experimental.service.from_dataset_id")
def loaded(element_spec: Value = NONE) -> Value:
    return dataset(UNKNOWN if element_spec == NONE else specs.described_structure(element_spec))


@op(*names("sample_from_datasets", "choose_from_datasets"))
def any_of(datasets: Value) -> Value:
    """Elements of several datasets, in an order that other numbers decide on."""
    several = conversion.sequence_items(datasets)
    if not several or not all(map(is_dataset, several)):
        return UNKNOWN
    return dataset(common_element([element_of_dataset(one) for one in several]))


@op("data.experimental.sample_from_datasets", "data.experimental.choose_from_datasets")
def any_of_experimental(datasets: Value) -> Value:
    return any_of(datasets)


# ------------------------------------------------------------------------------------------------- what they are


@attribute("data.DatasetSpec.(value)")
def described_dataset(self: Value) -> Value:
    spec = self.arguments.get("element_spec", UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN
    return dataset(specs.described_structure(spec))


@attribute(f"{DATASET}.(spec)")
def dataset_spec(self: Value) -> Value:
    return ApiObject("data.DatasetSpec", {"element_spec": element_spec(self)})


@attribute(f"{DATASET}.element_spec")
def element_spec(self: Value) -> Value:
    return specs.specification_of_structure(element_of_dataset(self))


@op("data.experimental.get_structure")
def get_structure(dataset_or_iterator: Value) -> Value:
    return element_spec(dataset_or_iterator)


@attribute(f"compat.v1.{DATASET}.output_types")
def output_types(self: Value) -> Value:
    def dtype(leaf: Value) -> Value:
        return specs.spec_dtype(specs.specification(leaf)) if isinstance(leaf, Tensor) else UNKNOWN

    return structures.map_leaves(dtype, element_of_dataset(self))


@attribute(f"compat.v1.{DATASET}.output_shapes")
def output_shapes(self: Value) -> Value:
    def shape(leaf: Value) -> Value:
        return specs.spec_shape(specs.specification(leaf)) if isinstance(leaf, Tensor) else UNKNOWN

    return structures.map_leaves(shape, element_of_dataset(self))


@op("compat.v1.data.get_output_types")
def types_of(dataset_or_iterator: Value) -> Value:
    return output_types(dataset_or_iterator)


@op("compat.v1.data.get_output_shapes")
def shapes_of(dataset_or_iterator: Value) -> Value:
    return output_shapes(dataset_or_iterator)


@op(f"{DATASET}.as_numpy_iterator")
def as_numpy_iterator(self: Value) -> Value:
    def as_array(value: Value) -> Value:
        dense = isinstance(value, Tensor) and value.kind is Kind.TENSOR
        return replace(value, kind=Kind.ARRAY) if dense and isinstance(value, Tensor) else UNKNOWN

    return IterableValue(structures.map_leaves(as_array, element_of_dataset(self)), count_of_dataset(self))


@op(f"{DATASET}.__len__")
def length(self: Value) -> Value:
    return from_dim(count_of_dataset(self))


@op(*names("cardinality"))
def cardinality(self: Value) -> Value:
    return Tensor(dtypes.INT64, (), elements=(count_of_dataset(self),))


@op("data.experimental.cardinality")
def cardinality_of(dataset: Value) -> Value:
    return cardinality(dataset)


@op("data.experimental.at")
def at(dataset: Value) -> Value:
    return element_of_dataset(dataset)


@op(*names("fingerprint"))
def fingerprint(self: Value) -> Value:
    return Tensor(dtypes.UINT64, ())


@op(*names("get_single_element"))
def get_single_element(self: Value) -> Value:
    return element_of_dataset(self)


@op("data.experimental.get_single_element")
def single_element_of(dataset: Value) -> Value:
    return element_of_dataset(dataset)


@op(*names("concatenate"), by_position=2)
def dataset_concatenate(self: Value, other: Value) -> Value:
    """Elements of either; their dtypes agree, else TensorFlow raises, their shapes need not."""
    count = dims.add(count_of_dataset(self), count_of_dataset(other))
    elements = [element_of_dataset(self), element_of_dataset(other)]
    return dataset(common_element(elements) if is_dataset(other) else join(*elements), count)
