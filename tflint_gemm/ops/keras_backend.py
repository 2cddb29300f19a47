"""``keras.backend``: Keras's functions of old, which call TensorFlow's by the same rules.

They took symbolic Keras tensors too, so that a symbolic operand makes a symbolic result.
"""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm import api
from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    Constant,
    Kind,
    ListValue,
    OfType,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops import conversion, rules, structures, tensor_members
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.keras_functions import KerasFunction, keras_dtype
from tflint_gemm.ops.keras_promotion import floatx
from tflint_gemm.ops.registry import add, bind, find, invoke
from tflint_gemm.ops.violations import BatchMismatch, InnerDimMismatch, Violation
from tflint_gemm.replacing import replace

Function = Callable[..., Value]

# ------------------------------------------------------------------------------------------------- passing on


def tensorflow(target: str, *positional: Value, **keywords: Value) -> Value:
    """What TensorFlow's function gives."""
    model = find(target)
    assert model is not None, target
    arguments = bind(target, model, positional, keywords)
    result: Value = UNKNOWN if arguments is None else invoke(model, arguments)
    return result


def _is_symbolic(value: Value) -> bool:
    items = sequence_items(value)
    if items is not None:
        return any(map(_is_symbolic, items))
    return isinstance(value, Tensor) and value.kind is Kind.KERAS


def _with_kind(value: Value, before: Kind, after: Kind) -> Value:
    def change(leaf: Value) -> Value:
        return replace(leaf, kind=after) if isinstance(leaf, Tensor) and leaf.kind is before else leaf

    return structures.map_leaves(change, value)


def _register(name: str, function: Function) -> None:
    """Register a function of Keras's arguments by name."""

    def model(**arguments: Value) -> Value:
        if not any(map(_is_symbolic, arguments.values())):
            return function(**arguments)
        concrete = {key: _with_kind(value, Kind.KERAS, Kind.TENSOR) for key, value in arguments.items()}
        try:
            return _with_kind(function(**concrete), Kind.TENSOR, Kind.KERAS)
        except Violation as violation:
            originals = {id(concrete[key]): arguments[key] for key in arguments}
            found = (originals.get(id(operand), operand) for operand in violation.operands)
            violation.operands = tuple(operand for operand in found if isinstance(operand, Tensor))
            violation.result = _with_kind(violation.result, Kind.TENSOR, Kind.KERAS)
            raise

    add(KerasFunction(f"keras.backend.{name}", model))


def backend(*names: str) -> Callable[[Function], Function]:
    """Register a function as the model of ``keras.backend``'s functions of these names."""

    def register(function: Function) -> Function:
        for name in names:
            _register(name, function)
        return function

    return register


def _same(names: str, prefix: str = "") -> None:
    """Functions that pass their arguments on in order: "max:reduce_max" where TensorFlow's has another name."""
    for pair in names.split():
        name, _, target = pair.partition(":")
        path = prefix + (target or name)

        def function(path: str = path, names: tuple[str, ...] = _parameters(name), **arguments: Value) -> Value:
            given = [arguments.get(parameter, NONE) for parameter in names]
            while given and given[-1] == NONE:
                given.pop()
            return tensorflow(path, *given)

        _register(name, function)


def _parameters(name: str) -> tuple[str, ...]:
    entry = api.entry(f"keras.backend.{name}")
    assert entry is not None, name
    assert entry.signature is not None, name
    return tuple(parameter.name for parameter in entry.signature if parameter.name != "name")


_same(
    "abs argmax argmin cos cumprod cumsum equal exp greater greater_equal less less_equal log maximum minimum "
    "not_equal pow round sigmoid sign sin softplus square tanh "
    "max:reduce_max min:reduce_min prod:reduce_prod sum:reduce_sum l2_normalize sqrt",
    "math.",
)
_same("cast expand_dims foldl foldr gather one_hot permute_dimensions:transpose reshape shape stack transpose")
_same("ones_like zeros_like")
_same("softsign", "nn.")
_same("update:assign update_add:assign_add update_sub:assign_sub gradients in_top_k:math.in_top_k", "compat.v1.")


# ------------------------------------------------------------------------------------------------- elementwise


def as_tensor(value: Value) -> Tensor:
    """What ``tf.convert_to_tensor`` makes of ``value``."""
    made = tensorflow("convert_to_tensor", value)
    return made if isinstance(made, Tensor) else Tensor()


@backend("all")
def _all(x: Value, axis: Value = NONE, keepdims: Value = NONE) -> Value:
    truth = replace(as_tensor(x), dtype=dtypes.BOOL, elements=None)
    return tensorflow("math.reduce_all", truth, axis, keepdims)


