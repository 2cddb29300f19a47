"""Which public functions are pure: TensorFlow's own source tells that they do nothing but put stateless ops together.

A function is pure where everything that its source names, directly and through the functions of TensorFlow's ops that
it calls, is one of these: a generated op that keeps no state and touches no file, another such function, or a part of
the framework that holds no state of its own.  What a function does with the methods of its arguments is not seen;
callables and objects are therefore never handed to one.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import textwrap
import threading
import types
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .names import Names
from .objects import has_identity, undecorated

OPS = "tensorflow.python.ops."
FILES = "gen_io_ops"
KERAS_OPS = ("keras.src.ops.", "keras.src.activations.", "keras.src.losses.")  # functions of tensors, all of them
STATELESS_MODULES = frozenset({
    *(f"tensorflow.python.framework.{name}" for name in (
        "common_shapes", "composite_tensor", "constant_op", "dtypes", "errors", "errors_impl", "flexible_dtypes",
        "indexed_slices", "ops", "smart_cond", "sparse_tensor", "tensor", "tensor_conversion",
        "tensor_conversion_registry", "tensor_shape", "tensor_spec", "tensor_util", "type_spec",
    )),
    *(f"tensorflow.python.util.{name}" for name in (
        "_pywrap_utils", "compat", "deprecation", "dispatch", "nest", "nest_util", "tf_decorator", "tf_inspect",
        "variable_utils",
    )),
    "tensorflow.core.config.flags",
    "tensorflow.python.platform.tf_logging",
})  # fmt: skip
OTHER_PACKAGES = frozenset({
    "builtins", "collections", "enum", "functools", "itertools", "math", "numbers", "numpy", "operator", "typing",
})  # fmt: skip
IMPURE_NAMES = frozenset({
    "__import__", "breakpoint", "compile", "eval", "exec", "input", "open", "print",
    "add_to_collection", "add_to_collections", "get_collection", "get_collection_ref", "get_default_session",
    "init_scope",
})  # fmt: skip
HARMLESS_NAMES = frozenset({"call_with_layout", "executing_eagerly", "forward_compatible", "is_op_determinism_enabled"})
"""What is asked everywhere of modules that are otherwise all state; it decides on no dtype and no shape."""
WITHOUT_RESULT = frozenset({"Assert", "NoOp"})  # harmless all the same; others that return nothing do something


def pure_functions(names: Names) -> dict[str, str]:
    """Namespace -> the pure functions of TensorFlow and Keras in it, by canonical name."""
    found: dict[str, list[str]] = defaultdict(list)
    for canonical, value in names.objects.items():
        if canonical.startswith("numpy.") or isinstance(value, type) or not has_identity(value):
            continue
        function = undecorated(value)
        if not isinstance(function, types.FunctionType):
            continue
        if canonical.startswith("keras."):
            pure = function.__module__.startswith(KERAS_OPS)
        else:
            pure = _is_pure(function)
        if pure:
            namespace, _, name = canonical.rpartition(".")
            found[namespace].append(name)
    return {namespace: " ".join(sorted(members)) for namespace, members in found.items()}


def _is_pure(function: types.FunctionType) -> bool:
    """Whether ops are all that can be reached, and all of them keep no state."""
    if _judge(function) == "op":
        return True
    if "executing_eagerly" in function.__code__.co_names:
        return False  # it does something else there, while the oracle only looks at graphs
    seen: set[int] = set()
    pending = [function]
    reaches_op = False
    while pending:
        current = pending.pop()
        if id(current.__code__) in seen:
            continue
        seen.add(id(current.__code__))
        references = _references(current)
        if references is None:
            return False
        for value in references:
            kind = _judge(value)
            if kind == "impure":
                return False
            reaches_op |= kind == "op"
            if kind == "function":
                pending.append(undecorated(value))
    return reaches_op


def _judge(value: Any) -> str:
    """``op``, ``function`` (to be looked into), ``harmless`` or ``impure``."""
    if isinstance(value, threading.local):
        return "impure"
    if isinstance(value, types.ModuleType) or not callable(value):
        return "harmless"
    plain = undecorated(value)
    module = getattr(plain, "__module__", None) or "builtins"
    name = getattr(plain, "__name__", "")
    if name in IMPURE_NAMES:
        return "impure"
    if module.startswith(OPS + "gen_"):
        return "op" if _is_stateless(module, name) else "impure"
    if name in HARMLESS_NAMES or module in STATELESS_MODULES or module.partition(".")[0] in OTHER_PACKAGES:
        return "harmless"
    if isinstance(plain, type):
        return "impure" if _keeps_state(plain) else "harmless"
    return "function" if module.startswith(OPS) and isinstance(plain, types.FunctionType) else "impure"


def _keeps_state(cls: type) -> bool:
    """Whether its objects are saved with a model, as variables, tables and modules are."""
    return not cls.__module__.startswith("tensorflow.python") or any(
        base.__name__ in ("Trackable", "VariableV1", "Dataset") for base in cls.__mro__
    )


@functools.cache
def _is_stateless(module: str, name: str) -> bool:
    """Whether a generated function makes an op that keeps no state and touches no file."""
    from tensorflow.python.framework import op_def_registry

    op = _op_names().get(name) or _op_names().get(name.lstrip("_"))
    definition = op_def_registry.get(op) if op is not None else None
    if definition is None or module.endswith(FILES) or definition.name.startswith("Placeholder"):
        return False  # a placeholder is what is fed to it
    if op in WITHOUT_RESULT:
        return True
    changes_an_input = any(argument.is_ref for argument in definition.input_arg)
    return len(definition.output_arg) > 0 and not definition.is_stateful and not changes_an_input


@functools.cache
def _op_names() -> Mapping[str, str]:
    """The name of a generated function -> that of its op."""
    import tensorflow as tf

    return {undecorated(getattr(tf.raw_ops, op)).__name__: op for op in dir(tf.raw_ops) if not op.startswith("_")}


def _references(function: types.FunctionType) -> list[Any] | None:
    """The objects that the source of ``function`` names; None where it is not all to be seen, or is said to change."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return None
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return None
    if any(isinstance(node, (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)) for node in ast.walk(tree)):
        return None
    closure = inspect.getclosurevars(function).nonlocals
    local = {*function.__code__.co_varnames, *function.__code__.co_cellvars} - closure.keys()
    changing = _rebound_globals(function.__code__.co_filename)
    found = []
    for path, called in _dotted(definition):
        if path[0] in local:
            continue
        if path[0] in changing:
            return None
        value = closure.get(path[0], function.__globals__.get(path[0], getattr(builtins, path[0], None)))
        for name in path[1:]:
            if not isinstance(value, types.ModuleType):
                break
            value = getattr(value, name, None)
        if called or not isinstance(value, type):  # isinstance(x, Variable) makes no variable
            found.append(value)
    return found


@functools.cache
def _rebound_globals(file: str) -> frozenset[str]:
    """The global variables of a module that its functions assign: its state."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    return frozenset(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)


def _dotted(definition: ast.FunctionDef) -> Iterator[tuple[tuple[str, ...], bool]]:
    """``a.b.c`` wherever it stands in the body and the defaults, and whether it is called there.

    Decorators and annotations are left out.
    """
    pending: list[tuple[ast.AST, bool]] = [(node, False) for node in (*definition.body, *definition.args.defaults)]
    while pending:
        node, called = pending.pop()
        names: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            if isinstance(inner.ctx, ast.Load):
                yield (inner.id, *reversed(names)), called
            continue
        function = node.func if isinstance(node, ast.Call) else None
        pending.extend((child, child is function) for child in ast.iter_child_nodes(node))
