"""Made-up programs: Python of every kind of statement, full of TensorFlow's names, called with whatever comes.

Nothing of it need make sense, so nearly all of it is wrong somewhere; what is asked is only that the analysis survives.
"""
# ruff: noqa: E501

from __future__ import annotations

import json
import random
import sys
from functools import cache
from importlib import resources

from tflint_gemm import api

HEAD = "import tensorflow as tf\nimport numpy as np\nfrom tensorflow import keras\nimport math, itertools, functools\n"
NAMES = ("a", "b", "c", "x", "y", "self", "f", "g", "C", "D")
LIBRARIES = ("tf", "np", "keras", "range", "len")
CONSTANTS = (
    "0", "1", "2", "3", "-1", "7", "64", "10**30", "2**63", "-2**31", "1.5", "-0.0", "1e308", "float('nan')",
    "float('inf')", "1j", "True", "None", "...", "''", "'same'", "'float16'", "'ij,jk->ik'", "b'x'", "[]", "()", "{}",
    "'%s{}'", "'a' * 10**12", "[0] * 10**9", "range(10**12)", "1 << 10**6", "10**10**6", "'channels_first'", "'VALID'",
)  # fmt: skip
TENSORS = (
    "tf.ones([2, 3])", "tf.zeros([3, 4], tf.float64)", "tf.constant([[1, 2], [3, 4]])", "np.ones((2, 3))", "np.arange(6)",
    "tf.Variable(tf.ones([3]))", "tf.zeros([0, 2])", "tf.ones([])", "tf.constant('text')", "tf.ones([10**30])",
    "tf.ragged.constant([[1], [2, 3]])", "tf.sparse.eye(3)", "keras.Input((8,))", "tf.data.Dataset.range(5)",
    "np.zeros((4, 1), np.float32)", "tf.cast(1, tf.bfloat16)", "tf.random.normal([1, 8, 8, 3])", "tf.float32", "tf.shape(x)",
    "tf.TensorShape([None, 2])", "tf.TensorSpec([None])", "keras.layers.Dense(4)", "keras.Sequential([keras.layers.Dense(2)])",
)  # fmt: skip
BUILTINS = (
    "len", "range", "sum", "max", "sorted", "list", "tuple", "dict", "set", "zip", "map", "enumerate", "reversed", "int",
    "float", "str", "isinstance", "getattr", "setattr", "super", "type", "iter", "next", "print", "slice", "abs", "round",
    "divmod", "pow", "functools.partial", "itertools.product", "math.prod", "vars", "exec", "eval", "any", "bytes",
)  # fmt: skip
METHODS = (
    "shape", "dtype", "numpy", "append", "extend", "items", "get", "update", "reshape", "astype", "T", "assign", "batch",
    "map", "repeat", "as_list", "rank", "ndim", "format", "join", "fit", "call", "build", "add", "add_weight", "weights",
    "__class__", "__dict__", "__init__", "set_shape", "pop", "sort", "split", "numpy().tolist", "value", "to_tensor",
)  # fmt: skip
BINARY = ("+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^")
COMPARISONS = ("==", "!=", "<", ">=", "is", "is not", "in", "not in")
DECORATORS = (
    "tf.function", "staticmethod", "classmethod", "property", "functools.lru_cache", "tf.custom_gradient", "f", "g(1)",
    "tf.function(input_signature=[tf.TensorSpec([None, 3])])", "functools.wraps(f)", "dataclasses.dataclass",
)  # fmt: skip
BASES = ("", "object", "keras.Model", "keras.layers.Layer", "tf.Module", "C", "dict", "Exception", "metaclass=f", "*a")


@cache
def models() -> tuple[str, ...]:
    """The canonical names of everything that has a model, as the index of all of them has it."""
    index = json.loads(resources.files("tflint_gemm").joinpath("data/models.json").read_text("utf-8"))
    names = {name for line in index.values() for name in line.split()[1:]}
    return tuple(sorted(name for name in names if all(part.isidentifier() for part in name.split("."))))


