"""``numpy.random``: the functions of the module, and the methods of RandomState and Generator that mirror them.

Everything is float64 unless the distribution counts something, which is int64.
"""

from __future__ import annotations

import inspect

from tflint_gemm.domain import counters, dtypes
from tflint_gemm.domain.dims import SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    BuiltinFunction,
    Constant,
    ListValue,
    OfType,
    ShapeValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import Array, OptionalArray, array, array_like, array_op, certain_sizes, strong
from tflint_gemm.ops.parameters import Axis, NumpyDType, Spread
from tflint_gemm.ops.registry import op

MODULE, RANDOM_STATE, GENERATOR = "random.", "random.RandomState.", "random.Generator."

_CONTINUOUS = {
    "beta": "a b", "chisquare": "df", "exponential": "scale", "f": "dfnum dfden", "gamma": "shape scale",
    "gumbel": "loc scale", "laplace": "loc scale", "logistic": "loc scale", "lognormal": "mean sigma",
    "noncentral_chisquare": "df nonc", "noncentral_f": "dfnum dfden nonc", "normal": "loc scale", "pareto": "a",
    "power": "a", "rayleigh": "scale", "standard_cauchy": "", "standard_gamma": "shape", "standard_t": "df",
    "triangular": "left mode right", "uniform": "low high", "vonmises": "mu kappa", "wald": "mean scale",
    "weibull": "a",
}  # fmt: skip
_COUNTING = {
    "binomial": "n p", "geometric": "p", "hypergeometric": "ngood nbad nsample", "logseries": "p",
    "negative_binomial": "n p", "poisson": "lam", "zipf": "a",
}  # fmt: skip
_TYPED = frozenset({"random", "standard_normal", "standard_exponential", "standard_gamma"})


def sized(size: Value, parameters: tuple[Tensor, ...] = ()) -> Shape:
    """The shape that ``size`` asks for; where it is None, that of the parameters' broadcast.

    Raises InvalidArgument for negative sizes.
    """
    if size == NONE:
        return rules.broadcast(parameters) if parameters else ()
    return certain_sizes(conversion.to_shape(size))


_SIZES = (Constant, Symbolic, OfType, TupleValue, ListValue, ShapeValue, Tensor)


def _sample(dtype: DType | None, size: Value, parameters: tuple[Tensor, ...] = (), number: str = "float") -> Value:
    """A sample of the shape that ``size`` asks for: without a size, of scalars, it is a Python ``number``."""
    shape = sized(size, parameters)
    if size == NONE and shape == ():
        return OfType(number)
    certain = shape is not None if size == NONE else isinstance(size, _SIZES)
    return array(dtype, shape) if certain else UNKNOWN


def _distribution(owner: str, name: str, parameters: tuple[str, ...], dtype: DType) -> None:
    """Register a distribution under ``owner``: its parameters, ``size`` and, where it has one, ``dtype``."""

    def model(**arguments: object) -> Value:
        given = tuple(found for found in (arguments.get(name) for name in parameters) if isinstance(found, Tensor))
        size, wanted = arguments.get("size", NONE), arguments.get("dtype")
        assert isinstance(size, Value)
        assert wanted is None or isinstance(wanted, (DType, Unsure))
        return _sample(rules.chosen_dtype(wanted, dtype), size, given, "int" if dtype == dtypes.INT64 else "float")

    # The registry binds by name, and the names are the table's: the signature is made up from them.
    hints: dict[str, object] = {} if owner == MODULE else {"self": Value}
    hints.update(dict.fromkeys(parameters, Array), size=Value)
    if owner == GENERATOR and name in _TYPED:
        hints["dtype"] = NumpyDType
    model.__annotations__ = {**hints, "return": Value}
    kind = inspect.Parameter.KEYWORD_ONLY
    signature = [inspect.Parameter(name, kind, default=None, annotation=hint) for name, hint in hints.items()]
    setattr(model, "__signature__", inspect.Signature(signature))  # noqa: B010
    array_op(owner + name)(model)


