"""Python's built-in functions, and the few of the standard library from which shapes come."""

from __future__ import annotations

import ast
import builtins as python
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim, Ternary
from tflint_gemm.domain.join import join_all, python_type
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    BuiltinFunction,
    Constant,
    DictValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    PartialValue,
    RangeValue,
    SetValue,
    ShapeValue,
    SliceValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_dim,
    is_known_scalar,
)
from tflint_gemm.interpreter import arithmetic, containers
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of, iterate
from tflint_gemm.interpreter.program import Instance, UserClass
from tflint_gemm.interpreter.tensor_operations import operate
from tflint_gemm.interpreter.truth import truth
from tflint_gemm.ops.conversion import sequence_items

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

Builtin = Callable[[Interpreter, "Given"], Value]
BUILTIN_NAMES = frozenset(dir(python)) | {"xrange", "unicode", "basestring", "long", "raw_input", "reduce"}
_FUNCTIONS: dict[str, Builtin] = {}
_LIBRARY: dict[str, Builtin] = {}


def builtin(*names: str) -> Callable[[Builtin], Builtin]:
    """Register the decorated function as a built-in ("len") or, with dots, one of the standard library ("math.sqrt")."""

    def register(function: Builtin) -> Builtin:
        for name in names:
            (_LIBRARY if "." in name else _FUNCTIONS)[name] = function
        return function

    return register


def call(interp: Interpreter, function: BuiltinFunction, given: "Given", node: ast.Call) -> Value:
    """Call a built-in function or a method of a built-in container."""
    if function.receiver is not None:
        from tflint_gemm.interpreter.keras_protocol import METHODS

        protocol = METHODS.get(function.name)
        if protocol is not None:
            return protocol(interp, function.receiver, given, node)
        return containers.call_method(interp, function.receiver, function.name, given.positional, given.keywords)
    return _call_model(interp, _FUNCTIONS.get(function.name), given, node)


def call_standard_library(interp: Interpreter, path: str, given: "Given", node: ast.Call) -> Value:
    """Call what is no API of TensorFlow's, NumPy's or Keras's."""
    return _call_model(interp, _LIBRARY.get(path), given, node)


def _call_model(interp: Interpreter, model: Builtin | None, given: "Given", node: ast.Call) -> Value:
    if model is None or not given.complete:
        return UNKNOWN
    given.node = node
    return model(interp, given)


def _first(given: "Given") -> Value:
    return given.positional[0] if given.positional else UNKNOWN


# ------------------------------------------------------------------------------------------------- conversions


@builtin("int", "long")
def _int(_interp: Interpreter, given: "Given") -> Value:
    value = _first(given)
    if not given.positional:
        return Constant(0)
    if isinstance(value, Symbolic):
        return value
    if isinstance(value, Constant) and isinstance(value.value, (int, float, str)) and len(given.positional) == 1:
        try:
            return Constant(int(value.value))
        except (ValueError, OverflowError):
            return OfType("int")
    if isinstance(value, Tensor):
        dim = dim_of(value)
        return from_dim(dim)
    return OfType("int")


@builtin("float")
def _float(_interp: Interpreter, given: "Given") -> Value:
    value = _first(given)
    if isinstance(value, Constant) and isinstance(value.value, (int, float, str)):
        try:
            return Constant(float(value.value))
        except (ValueError, OverflowError):
            return OfType("float")
    return OfType("float")


@builtin("bool")
def _bool(_interp: Interpreter, given: "Given") -> Value:
    known = truth(_first(given))
    return OfType("bool") if known is None else Constant(known)


@builtin("str", "repr", "unicode")
def _str(_interp: Interpreter, given: "Given") -> Value:
    value = _first(given)
    plain = isinstance(value, Constant) and isinstance(value.value, (int, str)) and len(given.positional) == 1
    return Constant(str(value.value)) if plain and isinstance(value, Constant) else OfType("str")


@builtin("complex", "bytes", "bytearray", "object")
def _other_type(_interp: Interpreter, _given: "Given") -> Value:
    return UNKNOWN


