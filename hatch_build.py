"""Build a wheel whose interpreter mypyc has compiled: ``HATCH_BUILD_HOOKS_ENABLE=1 pip wheel .``

Without that variable the wheel is pure Python, as it is when the repository is installed for development.  What is
compiled is the same source but for its dataclasses: mypyc leaves the constructors and comparisons that ``@dataclass``
makes to Python's interpreter, so they are written out first.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "tflint_gemm"
COMPILED = (
    "api.py", "kept.py", "project_files.py", "domain/*.py", "interpreter/*.py", "syntax/tree.py",
    "syntax/trees.py", "ops/composites.py", "ops/context.py", "ops/conversion.py", "ops/elements.py", "ops/indexing.py",
    "ops/numpy_common.py", "ops/numpy_elements.py", "ops/operators.py", "ops/registry.py", "ops/rules.py",
    "ops/structures.py", "ops/violations.py", "ops/windows.py",
)  # fmt: skip
"""What most of the time is spent in."""
_MODEL = re.compile(r"^@(op|attribute)\(", re.MULTILINE)
"""Modules with op models stay as they are: the signatures of models are read when they are called."""
_COMPILE = """
import sys
from mypyc.build import mypycify
from setuptools import setup
modules, sys.argv[1:] = sys.argv[1:], ["build_ext", "--inplace"]
setup(name="tflint-gemm", packages=[], ext_modules=mypycify(["--config-file", "mypy.toml", *modules], opt_level="3"))
"""


class CompiledWheel(BuildHookInterface[Any]):
    """Hatch's hook: adds the extension modules to the wheel."""

    PLUGIN_NAME = "custom"
    _folder: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        for path in compile_into(Path(self.root), folder):
            build_data["force_include"][str(path)] = str(path.relative_to(folder))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def compile_into(root: Path, folder: Path) -> list[Path]:
    """Compile the package of the repository ``root`` in ``folder``: the extension modules, as they lie in a wheel."""
    shutil.copytree(root / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    shutil.copy(root / "pyproject.toml", folder / "mypy.toml")
    modules = compiled_modules(folder)
    write_out_dataclasses(modules)
    names = [str(path.relative_to(folder)) for path in modules]
    environment = dict(os.environ)
    if sys.platform == "linux":  # calls within the library need not go through its table of symbols
        flags = ["-fvisibility=hidden", "-fno-semantic-interposition", environment.get("CFLAGS", "")]
        environment["CFLAGS"] = " ".join(flags)
    subprocess.run([sys.executable, "-c", _COMPILE, *names], cwd=folder, env=environment, check=True)
    shutil.rmtree(folder / "build")
    return sorted(folder.glob(f"**/*{sysconfig.get_config_var('EXT_SUFFIX')}"))


def compiled_modules(root: Path) -> list[Path]:
    """The modules that are compiled, of the package in ``root``."""
    found = {path for part in COMPILED for path in (root / PACKAGE).glob(part)}
    return sorted(path for path in found if not _MODEL.search(path.read_text("utf-8")))


# ----------------------------------------------------------------------------------------- dataclasses, written out


class Field(NamedTuple):
    """A field of a dataclass: expressions as they stand in its class."""

    name: str
    annotation: str
    default: str | None
    factory: str | None
    compared: bool
    hashed: bool


def write_out_dataclasses(paths: list[Path]) -> None:
    """Give the dataclasses in these files the methods that ``@dataclass`` would make when the class is created."""
    texts = {path: path.read_text("utf-8") for path in paths}
    fields: dict[str, list[Field]] = {}
    for text in texts.values():
        for node, _ in _dataclasses(ast.parse(text)):
            fields[node.name] = [_field(statement) for statement in _fields(node)]
    for path, text in texts.items():
        path.write_text(_written_out(text, fields), "utf-8")


def _written_out(text: str, fields: Mapping[str, list[Field]]) -> str:
    lines = text.splitlines(keepends=True)
    for node, decorator in sorted(_dataclasses(ast.parse(text)), key=lambda found: -found[0].lineno):
        own = {statement.name for statement in node.body if isinstance(statement, ast.FunctionDef)}
        inherited = [field for base in node.bases for field in fields.get(ast.unparse(base), ())]
        known = {field.name: field for field in [*inherited, *fields[node.name]]}
        methods = [text for name, text in _methods(node, decorator, list(known.values())) if name not in own]
        end = node.end_lineno or node.lineno
        indent = " " * (node.col_offset + 4)
        for statement in _fields(node):
            _widen(lines, statement.annotation)
        lines[end:end] = [f"{indent}{line}\n" for method in methods for line in ["", *method.splitlines()]]
        lines[decorator.lineno - 1] = f"{' ' * node.col_offset}@dataclass(init=False, eq=False)\n"
    return "".join(lines)


def _dataclasses(tree: ast.Module) -> Iterator[tuple[ast.ClassDef, ast.expr]]:
    """The dataclasses of a module, each with the decorator that makes it one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                if ast.unparse(decorator).split("(")[0] == "dataclass":
                    yield node, decorator


def _fields(node: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and not ast.unparse(statement.annotation).startswith("ClassVar"):
            yield statement


def _widen(lines: list[str], annotation: ast.expr) -> None:
    """Write ``object`` as a union, which means the same: a class with a field that is just ``object`` fails to load."""
    if isinstance(annotation, ast.Name) and annotation.id == "object":
        line = lines[annotation.lineno - 1]
        lines[annotation.lineno - 1] = f"{line[: annotation.end_col_offset]} | None{line[annotation.end_col_offset :]}"


def _field(statement: ast.AnnAssign) -> Field:
    name, annotation = ast.unparse(statement.target), ast.unparse(statement.annotation)
    value = statement.value
    if not (isinstance(value, ast.Call) and ast.unparse(value.func) == "field"):
        return Field(name, annotation, ast.unparse(value) if value is not None else None, None, True, True)
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in value.keywords}
    unknown = options.keys() - {"default", "default_factory", "compare", "hash", "repr"}
    if unknown:
        raise NotImplementedError(f"{name}: field({', '.join(map(str, unknown))}=...) is not written out")
    compared = options.get("compare") != "False"
    hashed = compared and options.get("hash") != "False"
    return Field(name, annotation, options.get("default"), options.get("default_factory"), compared, hashed)


def _methods(node: ast.ClassDef, decorator: ast.expr, fields: list[Field]) -> Iterator[tuple[str, str]]:
    """Name and text of each method that ``@dataclass`` would make (not ``__repr__``), and of one to be pickled by."""
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    options = {keyword.arg: ast.unparse(keyword.value) == "True" for keyword in keywords}
    parameters = "".join(f", {_parameter(field)}" for field in fields)
    assignments = [f"    self.{field.name} = {_initial(field)}" for field in fields]
    if any(isinstance(one, ast.FunctionDef) and one.name == "__post_init__" for one in node.body):
        assignments.append("    self.__post_init__()")
    yield "__init__", "\n".join([f"def __init__(self{parameters}) -> None:", *(assignments or ["    pass"])])
    state = "".join(f"self.{field.name}, " for field in fields)
    yield "__reduce__", f"def __reduce__(self) -> tuple[object, ...]:\n    return (type(self), ({state}))"
    if not options.get("eq", True):
        return
    compared = [field.name for field in fields if field.compared]
    same = " and ".join(f"(self.{name} is other.{name} or self.{name} == other.{name})" for name in compared)
    yield "__eq__", "\n".join([
        "def __eq__(self, other: object) -> bool:",
        "    if self is other:",
        "        return True",
        f"    if not isinstance(other, {node.name}) or type(other) is not type(self):",
        "        return NotImplemented",
        f"    return {same or 'True'}",
    ])  # fmt: skip
    if options.get("frozen"):
        values = "".join(f"self.{field.name}, " for field in fields if field.hashed)
        yield "__hash__", f"def __hash__(self) -> int:\n    return hash(({values}))"


def _parameter(field: Field) -> str:
    if field.factory is not None:
        return f"{field.name}: {field.annotation} | None = None"
    return f"{field.name}: {field.annotation}" + (f" = {field.default}" if field.default is not None else "")


def _initial(field: Field) -> str:
    """What the constructor assigns; None stands for what a factory makes, so a field that has one is never None."""
    if field.factory is None:
        return field.name
    return f"({field.factory})() if {field.name} is None else {field.name}"