def _register_distributions() -> None:
    for owner in (MODULE, RANDOM_STATE, GENERATOR):
        for name, parameters in _CONTINUOUS.items():
            if name != "noncentral_f" or owner == GENERATOR:
                _distribution(owner, name, tuple(parameters.split()), dtypes.FLOAT64)
        for name, parameters in _COUNTING.items():
            _distribution(owner, name, tuple(parameters.split()), dtypes.INT64)
        for name in ("random", "standard_normal", "standard_exponential"):
            _distribution(owner, name, (), dtypes.FLOAT64)
    for owner in (MODULE, RANDOM_STATE):
        _distribution(owner, "random_sample", (), dtypes.FLOAT64)


_register_distributions()


# ------------------------------------------------------------------------------------- rand and integers


def _unit(sizes: tuple[Value | Unsure, ...]) -> Value:
    known = tuple(dim_of(size) for size in sizes if not isinstance(size, Unsure))
    if len(known) < len(sizes):
        return UNKNOWN
    return array(dtypes.FLOAT64, certain_sizes(known)) if known else OfType("float")


@array_op("random.rand", "random.randn")
def rand(*sizes: Spread) -> Value:
    return _unit(sizes)


@array_op("random.sample", "random.ranf")
def sample(*sizes: Spread, size: Value = NONE) -> Value:
    return _sample(dtypes.FLOAT64, size if not sizes else UNKNOWN if isinstance(sizes[0], Unsure) else sizes[0])


@array_op("random.RandomState.rand", "random.RandomState.randn")
def state_rand(self: Value, *sizes: Spread) -> Value:
    return _unit(sizes)


def _integers(low: Tensor, high: Tensor | None, size: Value, dtype: Value, default: str | None) -> Value:
    """Random integers; a single one of the dtype ``int``, and by default a ``default``, is a Python number."""
    parameters = (low,) if high is None else (low, high)
    plain = dtype in (NONE, Constant("int64"))
    number = default if plain else dtype.name if isinstance(dtype, BuiltinFunction) else None
    chosen = dtypes.INT64 if plain else conversion.to_numpy_dtype(dtype)
    if number == "int" and size == NONE:
        bounds = (0, low.scalar()) if high is None else (low.scalar(), high.scalar())
        if isinstance(bounds[0], int) and isinstance(bounds[1], int):
            return counters.between(bounds[0], bounds[1] - 1)
    if number in ("int", "bool"):
        return _sample(rules.chosen_dtype(chosen, None), size, parameters, number)
    if isinstance(chosen, Unsure):
        return _sample(None, UNKNOWN if size == NONE else size)
    return array(chosen, sized(size, parameters))


@array_op("random.randint")
def randint(low: Array, high: OptionalArray = None, size: Value = NONE, dtype: Value = NONE) -> Value:
    return _integers(low, high, size, dtype, "int")


@array_op("random.random_integers")
def random_integers(low: Array, high: OptionalArray = None, size: Value = NONE) -> Value:
    return _integers(low, high, size, NONE, None)


@array_op("random.RandomState.randint")
def state_randint(
    self: Value, low: Array, high: OptionalArray = None, size: Value = NONE, dtype: Value = NONE
) -> Value:
    return _integers(low, high, size, dtype, "int")


@array_op("random.Generator.integers")
def integers(self: Value, low: Array, high: OptionalArray = None, size: Value = NONE, dtype: Value = NONE) -> Value:
    return _integers(low, high, size, dtype, None)


# ------------------------------------------------------------------------------------- samples of what is given


def _counts(x: Tensor) -> bool:
    """Whether the scalar ``x`` is an integer, which stands for that many numbers from 0 on."""
    return x.dtype is not None and (x.dtype.is_integer or x.dtype == dtypes.BOOL)


