"""What a statement binds, changes and loads, and which names reach outside the program."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

# The modules that a snippet may import: what computes.  Everything else is an input, which has to be made up.
LIBRARIES = frozenset({
    "tensorflow", "keras", "tf_keras", "numpy", "ml_dtypes", "scipy", "einops", "tensorflow_probability",
})  # fmt: skip
ARGUMENTS = "argparse"  # gives what the program takes by default
_COMPUTING = frozenset({
    "__future__", "abc", ARGUMENTS, "ast", "bisect", "collections", "contextlib", "copy", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "gc", "heapq", "inspect", "itertools", "logging", "math", "numbers",
    "operator", "random", "re", "statistics", "string", "textwrap", "time", "types", "typing", "typing_extensions",
    "warnings",
})  # fmt: skip
IMPORTABLE = LIBRARIES | (_COMPUTING & (sys.stdlib_module_names | {"typing_extensions"}))
_GONE = ("tensorflow.contrib", "tensorflow.examples")  # what no TensorFlow 2 has
# Functions of these libraries that read from outside.
_READS = re.compile(
    r"(numpy\.(load|loadtxt|genfromtxt|fromfile|memmap|DataSource|savez?|savetxt|lib\.format\..*)"
    r"|scipy\.io\..*"
    r"|tensorflow\.(compat\.v[12]\.)?(io|gfile)\..*(read|write|glob|GFile|matching|listdir|exists|makedirs|match).*"
    r"|tensorflow\.(compat\.v[12]\.)?(read_file|write_file|load_op_library|load_library|hub\..*)"
    r"|tensorflow\..*\b(TFRecordDataset|TextLineDataset|FixedLengthRecordDataset|make_csv_dataset|list_files|load_model"
    r"|get_file|import_meta_graph|latest_checkpoint|FileWriter|create_file_writer)"
    r"|tensorflow\.(compat\.v[12]\.)?(saved_model|distribute\.cluster_resolver|app|flags|tpu|profiler)\..*"
    r"|tensorflow\.((compat\.v2\.)?summary\..*|compat\.v1\.summary\.FileWriter\w*)"
    r"|(tensorflow\.)?(keras|tf_keras|contrib)\.(.*\.)?(datasets\..*|get_file|load_model|load_img|load_data"
    r"|\w+_from_directory|(saving|models)\.load_\w+)"
    r"|(tensorflow\.)?keras\.applications\.(\w+\.)?[A-Z]\w*"
    r"|logging\.(FileHandler|basicConfig)|time\.sleep)"
)
# Functions that make nothing of bytes that were made up.
_DECODES = re.compile(
    r"tensorflow\.(compat\.v[12]\.)?(io\.|image\.|audio\.)?(decode_(and_crop_jpeg|jpeg|png|gif|bmp|image|webp|wav|csv"
    r"|proto|json_example)|parse_(single_)?(sequence_)?example|parse_tensor)"
)
_BUILTIN_READS = frozenset({"open", "input", "exec", "eval", "compile", "__import__", "exit", "quit", "breakpoint"})
# Methods that do not change what a tensor is, but take long, print or touch files.
_NOISE_METHODS = frozenset({
    "fit", "fit_generator", "evaluate", "predict", "save", "save_weights", "load_weights", "summary", "restore", "show",
    "savefig", "plot", "to_csv", "info", "debug", "warning", "error", "write", "close",
})  # fmt: skip
_SETTING = re.compile(
    r"(tensorflow|keras|tf_keras)\..*\b(set_global_policy|set_policy|set_floatx|set_dtype_policy|set_image_data_format"
    r"|enable_\w+|disable_\w+|experimental_enable_\w+|run_functions_eagerly|set_seed|set_random_seed)"
)
_COLLECTS = re.compile(
    r"tensorflow\.(compat\.v1\.)?(summary\.(?!create|File|merge)\w+|add_to_collection|losses\.(add_loss|\w+_\w+))"
)
_COLLECTIONS = frozenset({
    "merge_all", "merge_all_summaries", "get_collection", "get_total_loss", "get_losses", "get_regularization_losses",
})  # fmt: skip
COLLECTED = "<collected>"  # a name for what graphs collect
_NOT_SETTING = re.compile(r".*\bconfig\.(?!run_functions_eagerly)")  # device set-up must precede every op

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_importable(module: str) -> bool:
    """Whether a snippet may import it, and finds it there."""
    gone = any(module == name or module.startswith(f"{name}.") for name in _GONE)
    return module.split(".")[0] in IMPORTABLE and not gone


def blocks(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of a statement, in order: bodies, handlers, cases."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        content = getattr(statement, field, None)
        if not isinstance(content, list):
            continue
        for part in content:
            if isinstance(part, (ast.ExceptHandler, ast.match_case)):
                yield part.body
        if content and isinstance(content[0], ast.stmt):
            yield content


def headers(statement: ast.stmt) -> Iterator[ast.AST]:
    """The children of a compound statement that are not statements: tests, targets, context managers, patterns."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.ExceptHandler):
            if child.type is not None:
                yield child.type
        elif isinstance(child, ast.match_case):
            yield child.pattern
            if child.guard is not None:
                yield child.guard
        elif not isinstance(child, ast.stmt):
            yield child