@backend("any")
def _any(x: Value, axis: Value = NONE, keepdims: Value = NONE) -> Value:
    truth = replace(as_tensor(x), dtype=dtypes.BOOL, elements=None)
    return tensorflow("math.reduce_any", truth, axis, keepdims)


def _statistic(name: str, target: str) -> None:
    def function(x: Value, axis: Value = NONE, keepdims: Value = NONE) -> Value:
        counted = isinstance(x, Tensor) and x.dtype == dtypes.BOOL
        operand = replace(x, dtype=floatx(), elements=None) if counted and isinstance(x, Tensor) else x
        return tensorflow(target, operand, axis, keepdims)

    _register(name, function)


_statistic("mean", "math.reduce_mean")
_statistic("std", "math.reduce_std")
_statistic("var", "math.reduce_variance")


@backend("clip")
def _clip(x: Value, min_value: Value, max_value: Value) -> Value:
    numbers = isinstance(min_value, Constant) and isinstance(max_value, Constant)
    return rules.like(as_tensor(x)) if numbers or NONE in (min_value, max_value) else Tensor(None, None)


@backend("relu")
def _relu(x: Value, alpha: Value = NONE, max_value: Value = NONE, threshold: Value = NONE) -> Value:
    numbers = all(isinstance(limit, Constant) for limit in (alpha, max_value, threshold))
    return _floats(x) if numbers else rules.like(_floats(x), shape=None)


@backend("hard_sigmoid", "dropout")
def _like(x: Value, **_: Value) -> Value:
    return _floats(x)


def _floats(x: Value) -> Tensor:
    """A tensor of the shape of ``x``, and of its dtype where it is of floats."""
    operand = as_tensor(x)
    return rules.like(operand, dtype=operand.dtype if operand.dtype in dtypes.FLOATING else None)


@backend("elu")
def _elu(x: Value, alpha: Value = NONE) -> Value:
    return tensorflow("nn.elu", x) if isinstance(alpha, Constant) else Tensor(as_tensor(x).dtype)


@backend("softmax")
def _softmax(x: Value, axis: Value = NONE) -> Value:
    plain = isinstance(axis, Constant) and isinstance(x, Tensor)
    return tensorflow("nn.softmax", x, axis) if plain else Tensor()


@backend("stop_gradient")
def _stop_gradient(variables: Value) -> Value:
    return tensorflow("stop_gradient", variables) if isinstance(variables, Tensor) else UNKNOWN


@backend("concatenate")
def _concatenate(tensors: Value, axis: Value = Constant(-1)) -> Value:  # noqa: B008
    """As ``tf.concat``, but that a negative axis wraps around, however far below the first axis it is."""
    items = sequence_items(tensors)
    if items is None:  # an array or a tensor is taken apart
        return Tensor(as_tensor(tensors).dtype)
    place = conversion.to_python(axis)
    if not isinstance(place, int) or place >= 0:
        return tensorflow("concat", tensors, axis)
    rank = next((known for known in (as_tensor(item).rank for item in items) if known is not None), None)
    wrapped = UNKNOWN if rank is None else Constant(place % rank if rank else 0)
    return tensorflow("concat", tensors, wrapped)


@backend("squeeze")
def _squeeze(x: Value, axis: Value) -> Value:
    return tensorflow("squeeze", x, ListValue(TupleValue((axis,))))


@backend("reverse")
def _reverse(x: Value, axes: Value) -> Value:
    return tensorflow("reverse", x, _as_list(axes))


@backend("tile")
def _tile(x: Value, n: Value) -> Value:
    return tensorflow("tile", x, _as_list(n))


def _as_list(value: Value) -> Value:
    """One integer as a list of one; nothing where it may be one."""
    if isinstance(value, (Constant, Symbolic)):
        return ListValue(TupleValue((value,)))
    return UNKNOWN if isinstance(value, OfType) and value.type_name == "int" else value


@backend("flatten")
def _flatten(x: Value) -> Value:
    return tensorflow("reshape", x, ListValue(TupleValue((Constant(-1),))))


@backend("batch_flatten")
def _batch_flatten(x: Value) -> Value:
    operand = as_tensor(x)
    rest = dims.product(operand.shape[1:]) if operand.shape else None
    batch = operand.shape[0] if operand.shape and rest not in (0, None) else None  # nothing tells how many rows of none
    return Tensor(operand.dtype, (batch, rest))


