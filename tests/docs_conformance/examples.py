"""Finds the ``>>>`` examples in the docstrings of the installed TensorFlow and Keras."""

from __future__ import annotations

import ast
import builtins
import doctest
import hashlib
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PREAMBLE = "import os\nimport numpy as np\nimport tensorflow as tf\nimport keras\nfrom keras import layers, ops\n"
"""What the examples take for granted."""
_STANDARD = {"collections", "functools", "itertools", "math", "operator", "random", "tempfile"}


@dataclass(frozen=True)
class Block:
    """The examples of one docstring as one program, and the first line of each example in it."""

    api: str
    text: str
    starts: tuple[int, ...]

    @property
    def key(self) -> str:
        """What identifies the program."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:20]

    def example_at(self, line: int) -> int:
        """Which example, by number, the line stands in; -1 for the preamble."""
        return sum(start <= line for start in self.starts) - 1


def blocks() -> list[Block]:
    """Every docstring with examples, once for each text of examples, in the order of the names."""
    found: dict[str, Block] = {}
    for api, documentation in _docstrings():
        block = parse(api, documentation)
        if block is not None:
            found.setdefault(block.text, block)
    return list(found.values())


def parse(api: str, documentation: str) -> Block | None:
    """The examples of a docstring; None where it has none that Python can read."""
    try:
        examples = doctest.DocTestParser().get_examples(documentation)
    except ValueError:  # its prompts are not indented alike
        return None
    sources = [e.source for e in examples if not e.options.get(doctest.SKIP) and _is_python(e.source)]
    text, starts = PREAMBLE + _imports(api, ast.parse("".join(sources))), []
    for source in sources:
        starts.append(text.count("\n") + 1)
        text += source
    return Block(api, text, tuple(starts)) if starts else None


def _imports(api: str, program: ast.Module) -> str:
    """Doctests see the module they stand in: what of the names of ``api`` and of Python's modules is used unbound."""
    bound = set(dir(builtins))
    for node in ast.walk(program):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    used = sorted({node.id for node in ast.walk(program) if isinstance(node, ast.Name)} - bound)
    parts = api.split(".") if api.startswith("keras.") else ["tensorflow", *api.split(".")]
    text = "".join(f"import {name}\n" for name in used if name in _STANDARD)
    for index, part in enumerate(parts[1:], 1):
        is_class_or_function = index == len(parts) - 1 or part[0].isupper()
        if part in used and is_class_or_function and not any(p[0].isupper() for p in parts[:index]):
            text += f"from {'.'.join(parts[:index])} import {part}\n"
    return text


def _is_python(source: str) -> bool:
    try:
        return bool(ast.parse(source).body)
    except SyntaxError:
        return False


def _docstrings() -> Iterator[tuple[str, str]]:
    """Canonical name and docstring of every public function, class and method; TensorFlow 1's come last."""
    public = importlib.import_module("tools.generate_api.names").collect()
    objects = {name: value for name, value in public.objects.items() if not name.startswith("numpy.")}
    for name in sorted(objects, key=lambda name: (name.startswith("compat.v1."), name)):
        value = objects[name]
        if not callable(value):
            continue
        yield from _own_docstring(name, value)
        if isinstance(value, type):
            for member in sorted(dir(value)):
                if not member.startswith("_") or member == "__call__":
                    yield from _own_docstring(f"{name}.{member}", inspect.getattr_static(value, member))


def _own_docstring(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    documentation = getattr(value, "__doc__", None)
    if isinstance(documentation, str) and ">>>" in documentation:
        yield name, documentation
