"""Runs a program under TensorFlow and records the dtype and shape of every expression in it.

The program is rewritten so that each expression passes through a recorder; what it computes stays.  AutoGraph finds the
rewritten source and converts it as it would convert the program's own.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import multiprocessing
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from importlib.machinery import FileFinder, SourceFileLoader
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from tflint_gemm.domain.values import Tensor
from tflint_gemm.syntax import notebook
from tflint_gemm.syntax.source import Source, parse

RECORDER = "__record__"
Place = tuple[int, int, int, int]
"""Where an expression stands: first line and column, last line and column."""


def place(node: ast.expr | ast.stmt) -> Place:
    """The place of a node of a parsed program."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


@dataclass(frozen=True)
class Observed:
    """What one evaluation gave: dtype name, shape with None for sizes that tracing does not know."""

    dtype: str
    shape: tuple[int | None, ...] | None


@dataclass
class Recording:
    """The expressions of a program, by number, how often each came to an end, and to which tensors they evaluated."""

    nodes: list[ast.expr] = field(default_factory=list)
    completed: Counter[int] = field(default_factory=Counter)
    observed: dict[int, set[Observed]] = field(default_factory=dict)

    def record(self, number: int, value: Any) -> Any:
        self.completed[number] += 1
        seen = observe(value)
        if seen is not None:
            self.observed.setdefault(number, set()).add(seen)
        return value


def observe(value: Any) -> Observed | None:
    """The dtype and shape of a tensor, variable or array, sparse, ragged and symbolic ones too; None for the rest."""
    if isinstance(value, (np.ndarray, np.generic)):
        return None if value.dtype.kind in "OUSMmV" else Observed(value.dtype.name, tuple(value.shape))
    if isinstance(value, (tf.Tensor, tf.Variable, tf.SparseTensor, tf.RaggedTensor)):
        # TensorFlow 1's variables have dtypes of their own ("float32_ref"), which stand for the plain ones.
        return Observed(value.dtype.base_dtype.name, _static_shape(value.shape))
    if type(value).__name__ in ("Variable", "KerasTensor") and type(value).__module__.startswith("keras."):
        return Observed(str(value.dtype), tuple(value.shape))
    return None


def _static_shape(shape: Any) -> tuple[int | None, ...] | None:
    return None if shape.rank is None else tuple(shape.as_list())


class _Instrument(ast.NodeTransformer):
    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, (ast.JoinedStr, ast.Slice, ast.Starred)) or not isinstance(node, ast.expr):
            return self._visit_others(node)
        if isinstance(node, ast.Tuple) and any(isinstance(item, ast.Slice) for item in node.elts):
            return self.generic_visit(node)  # slices stand nowhere but in subscripts
        if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            number = len(self.recording.nodes)
            self.recording.nodes.append(node)
            inner: Any = self.generic_visit(ast.copy_location(type(node)(**vars(node)), node))
            recorder = ast.Name(id=RECORDER, ctx=ast.Load())
            recorded = ast.Call(func=recorder, args=[ast.Constant(value=number), inner], keywords=[])
            return ast.copy_location(recorded, node)
        return self.generic_visit(node)

    def _visit_others(self, node: ast.AST) -> Any:
        if isinstance(node, ast.JoinedStr):
            return node
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            node.body = [self.visit(statement) for statement in node.body]
            if isinstance(node, ast.FunctionDef):
                node.args.defaults = [self.visit(default) for default in node.args.defaults]
            return node
        if isinstance(node, ast.pattern) or _is_text(node):
            return node
        if isinstance(node, ast.AnnAssign):
            node.value = None if node.value is None else self.visit(node.value)
            return node
        return self.generic_visit(node)


def _is_text(node: ast.AST) -> bool:
    """Whether the node is a docstring, which must stay one: only docstrings may precede ``from __future__``."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def instrument(text: str) -> tuple[ast.Module, Recording]:
    """The program whose expressions are recorded when ``RECORDER`` is bound to the recording's method."""
    return instrument_tree(ast.parse(text))


def instrument_tree(tree: ast.Module) -> tuple[ast.Module, Recording]:
    """``instrument`` of a tree, which is changed."""
    recording = Recording()
    return ast.fix_missing_locations(_Instrument(recording).visit(tree)), recording


def modules_of(program: Path) -> list[Path]:
    """The files of a program, the one that is run first: a file or a notebook, or a folder with its ``main.py``."""
    if program.is_file():
        return [program]
    main = program / "main.py"
    return [main, *sorted(path for path in program.rglob("*.py") if path != main)]


def read(path: Path) -> tuple[Source, ast.Module]:
    """A file as the interpreter gets it: of a notebook the Python of its cells."""
    source = notebook.read(str(path), path.read_bytes())
    return source, parse(source)


def _compiled(path: Path) -> tuple[CodeType, Recording]:
    tree, recording = instrument_tree(read(path)[1])
    return findable(ast.unparse(tree), f"<recorded {path}>"), recording


