"""Programs that run: statement after statement is made up, tried under TensorFlow, and kept where it works.

What is written is what programs do with tensors, arrays and containers of them: operators and common ops, functions
with defaults and closures, generators, decorators, classes, loops, branches that nobody can foretell, ``try``.
"""
# ruff: noqa: E501

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

HEAD = "import functools\nimport itertools\nimport os\n\nimport numpy as np\nimport tensorflow as tf\n\n"
_FIELDS: dict[str, tuple[str, ...]] = {
    "axis": ("0", "1", "-1", "-2", "2"),
    "count": ("1", "2", "3", "4"),
    "shape": ("[2, 3]", "[3, 2]", "[4]", "[3]", "[]", "[2, 3, 4]", "[1, 3]", "[4, 4]", "[2, 1, 3]", "[6]"),
    "tf_dtype": ("tf.float32", "tf.float32", "tf.float64", "tf.int32", "tf.int64", "tf.float16", "tf.bool"),
    "np_dtype": ("np.float32", "np.float64", "np.int64", "np.int32"),
    "operator": ("+", "-", "*", "/", "//", "**", "%", "@", ">", "=="),
    "number": ("1", "2.0", "0.5", "3"),
    "key": (
        "0",
        "1",
        "-1",
        ":1",
        "1:",
        "::2",
        "..., 0",
        ":, 0",
        "None",
        ":, None",
        "0, 0",
        "::-1",
        ":, 1:",
        "[0]",
        "...",
    ),
    "target": ("[1, 3]", "[-1]", "[-1, 1]", "[3, -1]", "[1, -1]", "[2, -1]"),
    "name": ("p", "q", "r"),
    "equation": ("'ij->ji'", "'ij->i'", "'...i->...'"),
    "unary": (
        "tf.exp",
        "tf.abs",
        "tf.square",
        "np.exp",
        "np.sqrt",
        "np.abs",
        "tf.nn.relu",
        "tf.nn.softmax",
        "tf.identity",
        "np.squeeze",
        "tf.squeeze",
        "tf.zeros_like",
        "np.ones_like",
        "tf.transpose",
        "np.transpose",
        "tf.constant",
        "tf.convert_to_tensor",
        "np.asarray",
        "tf.shape",
        "tf.size",
        "tf.rank",
        "tf.cumsum",
        "tf.sort",
        "len",
        "list",
        "tuple",
        "sum",
        "float",
        "int",
        "tf.range",
        "tf.unstack",
        "tf.reduce_mean",
        "tf.linalg.norm",
        "np.diff",
        "np.random.permutation",
        "sorted",
        "tf.argmax",
    ),
    "reduction": (
        "tf.reduce_sum",
        "tf.reduce_mean",
        "tf.reduce_max",
        "np.sum",
        "np.mean",
        "np.argmax",
        "np.std",
        "tf.argmax",
    ),
    "join": ("tf.concat", "tf.stack", "np.concatenate", "np.stack"),
    "pairwise": ("tf.maximum", "np.maximum", "tf.add", "np.multiply", "tf.matmul", "np.dot", "np.outer", "max"),
    "unknown": ("'HOME' in os.environ", "os.path.exists('/nowhere')", "len(os.getcwd()) > 1", "os.getpid() == 0"),
    "rounds": ("range(3)", "range(len(os.sep))", "range(len(os.pardir))"),
    "type": ("np.ndarray", "tf.Tensor", "list", "int", "(list, tuple)"),
    "error": ("ValueError", "Exception", "(ValueError, TypeError)"),
}
"""What stands for a field of a template, one of these."""
_LEAVES = (
    "tf.ones({shape})", "tf.zeros({shape}, {tf_dtype})", "np.ones({shape})", "np.zeros({shape}, {np_dtype})", "tf.fill({shape}, {number})",
    "tf.random.normal({shape})", "np.random.rand(2, {count})", "tf.constant([1, 2, 3])", "tf.constant([[1.0, 2.0], [3.0, 4.0]])", "np.arange(6)",
    "tf.range(4)", "tf.Variable(tf.ones({shape}))", "{count}", "{number}", "np.float32({number})", "np.array([[1, 2, 3]])", "tf.eye(3)",
    "[1.0, 2.0]", "(1, 2)", "np.linspace(0, 1, {count})",
)  # fmt: skip
_EXPRESSIONS = (
    "({a} {operator} {b})", "({a} {operator} {b})", "({a} {operator} {number})", "(1.0 - {a})", "{unary}({a})", "{unary}({a})", "{unary}({a})",
    "{reduction}({a})", "{reduction}({a}, axis={axis})", "tf.reduce_sum({a}, {axis}, keepdims=True)", "{a}.mean({axis})", "{a}.sum(axis={axis})",
    "tf.reshape({a}, {target})", "{a}.reshape({target})", "{a}.T", "tf.expand_dims({a}, {axis})", "{join}([{a}, {b}], {axis})", "{join}([{a}, {a}], {axis})",
    "{pairwise}({a}, {b})", "tf.matmul({a}, {b}, transpose_b=True)", "{a}[{key}]", "{a}[{key}]", "{a}[{a} > {number}]", "tf.cast({a}, {tf_dtype})",
    "{a}.astype({np_dtype})", "np.array({a}, {np_dtype})", "tf.constant({a}, {tf_dtype})", "{a}.numpy()", "tf.where({a} > 0, {a}, {b})", "np.where({a} > 0, {a}, {b})",
    "tf.tile({a}, [2, 1])", "tf.repeat({a}, 2, axis={axis})", "np.tile({a}, 2)", "tf.gather({a}, [0, 1], axis={axis})", "tf.one_hot({a}, {count})",
    "{a}.shape", "{a}.shape[{axis}]", "{a}.ndim", "tf.zeros({a}.shape, {a}.dtype)", "tf.ones([{a}.shape[0], {count}])", "tf.zeros(tf.shape({a})[:1])",
    "tf.einsum({equation}, {a})", "tf.tensordot({a}, {b}, 1)", "tf.pad({a}, [[1, 1]])", "tf.pad({a}, [[0, 1], [1, 0]])", "tf.boolean_mask({a}, {a} > 0)",
    "tf.broadcast_to({a}, {shape})", "np.clip({a}, 0, 1)", "tf.clip_by_value({a}, 0, 1)", "tf.split({a}, {count})", "np.split({a}, 2)", "tf.roll({a}, 1, 0)",
    "({a} if {c} else {b})", "[{a}, {b}]", "({a}, {b})", "{{'p': {a}, 'q': {b}}}", "{a}['{name}']", "[w * 2 for w in {a}]", "[u + w for u, w in zip({a}, {b})]",
    "list(map(lambda w: w * 2, {a}))", "functools.reduce(lambda u, w: u + w, {a})", "(lambda w, k={b}: w * k)({a})", "tf.map_fn(lambda w: w * 2, {a})",
    "tf.stack([{a}] * {count})", "{a}.tolist()", "{a}.copy()", "{a}.flatten()", "{a}.assign({b})", "{a}.assign_add({b})", "tf.keras.layers.Dense({count})({a})",
    "({a} and {b})", "({a} or {b})", "(not {a})", "next(iter({a}))", "{a}.get('p')", "{a}.pop()", "[*{a}, {b}]", "{{**{a}, 'q': {b}}}", "tf.math.top_k({a}, 2).values",
    "tf.slice({a}, [0, 0], [1, -1])", "np.expand_dims({a}, 0)", "tf.meshgrid({a}, {b})[0]", "range({a})", "np.zeros(({a}, {count}))",
)  # fmt: skip
_CONDITIONS = (
    "{unknown}", "{unknown}", "{v} is None", "len({v}) > 2", "tf.reduce_sum({v}) > 1", "{v}.shape[0] == 3", "isinstance({v}, {type})", "{v}.ndim == 2",
    "hasattr({v}, 'shape')", "{v}", "{v}.dtype == tf.float32", "tf.is_tensor({v})", "{v} == 2",
)  # fmt: skip
_STATEMENTS = (
    *["{new} = {a}"] * 12, "{v} = {a}", "{v} = {a}", "{v} += {a}", "{v} *= {a}", "{v} -= {a}", "{v}[{key}] = {a}", "{v}[{key}] = {a}", "{v}.append({a})", "{v}.extend({a})",
    "{v}['{name}'] = {a}", "{v}.assign({a})", "{v}.update(p={a})", "{new}, {newer} = {a}, {b}", "{new}, {newer} = {a}", "{new}, *{newer} = {a}", "{new} = {newer} = {a}",
    "({new} := {a})", "{v}.fill(0)", "{v}.insert(0, {a})", "np.random.shuffle({v})", "{v}.value = {a}", "{v}[{v} > 0] = 0", "{new} = {v}", "{v}, {v2} = {v2}, {v}",
    "{new} = [{a} for {newer} in {v} if {c}]", "{new} = tf.stack([{a} for {newer} in range({count})])", "{new} = {{k: {a} for k in range(2)}}",
)  # fmt: skip