@builtin("sorted")
def _sorted(interp: Interpreter, given: "Given") -> Value:
    content = _gather(interp, given)
    if isinstance(content, IterableValue) or not content.items:
        return ListValue(content)
    reverse = truth(given.keywords.get("reverse", Constant(False)))
    constants = [item.value for item in content.items if isinstance(item, Constant)]
    if len(constants) == len(content.items) and "key" not in given.keywords and reverse is not None:
        try:
            return ListValue(TupleValue(tuple(Constant(value) for value in sorted(constants, reverse=reverse))))  # type: ignore[type-var]
        except TypeError:
            return UNKNOWN
    return ListValue(TupleValue((join_all(content.items),) * len(content.items)))  # in an order that is not known


@builtin("list")
def _list(interp: Interpreter, given: "Given") -> Value:
    return ListValue(_gather(interp, given))


@builtin("tuple")
def _tuple(interp: Interpreter, given: "Given") -> Value:
    content = _gather(interp, given)
    return content if isinstance(content, TupleValue) else OfType("tuple")


def _gather(interp: Interpreter, given: "Given") -> TupleValue | IterableValue:
    if not given.positional:
        return TupleValue(())
    items = items_of(interp, given.positional[0])
    if items is not None:
        return TupleValue(items)
    return IterableValue(iterate(interp, given.positional[0]), length(given.positional[0]))


@builtin("set", "frozenset")
def _set(interp: Interpreter, given: "Given") -> Value:
    return SetValue(items_of(interp, given.positional[0]) if given.positional else ())


@builtin("dict", "collections.OrderedDict", "collections.defaultdict")
def _dict(interp: Interpreter, given: "Given") -> Value:
    result = DictValue((Constant(name), value) for name, value in given.keywords.items())
    for source in given.positional:
        items = items_of(interp, source)
        if isinstance(source, DictValue):
            result.slots.update(source.slots)
        elif items is not None and all(_is_pair(item) for item in items):
            result.slots.update((pair[0], pair[1]) for pair in (sequence_items(item) for item in items) if pair)
        else:
            result.slots[DictValue.REST] = UNKNOWN
    return result


def _is_pair(value: Value) -> bool:
    items = sequence_items(value)
    return items is not None and len(items) == 2 and containers.is_key(items[0])


# ------------------------------------------------------------------------------------------------- sequences


def length(value: Value) -> Dim:
    """``len(value)``; unknown where it is not known."""
    items = sequence_items(value)
    if items is not None:
        return len(items)
    if isinstance(value, ListValue):
        content = value.slots[ListValue.CONTENT]
        return content.length if isinstance(content, IterableValue) else None
    if isinstance(value, DictValue):
        return None if DictValue.REST in value.slots else len(value.slots)
    if isinstance(value, SetValue):
        return None  # elements that look different may be equal
    if isinstance(value, Constant) and isinstance(value.value, (str, bytes)):
        return len(value.value)
    if isinstance(value, Tensor) and value.shape:
        return value.shape[0]
    if isinstance(value, ShapeValue) and value.shape is not None:
        return len(value.shape)
    if isinstance(value, IterableValue):
        return value.length
    if isinstance(value, RangeValue):
        if value.start == Constant(0) and value.step == Constant(1):
            return dim_of(value.stop)
        bounds = [dim_of(bound) for bound in (value.start, value.stop, value.step)]
        if all(isinstance(bound, int) for bound in bounds) and bounds[2]:
            return len(range(*bounds))  # type: ignore[arg-type]
    return None


@builtin("len")
def _len(interp: Interpreter, given: "Given") -> Value:
    value = _first(given)
    if isinstance(value, (Instance, ApiObject)):
        result = interp.call_method(value, "__len__", (), {})
        return result if is_known_scalar(result) else OfType("int")
    return from_dim(length(value))


@builtin("range", "xrange")
def _range(_interp: Interpreter, given: "Given") -> Value:
    bounds = given.positional
    if not bounds or len(bounds) > 3:
        return UNKNOWN
    start, stop, step = Constant(0), bounds[0], Constant(1)
    if len(bounds) > 1:
        start, stop = bounds[0], bounds[1]  # type: ignore[assignment]
    return RangeValue(start, stop, bounds[2] if len(bounds) == 3 else step)