def _is_inexact(x: Tensor) -> bool:
    return x.dtype is not None and (x.dtype.is_floating or x.dtype.is_complex)


def _choice(a: Tensor, size: Value, axis: int | None | Unsure) -> Value:
    if a.shape == () and a.dtype is not None:
        return _sample(dtypes.INT64, size, number="int") if _counts(a) else array_like(a, None)
    if not a.shape:
        return array_like(a, None) if _is_inexact(a) else UNKNOWN
    shape = None if size == NONE and axis is None else sized(size)
    if not isinstance(axis, int) or a.shape is None or shape is None or not -len(a.shape) <= axis < len(a.shape):
        return array_like(a, None)
    place = axis % len(a.shape)
    return array_like(a, (*a.shape[:place], *shape, *a.shape[place + 1 :]))


@array_op("random.choice")
def choice(a: Array, size: Value = NONE) -> Value:
    return _choice(a, size, 0)


@array_op("random.RandomState.choice", "random.Generator.choice")
def state_choice(self: Value, a: Array, size: Value = NONE, axis: Axis = 0) -> Value:
    return _choice(a, size, axis)


def _permutation(x: Tensor) -> Value:
    if x.shape == ():
        size = x.scalar()
        known = max(size, 0) if isinstance(size, int) else size if isinstance(size, SymbolicDim) else None
        dtype = None if x.dtype == dtypes.UINT64 else dtypes.INT64
        return array(dtype, (known,)) if _counts(x) else array_like(strong(x), None)
    return array_like(x, x.shape) if x.shape is not None or _is_inexact(x) else array(None, None)


@array_op("random.permutation")
def permutation(x: Array) -> Value:
    return _permutation(x)


@array_op("random.RandomState.permutation", "random.Generator.permutation")
def state_permutation(self: Value, x: Array) -> Value:
    return _permutation(x)


@array_op("random.Generator.permuted")
def permuted(self: Value, x: Array) -> Tensor:
    return array_like(x, x.shape)


# ------------------------------------------------------------------------------------- vectors


def _vectors(size: Value, vector: Tensor, dtype: DType) -> Tensor:
    shape = sized(size)
    if shape is None:
        return array(dtype, None)
    return array(dtype, (*shape, vector.shape[-1] if vector.shape else None))


@array_op("random.multivariate_normal")
def multivariate_normal(mean: Array, size: Value = NONE) -> Tensor:
    return _vectors(size, mean, dtypes.FLOAT64)


@array_op("random.RandomState.multivariate_normal", "random.Generator.multivariate_normal")
def state_multivariate_normal(self: Value, mean: Array, size: Value = NONE) -> Tensor:
    return _vectors(size, mean, dtypes.FLOAT64)


@array_op("random.dirichlet")
def dirichlet(alpha: Array, size: Value = NONE) -> Tensor:
    return _vectors(size, alpha, dtypes.FLOAT64)


@array_op("random.RandomState.dirichlet", "random.Generator.dirichlet")
def state_dirichlet(self: Value, alpha: Array, size: Value = NONE) -> Tensor:
    return _vectors(size, alpha, dtypes.FLOAT64)


@array_op("random.multinomial", "random.RandomState.multinomial")
def multinomial(pvals: Array, size: Value = NONE) -> Tensor:
    return _vectors(size, pvals, dtypes.INT64)


# ------------------------------------------------------------------------------------- states


@op("numpy.random.seed", "numpy.random.shuffle")
def seed() -> Value:
    return NONE


@op("numpy.random.RandomState.seed", "numpy.random.RandomState.shuffle", "numpy.random.Generator.shuffle")
def state_seed(self: Value) -> Value:
    return NONE


@op("numpy.random.default_rng", "numpy.random.Generator")
def default_rng() -> Value:
    return ApiObject("numpy.random.Generator", {})


@op("numpy.random.RandomState")
def random_state() -> Value:
    return ApiObject("numpy.random.RandomState", {})
