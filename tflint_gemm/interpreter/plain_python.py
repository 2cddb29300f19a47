"""Constants from other modules of the project, by astroid's inference.

``from config import BATCH`` and ``config.BATCH`` are looked up only when their value is read, and a module is parsed
once.  Nothing is imported: astroid reads source, and is kept from loading extension modules.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from tflint_gemm.domain.values import UNKNOWN, ApiSymbol, Constant, DictValue, ListValue, TupleValue, Value
from tflint_gemm.interpreter.program import PlainModule, PlainName

if TYPE_CHECKING:
    from astroid import nodes

MAX_BYTES = 400_000  # a module of constants is small; generated data is not worth its parsing
_MAX_ITEMS = 256


def find_module(importer: str, module: str, level: int) -> str | None:
    """The file of a module as imported from the file ``importer``; None if it is not a module of the project.

    A relative import starts at the importer's package; an absolute one is looked for beside the importer and at the
    root of its package.
    """
    folder = os.path.dirname(os.path.abspath(importer))
    if level:
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        roots = [folder]
    else:
        roots = [folder, _package_root(folder)]
    for root in dict.fromkeys(roots):
        path = os.path.join(root, *module.split(".")) if module else root
        for candidate in (f"{path}.py", os.path.join(path, "__init__.py")):
            if os.path.isfile(candidate):
                return candidate
    return None


@lru_cache(maxsize=1024)
def _package_root(folder: str) -> str:
    """The folder that holds the outermost package around ``folder``."""
    while os.path.isfile(os.path.join(folder, "__init__.py")) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def imported(importer: str, module: str, level: int, name: str) -> Value:
    """What ``from module import name`` binds: a submodule or a name of a module of the project, else a library's."""
    submodule = find_module(importer, f"{module}.{name}" if module else name, level)
    if submodule is not None:
        return PlainModule(submodule)
    file = find_module(importer, module, level)
    return ApiSymbol(f"{'.' * level}{module}.{name}") if file is None else PlainName(file, name)


def read(name: PlainName) -> Value:
    """The constant that a name of another module is bound to; Unknown where it is anything else."""
    return _constant(name.path, name.name)


@lru_cache(maxsize=4096)
def _constant(path: str, name: str) -> Value:
    from astroid.exceptions import AstroidError

    module = _module(path)
    if module is None or name not in module.locals:
        return UNKNOWN
    try:
        inferred = list(module.igetattr(name))
    except (AstroidError, RecursionError):
        return UNKNOWN
    return _value(inferred[0]) if len(inferred) == 1 else UNKNOWN


@lru_cache(maxsize=256)
def _module(path: str) -> nodes.Module | None:
    from astroid.builder import AstroidBuilder
    from astroid.exceptions import AstroidError
    from astroid.manager import AstroidManager

    try:
        if os.path.getsize(path) > MAX_BYTES:
            return None
        manager = AstroidManager()
        manager.always_load_extensions = False
        return AstroidBuilder(manager, apply_transforms=False).file_build(path)
    except (AstroidError, OSError, UnicodeError, RecursionError):
        return None


def _value(node: object) -> Value:
    """The abstract value of an astroid constant or display of constants."""
    from astroid import nodes

    if isinstance(node, nodes.Const):
        return Constant(node.value)
    if isinstance(node, (nodes.Tuple, nodes.List)) and len(node.elts) <= _MAX_ITEMS:
        items = TupleValue(tuple(_item(element) for element in node.elts))
        return items if isinstance(node, nodes.Tuple) else ListValue(items)
    if isinstance(node, nodes.Dict) and len(node.items) <= _MAX_ITEMS:
        pairs = [(_item(key), _item(value)) for key, value in node.items]
        return DictValue(pairs) if all(isinstance(key, Constant) for key, _ in pairs) else UNKNOWN
    return UNKNOWN


def _item(node: nodes.NodeNG) -> Value:
    from astroid.exceptions import AstroidError

    try:
        inferred = list(node.infer())
    except (AstroidError, RecursionError):
        return UNKNOWN
    return _value(inferred[0]) if len(inferred) == 1 else UNKNOWN