@backend("repeat")
def _repeat(x: Value, n: Value) -> Value:
    """A matrix, ``n`` times along a new dimension in the middle."""
    operand, times = as_tensor(x), conversion.to_shape(n)
    if operand.shape is None or len(operand.shape) != 2:
        return Tensor(operand.dtype, (None, None, None))
    return Tensor(operand.dtype, (operand.shape[0], times[0] if times else None, operand.shape[1]))


@backend("repeat_elements")
def _repeat_elements(x: Value, rep: Value, axis: Value) -> Value:
    return tensorflow("repeat", x, rep, axis) if isinstance(x, Tensor) and isinstance(axis, Constant) else Tensor()


@backend("bias_add")
def _bias_add(x: Value, bias: Value, data_format: Value = NONE) -> Value:
    plain = isinstance(x, Tensor) and isinstance(bias, Tensor) and bias.rank == 1 and data_format == NONE
    return tensorflow("nn.bias_add", x, bias) if plain else Tensor()


@backend("batch_normalization")
def _batch_normalization(x: Value, mean: Value, var: Value, beta: Value, gamma: Value, **_: Value) -> Value:
    return Tensor(as_tensor(x).dtype, None)


@backend("temporal_padding")
def _temporal_padding(x: Value, padding: Value = NONE) -> Value:
    return _padded(x, [padding])


@backend("spatial_2d_padding", "spatial_3d_padding")
def _spatial_padding(x: Value, padding: Value = NONE, data_format: Value = NONE) -> Value:
    pairs = sequence_items(padding)
    last = data_format in (NONE, Constant("channels_last"))
    return _padded(x, list(pairs)) if pairs is not None and last else Tensor(as_tensor(x).dtype)


def _padded(x: Value, pairs: list[Value]) -> Value:
    nothing = TupleValue((Constant(0), Constant(0)))
    return tensorflow("pad", x, ListValue(TupleValue((nothing, *pairs, nothing))))


# ------------------------------------------------------------------------------------------------- products


@backend("dot")
def _dot(x: Value, y: Value) -> Value:
    """The last dimension of ``x`` against the last but one of ``y``; raises InnerDimMismatch."""
    a, b = as_tensor(x), as_tensor(y)
    if a.rank is None or b.rank is None:
        return Tensor(a.dtype)
    if a.rank <= 2 and b.rank <= 2:
        return tensorflow("linalg.matmul", x, y)
    left, right = a.shape or (), b.shape or ()
    if not left or len(right) < 2:
        return Tensor(a.dtype)
    dtype = rules.common_dtype((a, b), "gemm")
    shape = (*left[:-1], *right[:-2], right[-1])
    if dims.equal(left[-1], right[-2]) is False:
        raise InnerDimMismatch([a, b], left[-1], right[-2], Tensor(dtype, shape))
    return Tensor(dtype, shape)


@backend("batch_dot")
def _batch_dot(x: Value, y: Value, axes: Value = NONE) -> Value:
    """Products of the rows of a batch; raises BatchMismatch, InnerDimMismatch."""
    a, b = as_tensor(x), as_tensor(y)
    places = _contracted(a, b, axes)
    if places is None or a.shape is None or b.shape is None:
        return Tensor(a.dtype)
    left, right = places
    rest = (
        *(size for i, size in enumerate(a.shape[1:], 1) if i != left),
        *(size for i, size in enumerate(b.shape[1:], 1) if i != right),
    )
    dtype = rules.common_dtype((a, b), "gemm")
    result = Tensor(dtype, (dims.merge(a.shape[0], b.shape[0]), *(rest or (1,))))
    if dims.equal(a.shape[0], b.shape[0]) is False:
        raise BatchMismatch([a, b], a.shape[:1], b.shape[:1], Tensor(dtype))
    if dims.equal(a.shape[left], b.shape[right]) is False:
        raise InnerDimMismatch([a, b], a.shape[left], b.shape[right], result)
    return result


def _contracted(a: Tensor, b: Tensor, axes: Value) -> tuple[int, int] | None:
    """The axes that are summed over; None where they are not known, or are no axes of matrices of a batch."""
    if a.rank is None or b.rank is None or a.rank < 2 or b.rank < 2:
        return None
    if axes == NONE:
        return a.rank - 1, b.rank - 1 if b.rank == 2 else b.rank - 2
    given = conversion.to_axes(axes)
    if not isinstance(given, tuple) or len(given) not in (1, 2):
        return None
    left, right = given[0], given[-1]
    if not -a.rank <= left < a.rank or not -b.rank <= right < b.rank:
        return None
    left, right = left % a.rank, right % b.rank
    return (left, right) if left and right else None


