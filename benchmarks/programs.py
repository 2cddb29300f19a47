"""Generated programs of any length, each of one kind that could make an analysis slower than its length."""

from __future__ import annotations

from collections.abc import Callable, Iterator

HEAD = "import tensorflow as tf\n\n\n"


def call_chain(lines: int) -> Iterator[str]:
    """Functions that call the next one, as deep as there are functions."""
    count = lines // 5
    for number in range(count):
        following = f"step_{number + 1}(y)" if number + 1 < count else "y"
        yield f"def step_{number}(x):\n    y = tf.nn.relu(x) + {number}.0\n    return {following}\n\n\n"
    yield "step_0(tf.zeros([8, 16]))\n"


def wide_class(lines: int) -> Iterator[str]:
    """A layer with as many weights as methods that use them."""
    count = lines // 6
    yield "class Wide(tf.keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
    yield from (f"        self.dense_{number} = tf.keras.layers.Dense({number % 64 + 1})\n" for number in range(count))
    for number in range(count):
        yield f"\n    def part_{number}(self, x):\n        y = self.dense_{number}(x)\n"
        yield "        return tf.reduce_sum(y)\n\n"
    yield "\nwide = Wide()\n"
    yield from (f"wide.part_{number}(tf.zeros([4, 8]))\n" for number in range(0, count, 50))


def straight_line(lines: int) -> Iterator[str]:
    """One function with a statement per line, each of which needs the one before."""
    yield "def long(x):\n    a0 = tf.matmul(x, tf.zeros([16, 16]))\n"
    yield from (f"    a{number} = tf.nn.relu(a{number - 1} + {number}.0)\n" for number in range(1, lines))
    yield f"    return a{lines - 1}\n\n\nlong(tf.zeros([8, 16]))\n"


def large_literal(lines: int) -> Iterator[str]:
    """A table of numbers."""
    yield "table = tf.constant([\n"
    yield from (f"    [{number}.0, {number}.5, -{number}.25, {number}e-3],\n" for number in range(lines))
    yield "])\nproduct = tf.matmul(table, tf.zeros([4, 2]))\n"


KINDS: dict[str, Callable[[int], Iterator[str]]] = {
    "deep call chain": call_chain,
    "wide class": wide_class,
    "straight line": straight_line,
    "large literal": large_literal,
}


def program(kind: str, lines: int) -> str:
    """A program of about ``lines`` lines."""
    return HEAD + "".join(KINDS[kind](lines))
