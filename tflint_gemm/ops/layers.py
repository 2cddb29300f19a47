"""How Keras calls a layer: inputs are cast and checked, weights are built once, the result is a tensor or symbolic.

A layer's model is one function from its inputs and its constructor's arguments to its result::

    @layer("keras.layers.Dense", ints="cast", min_rank=2)
    def dense(self: Value, inputs: Tensor, units: Dimension) -> Tensor: ...

which is registered as ``keras.layers.Dense.__call__``.  The inputs that the function sees already have the dtype in
which the layer computes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    ANY_TENSOR,
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    DTypeValue,
    Kind,
    ListValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Unknown,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.ops import registry
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_dtype, to_operand, to_tensor
from tflint_gemm.ops.op_model import ModelParameter, OpModel
from tflint_gemm.ops.parameters import Spread
from tflint_gemm.ops.registry import Arguments
from tflint_gemm.ops.violations import InvalidArgument, LayerInputMismatch, NoKernel, Violation
from tflint_gemm.replacing import replace

Function = TypeVar("Function", bound=Callable[..., Any])
Ints = Literal["keep", "cast", "reject"]

INCOMPLETE = "**"
"""The key under which ``ApiObject.arguments`` says that the constructor was given more than is known."""

BUILT_FOR = "built for"
"""The slot in which a layer remembers the sizes that its first input had."""

NODE = "symbolic inputs and output"
"""The slot in which a layer remembers what it was called with when a model was put together; Unknown after a second
call."""

INPUT_SHAPES = "input shapes"
"""The slot in which a layer remembers the shapes of all inputs of its first call, from which its weights follow."""


def constructor_arguments(arguments: Arguments | None) -> dict[str, Value]:
    """What an object remembers of its constructor's arguments; None stands for a call that could not be bound.

    After ``*unknown`` or ``**unknown`` a default may have been overridden, and is not remembered.
    """
    if arguments is None:
        return {INCOMPLETE: UNKNOWN}
    if arguments.complete:
        return dict(arguments.values)
    passed = {name: value for name, value in arguments.values.items() if name in arguments.given}
    return {INCOMPLETE: UNKNOWN, **passed}


_COMPUTE = {"mixed_float16": dtypes.FLOAT16, "mixed_bfloat16": dtypes.BFLOAT16}


@dataclass(frozen=True)
class Traits:
    """What a layer does with its inputs before it looks at their shapes.

    ``inputs``: the names of the arguments of a call.  ``ints``: integers and booleans stay, become the layer's compute
    dtype, or have no kernel.  ``symbolic_keeps``: a symbolic input keeps its dtype as well; elsewhere Keras says
    "compute dtype" whatever the input.  ``complex_keeps``: complex inputs stay complex.  ``rank`` and ``min_rank`` are
    those of the first input.  ``lists``: the layer makes tensors of Python lists.
    """

    inputs: tuple[str, ...] = ("inputs",)
    ints: Ints = "keep"
    symbolic_keeps: bool = False
    complex_keeps: bool = False
    rank: int | None = None
    min_rank: int = 0
    lists: bool = False


def layer(
    *names: str,
    inputs: tuple[str, ...] = ("inputs",),
    ints: Ints = "keep",
    symbolic_keeps: bool = False,
    complex_keeps: bool = False,
    rank: int | None = None,
    min_rank: int = 0,
    lists: bool = False,
) -> Callable[[Function], Function]:
    """Register the decorated function as the model of calls of each layer class; see ``Traits``."""
    traits = Traits(inputs, ints, symbolic_keeps, complex_keeps, rank, min_rank, lists)

    def register(function: Function) -> Function:
        for name in names:
            registry.add(LayerModel(f"{name}.__call__", _caller(OpModel(name, function), traits), inputs=inputs))
        return function

    return register


def _itself(value: Value) -> Value:
    return value


@dataclass(frozen=True)
class LayerModel(OpModel):
    """The model of calls of a layer class: the layer, its inputs by name, and whatever else a call passes."""

    inputs: tuple[str, ...] = ()

    @functools.cached_property
    def parameters(self) -> tuple[ModelParameter, ...]:
        named = [ModelParameter(name, _itself, NONE, name == self.inputs[0]) for name in self.inputs]
        rest = ModelParameter("rest", _itself, None, False, variadic=True, takes_unknown_count=True)
        return (ModelParameter("self", _itself, None, True), *named, rest)


def _caller(shape_model: OpModel, traits: Traits) -> Callable[..., Value]:
    """The function that does what ``Layer.__call__`` does before and after the layer's own ``call``."""

    def call(self: Value, *inputs: Value, **named: Value) -> Value:
        given = dict([*zip(traits.inputs, inputs), *named.items()])
        arguments: dict[str, Value] = dict(self.arguments) if isinstance(self, ApiObject) else {INCOMPLETE: UNKNOWN}
        if INCOMPLETE not in arguments:
            arguments["data_format"] = image_format(arguments.get("data_format", NONE))
        converted, originals = _convert(given, shape_model, traits, compute_dtype(arguments))
        values = {**arguments, **converted, "self": self}
        if INCOMPLETE in arguments:  # what the constructor's other arguments are is not known
            values = {**dict.fromkeys(_names(shape_model), UNKNOWN), **dict.fromkeys(traits.inputs[1:], NONE), **values}
        kind = result_kind(originals.values())
        try:
            _check_rank(converted[traits.inputs[0]], traits)
            result = registry.invoke(shape_model, Arguments(values))
        except Violation as violation:
            violation.operands = tuple(originals.get(id(operand), operand) for operand in violation.operands)
            violation.result = with_kind(violation.result, kind)
            violation.cause = violation.cause or self
            raise
        first = _remember_shapes(self, converted.values())
        output = connected(self, originals.values(), with_kind(result, kind))
        current().layer_called(self, originals.values(), output)
        if first:
            _check_weights(self, tuple(originals.values()), output)
        return output

    declared = shape_model.function.__annotations__
    call.__annotations__ = {
        "self": Value,
        **{name: Tensor if declared.get(name) == "Tensor" else Value for name in traits.inputs},
        "rest": Spread,
    }
    return call