class Writer:
    """Writes statements; ``variables`` tells the names that may be read where they will stand."""

    def __init__(self, chance: random.Random, variables: Callable[[], Sequence[str]]) -> None:
        self.chance, self._variables, self._numbered = chance, variables, 0
        self.functions: list[tuple[str, int]] = []
        """What has been defined so far, each with the number of its parameters."""
        self.classes: list[str] = []
        self._is_nested = False
        """Whether it stands in a block; what is defined there may be one of several, whose calls are not followed."""

    def statement(self, depth: int = 1) -> str:
        """A statement, with the definition that it needs; ``depth`` blocks in it, one in another, at most."""
        if depth <= 0 or self.chance.random() < 0.6:
            return self._filled(_STATEMENTS, 2)
        kinds = self._BLOCKS if self._is_nested else (*self._BLOCKS, *self._DEFINITIONS)
        return self.chance.choice(kinds)(self, depth - 1)

    # Expressions.

    def _filled(self, templates: Sequence[str], depth: int) -> str:
        fields = _Fields(self, depth)
        return self.chance.choice(templates).format_map(fields)

    def expression(self, depth: int) -> str:
        if depth <= 0 or self.chance.random() < 0.3:
            return self.variable() if self.chance.random() < 0.8 else self._filled(_LEAVES, 0)
        if self.functions and self.chance.random() < 0.15:
            return self._call()
        if self.classes and self.chance.random() < 0.08:
            return self._made()
        return self._filled(_EXPRESSIONS, depth - 1)

    def condition(self) -> str:
        return self._filled(_CONDITIONS, 0)

    def variable(self) -> str:
        known = self._variables()
        return self.chance.choice(known) if known else self._filled(_LEAVES, 0)

    def new(self) -> str:
        self._numbered += 1
        return f"v{self._numbered}"

    def _call(self) -> str:
        name, count = self.chance.choice(self.functions)
        given = [self.expression(1) for _ in range(count)]
        forms = ["{name}({all})"] * 4
        if count:
            forms += ["{name}(*[{all}])", "{name}({most}p{last}={final})", "functools.partial({name}, {first})({rest})"]
        most = "".join(f"{one}, " for one in given[:-1])
        words = {"name": name, "all": ", ".join(given), "most": most, "last": count - 1, "rest": ", ".join(given[1:])}
        return self.chance.choice(forms).format(
            **words, final=given[-1] if given else "", first=given[0] if given else ""
        )

    def _made(self) -> str:
        form = self.chance.choice(("{}({})({})", "{}({}).value", "{}({}).scaled({})", "{}({}).double"))
        return form.format(self.chance.choice(self.classes), self.expression(1), self.expression(1))

    # Statements that hold others.

    @contextmanager
    def _inside(self, *names: str) -> Iterator[None]:
        """Where these are the names that may be read, and a few from outside."""
        outer, functions, nested = self._variables, list(self.functions), self._is_nested
        around = [*names, *names, *list(outer())[-4:]]
        self._variables, self._is_nested = lambda: around, True
        try:
            yield
        finally:
            self._variables, self.functions, self._is_nested = outer, functions, nested

    def _block(self, depth: int) -> str:
        outer, self._is_nested = self._is_nested, True
        lines = [self.statement(depth) for _ in range(self.chance.randint(1, 2))]
        self._is_nested = outer
        return _indented("\n".join(lines))

    def _if(self, depth: int) -> str:
        text = f"if {self.condition()}:\n{self._block(depth)}"
        if self.chance.random() < 0.2:
            text += f"\nelif {self.condition()}:\n{self._block(depth)}"
        return text + (f"\nelse:\n{self._block(depth)}" if self.chance.random() < 0.5 else "")

    def _for(self, depth: int) -> str:
        one, other, body = self.new(), self.new(), self._block(depth)
        over = self.chance.choice(
            ("{rounds}", "{v}", "[{v}, {v2}]", "range(len({v}))", "enumerate({v})", "zip({v}, {v2})", "{v}.items()")
        )
        names = f"{one}, {other}" if over.startswith(("enumerate", "zip")) or over.endswith("items()") else one
        if self.chance.random() < 0.4:
            body += "\n" + _indented(
                self._filled(("{v} = {v} + {a}", "{v} = tf.concat([{v}, {a}], 0)", "{v} = {a}"), 1)
            )
        if self.chance.random() < 0.2:
            body += (
                f"\n    if {self.condition()}:\n        {self.chance.choice(('break', 'continue'))}\n{self._block(0)}"
            )
        return f"for {names} in {self._filled((over,), 0)}:\n{body}"

    def _while(self, depth: int) -> str:
        turn = self.new()
        return f"{turn} = 0\nwhile {turn} < {self.chance.choice(('2', 'len(os.pardir)'))}:\n{self._block(depth)}\n    {turn} += 1"

    def _try(self, depth: int) -> str:
        text = f"try:\n{self._block(depth)}\n    if {self.condition()}:\n        raise ValueError\n"
        text += self._filled(("except {error}:\n",), 0) + self._block(depth)
        return text + (f"\nfinally:\n{self._block(0)}" if self.chance.random() < 0.3 else "")

    def _gradient(self, depth: int) -> str:
        weights, tape, loss = self.new(), self.new(), self.new()
        body = f"{self._block(depth)}\n    {loss} = tf.reduce_sum({weights} * {self.expression(1)})"
        made = f"{weights} = tf.Variable({self._filled(_LEAVES, 0)})\nwith tf.GradientTape() as {tape}:\n{body}"
        return f"{made}\n{self.new()} = {tape}.gradient({loss}, {weights})"

    def _function(self, depth: int) -> str:
        name, count = f"f{self.new()}", self.chance.randint(0, 3)
        names = [f"p{number}" for number in range(count)]
        required = self.chance.randint(0, count)
        parameters = [
            one if place < required else f"{one}={self._filled(_LEAVES, 0)}" for place, one in enumerate(names)
        ]
        with self._inside(*names):
            lines = [self.statement(depth) for _ in range(self.chance.randint(0, 2))]
            if self.chance.random() < 0.3:
                lines.append(f"if {self.condition()}:\n    return {self.expression(1)}")
            lines.append(f"return {self.expression(2)}")
        decorator = self.chance.choice(("", "", "", "@tf.function\n", "@functools.lru_cache(None)\n"))
        self.functions.append((name, count))
        given = ", ".join(self.expression(1) for _ in names)
        body = _indented("\n".join(lines))
        return f"{decorator}def {name}({', '.join(parameters)}):\n{body}\n{self.new()} = {name}({given})"

    def _generator(self, _depth: int) -> str:
        name = f"g{self.new()}"
        with self._inside("p0"):
            body = f"    for k in range({self.chance.randint(1, 3)}):\n        p0 = {self.expression(1)}\n        yield {self.expression(1)}"
        use = self.chance.choice(("list({}({}))", "next({}({}))", "[w for w in {}({})]")).format(
            name, self.expression(1)
        )
        return f"def {name}(p0):\n{body}\n{self.new()} = {use}"

    def _decorator(self, _depth: int) -> str:
        decorator, name = f"d{self.new()}", f"f{self.new()}"
        result = self.chance.choice(
            (
                "function(*args)",
                "function(*args) * 2",
                "(function(*args), args[0])",
                "tf.convert_to_tensor(function(*args))",
            )
        )
        wrapper = (
            f"    @functools.wraps(function)\n    def wrapper(*args):\n        return {result}\n    return wrapper"
        )
        with self._inside("p0"):
            body = f"    return {self.expression(1)}"
        text = f"def {decorator}(function):\n{wrapper}\n@{decorator}\ndef {name}(p0):\n{body}\n{self.new()} = {name}({self.expression(1)})"
        self.functions.append((name, 1))
        return text

    def _class(self, _depth: int) -> str:
        name, made = f"C{self.new()}", self.new()
        base = self.chance.choice(("", "(tf.Module)", *(f"({one})" for one in self.classes)))
        parents = "x" if base not in ("", "(tf.Module)") else ""
        with self._inside("x"):
            start = f"super().__init__({parents})\nself.value = x\nself.total = {self.expression(1)}\nself.items = []"
        with self._inside("x", "self.value", "self.total"):
            scaled = f"{self.statement(0)}\nreturn {self.expression(2)}"
            called = f"self.{self.chance.choice(('total', 'value'))} = {self.expression(1)}\nself.items.append(x)\nreturn {self.expression(1)}"
        methods = {"__init__(self, x)": start, "scaled(self, x)": scaled, "__call__(self, x)": called}
        body = "\n".join(f"    def {head}:\n{_indented(_indented(lines))}" for head, lines in methods.items())
        self.classes.append(name)
        used = f"{made} = {name}({self.expression(1)})\n{self.new()} = {made}({self.expression(1)})\n{self.new()} = {made}.{self.chance.choice(('value', 'total', 'double', 'items'))}"
        return (
            f"class {name}{base}:\n{body}\n    @property\n    def double(self):\n        return self.value * 2\n{used}"
        )

    _BLOCKS: tuple[Callable[[Writer, int], str], ...] = (_if, _if, _for, _for, _while, _try, _gradient)
    _DEFINITIONS: tuple[Callable[[Writer, int], str], ...] = (_function, _function, _generator, _decorator, _class)


class _Fields(dict[str, str]):
    """The fields of one template; each means the same wherever it stands in it."""

    def __init__(self, writer: Writer, depth: int) -> None:
        super().__init__()
        self._writer, self._depth = writer, depth

    def __missing__(self, field: str) -> str:
        writer = self._writer
        made = {
            "a": lambda: writer.expression(self._depth), "b": lambda: writer.expression(self._depth), "c": writer.condition,
            "v": writer.variable, "v2": writer.variable, "new": writer.new, "newer": writer.new,
        }  # fmt: skip
        self[field] = made[field]() if field in made else writer.chance.choice(_FIELDS[field])
        return self[field]


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def is_python(text: str) -> bool:
    """Whether it can be compiled."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