def loads(node: ast.AST) -> set[str]:
    """Every name that is read in ``node``, also inside of functions."""
    found: set[str] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            found.add(child.id)
        elif isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Name):
            found.add(child.target.id)
        elif isinstance(child, ast.Attribute) and child.attr in _COLLECTIONS:
            found.add(COLLECTED)
    return found


def root(node: ast.AST) -> str | None:
    """``x`` of ``x.a[0].b``."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def path(node: ast.AST) -> str | None:
    """``a.b.c`` as written, None where it is anything but names and dots."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def defines(statement: ast.stmt) -> set[str]:
    """The names that a simple statement or a header binds, rebinds, deletes or changes in place."""
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        return {statement.name}
    found: set[str] = set()
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name.split(".")[0]) for alias in statement.names}
    if isinstance(statement, ast.Try):
        found |= {handler.name for handler in statement.handlers if handler.name}
    for header in headers(statement):
        for node in ast.walk(header):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                found.add(node.id)
            elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                found.add(root(node) or "")
            elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
                found.add(node.name)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        found |= _changed_by_call(statement.value)
    return found - {""}


def _changed_by_call(call: ast.Call) -> set[str]:
    if is_noise(call):
        return set()
    found = {root(call.func) or ""} if isinstance(call.func, ast.Attribute) else set()
    if isinstance(call.func, ast.Name):  # a function of the program may change what it is given
        found |= {argument.id for argument in call.args if isinstance(argument, ast.Name)}
    return found


def called_objects(statement: ast.stmt) -> set[str]:
    """The names that a statement calls, ``self`` for its attributes: calling a layer builds it."""
    found: set[str] = set()
    for header in headers(statement):
        for node in ast.walk(header):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found.add(node.func.id)
            elif isinstance(node, ast.Call) and (path(node.func) or "").startswith("self."):
                found.add("self")
    return found


def is_noise(call: ast.Call) -> bool:
    """Whether a call whose result is not used says nothing of tensors."""
    if isinstance(call.func, ast.Name):
        return call.func.id in ("print", "display", "pprint")
    return isinstance(call.func, ast.Attribute) and call.func.attr in _NOISE_METHODS


class Imports:
    """What the names of a file stand for, by its import statements anywhere.

    ``are_old``: the program means TensorFlow 1 by ``tensorflow``.
    """

    def __init__(self, tree: ast.Module, are_old: bool = False) -> None:
        self.are_old = are_old
        self.paths: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.paths[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    self.paths[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def canonical(self, node: ast.AST) -> str | None:
        """The full path of ``tf.io.read_file`` and the like, None where it does not begin with an import."""
        written = path(node)
        if written is None:
            return None
        head, _, rest = written.partition(".")
        if head not in self.paths:
            return None
        return f"{self.paths[head]}.{rest}" if rest else self.paths[head]

    def reads_from_outside(self, call: ast.Call) -> str | None:
        """The name of what a call would read, None for a call that only computes."""
        if isinstance(call.func, ast.Name) and call.func.id in _BUILTIN_READS and call.func.id not in self.paths:
            return call.func.id
        canonical = self.canonical(call.func)
        if self.are_old and canonical is not None and not canonical.startswith("tensorflow.compat."):
            canonical = canonical.replace("tensorflow.", "tensorflow.compat.v1.", 1)
        if canonical is None or not _READS.fullmatch(canonical):
            return None
        weights = [keyword.value for keyword in call.keywords if keyword.arg == "weights"]
        if ".applications." in canonical and any(
            isinstance(value, ast.Constant) and value.value is None for value in weights
        ):
            return None
        return path(call.func)

    def decodes(self, call: ast.Call) -> bool:
        """Whether a call reads images, sounds or records out of bytes, which come from outside."""
        return bool(_DECODES.fullmatch(self.canonical(call.func) or ""))

    def is_gone(self, node: ast.AST) -> bool:
        """Whether a name leads to a part of TensorFlow 1 that has no successor of its name."""
        return (self.canonical(node) or "").startswith(tuple(f"{module}." for module in _GONE))

    def collects(self, statement: ast.stmt) -> bool:
        """Whether a statement adds to a collection of TensorFlow 1's graph: of summaries, of losses."""
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
            return False
        return bool(_COLLECTS.fullmatch(self.canonical(statement.value.func) or ""))

    def is_setting(self, statement: ast.stmt) -> bool:
        """Whether a statement sets how TensorFlow computes from there on (a dtype policy, eager execution)."""
        if not (isinstance(statement, (ast.Expr, ast.Assign)) and isinstance(statement.value, ast.Call)):
            return False
        called = statement.value.func
        if isinstance(called, ast.Attribute) and called.attr == "run" and isinstance(called.value, ast.Call):
            # In the session that is current: tf.global_variables_initializer().run()
            return bool(re.search(r"variables_initializer$|initialize_\w+$", self.canonical(called.value.func) or ""))
        canonical = self.canonical(called) or ""
        if isinstance(statement, ast.Assign):  # it becomes the session of every `eval` and `run`
            return canonical.startswith("tensorflow.") and canonical.endswith(".InteractiveSession")
        return bool(_SETTING.fullmatch(canonical)) and not _NOT_SETTING.match(canonical)