class Writer:
    """Writes one program, deciding with ``chance``."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def program(self, statements: int = 12) -> str:
        """A module, which can be parsed."""
        return HEAD + "".join(self.statement(0, False) for _ in range(self.chance.randint(1, statements)))

    # Expressions.

    def expression(self, depth: int = 3) -> str:
        if depth <= 0 or self.chance.random() < 0.15:
            return self.chance.choice((self.name, self.constant, self.tensor))()
        return self.chance.choice(self._EXPRESSIONS)(self, depth - 1)

    def name(self) -> str:
        return self.chance.choice(NAMES if self.chance.random() < 0.95 else LIBRARIES)

    def constant(self) -> str:
        return f"({self.chance.choice(CONSTANTS)})"

    def tensor(self) -> str:
        return self.chance.choice(TENSORS)

    def library_call(self, depth: int) -> str:
        """A call of something that has a model, with arguments as they come, some of them by name."""
        name = self.chance.choice(models())
        entry = api.entry(name)
        signature = entry.signature if entry is not None else None
        parameters = [one.name for one in signature or () if one.name.isidentifier()]
        given = [self.argument(depth) for _ in range(self.chance.randint(0, max(2, len(parameters) // 2)))]
        for parameter in parameters[len(given) :]:
            if self.chance.random() < 0.3:
                given.append(f"{parameter}={self.argument(depth)}")
        library, _, rest = name.partition(".")
        callee = name if library in ("keras", "numpy") else f"tf.{name}"
        callee = f"np.{rest}" if library == "numpy" else callee
        if entry is None:  # a method, on something or other
            callee = f"{self.expression(depth)}.{name.rpartition('.')[2]}"
        return f"{callee}({', '.join(given)})"

    def argument(self, depth: int) -> str:
        if self.chance.random() < 0.5:
            return self.chance.choice((self.tensor, self.constant, self.shape))()
        return self.expression(depth)

    def shape(self) -> str:
        sizes = ("0", "1", "2", "3", "4", "-1", "None", "x", "10**30", "2.5", "tf.shape(x)[0]")
        return f"[{', '.join(self.chance.choices(sizes, k=self.chance.randint(0, 4)))}]"

    def call(self, depth: int) -> str:
        callee = self.chance.choice((self.name(), self.chance.choice(BUILTINS), f"{self.name()}.{self.method()}"))
        forms = ("{}", "{}", "*{}", "**{}", "key={}")
        given = [form.format(self.argument(depth)) for form in self.chance.choices(forms, k=self.chance.randint(0, 3))]
        given.sort(key=lambda one: (one.startswith(("key=", "**")), one.startswith("**")))
        return f"{callee}({', '.join(dict.fromkeys(given) if sum(g.startswith('key=') for g in given) < 2 else given[:1])})"

    def method(self) -> str:
        return self.chance.choice(METHODS)

    def attribute(self, depth: int) -> str:
        called = f"({self.argument(depth)})" if self.chance.random() < 0.5 else ""
        return f"({self.expression(depth)}).{self.method()}{called}"

    def binary(self, depth: int) -> str:
        return f"({self.expression(depth)} {self.chance.choice(BINARY)} {self.expression(depth)})"

    def comparison(self, depth: int) -> str:
        return f"({self.expression(depth)} {self.chance.choice(COMPARISONS)} {self.expression(depth)})"

    def logic(self, depth: int) -> str:
        one, two = self.expression(depth), self.expression(depth)
        return self.chance.choice((f"({one} and {two})", f"(not {one})", f"({one} if {two} else {one})", f"(-{one})"))

    def display(self, depth: int) -> str:
        items = [self.expression(depth) for _ in range(self.chance.randint(0, 3))]
        inner = ", ".join(items)
        keyed = ", ".join(f"{item}: {item}" for item in items)
        return self.chance.choice(
            (f"[{inner}]", f"({inner},)" if items else "()", f"{{{keyed}}}", f"[*{self.name()}, {inner}]")
        )

    def subscript(self, depth: int) -> str:
        one, two = self.expression(depth), self.expression(depth)
        key = self.chance.choice((one, f"{one}:{two}", f"::{one}", f"..., {one}", f"{one}, None, {two}", ":"))
        return f"({self.expression(depth)})[{key}]"

    def comprehension(self, depth: int) -> str:
        clause = f"for {self.name()} in {self.expression(depth)} if {self.expression(depth)}"
        element = self.expression(depth)
        return self.chance.choice((f"[{element} {clause}]", f"{{{element}: 1 {clause}}}", f"list({element} {clause})"))

    def function(self, depth: int) -> str:
        return f"(lambda {self.chance.choice(('', 'x', '*a', 'x, y=1', '**c'))}: {self.expression(depth)})"

    def text(self, _depth: int) -> str:
        return f"f'{{{self.name()}!r}}-{{{self.name()}:>{self.chance.choice(('5', '10', '{x}'))}}}'"

    def walrus(self, depth: int) -> str:
        return f"({self.name()} := {self.expression(depth)})"

    _EXPRESSIONS = (library_call,) * 6 + (
        call, attribute, attribute, binary, binary, comparison, logic, display, display, subscript, subscript,
        comprehension, function, text, walrus,
    )  # fmt: skip

    # Statements.

    def statement(self, indent: int, in_function: bool) -> str:
        simple = (self.assignment, self.assignment, self.assignment, self.change, self.small)
        compound = (self.branch, self.loop, self.definition, self.class_, self.attempt, self.with_, self.match)
        kind = self.chance.choice((*simple, *simple, *compound) if indent < 4 else simple)
        return kind(indent, in_function)

    def body(self, indent: int, in_function: bool) -> str:
        return "".join(self.statement(indent + 1, in_function) for _ in range(self.chance.randint(1, 3)))

    def target(self) -> str:
        forms = ("{}", "{}", "{}", "{}, y", "*{}, b", "{}.field", "{}[0]", "{}[x:]", "({}, (b, *c))")
        return self.chance.choice(forms).format(self.name())

    def assignment(self, indent: int, _in_function: bool) -> str:
        value = self.expression()
        form = self.chance.choice((f"{self.target()} = {value}", f"{self.name()} = {self.name()} = {value}", value,
                                   f"{self.name()}: tf.Tensor = {value}"))  # fmt: skip
        return f"{'    ' * indent}{form}\n"

    def change(self, indent: int, _in_function: bool) -> str:
        return f"{'    ' * indent}{self.name()} {self.chance.choice(BINARY)}= {self.expression()}\n"

    def small(self, indent: int, in_function: bool) -> str:
        outside = ("pass", f"del {self.name()}", f"assert {self.expression(2)}", "from math import *", "import os as tf",
                   f"raise {self.name()}", "import tensorflow.keras as np", "from . import b", "exec('x = 1')")  # fmt: skip
        inside = (f"return {self.expression(2)}", f"yield {self.expression(2)}", f"yield from {self.name()}", "return")
        return f"{'    ' * indent}{self.chance.choice((*outside, *inside) if in_function else outside)}\n".replace(
            "from math import *", "pass" if in_function or indent else "from math import *"
        )

    def branch(self, indent: int, in_function: bool) -> str:
        space, test = "    " * indent, self.expression(2)
        rest = self.chance.choice(("", f"{space}else:\n{self.body(indent, in_function)}",
                                   f"{space}elif {self.expression(1)}:\n{self.body(indent, in_function)}"))  # fmt: skip
        return f"{space}if {test}:\n{self.body(indent, in_function)}{rest}"

    def loop(self, indent: int, in_function: bool) -> str:
        space = "    " * indent
        head = self.chance.choice((f"for {self.name()}, *b in {self.expression(2)}:", f"while {self.expression(2)}:",
                                   f"for {self.name()} in {self.expression(2)}:", "for x in range(5):"))  # fmt: skip
        leave = self.chance.choice(("", f"{space}    break\n", f"{space}    continue\n"))
        rest = self.chance.choice(("", "", f"{space}else:\n{self.body(indent, in_function)}"))
        return f"{space}{head}\n{self.body(indent, in_function)}{leave}{rest}"

    def definition(self, indent: int, _in_function: bool) -> str:
        space = "    " * indent
        decorator = f"{space}@{self.chance.choice(DECORATORS)}\n" if self.chance.random() < 0.3 else ""
        parameters = self.chance.choice(
            ("", "self", "x", "x, y=None", "*a, **b", "self, x: tf.Tensor, /, *, y: int = 3")
        )
        generic = "[T]" if sys.version_info >= (3, 12) and self.chance.random() < 0.1 else ""
        start = self.chance.choice(("def", "def", "def", "async def"))
        name = self.chance.choice(("f", "g", "call", "__init__", "build", "x", "__call__", "__getattr__", "__iter__"))
        body = self.body(indent, True).replace("yield from", "yield") if start != "def" else self.body(indent, True)
        if start != "def":
            body = body.replace("return ", "print ; ")  # an asynchronous generator returns nothing
        called = f"{space}{name}({self.argument(1)})\n" if self.chance.random() < 0.5 else ""
        return f"{decorator}{space}{start} {name}{generic}({parameters}):\n{body}{called}"

    def class_(self, indent: int, _in_function: bool) -> str:
        space = "    " * indent
        head = f"{space}class {self.chance.choice('CDx')}({self.chance.choice(BASES)}):\n"
        parts = [self.definition(indent + 1, False) for _ in range(self.chance.randint(0, 2))]
        body = "".join(parts) or f"{space}    x = {self.expression(2)}\n"
        return f"{head}{body}{space}{self.name()} = C({self.argument(1)})({self.argument(1)})\n"

    def attempt(self, indent: int, in_function: bool) -> str:
        space = "    " * indent
        star = "*" if sys.version_info >= (3, 11) and self.chance.random() < 0.2 else ""
        handled = f"{space}except{star} ValueError as {self.name()}:\n{space}    pass\n"
        last = self.chance.choice(
            (handled, f"{space}finally:\n{space}    x = 1\n", handled + f"{space}else:\n{space}    pass\n")
        )
        return f"{space}try:\n{self.body(indent, in_function)}{last}"

    def with_(self, indent: int, in_function: bool) -> str:
        holders = ("tf.GradientTape()", "tf.name_scope('x')", "self.assertRaises(ValueError)", "tf.Graph().as_default()",
                   "tf.device('/gpu:0')", "open(x)", "tf.compat.v1.Session()", "f()")  # fmt: skip
        head = f"with {self.chance.choice(holders)} as {self.name()}:"
        return f"{'    ' * indent}{head}\n{self.body(indent, in_function)}"

    def match(self, indent: int, in_function: bool) -> str:
        space = "    " * indent
        patterns = (
            "1",
            "'a' | 'b'",
            "[x, *y]",
            "{'k': a, **b}",
            "C(x=1, y=c)",
            "(1, 2) as g",
            "tf.float32",
            "-1.5",
            "None",
        )
        cases = "".join(
            f"{space}    case {self.chance.choice(patterns)}:\n{self.body(indent + 1, in_function)}" for _ in range(2)
        )
        return f"{space}match {self.expression(2)}:\n{cases}"
