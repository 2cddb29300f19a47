"""The table of kernels: what each raw op takes and makes, and for which dtypes each device has a kernel."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from pathlib import Path
from typing import Any

from .names import Names, versions
from .objects import has_identity, undecorated
from .purity import pure_functions


def kernel_table(names: Names) -> dict[str, Any]:
    """The content of `kernels.json`."""
    import tensorflow as tf
    from tensorflow.python.framework import kernels, op_def_registry

    ops: dict[str, Any] = {}
    devices: set[str] = set()
    registered: dict[str, list[Any]] = defaultdict(list)
    for kernel in kernels.get_all_registered_kernels().kernel:
        # A wheel without CUDA registers a handful of GPU kernels, which would make all others look missing.
        if "GPU" in kernel.device_type and not tf.test.is_built_with_cuda():
            continue
        if kernel.device_type.endswith("_JIT"):  # registered when the process runs its first op, not by the wheel
            continue
        registered[kernel.op].append(kernel)
    for canonical in sorted(names.objects):
        if not canonical.startswith("raw_ops."):
            continue
        name = canonical.removeprefix("raw_ops.")
        definition = op_def_registry.get(name)
        if definition is None:
            continue
        found = kernels_by_device(registered[name])
        devices.update(found)
        record = {
            "attrs": {
                attr.name: dtype_names(attr.allowed_values.list.type)
                for attr in definition.attr
                if attr.type in {"type", "list(type)"}
            },
            "inputs": " ".join(write_argument(argument) for argument in definition.input_arg),
            "kernels": found,
            "outputs": " ".join(write_argument(argument) for argument in definition.output_arg),
        }
        ops[name] = {key: value for key, value in record.items() if value or key == "kernels"}
    return {
        "devices": sorted(devices),
        "functions": raw_ops_behind(names),
        "ops": ops,
        "pure": pure_functions(names),
        "versions": versions(),
    }


def write_argument(argument: Any) -> str:
    """`name:T`, `name:N*T`, `name:Tlist` or `name:float32`; a reference has `&` before its type."""
    kind = argument.type_list_attr or argument.type_attr or dtype_names([argument.type])
    count = f"{argument.number_attr}*" if argument.number_attr else ""
    return f"{argument.name}:{count}{'&' if argument.is_ref else ''}{kind}"


def dtype_names(values: Any) -> str:
    """The names of dtype enumerators, sorted."""
    from tensorflow.python.framework import dtypes

    return " ".join(sorted({dtypes.as_dtype(value).base_dtype.name for value in values}))


def kernels_by_device(registered: list[Any]) -> dict[str, dict[str, str]]:
    """Device -> attribute -> dtypes for which some kernel is registered; `*` where a kernel takes any."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    seen: dict[str, int] = defaultdict(int)
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for kernel in registered:
        seen[kernel.device_type] += 1
        for constraint in kernel.constraint:
            if constraint.allowed_values.list.type:
                counted[kernel.device_type, constraint.name] += 1
                dtypes = dtype_names(constraint.allowed_values.list.type).split()
                found[kernel.device_type][constraint.name].update(dtypes)
    result: dict[str, dict[str, str]] = {}
    for device in sorted(seen):
        result[device] = {
            attr: " ".join(sorted(dtypes)) if counted[device, attr] == seen[device] else "*"
            for attr, dtypes in sorted(found[device].items())
        }
    return result


def raw_ops_behind(names: Names) -> dict[str, str]:
    """Public function -> the raw op it calls, where its source calls exactly one."""
    import tensorflow as tf

    op_of = {}
    for name in dir(tf.raw_ops):
        if not name.startswith("_"):
            function = undecorated(getattr(tf.raw_ops, name))
            op_of[getattr(function, "__name__", "")] = name
    found = {}
    for canonical, value in sorted(names.objects.items()):
        if isinstance(value, type) or not has_identity(value) or canonical.startswith(("raw_ops.", "keras.", "numpy.")):
            continue
        function = undecorated(value)
        if getattr(function, "__module__", "").rpartition(".")[2].startswith("gen_"):
            called = frozenset({function.__name__})
        else:
            called = generated_calls(function)
        ops = {op_of.get(name, op_of.get(name.lstrip("_"))) for name in called}
        op = next(iter(ops)) if len(ops) == 1 else None
        if op:
            found[canonical] = op
    return found


@functools.cache
def calls_in(file: str) -> dict[int, frozenset[str]]:
    """First line of each function of `file` -> the generated op functions that it calls."""
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return {}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[first] = frozenset(
                call.func.attr
                for call in ast.walk(node)
                if isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id.startswith("gen_")
            )
    return found


def generated_calls(function: Any) -> frozenset[str]:
    """The generated op functions that `function` calls."""
    code = getattr(function, "__code__", None)
    return calls_in(code.co_filename).get(code.co_firstlineno, frozenset()) if code else frozenset()