def _check_weights(self: Value, inputs: tuple[Tensor, ...], output: Value) -> None:
    from tflint_gemm.ops.keras_building import check_weights

    check_weights(self, inputs, output)


def _remember_shapes(self: Value, inputs: Iterable[Value]) -> bool:
    """Keep the shapes of a first call; whether this is one."""
    if not isinstance(self, ApiObject) or INPUT_SHAPES in self.slots:
        return False
    flat = [item for value in inputs for item in (sequence_items(value) or (value,)) if isinstance(item, Tensor)]
    if flat and all(tensor.shape is not None for tensor in flat):
        current().write(self, INPUT_SHAPES, TupleValue(tuple(ShapeValue(tensor.shape) for tensor in flat)))
        return True
    return False


def connected(self: Value, inputs: Iterable[Tensor], result: Value) -> Value:
    """``result`` as the layer's output, which remembers it where it is symbolic."""
    if not isinstance(result, Tensor) or result.kind is not Kind.KERAS or not isinstance(self, ApiObject):
        return result
    made = replace(result, layer=self)
    node = UNKNOWN if NODE in self.slots else TupleValue((TupleValue(tuple(inputs)), made))
    current().write(self, NODE, node)
    return made


def symbolic_node(layer: Value) -> tuple[tuple[Value, ...], Value] | None:
    """The symbolic inputs and the output of a layer that was called with such once; None for others."""
    node = layer.slots.get(NODE) if isinstance(layer, ApiObject) else None
    if not isinstance(node, TupleValue) or not isinstance(node.items[0], TupleValue):
        return None
    return node.items[0].items, node.items[1]


def image_format(data_format: Value) -> Value:
    """The argument ``data_format``, or the global setting where it is None and that is not Keras's own."""
    setting = current().data_format
    if data_format != NONE or setting == "channels_last":
        return data_format
    return Constant(setting) if setting == "channels_first" else UNKNOWN


def _names(model: OpModel) -> tuple[str, ...]:
    return tuple(parameter.name for parameter in model.parameters)


def result_kind(inputs: Iterable[Tensor]) -> Kind:
    """Symbolic where an input is; not known where an input may be."""
    kinds = {tensor.kind for tensor in inputs}
    if Kind.KERAS in kinds:
        return Kind.KERAS
    return Kind.UNKNOWN if Kind.UNKNOWN in kinds or not kinds else Kind.TENSOR


