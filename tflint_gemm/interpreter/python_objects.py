"""Python's built-in functions over objects, and odds and ends of the standard library."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tflint_gemm.domain import counters
from tflint_gemm.domain.dims import Ternary
from tflint_gemm.domain.join import python_type
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    BoundMethod,
    BuiltinFunction,
    Constant,
    DictValue,
    Kind,
    ListValue,
    OfType,
    PartialValue,
    SetValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.interpreter import containers, side_effects, tracing
from tflint_gemm.interpreter.arithmetic import TENSOR_TYPE
from tflint_gemm.interpreter.assignment import forget_attributes, forget_variables, set_item
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of, iterate
from tflint_gemm.interpreter.program import Instance, Namespace, UserClass

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given


_ALSO = {"bool": {"bool", "int"}, "str": {"str", "basestring", "unicode"}, "int": {"int", "long"}}
"""What else the instances of a type are, Python 2's names included."""


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
        return None if name is None else cls.name == "object" or cls.name in _ALSO.get(name, {name})
    if isinstance(cls, UserClass):
        return False if name is not None else None
    if isinstance(cls, ApiSymbol) and isinstance(value, Tensor):
        return _is_tensor_instance(value, cls.path)
    return (
        False
        if isinstance(cls, ApiSymbol) and name is not None and cls.path.startswith(("tensorflow.", "numpy."))
        else None
    )


def _is_tensor_instance(value: Tensor, path: str) -> Ternary:
    wanted = {"tensorflow.Tensor": Kind.TENSOR, "tensorflow.Variable": Kind.VARIABLE, "numpy.ndarray": Kind.ARRAY}.get(
        path
    )
    if wanted is None or value.kind in (Kind.UNKNOWN, Kind.KERAS):
        return None
    if wanted is value.kind is Kind.ARRAY and value.shape == ():
        return None  # NumPy's numbers are no arrays
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
    value = first(given)
    if isinstance(value, Instance) and len(given.positional) == 1:
        return value.cls
    if isinstance(value, TupleValue) and value.fields:
        return UNKNOWN
    if isinstance(value, Tensor):  # numbers that NumPy computed may be Python's for all that is known
        foreign = value.kind in (Kind.TENSOR, Kind.KERAS, Kind.VARIABLE) or (
            value.kind is Kind.ARRAY and bool(value.shape)
        )
        return BuiltinFunction(TENSOR_TYPE) if foreign else UNKNOWN
    name = "list" if isinstance(value, ListValue) else python_type(value)
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


@builtin("vars")
def _vars(interp: Interpreter, given: "Given") -> Value:
    if not given.positional:
        return _variables(interp, given)
    if isinstance(given.positional[0], Instance):
        forget_attributes(interp, given.positional[0])
    return UNKNOWN


@builtin("globals")
def _globals(interp: Interpreter, _given: "Given") -> Value:
    return Namespace(interp.scope.module())


@builtin("locals")
def _variables(interp: Interpreter, _given: "Given") -> Value:
    """What is written to the dictionary of a function's variables does not reach them."""
    return Namespace(interp.scope) if interp.scope.kind == "module" else UNKNOWN


@builtin("exec", "execfile", incomplete=True)
def _exec(interp: Interpreter, given: "Given") -> Value:
    if interp.scope.kind == "module" or any(isinstance(value, Namespace) for value in given.positional):
        forget_variables(interp, interp.scope.module())
    return NONE


@builtin("hasattr")
def _hasattr(_interp: Interpreter, given: "Given") -> Value:
    if (
        len(given.positional) == 2
        and isinstance(given.positional[0], Instance)
        and isinstance(given.positional[1], Constant)
    ):
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


@builtin(
    "input",
    "raw_input",
    "format",
    "chr",
    "hex",
    "bin",
    "os.getcwd",
    "os.path.join",
    "os.path.dirname",
    "os.path.basename",
)
def _some_text(_interp: Interpreter, _given: "Given") -> Value:
    return OfType("str")


@builtin("random.randint")
def _random_int(_interp: Interpreter, given: "Given") -> Value:
    bounds = [dim_of(bound) for bound in given.positional]
    low, high = bounds if len(bounds) == 2 and given.complete else (None, None)
    return counters.between(low, high) if isinstance(low, int) and isinstance(high, int) else OfType("int")


@builtin("random.randrange")
def _random_step(_interp: Interpreter, given: "Given") -> Value:
    bounds = [bound for bound in map(dim_of, given.positional) if isinstance(bound, int)]
    known = given.complete and 0 < len(bounds) == len(given.positional) <= 3 and 0 not in bounds[2:]
    return counters.of_range(range(*bounds)) if known else OfType("int")


@builtin("ord", "hash", "id", "os.cpu_count")
def _some_int(_interp: Interpreter, _given: "Given") -> Value:
    return OfType("int")


@builtin("random.random", "random.uniform", "random.gauss", "time.time", "time.perf_counter")
def _some_float(_interp: Interpreter, _given: "Given") -> Value:
    return OfType("float")


@builtin("random.shuffle")
def _shuffle(interp: Interpreter, given: "Given") -> Value:
    return containers.shuffle(interp, first(given))


@builtin(
    "heapq.heapify", "heapq.heappush", "heapq.heappop", "bisect.insort", "bisect.insort_left", "bisect.insort_right"
)
def _reorder(interp: Interpreter, given: "Given") -> Value:
    side_effects.forget_contents(interp.heap, first(given))
    return UNKNOWN


@builtin("random.choice")
def _choice(interp: Interpreter, given: "Given") -> Value:
    return iterate(interp, first(given))


@builtin("copy.copy")
def _copy(interp: Interpreter, given: "Given") -> Value:
    """Another container of the same items."""
    value = first(given)
    if isinstance(value, (ListValue, DictValue)):
        return containers.call_method(interp, value, "copy", (), {})
    if not isinstance(value, Instance) or value.cls.lookup("__copy__") is not None:
        return _deep_copy(interp, given)
    copied = Instance(value.cls, value.partial)
    copied.slots.update(value.slots)
    return copied


@builtin("copy.deepcopy")
def _deep_copy(_interp: Interpreter, given: "Given") -> Value:
    value = first(given)
    return UNKNOWN if isinstance(value, (ListValue, DictValue, Instance, ApiObject)) else value


@builtin("types.MethodType")
def _bound_method(_interp: Interpreter, given: "Given") -> Value:
    return BoundMethod(*given.positional) if len(given.positional) == 2 else UNKNOWN


@builtin("operator.setitem", "(set item)")
def _setitem(interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) == 3:
        set_item(interp, *given.positional)
    return NONE


@builtin("functools.partial")
def _partial(_interp: Interpreter, given: "Given") -> Value:
    return PartialValue(first(given), given.positional[1:], tuple(given.keywords.items()))


builtin("tensorflow.function")(tracing.function)
builtin("tensorflow.custom_gradient", "tensorflow.recompute_grad")(tracing.wrap)


@builtin("functools.reduce", "reduce")
def _reduce(interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) < 2:
        return UNKNOWN
    items = items_of(given.positional[1])
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
        items = items_of(fields) or ()
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