@builtin("enumerate")
def _enumerate(interp: Interpreter, given: "Given") -> Value:
    items = items_of(interp, _first(given))
    start = given.keywords.get("start", given.positional[1] if len(given.positional) > 1 else Constant(0))
    first = dim_of(start)
    if items is not None and isinstance(first, int):
        return TupleValue(tuple(TupleValue((Constant(first + i), item)) for i, item in enumerate(items)))
    return IterableValue(TupleValue((OfType("int"), iterate(interp, _first(given)))), length(_first(given)))


@builtin("zip", "itertools.izip")
def _zip(interp: Interpreter, given: "Given") -> Value:
    columns = [items_of(interp, value) for value in given.positional]
    known = [column for column in columns if column is not None]
    if len(known) == len(columns):
        return TupleValue(tuple(TupleValue(row) for row in zip(*known)))
    return IterableValue(TupleValue(tuple(iterate(interp, value) for value in given.positional)))


@builtin("map")
def _map(interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) < 2:
        return UNKNOWN
    function, *sources = given.positional
    columns = [items_of(interp, source) for source in sources]
    known = [column for column in columns if column is not None]
    if len(known) == len(columns) and all(len(column) <= 64 for column in known):
        return TupleValue(tuple(interp.call(function, row, {}) for row in zip(*known)))
    element = interp.call(function, tuple(iterate(interp, source) for source in sources), {})
    return IterableValue(element, length(sources[0]) if len(sources) == 1 else None)


@builtin("filter")
def _filter(interp: Interpreter, given: "Given") -> Value:
    return IterableValue(iterate(interp, given.positional[1])) if len(given.positional) == 2 else UNKNOWN


@builtin("reversed")
def _reversed(interp: Interpreter, given: "Given") -> Value:
    items = items_of(interp, _first(given))
    return TupleValue(items[::-1]) if items is not None else IterableValue(iterate(interp, _first(given)))


@builtin("iter")
def _iter(interp: Interpreter, given: "Given") -> Value:
    return IterableValue(iterate(interp, _first(given)))


@builtin("next")
def _next(interp: Interpreter, given: "Given") -> Value:
    return iterate(interp, _first(given))


@builtin("slice")
def _slice(_interp: Interpreter, given: "Given") -> Value:
    bounds = given.positional
    if len(bounds) == 1:
        return SliceValue(NONE, bounds[0], NONE)
    return SliceValue(bounds[0], bounds[1], bounds[2] if len(bounds) > 2 else NONE) if bounds else UNKNOWN


# ------------------------------------------------------------------------------------------------- numbers


def _fold_numbers(function: Callable[..., object], values: tuple[Value, ...]) -> Value | None:
    """``function`` of known numbers; None where one is not known or the function does not take them."""
    if not values or not all(isinstance(value, Constant) and isinstance(value.value, (int, float)) for value in values):
        return None
    try:
        result = function(*(value.value for value in values if isinstance(value, Constant)))
    except (ValueError, TypeError, ArithmeticError):
        return None
    if isinstance(result, int) and result.bit_length() > 256:
        return OfType("int")
    return Constant(result) if isinstance(result, (int, float)) else None


@builtin("abs")
def _abs(interp: Interpreter, given: "Given") -> Value:
    value = _first(given)
    if isinstance(value, Tensor):
        return interp.call(ApiSymbol("numpy.abs" if value.kind is Kind.ARRAY else "tensorflow.abs"), (value,), {})
    folded = _fold_numbers(abs, given.positional[:1])
    return folded or (value if isinstance(value, OfType) and value.type_name in ("int", "float") else UNKNOWN)


@builtin("round")
def _round(_interp: Interpreter, given: "Given") -> Value:
    folded = _fold_numbers(round, given.positional)
    return folded or (OfType("int") if len(given.positional) == 1 else UNKNOWN)


@builtin("pow")
def _pow(_interp: Interpreter, given: "Given") -> Value:
    return arithmetic.binary("**", *given.positional) if len(given.positional) == 2 else UNKNOWN


@builtin("divmod")
def _divmod(_interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) != 2:
        return UNKNOWN
    return TupleValue(tuple(arithmetic.binary(symbol, *given.positional) for symbol in ("//", "%")))


@builtin("sum")
def _sum(interp: Interpreter, given: "Given") -> Value:
    items = items_of(interp, _first(given))
    if items is None or len(items) > 64:
        return UNKNOWN
    total: Value = given.positional[1] if len(given.positional) > 1 else Constant(0)
    for item in items:
        total = operate(interp, given.node, "+", total, item, ())
    return total


