"""Imports: libraries by their public names, modules of the standard library by theirs, the rest unknown."""

from __future__ import annotations

import ast
import string
import sys
from functools import lru_cache

from tflint_gemm import api, project_files
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import ApiSymbol, Constant, DTypeValue, OfType, Value
from tflint_gemm.interpreter import project
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.portability import portable
from tflint_gemm.interpreter.program import ImportedName, ProjectModule
from tflint_gemm.interpreter.project import LIBRARIES

_RESIZE_METHODS = {
    "BILINEAR": "bilinear", "NEAREST_NEIGHBOR": "nearest", "BICUBIC": "bicubic", "AREA": "area",
    "LANCZOS3": "lanczos3", "LANCZOS5": "lanczos5", "GAUSSIAN": "gaussian", "MITCHELLCUBIC": "mitchellcubic",
}  # fmt: skip
_CONSTANTS = {
    "numpy.newaxis": Constant(None), "tensorflow.newaxis": Constant(None), "numpy.pi": Constant(3.141592653589793),
    "numpy.e": Constant(2.718281828459045), "numpy.inf": Constant(float("inf")), "math.pi": Constant(3.141592653589793),
    **{f"string.{name}": Constant(text) for name, text in vars(string).items() if isinstance(text, str)},
    "numpy.nan": OfType("float"), "math.nan": OfType("float"),  # nan is not equal to itself, values must be
    **{f"tensorflow.image.ResizeMethod.{name}": Constant(text) for name, text in _RESIZE_METHODS.items()},
    "math.e": Constant(2.718281828459045), "math.tau": Constant(6.283185307179586), "math.inf": Constant(float("inf")),
}  # fmt: skip


@lru_cache(maxsize=8192)
def canonical_name(symbol: ApiSymbol) -> str | None:
    """The canonical name of a public API; TensorFlow 1's where TensorFlow 2 has no such name."""
    return api.resolve(symbol.path, symbol.v1) or (None if symbol.v1 else api.resolve(symbol.path, True))


@lru_cache(maxsize=8192)
def member(symbol: ApiSymbol, name: str) -> Value:
    """The attribute ``name`` of a library module, class or function."""
    path = f"{symbol.path}.{name}"
    if path in ("tensorflow.compat.v1", "tensorflow.compat.v2"):
        return ApiSymbol("tensorflow", name == "v1")
    own = portable(path)
    if own is not None:
        return own
    if path in _CONSTANTS and not (symbol.v1 and ".ResizeMethod" in path):  # TensorFlow 1's are numbers
        return _CONSTANTS[path]
    found = ApiSymbol(path, symbol.v1)
    if path.split(".", 1)[0] in LIBRARIES:
        canonical = canonical_name(found)
        entry = None if canonical is None else api.entry(canonical)
        if entry is not None and entry.kind == "dtype" and canonical is not None:
            library = "numpy" if path.startswith("numpy.") else "tensorflow"
            return DTypeValue(dtypes.parse_dtype(str(entry.value)), library)
        if entry is not None and entry.kind == "constant" and isinstance(entry.value, (int, float, str, bool)):
            return Constant(entry.value)
    return found


def library_symbol(module: str, tensorflow_1: bool = False) -> Value:
    """What importing ``module`` (a dotted name) gives; TensorFlow's is that of TensorFlow 1 in a program of that."""
    root = module.split(".", 1)[0]
    symbol: Value = ApiSymbol(root, tensorflow_1 and root == "tensorflow")
    for name in module.split(".")[1:]:
        symbol = member(symbol, name) if isinstance(symbol, ApiSymbol) else symbol
    return symbol


def run_import(interp: Interpreter, node: ast.Import) -> None:
    """``import a.b`` binds ``a``; ``import a.b as c`` binds the submodule."""
    for alias in node.names:
        name = alias.asname or alias.name.split(".", 1)[0]
        target = alias.name if alias.asname else name
        root = target.split(".", 1)[0]
        file = None
        if root not in LIBRARIES and root not in sys.stdlib_module_names:
            file = project_files.find_module(interp.source.path, target, 0)
        value = library_symbol(target, interp.tensorflow_1) if file is None else ProjectModule(file)
        interp.assign_name(name, value)
        _remember(interp, name, value)


def _remember(interp: Interpreter, name: str, value: Value) -> None:
    if interp.at_home and isinstance(value, ApiSymbol) and value.path in LIBRARIES:
        interp.analysis.tensorflow_names.setdefault(value.path, name)


def run_import_from(interp: Interpreter, node: ast.ImportFrom) -> None:
    """``from module import names``; a star brings every public name that the API table knows."""
    if node.module == "__future__":
        return
    name = node.module or ""
    top = name.split(".", 1)[0]
    if node.level or (top not in LIBRARIES and top not in sys.stdlib_module_names):
        _import_from_project(interp, node)
        return
    module = library_symbol(name, interp.tensorflow_1)
    for alias in node.names:
        if alias.name == "*":
            _import_star(interp, name, module)
            continue
        value = member(module, alias.name) if isinstance(module, ApiSymbol) else module
        interp.assign_name(alias.asname or alias.name, value)
        _remember(interp, alias.asname or alias.name, value)


def _import_from_project(interp: Interpreter, node: ast.ImportFrom) -> None:
    """Names of another module of the project are looked up when they are read; what is none is a library's."""
    name = "." * node.level + (node.module or "")
    file = project_files.find_module(interp.source.path, node.module or "", node.level)
    for alias in node.names:
        if alias.name != "*":
            path = f"{name}.{alias.name}"
            value = (portable(path) or ApiSymbol(path)) if file is None else ImportedName(file, alias.name)
            interp.assign_name(alias.asname or alias.name, value)
        elif file is None:
            interp.analysis.unmodelled[f"from {name} import *"] += 1
        else:
            for public in project.public_names(file):
                interp.assign_name(public, ImportedName(file, public))


def _import_star(interp: Interpreter, path: str, module: Value) -> None:
    if not isinstance(module, ApiSymbol) or path.split(".", 1)[0] not in LIBRARIES:
        interp.analysis.unmodelled[f"from {path} import *"] += 1
        return
    for name in api.members(path):
        interp.assign_name(name, member(module, name))


def starred(path: str, name: str) -> Value | None:
    """What ``from path import *`` brings under ``name``; None where that is not a name of a library."""
    if path.split(".", 1)[0] not in LIBRARIES or name not in api.members(path):
        return None
    module = library_symbol(path)
    return member(module, name) if isinstance(module, ApiSymbol) else None