def _namespace(recording: Recording) -> dict[str, Any]:
    return {RECORDER: tf.autograph.experimental.do_not_convert(recording.record)}


class _RecordingLoader(SourceFileLoader):
    """Loads a module of the program with its expressions recorded."""

    recordings: ClassVar[dict[Path, Recording]] = {}

    def exec_module(self, module: ModuleType) -> None:
        path = Path(self.path)
        code, self.recordings[path] = _compiled(path)
        vars(module).update(_namespace(self.recordings[path]))
        exec(code, vars(module))


def run(program: Path) -> dict[Path, Recording]:
    """Execute a program; the recordings of those of its files that it used.  Raises what the program raises."""
    main = modules_of(program)[0]
    code, recording = _compiled(main)
    namespace = {"__name__": "__main__", "__file__": str(main), **_namespace(recording)}

    def find_own(folder: str) -> FileFinder:
        if not Path(folder).is_relative_to(main.parent):
            raise ImportError(folder)
        return FileFinder(folder, (_RecordingLoader, [".py"]))

    sys.path.insert(0, str(main.parent))
    sys.path_hooks.insert(0, find_own)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, namespace)
    return {main: recording, **_RecordingLoader.recordings}


class ProcessEndedError(RuntimeError):
    """The process that ran a function is gone: native code can take it down, or take longer than it may."""


def alone(function: Callable[..., Any], *arguments: object, seconds: float | None = None) -> Any:
    """What ``function`` returns in a process of its own; raises RuntimeError with what that raises, ProcessEndedError.

    After so many ``seconds`` the process is ended: a signal would wait for native code.  A process of its own keeps
    seeds, TensorFlow 1's mode and Keras's names from other programs.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # TensorFlow is imported once
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send_result, args=(sender, function, arguments))
    child.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            child.kill()
        result, problem = receiver.recv()
    except EOFError:
        raise ProcessEndedError(f"{function.__name__}{arguments} ended its process") from None
    finally:
        child.join()
    if problem is not None:
        raise RuntimeError(problem)
    return result


def _send_result(sender: Connection, function: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    try:
        sender.send((function(*arguments), None))
    except Exception:
        sender.send((None, traceback.format_exc()))


def run_alone(program: Path) -> dict[Path, Recording]:
    """``run`` in a process of its own."""
    recordings = {}
    for path, observed in alone(_observations, program).items():
        recordings[path] = instrument_tree(read(path)[1])[1]
        recordings[path].observed = observed
    return recordings


def _observations(program: Path) -> dict[Path, dict[int, set[Observed]]]:
    return {path: recording.observed for path, recording in run(program).items()}


def execute(text: str, name: str) -> tuple[Recording, Exception | None]:
    """Run a program that is no file, called ``name`` in tracebacks; what it raised, if anything."""
    tree, recording = instrument(text)
    space = {"__name__": "__main__", **_namespace(recording)}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(findable(ast.unparse(tree), name), space)
    except Exception as error:
        return recording, error
    return recording, None


def findable(text: str, name: str) -> CodeType:
    """The code of a text that AutoGraph finds under ``name``."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return compile(text, name, "exec", dont_inherit=True)


def compare(inferred: Tensor, observed: Observed) -> str:
    """ "exact", "partial", "unknown" or "WRONG": what was inferred against one evaluation."""
    dtype_known = inferred.dtype is not None
    if dtype_known and inferred.dtype is not None and inferred.dtype.name != observed.dtype:
        return "WRONG"
    if inferred.shape is not None and observed.shape is not None:
        if len(inferred.shape) != len(observed.shape):
            return "WRONG"
        pairs = list(zip(inferred.shape, observed.shape))
        if any(isinstance(a, int) and b is not None and a != b for a, b in pairs):
            return "WRONG"
        if dtype_known and all(isinstance(a, int) or b is None for a, b in pairs):
            return "exact"
        return "partial"
    if dtype_known and observed.shape is None:
        return "exact"
    return "partial" if dtype_known or inferred.shape is not None else "unknown"


def judge(inferred: Tensor, observations: Collection[Observed]) -> str:
    """``compare`` for an expression that was evaluated several times: against what its evaluations have in common."""
    if any(compare(inferred, observed) == "WRONG" for observed in observations):
        return "WRONG"
    shape = _common_shape([observed.shape for observed in observations])
    verdicts = {compare(inferred, Observed(observed.dtype, shape)) for observed in observations}
    return verdicts.pop() if len(verdicts) == 1 else "partial"


def _common_shape(shapes: list[tuple[int | None, ...] | None]) -> tuple[int | None, ...] | None:
    """The sizes that all evaluations share, None for the others."""
    first = shapes[0]
    if first is None or any(shape is None or len(shape) != len(first) for shape in shapes):
        return None
    return tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*(shape for shape in shapes if shape)))