# ------------------------------------------------------------------------------------------------- making


@backend("arange")
def _arange(start: Value, stop: Value = NONE, step: Value = NONE, dtype: Value = NONE) -> Value:
    made = tensorflow("range", *((Constant(0), start) if stop == NONE else (start, stop)), step)
    if not isinstance(made, Tensor) or dtype in (NONE, Constant("int32")):
        return made
    return replace(made, dtype=keras_dtype(dtype, None), elements=None)


@backend("constant")
def _constant(value: Value, dtype: Value = NONE, shape: Value = NONE, name: Value = NONE) -> Value:
    return tensorflow("constant", value, Constant(str(floatx())) if dtype == NONE else dtype, shape)


@backend("variable")
def _variable(value: Value, dtype: Value = NONE, **_: Value) -> Value:
    chosen = Constant(str(floatx())) if dtype == NONE else dtype
    return tensorflow("Variable", value, dtype=chosen)


@backend("ones", "zeros")
def _filled(shape: Value, dtype: Value = NONE, name: Value = NONE) -> Value:
    """A variable, but where there is nothing in it."""
    sizes = conversion.to_shape(shape)
    known = sizes is not None and all(isinstance(size, int) for size in sizes)
    kind = Kind.UNKNOWN if not known else Kind.TENSOR if sizes is not None and 0 in sizes else Kind.VARIABLE
    return Tensor(keras_dtype(dtype, floatx()), sizes, kind)


@backend("eye")
def _eye(size: Value, dtype: Value = NONE, name: Value = NONE) -> Value:
    sizes = conversion.to_shape(size)
    count = sizes[0] if sizes is not None and len(sizes) == 1 else None
    return Tensor(keras_dtype(dtype, floatx()), (count, count), Kind.VARIABLE)


def _random(names: str, kind: Kind) -> None:
    def function(shape: Value, dtype: Value = NONE, seed: Value = NONE, name: Value = NONE, **bounds: Value) -> Value:
        """Bounds that are tensors broadcast."""
        plain = all(isinstance(bound, Constant) for bound in bounds.values())
        return Tensor(keras_dtype(dtype, floatx()), conversion.to_shape(shape) if plain else None, kind)

    for each in names.split():
        _register(each, function)


_random("random_normal random_uniform truncated_normal random_bernoulli", Kind.TENSOR)
_random("random_normal_variable random_uniform_variable", Kind.VARIABLE)


# ------------------------------------------------------------------------------------------------- about tensors


@backend("int_shape")
def _int_shape(x: Value) -> Value:
    if not isinstance(x, Tensor) or x.shape is None:
        return UNKNOWN
    return TupleValue(tuple(UNKNOWN if size is None else from_dim(size) for size in x.shape))


@backend("ndim")
def _ndim(x: Value) -> Value:
    return from_dim(x.rank) if isinstance(x, Tensor) else UNKNOWN


@backend("dtype")
def _dtype(x: Value) -> Value:
    return Constant(x.dtype.name) if isinstance(x, Tensor) and x.dtype is not None else OfType("str")


@backend("count_params")
def _count_params(x: Value) -> Value:
    return from_dim(shapes.num_elements(x.shape)) if isinstance(x, Tensor) else OfType("int")


@backend("is_sparse")
def _is_sparse(tensor: Value) -> Value:
    return OfType("bool")


@backend("get_uid")
def _get_uid(prefix: Value = NONE) -> Value:
    return OfType("int")


@backend("get_value", "eval")
def _get_value(x: Value) -> Value:
    """The array."""
    if not isinstance(x, Tensor) or x.kind not in (Kind.TENSOR, Kind.VARIABLE):
        return UNKNOWN
    return UNKNOWN if x.dtype is None and not x.rank else tensor_members.array_of(x)  # it may be of bytes


@backend("switch")
def _switch(condition: Value, then_expression: Value, else_expression: Value) -> Value:
    """One or the other, or elements of both."""
    chosen = [one for one in (then_expression, else_expression) if isinstance(one, Tensor)]
    if len(chosen) < 2 or any(one.kind not in (Kind.TENSOR, Kind.VARIABLE) for one in chosen):
        return UNKNOWN
    return structures.join_structures(*map(rules.like, chosen))


@backend("moving_average_update")
def _moving_average(x: Value, value: Value, momentum: Value) -> Value:
    return replace(x, elements=None) if isinstance(x, Tensor) and x.kind is Kind.VARIABLE else UNKNOWN


@backend("set_value", "batch_set_value")
def _set_value(**_: Value) -> Value:
    return NONE
