"""What a test's decorators call it with: absl's ``parameterized``, ``pytest.mark.parametrize`` and the like."""

from __future__ import annotations

import ast
import itertools
import math
from typing import TypeVar

from tflint_gemm.domain.join import join_all
from tflint_gemm.domain.values import (
    UNKNOWN,
    Constant,
    DictValue,
    IterableValue,
    ListValue,
    TupleValue,
    Value,
    from_key,
)
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of
from tflint_gemm.interpreter.program import Case, UserFunction

POSITIONAL = {"absl.testing.parameterized.parameters", "parameterized.parameterized.expand"}
NAMED = {"absl.testing.parameterized.named_parameters"}
PRODUCT = {"absl.testing.parameterized.product"}
PYTEST = {"pytest.mark.parametrize"}
DECORATORS = POSITIONAL | NAMED | PRODUCT | PYTEST
OF_CLASS = ("setUpClass", "setup_class")
SET_UP = (*OF_CLASS, "setUp", "setup_method")
"""What a test runner calls before each test, in this order."""
MAX_CASES = 8
"""More are looked at together, as what holds for all of them."""
_MAX_PRODUCT = 200
_Item = TypeVar("_Item")


def cases_of(interp: Interpreter, name: str, decorator: ast.expr, function: UserFunction) -> tuple[Case, ...] | None:
    """The arguments of each run that the decorator ``name`` prescribes; None where that is not known."""
    if not isinstance(decorator, ast.Call) or any(isinstance(node, ast.Starred) for node in decorator.args):
        return None
    positional = [interp.eval(node) for node in decorator.args]
    if name in PYTEST:
        cases = _parametrized(positional)
    elif name in PRODUCT:
        cases = _product(interp, decorator) if not positional else None
    else:
        given = _unpacked(positional)
        cases = None if given is None else _all([_case(item, function, name in NAMED) for item in given])
    if not cases:
        return None
    merged = [{**outer, **inner} for outer, inner in itertools.product(function.cases or ({},), cases)]
    return tuple(merged) if len(merged) <= MAX_CASES else (_joined(merged),)


def _unpacked(positional: list[Value]) -> list[Value] | tuple[Value, ...] | None:
    """The cases that are given one by one, or as one list of them."""
    alone = positional[0] if len(positional) == 1 else None
    if isinstance(alone, ListValue) or (isinstance(alone, TupleValue) and alone.type_name != "tuple"):
        return items_of(alone)
    return None if alone is UNKNOWN or isinstance(alone, IterableValue) else positional


def _case(item: Value, function: UserFunction, named: bool) -> Case | None:
    if isinstance(item, DictValue):
        if DictValue.REST in item.slots:
            return None
        given = {str(text): value for text, value in ((_text(key), value) for key, value in item.slots.items()) if text}
        given.pop("testcase_name", None) if named else None
        return given if len(given) + named == len(item.slots) else None
    values: tuple[Value, ...] | None = items_of(item) if isinstance(item, (TupleValue, ListValue)) else (item,)
    if values is None:
        return None
    arguments = function.node.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    return dict(zip(names[function.owner is not None :], values[named:]))


def _parametrized(positional: list[Value]) -> list[Case] | None:
    """Names and one value, or one tuple of values, per run."""
    if len(positional) != 2:
        return None
    given = positional[0]
    written = _text(given)
    if written is not None:
        names = [name.strip() for name in written.split(",") if name.strip()]
    else:
        names = [str(item.value) for item in items_of(given) or () if isinstance(item, Constant)]
    runs = items_of(positional[1])
    if runs is None or not names:
        return None
    if len(names) == 1 and written is not None and "," not in written:
        return [{names[0]: run} for run in runs]
    rows = [items_of(run) if isinstance(run, (TupleValue, ListValue)) else None for run in runs]
    return [dict(zip(names, row)) if row is not None and len(row) == len(names) else {} for row in rows]


def _product(interp: Interpreter, decorator: ast.Call) -> list[Case] | None:
    names = [keyword.arg for keyword in decorator.keywords]
    columns = _all([items_of(interp.eval(keyword.value)) for keyword in decorator.keywords])
    if columns is None or None in names:
        return None
    if math.prod(map(len, columns)) > _MAX_PRODUCT:
        return [{str(name): join_all(column) for name, column in zip(names, columns)}]
    return [dict(zip(map(str, names), row)) for row in itertools.product(*columns)]


def _joined(cases: list[Case]) -> Case:
    """What holds in every run."""
    return {name: join_all([case.get(name, UNKNOWN) for case in cases]) for case in cases for name in case}


def _all(items: list[_Item | None]) -> list[_Item] | None:
    known = [item for item in items if item is not None]
    return known if len(known) == len(items) else None


def _text(key: object) -> str | None:
    """The string that a value or the key of a dict is."""
    value = from_key(key)
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None