def apply(layer_value: Value, *inputs: Value) -> Value:
    """What ``layer_value(*inputs)`` gives: a library layer or something callable of the program."""
    if isinstance(layer_value, ApiObject):
        model = registry.find(f"{layer_value.path}.__call__")
        if model is None or len(inputs) >= len(model.parameters):
            return UNKNOWN
        names = [parameter.name for parameter in model.parameters[1:]]
        result: Value = registry.invoke(model, Arguments({"self": layer_value, **dict(zip(names, inputs))}))
        return result
    return current().call(layer_value, inputs, {})


# ------------------------------------------------------------------------------------------------- dtypes


def compute_dtype(arguments: Mapping[str, Value]) -> DType | None:
    """The dtype in which a layer with these constructor arguments computes; None where that is not known."""
    if INCOMPLETE in arguments and "dtype" not in arguments:
        return None
    wanted = arguments.get("dtype", NONE)
    if wanted == NONE:
        name: str = current().policy if current().policy != "float32" else current().floatx
    elif isinstance(wanted, Constant) and isinstance(wanted.value, str):
        name = wanted.value
    elif isinstance(wanted, ApiObject) and wanted.path == "keras.DTypePolicy":
        return compute_dtype({"dtype": wanted.arguments.get("name", UNKNOWN)})
    elif isinstance(wanted, DTypeValue):
        return wanted.dtype
    else:
        found = to_dtype(wanted)
        return None if isinstance(found, Unsure) else found
    return _COMPUTE.get(name) or dtypes.parse_dtype(name)


def variable_dtype(arguments: Mapping[str, Value]) -> DType | None:
    """The dtype of the variables of a layer with these constructor arguments: float32 where its policy is mixed."""
    wanted = arguments.get("dtype", NONE)
    if isinstance(wanted, ApiObject) and wanted.path == "keras.DTypePolicy":
        wanted = wanted.arguments.get("name", UNKNOWN)
    name = Constant(current().policy) if wanted == NONE and INCOMPLETE not in arguments else wanted
    mixed = isinstance(name, Constant) and str(name.value).startswith("mixed_")
    return dtypes.FLOAT32 if mixed else compute_dtype(arguments)


def _convert(
    given: Mapping[str, Value], model: OpModel, traits: Traits, compute: DType | None
) -> tuple[dict[str, Value], dict[int, Tensor]]:
    """The inputs as the layer sees them, and what each of them was, by identity."""
    converted: dict[str, Value] = {}
    originals: dict[int, Tensor] = {}
    single = {parameter.name for parameter in model.parameters if parameter.convert is to_operand}
    symbolic = any(_may_be_symbolic(given.get(name, NONE)) for name in traits.inputs)

    def cast(value: Value) -> Tensor:
        original = to_tensor(value)
        if isinstance(value, (ListValue, TupleValue)) and (original.kind is not Kind.PYTHON or _holds_tensor(value)):
            original = ANY_TENSOR  # several tensors for a layer of one input
        if original.kind is Kind.PYTHON and original.shape == (0,):
            original = ANY_TENSOR  # an empty list is an input of no parts
        if original.kind is Kind.PYTHON and not traits.lists:
            raise InvalidArgument([original], "a Python list or number as a layer's input")
        tensor = _cast(original, traits, compute, symbolic)
        originals[id(tensor)] = original
        return tensor

    for name in traits.inputs:
        value = given.get(name, NONE)
        items = sequence_items(value)
        if name in single and (name == traits.inputs[0] or value != NONE):
            converted[name] = cast(value)
        elif name == traits.inputs[0]:
            converted[name] = cast(value) if items is None else TupleValue(tuple(map(cast, items)))
        elif value != NONE:
            converted[name] = cast(value) if isinstance(value, Tensor) else value
    return converted, originals


def _may_be_symbolic(value: Value) -> bool:
    if isinstance(value, Tensor):
        return value.kind in (Kind.KERAS, Kind.UNKNOWN)
    return isinstance(value, Unknown) or any(map(_may_be_symbolic, sequence_items(value) or ()))


def _holds_tensor(value: Value) -> bool:
    items = sequence_items(value)
    return isinstance(value, Tensor) if items is None else any(map(_holds_tensor, items))


