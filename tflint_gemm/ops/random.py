"""``tf.random``: the stateful and the stateless functions, and the methods of ``tf.random.Generator``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Union

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, ApiObject, Constant, IterableValue, Kind, ListValue, Tensor, Value, dim_of
from tflint_gemm.ops import conversion, indexing, rules
from tflint_gemm.ops.array_shape import shape_vector
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.creation import Converted, force, new_shape
from tflint_gemm.ops.families import kernels
from tflint_gemm.ops.parameters import Conversion, TensorFlowDType
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.ops.violations import (
    BroadcastMismatch,
    ConversionMismatch,
    DTypeMismatch,
    InvalidArgument,
    NoKernel,
    RankTooLow,
)

GENERATOR = "random.Generator"
_MEAN, _DEVIATION, _LOW, _ONE, _TWO = Constant(0.0), Constant(1.0), Constant(0), Constant(1), Constant(2)
_FLOATS = frozenset({dtypes.FLOAT16, dtypes.BFLOAT16, dtypes.FLOAT32, dtypes.FLOAT64})
_INTEGERS = frozenset({dtypes.INT32, dtypes.INT64})
_FULL_RANGE = _INTEGERS | {dtypes.UINT32, dtypes.UINT64}


def _drawn_shape(value: Value) -> Shape:
    """The shape of a sample, which must be a vector: raises RankTooLow for a single number, unlike ``tf.zeros``."""
    shape = new_shape(value)
    tensor = conversion.to_tensor(value)
    if tensor.rank == 0 and tensor.kind is not Kind.UNKNOWN:
        raise RankTooLow(tensor, 1, exact=True, result=Tensor(None, shape))
    if (
        tensor.dtype is not None
        and not tensor.dtype.is_integer
        and tensor.kind is not Kind.UNKNOWN
        and indexing.is_full(tensor)
    ):
        raise InvalidArgument((tensor,), "shape of a dtype other than int32 and int64", Tensor(None, shape))
    return shape


SampleShape = Annotated[Union[tuple[Dim, ...], None], Conversion(_drawn_shape)]


def _known(dtype: DType | None | Unsure, default: DType, allowed: frozenset[DType], shape: Shape) -> DType | None:
    """The dtype of the sample; raises NoKernel where the distribution has no such."""
    made = rules.chosen_dtype(dtype, default)
    if made is not None and made not in allowed:
        raise NoKernel(Tensor(made, shape), allowed, result=Tensor(made, shape))
    return made


def _parameter(value: Value, dtype: DType | None) -> Tensor:
    """A parameter of a distribution, converted to the dtype of the sample; raises DTypeMismatch where it cannot be."""
    tensor = conversion.to_tensor(value)
    if dtype is None or value == NONE or tensor.kind is Kind.UNKNOWN:
        return tensor
    try:
        return force(value, tensor, dtype)
    except ConversionMismatch as mismatch:
        raise DTypeMismatch((Tensor(dtype), mismatch.operands[0]), "elementwise", Tensor(dtype)) from mismatch


def _sample(dtype: DType | None, shape: Shape, *parameters: Tensor) -> Tensor:
    """A sample whose parameters are broadcast against its shape, and may well enlarge it."""
    return Tensor(dtype, rules.broadcast((Tensor(dtype, shape), *parameters), dtype))


def _perhaps_sample(shape: Shape, parameters: Sequence[Tensor]) -> Tensor:
    """A sample of integers or of floats, whose parameters enlarge floats only."""
    for parameter in parameters:
        joined, failed = shapes.broadcast(shape, parameter.shape)
        if failed or not shapes.equal(joined, shape):
            return Tensor()
    return Tensor(None, shape)


def _check_seed(seed: Value, result: Tensor) -> None:
    """The seed of a stateless function: two integers."""
    tensor = conversion.to_tensor(seed)
    if tensor.kind is Kind.UNKNOWN or shapes.equal(tensor.shape, (2,)) is not False:
        return
    raise InvalidArgument((tensor,), "shape of seed", result)


# ------------------------------------------------------------------------------------------------- normal and uniform


def _normal(stateless: bool = False) -> Callable[..., Tensor]:
    def model(
        shape: SampleShape,
        mean: Value = _MEAN,
        stddev: Value = _DEVIATION,
        dtype: TensorFlowDType = dtypes.FLOAT32,
        seed: Value = NONE,
    ) -> Tensor:
        made = _known(dtype, dtypes.FLOAT32, _FLOATS, shape)
        result = _sample(made, shape, _parameter(mean, made), _parameter(stddev, made))
        if stateless:
            _check_seed(seed, result)
        return result

    return model


def _uniform(full_range: bool, stateless: bool = False) -> Callable[..., Tensor]:
    """The model of a uniform sample; an integer one needs bounds, or may go over the ``full_range``."""
    allowed = _FLOATS | (_FULL_RANGE if full_range else _INTEGERS)

    def model(
        shape: SampleShape,
        minval: Value = _LOW,
        maxval: Value = NONE,
        dtype: TensorFlowDType = dtypes.FLOAT32,
        seed: Value = NONE,
    ) -> Tensor:
        made = _known(dtype, dtypes.FLOAT32, allowed, shape)
        result = Tensor(made, shape)
        if made is not None and made.is_integer and maxval == NONE and (minval != NONE or not full_range):
            raise InvalidArgument((), "maxval missing for an integer dtype", result)
        parameters = [_parameter(bound, made) for bound in (minval, maxval)]
        if made is None or not made.is_integer:
            given = [tensor for tensor, bound in zip(parameters, (minval, maxval)) if bound != NONE]
            result = _sample(made, shape, *given) if made is not None else _perhaps_sample(shape, given)
        if stateless:
            _check_seed(seed, result)
        return result

    return model


normal = op("random.normal", "random.truncated_normal")(_normal())
op("random.stateless_normal", "random.stateless_truncated_normal")(_normal(stateless=True))
op("random.uniform")(_uniform(full_range=False))
op("random.stateless_uniform")(_uniform(full_range=True, stateless=True))
_full_range_uniform = _uniform(full_range=True)


@op("random.Generator.normal", "random.Generator.truncated_normal")
def generator_normal(
    self: Value,
    shape: SampleShape,
    mean: Value = _MEAN,
    stddev: Value = _DEVIATION,
    dtype: TensorFlowDType = dtypes.FLOAT32,
) -> Tensor:
    return normal(shape, mean, stddev, dtype)


@op("random.Generator.uniform")
def generator_uniform(
    self: Value,
    shape: SampleShape,
    minval: Value = _LOW,
    maxval: Value = NONE,
    dtype: TensorFlowDType = dtypes.FLOAT32,
) -> Tensor:
    return _full_range_uniform(shape, minval, maxval, dtype)


@op("random.Generator.uniform_full_int")
def uniform_full_int(self: Value, shape: SampleShape, dtype: TensorFlowDType = dtypes.UINT64) -> Tensor:
    return Tensor(_known(dtype, dtypes.UINT64, _FULL_RANGE, shape), shape)


# ------------------------------------------------------------------------------------------------- other distributions


def _per_parameter(dtype: DType | None, shape: Shape, *parameters: Tensor) -> Tensor:
    """One sample of ``shape`` for each of the parameters, broadcast together: their shapes come after it."""
    tail = rules.broadcast(parameters, dtype) if parameters else None
    return Tensor(dtype, None if shape is None or tail is None else (*shape, *tail))


@op("random.gamma")
def gamma(shape: Value, alpha: Value, beta: Value = NONE, dtype: TensorFlowDType = dtypes.FLOAT32) -> Tensor:
    size = new_shape(shape)
    made = _known(dtype, dtypes.FLOAT32, _FLOATS, size)
    parameters = [_parameter(value, made) for value in (alpha, beta) if value != NONE]
    return _per_parameter(made, size, *parameters)


@op("random.poisson", "compat.v1.random_poisson")
def poisson(shape: Value, lam: Converted, dtype: TensorFlowDType = dtypes.FLOAT32) -> Tensor:
    size = new_shape(shape)
    return _per_parameter(rules.chosen_dtype(dtype, dtypes.INT64), size, lam)


@op("random.stateless_gamma")
def stateless_gamma(
    shape: Value, seed: Value, alpha: Value, beta: Value = NONE, dtype: TensorFlowDType = dtypes.FLOAT32
) -> Tensor:
    size = new_shape(shape)
    made = _known(dtype, dtypes.FLOAT32, _FLOATS, size)
    parameters = [_parameter(value, made) for value in (alpha, beta) if value != NONE]
    return _within(made, size, seed, *parameters)


@op("random.stateless_poisson")
def stateless_poisson(shape: Value, seed: Value, lam: Converted, dtype: TensorFlowDType = dtypes.INT32) -> Tensor:
    return _within(rules.chosen_dtype(dtype, dtypes.INT32), new_shape(shape), seed, lam)


@op("random.stateless_binomial")
def stateless_binomial(
    shape: Value, seed: Value, counts: Tensor, probs: Tensor, output_dtype: TensorFlowDType = dtypes.INT32
) -> Tensor:
    return _within(rules.chosen_dtype(output_dtype, dtypes.INT32), new_shape(shape), seed, counts, probs)


@op("random.Generator.binomial")
def binomial(self: Value, shape: Value, dtype: TensorFlowDType = dtypes.INT32) -> Tensor:
    return Tensor(rules.chosen_dtype(dtype, dtypes.INT32), new_shape(shape))


def _within(dtype: DType | None, shape: Shape, seed: Value, *parameters: Tensor) -> Tensor:
    """A sample of exactly ``shape``, to which the parameters are broadcast."""
    result = Tensor(dtype, shape)
    _check_seed(seed, result)
    if shapes.num_elements(shape) == 0:  # returned before a parameter is looked at; two are broadcast together before
        rules.broadcast(parameters, dtype)
        return result
    if shape is None or None in shape:
        return result  # it may be empty
    joined = rules.broadcast((result, *parameters), dtype)
    if joined is not None and shapes.equal(joined, shape) is False:
        raise BroadcastMismatch([result, *parameters], result)
    return result


@op("random.stateless_parameterized_truncated_normal")
def stateless_parameterized_truncated_normal(
    shape: Value, seed: Value, means: Tensor, stddevs: Tensor, minvals: Tensor, maxvals: Tensor
) -> Tensor:
    found = [operand.dtype for operand in (means, stddevs, minvals, maxvals) if operand.is_tensorflow]
    return Tensor(found[0] if found else None, new_shape(shape))


def _categorical(logits: Tensor, num_samples: Value, dtype: DType | None | Unsure) -> Tensor:
    count = dim_of(num_samples)
    batch = None if logits.shape is None else (*logits.shape[:1],) or (None,)
    result = Tensor(rules.chosen_dtype(dtype, dtypes.INT64), (None if batch is None else batch[0], count))
    if logits.rank is not None and logits.rank != 2 and logits.kind is not Kind.UNKNOWN:
        raise RankTooLow(logits, 2, exact=True, result=result)
    if isinstance(count, int) and count < 0:
        raise InvalidArgument((logits,), "num_samples", result)
    rules.require_dtype(logits, kernels("Multinomial"), result)
    return result


@op("random.categorical")
def categorical(logits: Converted, num_samples: Value, dtype: TensorFlowDType = None) -> Tensor:
    return _categorical(logits, num_samples, dtype)


@op("compat.v1.multinomial")
def multinomial(logits: Converted, num_samples: Value, output_dtype: TensorFlowDType = None) -> Tensor:
    return _categorical(logits, num_samples, output_dtype)


@op("random.stateless_categorical")
def stateless_categorical(
    logits: Converted, num_samples: Value, seed: Value, dtype: TensorFlowDType = dtypes.INT64
) -> Tensor:
    result = _categorical(logits, num_samples, dtype)
    _check_seed(seed, result)
    return result


# ------------------------------------------------------------------------------------------------- shuffles and crops


@op("random.shuffle")
def shuffle(value: Converted) -> Tensor:
    return rules.like(value)


@op("random.experimental.stateless_shuffle")
def stateless_shuffle(value: Converted, seed: Value) -> Tensor:
    _check_seed(seed, rules.like(value))
    return rules.like(value)


@op("image.random_crop", "image.stateless_random_crop")
def random_crop(value: Converted, size: Value) -> Tensor:
    target = shape_vector(size, value)
    result = rules.like(value, shape=None if target is None else tuple(None if part == -1 else part for part in target))
    if value.shape is None or target is None:
        return result
    if len(target) != len(value.shape):
        raise InvalidArgument((value,), "length of size", result)
    for whole, part in zip(value.shape, target):
        if isinstance(whole, int) and isinstance(part, int) and part > whole:
            raise InvalidArgument((value,), "crop larger than the image", result)
    return result


# ------------------------------------------------------------------------------------------------- seeds and generators


@op("random.split")
def split(seed: Converted, num: Value = _TWO) -> Tensor:
    return Tensor(seed.dtype, (dim_of(num), 2))


@op("random.fold_in")
def fold_in(data: Converted) -> Tensor:
    return Tensor(data.dtype, (2,))


_STATE_SIZES = {"philox": 3, 1: 3, "threefry": 2, 2: 2}


@op("random.create_rng_state")
def create_rng_state(seed: Value, alg: Value = NONE) -> Tensor:
    """As many integers as the algorithm needs."""
    known = alg.value if isinstance(alg, Constant) else None
    return Tensor(dtypes.INT64, (_STATE_SIZES.get(known) if isinstance(known, (str, int)) else None,))


@op("random.experimental.index_shuffle", "random_index_shuffle", by_position=1)
def index_shuffle(index: Converted, seed: Value, max_index: Value) -> Tensor:
    """The indices at which those given stand after shuffling; many seeds or limits make many of one index."""
    single = conversion.to_tensor(seed).rank == 1 and conversion.to_tensor(max_index).rank == 0
    return rules.like(index, shape=index.shape if single else None)


@attribute("random.Generator.state")
def generator_state(self: Value) -> Tensor:
    return Tensor(dtypes.INT64, (None,), Kind.VARIABLE)


@attribute("random.Generator.key")
def generator_key(self: Value) -> Tensor:
    return Tensor(dtypes.INT64, ())


@op("random.Generator.split")
def generator_split(self: Value, count: Value = _ONE) -> Value:
    return ListValue(IterableValue(ApiObject(GENERATOR, {}), dim_of(count)))


@op("random.set_seed", "compat.v1.set_random_seed")
def set_seed() -> Value:
    return NONE


@op("random.get_global_generator")
def global_generator() -> Value:
    return ApiObject(GENERATOR, {})


@op(
    "random.Generator.from_seed",
    "random.Generator.from_key_counter",
    "random.Generator.from_state",
    "random.Generator.from_non_deterministic_state",
)
def generator_from(self: Value = NONE) -> Value:
    return ApiObject(GENERATOR, {})


@op("random.Generator.make_seeds")
def make_seeds(self: Value, count: Value = _ONE) -> Tensor:
    return Tensor(dtypes.INT64, (2, dim_of(count)))