def _extremum(name: str, compute: Callable[[Dim, Dim], Dim]) -> None:
    def model(interp: Interpreter, given: "Given") -> Value:
        values = given.positional if len(given.positional) > 1 else items_of(interp, _first(given))
        if not values or "key" in given.keywords:
            return UNKNOWN
        folded = _fold_numbers(min if name == "min" else max, values)
        if folded is not None:
            return folded
        if all(python_type(value) == "int" for value in values):
            result = dim_of(values[0])
            for value in values[1:]:
                result = compute(result, dim_of(value))
            return from_dim(result)
        return join_all(values)

    builtin(name)(model)


_extremum("min", dims.minimum)
_extremum("max", dims.maximum)


def _math(name: str, result_type: str) -> None:
    function = getattr(math, name)

    def model(_interp: Interpreter, given: "Given") -> Value:
        return _fold_numbers(function, given.positional) or OfType(result_type)

    builtin(f"math.{name}")(model)


for _name in ("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "pow", "fabs", "atan", "atan2", "tanh", "radians"):
    _math(_name, "float")
for _name in ("ceil", "floor", "trunc", "gcd"):
    _math(_name, "int")


@builtin("math.prod")
def _prod(interp: Interpreter, given: "Given") -> Value:
    items = items_of(interp, _first(given))
    if items is None or not all(python_type(item) == "int" for item in items):
        return UNKNOWN
    return from_dim(dims.product(tuple(dim_of(item) for item in items)))


# ------------------------------------------------------------------------------------------------- objects

_NUMERIC_TOWER = {"bool": {"bool", "int"}}


def is_instance(value: Value, cls: Value) -> Ternary:
    """``isinstance(value, cls)``; None where it is not known."""
    if isinstance(cls, TupleValue):
        verdicts = [is_instance(value, item) for item in cls.items]
        return True if True in verdicts else None if None in verdicts else False
    if isinstance(value, Instance):
        if isinstance(cls, UserClass):
            return True if cls in value.cls.linearization() else False if value.cls.is_closed() else None
        return None if not isinstance(cls, BuiltinFunction) else cls.name == "object" or None
    name = {ListValue: "list", DictValue: "dict", SetValue: "set"}.get(type(value)) or python_type(value)
    if isinstance(cls, BuiltinFunction):
        if isinstance(value, Tensor) and value.kind not in (Kind.UNKNOWN, Kind.PYTHON) and value.shape != ():
            return cls.name == "object"
        return None if name is None else cls.name == "object" or cls.name in _NUMERIC_TOWER.get(name, {name})
    if isinstance(cls, UserClass):
        return False if name is not None else None
    if isinstance(cls, ApiSymbol) and isinstance(value, Tensor):
        return _is_tensor_instance(value, cls.path)
    return False if isinstance(cls, ApiSymbol) and name is not None and cls.path.startswith(("tensorflow.", "numpy.")) else None


def _is_tensor_instance(value: Tensor, path: str) -> Ternary:
    wanted = {"tensorflow.Tensor": Kind.TENSOR, "tensorflow.Variable": Kind.VARIABLE, "numpy.ndarray": Kind.ARRAY}.get(path)
    if wanted is None or value.kind in (Kind.UNKNOWN, Kind.KERAS) or value.shape == ():
        return None
    return value.kind is wanted


@builtin("isinstance")
def _isinstance(_interp: Interpreter, given: "Given") -> Value:
    known = is_instance(*given.positional) if len(given.positional) == 2 else None
    return OfType("bool") if known is None else Constant(known)


@builtin("callable")
def _callable(_interp: Interpreter, _given: "Given") -> Value:
    return OfType("bool")


@builtin("type")
def _type(_interp: Interpreter, given: "Given") -> Value:
    value = _first(given)
    if isinstance(value, Instance) and len(given.positional) == 1:
        return value.cls
    name = python_type(value)
    return UNKNOWN if name is None or name == "NoneType" else BuiltinFunction(name)


@builtin("getattr")
def _getattr(interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) < 2:
        return UNKNOWN
    receiver, name = given.positional[:2]
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return UNKNOWN
    found = interp.get_attribute(receiver, name.value, ast.Name(id="<getattr>", lineno=1, col_offset=0))
    return found if found is not UNKNOWN or len(given.positional) == 2 else UNKNOWN


@builtin("setattr")
def _setattr(interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) == 3:
        receiver, name, value = given.positional
        if isinstance(receiver, Instance) and isinstance(name, Constant):
            interp.heap.write(receiver, str(name.value), value)
    return NONE


@builtin("hasattr")
def _hasattr(_interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) == 2 and isinstance(given.positional[0], Instance) and isinstance(given.positional[1], Constant):
        receiver, name = given.positional[0], str(given.positional[1].value)
        if name in receiver.slots or receiver.cls.lookup(name) is not None:
            return Constant(True)
        if receiver.cls.is_closed() and not receiver.partial:
            return Constant(False)
    return OfType("bool")


@builtin("any", "all")
def _any(_interp: Interpreter, _given: "Given") -> Value:
    return OfType("bool")


@builtin("print", "time.sleep", "random.seed", "gc.collect")
def _none(_interp: Interpreter, _given: "Given") -> Value:
    return NONE


@builtin("input", "raw_input", "format", "chr", "hex", "bin", "os.getcwd", "os.path.join", "os.path.dirname", "os.path.basename")
def _some_text(_interp: Interpreter, _given: "Given") -> Value:
    return OfType("str")


@builtin("random.randint", "random.randrange", "ord", "hash", "id", "os.cpu_count")
def _some_int(_interp: Interpreter, _given: "Given") -> Value:
    return OfType("int")


@builtin("random.random", "random.uniform", "random.gauss", "time.time", "time.perf_counter")
def _some_float(_interp: Interpreter, _given: "Given") -> Value:
    return OfType("float")


@builtin("random.shuffle")
def _shuffle(interp: Interpreter, given: "Given") -> Value:
    return containers.shuffle(interp, _first(given))


@builtin("random.choice")
def _choice(interp: Interpreter, given: "Given") -> Value:
    return iterate(interp, _first(given))


@builtin("copy.copy", "copy.deepcopy")
def _copied(_interp: Interpreter, given: "Given") -> Value:
    value = _first(given)
    return UNKNOWN if isinstance(value, (ListValue, DictValue, Instance, ApiObject)) else value


@builtin("functools.partial")
def _partial(_interp: Interpreter, given: "Given") -> Value:
    return PartialValue(_first(given), given.positional[1:], tuple(given.keywords.items()))


@builtin("functools.reduce", "reduce")
def _reduce(interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) < 2:
        return UNKNOWN
    items = items_of(interp, given.positional[1])
    if items is None or len(items) > 64 or not (items or len(given.positional) > 2):
        return UNKNOWN
    rest = list(items)
    total = given.positional[2] if len(given.positional) > 2 else rest.pop(0)
    for item in rest:
        total = interp.call(given.positional[0], (total, item), {})
    return total


@builtin("collections.namedtuple", "typing.NamedTuple")
def _namedtuple(interp: Interpreter, given: "Given") -> Value:
    """A class whose instances are tuples with names: a partial of the constructor below."""
    if len(given.positional) < 2:
        return UNKNOWN
    fields = given.positional[1]
    if isinstance(fields, Constant) and isinstance(fields.value, str):
        names = tuple(fields.value.replace(",", " ").split())
    else:
        items = items_of(interp, fields) or ()
        names = tuple(str(item.value) for item in items if isinstance(item, Constant))
    if not names:
        return UNKNOWN
    kept = TupleValue(tuple(Constant(name) for name in names))
    return PartialValue(BuiltinFunction("(named tuple)"), (given.positional[0], kept), ())


@builtin("(named tuple)")
def _make_namedtuple(_interp: Interpreter, given: "Given") -> Value:
    name, fields, *values = given.positional
    assert isinstance(fields, TupleValue)
    names = tuple(str(field.value) for field in fields.items if isinstance(field, Constant))
    found = dict(zip(names, values))
    found.update((key, value) for key, value in given.keywords.items() if key in names)
    items = tuple(found.get(field, UNKNOWN) for field in names)
    return TupleValue(items, names, str(name.value) if isinstance(name, Constant) else "tuple")