def _cast(tensor: Tensor, traits: Traits, compute: DType | None, symbolic: bool) -> Tensor:
    """``tensor`` in the dtype in which the layer works on it; raises NoKernel, unless another input is ``symbolic``.

    A new object even where nothing changes, so that it can be told from the caller's.
    """
    dtype = tensor.dtype
    if dtype is None:
        kept = traits.ints == "keep" or traits.complex_keeps or (traits.symbolic_keeps and not is_eager(tensor))
        result = None if kept else compute
    elif dtype.is_floating:
        result = compute
    elif tensor.kind is Kind.KERAS:
        result = dtype if traits.symbolic_keeps else compute
    elif traits.ints == "keep":
        result = dtype if is_eager(tensor) or traits.symbolic_keeps else None
    elif traits.ints == "reject" and dtype.is_integer and tensor.kind is not Kind.UNKNOWN:
        raise NoKernel(tensor, dtypes.FLOATING, result=Tensor(compute))
    elif dtype == dtypes.STRING and is_eager(tensor) and not symbolic:
        raise NoKernel(tensor, dtypes.REAL, result=Tensor(compute))
    else:
        result = None if traits.complex_keeps and dtype.is_complex else compute
    return replace(tensor, dtype=result, elements=None, storage=None)


def with_kind(result: Value, kind: Kind) -> Value:
    """``result`` with every tensor in it of ``kind``."""
    if isinstance(result, Tensor):
        return replace(result, kind=kind, elements=None, storage=None)
    if isinstance(result, TupleValue):
        return replace(result, items=tuple(with_kind(item, kind) for item in result.items))
    if isinstance(result, ListValue):
        content = with_kind(result.slots[ListValue.CONTENT], kind)
        return ListValue(content) if isinstance(content, TupleValue) else result
    return result


# ------------------------------------------------------------------------------------------------- shapes


def _check_rank(inputs: Value, traits: Traits) -> None:
    if not isinstance(inputs, Tensor) or inputs.shape is None:
        return
    if traits.rank is not None and len(inputs.shape) != traits.rank:
        raise LayerInputMismatch(inputs, "ndim", traits.rank, len(inputs.shape))
    if len(inputs.shape) < traits.min_rank:
        raise LayerInputMismatch(inputs, "min_ndim", traits.min_rank, len(inputs.shape))


def built_for(
    self: Value, inputs: Tensor, *axes: int, rank: bool = False, symbolic: bool = True, slot: str = BUILT_FOR
) -> None:
    """Remember the sizes of ``axes`` (and the rank) of a layer's first input; a later one raises LayerInputMismatch.

    A layer's weights have the sizes that its first input asked for.  ``symbolic``: Keras looks at symbolic inputs too.
    """
    if not isinstance(self, ApiObject) or inputs.shape is None:
        return
    size = len(inputs.shape)
    known = [(axis, inputs.shape[axis]) for axis in axes if -size <= axis < size]
    before = self.slots.get(slot)
    if before is None and all(dim is not None for _, dim in known):
        now = (Constant(size if rank else -1), *(from_dim(dim) for _, dim in known))
        current().write(self, slot, TupleValue(now))
    elif isinstance(before, TupleValue) and (symbolic or is_eager(inputs)):
        _check_built(inputs, before.items, known)


def is_built(self: Value) -> bool:
    """Whether an earlier call is known to have made the layer's weights."""
    return isinstance(self, ApiObject) and BUILT_FOR in self.slots


def is_eager(inputs: Tensor) -> bool:
    """Whether ``inputs`` are certainly not symbolic, so that the layer really computes."""
    return inputs.kind not in (Kind.KERAS, Kind.UNKNOWN)


def _check_built(inputs: Tensor, before: tuple[Value, ...], known: list[tuple[int, dims.Dim]]) -> None:
    rank = dim_of(before[0])
    if isinstance(rank, int) and rank >= 0 and rank != inputs.rank:
        raise LayerInputMismatch(inputs, "ndim", rank, inputs.rank)
    for (axis, actual), value in zip(known, before[1:]):
        expected = dim_of(value)
        if dims.equal(expected, actual) is False:
            raise LayerInputMismatch(inputs, "axis", expected, actual, axis)


def per_axis(value: Value, count: int) -> tuple[dims.Dim, ...]:
    """A size, or one size per spatial axis, as ``count`` sizes (unknown where they are not known)."""
    items = sequence_items(value)
    if items is None and isinstance(value, (ListValue, TupleValue)):
        return (None,) * count
    sizes = (dim_of(value),) * count if items is None else tuple(map(dim_of, items))
    if len(sizes) == 1:
        sizes *= count
    return sizes if len(sizes) == count else (None,) * count
