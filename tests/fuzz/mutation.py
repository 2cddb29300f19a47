"""Real programs with something changed: bytes, tokens, or pieces of the syntax tree."""

from __future__ import annotations

import ast
import random
import re
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
MAX_SEED = 40_000  # characters: what is large is slow, and no more varied
_TOKEN = re.compile(r"\s+|\w+|\"\"\"|'''|[^\w\s]")
_FENCE = re.compile(r"^```python[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WORDS = (
    "(", ")", "[", "]", "{", "}", ":", ",", "=", "*", "**", "lambda", "yield", "await", "not", "if", "else", "for",
    "in", "None", "-1", "0", "1e400", "10**30", "tf", "np", "self", "def", "class", "return", "import", "\n", "\t",
    "'", '"',
    "#", "\\", ";", "@", ":=", "->", "...", "\x0c", "\r", "é", "\ufeff", "# noqa: TFG101", "b''", "f'{x}'", "global x",
)  # fmt: skip
_BYTES = (b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r", b"\x0c", b"# coding: latin-1\n", b"# coding: x\n", b"\x1a", b"\xe9")


@cache
def seeds(corpus: bool = False) -> tuple[str, ...]:
    """The programs of this repository, and with ``corpus`` those of the public packages, as far as they are there."""
    files = [*ROOT.glob("examples/*.py"), *ROOT.glob("tests/bugs/*/*.py")]
    if corpus:
        files.extend(ROOT.glob("corpus/*/**/*.py"))
    found = [file.read_text("utf-8", "replace") for file in sorted(files)]
    for page in sorted([*ROOT.glob("rules/*.md"), *ROOT.glob("tests/interpreter/cases/*.md")]):
        head = "" if page.parent.name == "rules" else "import tensorflow as tf\nimport numpy as np\n"
        found.extend(head + text for text in _FENCE.findall(page.read_text("utf-8")))
    return tuple(text for text in found if 0 < len(text) <= MAX_SEED)


def mutated(chance: random.Random, *, corpus: bool = False) -> bytes:
    """A program with a few changes, all of one kind."""
    text = chance.choice(seeds(corpus))
    kind: Callable[[random.Random, str], bytes] = chance.choice((_tokens, _tokens, _tree, _tree, _tree, _raw))
    return kind(chance, text)


def _raw(chance: random.Random, text: str) -> bytes:
    data = bytearray(text.encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.randint(0, 3)] = chance.choice((*_BYTES, bytes([chance.randrange(256)])))
    return bytes(data)


def _tokens(chance: random.Random, text: str) -> bytes:
    """Tokens removed, repeated, exchanged, or replaced by others."""
    tokens = _TOKEN.findall(text)
    for _ in range(chance.randint(1, 6)):
        at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        change = chance.randrange(5)
        if change == 0:
            tokens[at] = ""
        elif change == 1:
            tokens[at] = tokens[at] * chance.choice((2, 3, 50))
        elif change == 2:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at] = chance.choice((*_WORDS, tokens[other]))
    return "".join(tokens).encode("utf-8", "surrogatepass")


class _Exchange(ast.NodeTransformer):
    """Puts expressions of the program in the place of others."""

    def __init__(self, chance: random.Random, pool: list[ast.expr], rate: float) -> None:
        self.chance, self.pool, self.rate = chance, pool, rate

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        loaded = isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        fixed = isinstance(node, (ast.JoinedStr, ast.FormattedValue, ast.Starred))
        if loaded and not fixed and self.chance.random() < self.rate:
            return self.chance.choice(self.pool)
        if isinstance(node, ast.Call) and node.args and self.chance.random() < self.rate:
            self.chance.shuffle(node.args)
        body = getattr(node, "body", None)
        if isinstance(body, list) and len(body) > 1 and self.chance.random() < self.rate * 4:
            at = self.chance.randrange(len(body))
            body[at : at + 1] = self.chance.choice(([], [body[at]] * 2, [body[at - 1]]))
        return node


def _tree(chance: random.Random, text: str) -> bytes:
    """Expressions, statements and the order of arguments exchanged; what cannot be parsed is left as it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        spare = ("None", "-1", "10**30", "[]", "()", "x", "'x'", "float('nan')", "tf.ones([2, 3])", "np.zeros(4)")
        pool = [ast.parse(one, mode="eval").body for one in spare]
        inside_text = (ast.JoinedStr, ast.FormattedValue, ast.Starred, ast.Slice)
        pool.extend(
            node for node in ast.walk(tree) if isinstance(node, ast.expr) and not isinstance(node, inside_text)
            and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        )  # fmt: skip
        pool = [ast.parse(ast.unparse(node), mode="eval").body for node in chance.choices(pool, k=20)]
        return ast.unparse(_Exchange(chance, pool, chance.choice((0.003, 0.01, 0.05))).visit(tree)).encode()
    except (SyntaxError, ValueError, RecursionError):
        return text.encode("utf-8", "replace")
