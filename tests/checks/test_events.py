"""What the checks say, and where they keep silent: casts, broadcasts, axes, memory, calls of functions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tflint_gemm.config import Config
from tflint_gemm.engine import check_source
from tflint_gemm.findings import Finding
from tflint_gemm.syntax.source import Source

HEAD = "import numpy as np\nimport tensorflow as tf\n"


def _check(body: str, config: Config | None = None) -> list[Finding]:
    return check_source(Source("x.py", HEAD + body), config or Config())


def _codes(body: str) -> list[str]:
    return [finding.code for finding in _check(body)]


# ------------------------------------------------------------------------------------------------- redundant casts


@pytest.mark.parametrize(
    "body",
    [
        "y = tf.cast(np.ones(2, np.float32), tf.float32)",  # makes a tensor of it
        "v = tf.Variable(tf.ones(2))\ny = tf.cast(v, tf.float32)",  # reads it
        "y = tf.cast(1.0, tf.float32)",
        "def f(x):\n    return tf.cast(x, tf.float32)\nf(tf.ones(2))",  # others may call it with other dtypes
        "for t in (tf.float32, tf.float64):\n    x = tf.ones(2, dtype=t)\n    y = tf.cast(x, tf.float32)",
        "def f(x):\n    y = x * 2\n    return tf.cast(y, tf.float32)\nf(tf.ones(2))",
        "import sys\nx = tf.ones(2) if sys.argv else tf.ones(2, tf.int32)\ny = tf.cast(x, tf.float32)",
    ],
)
def test_casts_that_may_do_something(body: str) -> None:
    assert _codes(body) == []


def test_a_redundant_cast_of_an_operation_keeps_parentheses() -> None:
    finding = _check("x = tf.ones(2)\ny = tf.cast(x + x, tf.float32) * x")[0]
    assert finding.fix is not None
    assert [edit.replacement for edit in finding.fix.edits] == ["(", ")"]


def test_removing_a_cast_with_a_comment_is_unsafe() -> None:
    finding = _check("x = tf.ones(2)\ny = tf.cast(\n    x,  # why\n    tf.float32,\n)")[0]
    assert finding.code == "TFG107"
    assert finding.fix is not None
    assert (finding.fix.safety, finding.fix.reason) == ("unsafe", "a comment would be lost")


# ------------------------------------------------------------------------------------------------- lossy casts


@pytest.mark.parametrize(
    ("body", "piece"),
    [
        ("x = tf.cast([1.0, 1e10], tf.int32)", "makes an arbitrary number of 10000000000.0"),
        ("x = tf.cast(float('nan'), tf.int64)", "makes an arbitrary number of nan"),
        ("x = tf.cast(-129, tf.int8)", "makes 127 of -129: int8 holds -128 to 127"),
        ("x = tf.cast(tf.constant(-1e6), tf.float16)", "makes -inf of -1000000.0"),
        ("x = tf.cast(70000, 'float16')", "makes inf of 70000: the largest float16 is 65504"),
        ("x = tf.cast(1e-10, tf.float16)", "makes 0.0 of 1e-10"),
        ("x = tf.cast(np.array(1e300), tf.float32)", "makes inf of 1e+300"),
        ("x = np.array([7, 300]).astype(np.uint8)", "makes 44 of 300: uint8 holds 0 to 255"),
        ("x = np.full(3, -1e9).astype('float16')", "makes -inf of -1000000000.0"),
        (
            "x = tf.random.uniform((2,), 0, 9, tf.int32)\nf = tf.cast(x, tf.float16)\ny = tf.cast(f, tf.int32)",
            "int32 'x' is cast to float16 and back to int32: float16 holds integers up to 2,048 only",
        ),
    ],
)
def test_casts_that_lose_a_value(body: str, piece: str) -> None:
    (finding,) = _check(body)
    assert finding.code == "TFG106"
    assert piece in finding.message


@pytest.mark.parametrize(
    "body",
    [
        "x = tf.cast(0.5, tf.int32)",  # that is what such a cast is for
        "x = tf.cast(-1, tf.uint8)\ny = tf.cast(0xFFFFFFFF, tf.int32)",  # the same bits
        "x = tf.cast(65504, tf.float16)\ny = tf.cast(65519.0, tf.float16)",
        "x = tf.cast(6e-8, tf.float16)\ny = tf.cast(0.0, tf.float16)",
        "x = tf.cast(float('inf'), tf.float16)",
        "x = tf.cast(1e10, tf.bfloat16)\ny = tf.cast(2**31 - 1, tf.float32)\nz = tf.cast(300, tf.bool)",
        "x = tf.saturate_cast(300, tf.uint8)",
        "x = tf.cast(tf.cast(tf.range(3), tf.float32), tf.int32)",  # known to be small
        "x = tf.random.uniform((2,), 0, 9, tf.int32)\ny = tf.cast(tf.cast(x, tf.float64), tf.int32)",
        "x = tf.random.uniform((2,), 0, 9, tf.int32)\ny = tf.cast(tf.cast(x, tf.float32) * 0.5, tf.int32)",
        "x = tf.ones((9, 9), tf.uint8)\ny = tf.cast(tf.cast(x, tf.float16), tf.uint8)",
        "x = tf.random.normal((2,))\ny = tf.cast(tf.cast(x, tf.int32), tf.float32)",
    ],
)
def test_casts_that_keep_their_values_or_mean_to_lose_them(body: str) -> None:
    assert _codes(body) == []


# ------------------------------------------------------------------------------------------------- bytes


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("x = tf.io.decode_raw(np.ones(4).tobytes(), tf.float32)", ["TFG109"]),
        ("x = np.frombuffer(np.ones(4, np.int64).tobytes(), np.int32)", ["TFG109"]),
        ("x = np.frombuffer(np.ones(4, np.int64).tobytes(), np.float32)", ["TFG109"]),
        ("x = np.frombuffer(np.ones(3, np.float32).tobytes())", ["TFG213"]),
        ("x = tf.io.decode_raw(np.ones(3, np.uint8).tobytes(), tf.float32)", ["TFG213"]),
        ("x = tf.io.decode_raw(np.ones(4).tobytes(), tf.float64)", []),
        ("x = np.frombuffer(np.ones(4).tobytes(), np.uint32)", []),  # bits
        ("x = np.frombuffer(np.ones(4, np.float32).tobytes(), np.int32)", []),
        ("x = np.frombuffer(np.ones(4).tobytes(), np.int8)", []),
        ("x = np.frombuffer(np.ones(8, np.uint8).tobytes(), np.float32)", []),
        ("x = np.frombuffer(np.ones(4, np.complex64).tobytes(), np.float32)", []),
        ("import sys\na = np.ones(2) if sys.argv else np.ones(2, np.float32)\nnp.frombuffer(a.tobytes(), 'f4')", []),
        ("b = np.ones(3, np.float32).tobytes() if tf else 0\nx = np.frombuffer(b + b'1234')", []),
        ("x = np.frombuffer(np.ones(3, np.float32).tobytes(), offset=4)", ["TFG109"]),
    ],
)
def test_bytes_that_are_read_as_another_dtype(body: str, codes: list[str]) -> None:
    assert _codes(body) == codes


# ------------------------------------------------------------------------------------------------- half precision

MIXED = "k = tf.keras\nL = k.layers\nk.mixed_precision.set_global_policy('mixed_float16')\n"
SUBCLASS = """
class M(k.Model):
    def __init__(self):
        super().__init__()
        self.d = L.Dense(3)
    def call(self, x):
        {}
m = M()
y = m(tf.ones((2, 3)))
"""
FUNCTIONAL = "i = k.Input((3,))\no = L.Dense(2{})(i)\nm = k.Model(i, o)\n"


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (FUNCTIONAL.format(", activation='softmax'"), ["TFG110"]),
        (FUNCTIONAL.format(", activation=tf.nn.softmax"), ["TFG110"]),
        (FUNCTIONAL.format("") + "m.compile(loss='mse')", ["TFG110"]),
        (FUNCTIONAL.format(""), []),  # may be a part of a model
        (FUNCTIONAL.format(", activation='softmax', dtype='float32'"), []),
        ("m = k.Sequential()\nm.add(L.Dense(2))\nm.add(L.Softmax())", ["TFG110"]),
        ("m = k.Sequential([L.Dense(2, activation='softmax'), L.Dense(2)])", []),
        (
            "i = k.Input((3,))\no = L.Dense(2, activation='softmax')(i)\nm = k.Model(i, {'a': o, 'b': L.Dense(2)(i)})",
            ["TFG110"],
        ),
        (SUBCLASS.format("return self.d(x)"), []),
        (SUBCLASS.format("return self.d(x)") + "m.compile(loss='mse')", ["TFG110"]),
        (SUBCLASS.format("x = self.d(x)\n        return x") + "m.compile(loss='mse')", ["TFG110"]),
        (SUBCLASS.format("return tf.cast(self.d(x), tf.float32)") + "m.compile(loss='mse')", []),
        (SUBCLASS.format("y = self.d(x)\n        return x") + "m.compile(loss='mse')", []),
        ("k.mixed_precision.set_global_policy('float32')\nm = k.Sequential([L.Dense(2, activation='softmax')])", []),
        ("k.mixed_precision.set_global_policy('mixed_bfloat16')\nm = k.Sequential([L.Softmax()])", []),
    ],
)
def test_models_that_end_in_half_precision(body: str, codes: list[str]) -> None:
    assert _codes(MIXED + body) == codes


# ------------------------------------------------------------------------------------------------- broadcasts and axes


@pytest.mark.parametrize(
    "body",
    [
        "d = x[:, None] - x\nl = tf.reduce_mean(d)",
        "c = tf.expand_dims(x, 1)\nl = tf.reduce_sum(tf.square(c - x))",
        "c = tf.reshape(x, (-1, 1))\nl = tf.reduce_sum(c - x)",
        "l = tf.reduce_sum(x - y, axis=1)",  # one number per row is what pairs are for
        "grid = x - y",
        "l = tf.reduce_mean(x - tf.ones((1, 1)))",
        "l = tf.reduce_mean(tf.ones(1) - tf.ones((1, 1)))",
        "l = tf.reduce_mean(x * y)",
        "l = tf.reduce_mean(x - y[:, 0])",
    ],
)
def test_broadcasts_that_may_be_meant(body: str) -> None:
    assert _codes("x = tf.ones(4)\ny = tf.ones((4, 1))\n" + body) == []


@pytest.mark.parametrize(
    "body",
    [
        "l = tf.reduce_mean(tf.square(y - x))",
        "l = tf.reduce_mean((x - y) ** 2)",
        "l = tf.reduce_mean(tf.math.squared_difference(x, y))",
        "l = tf.reduce_mean(tf.cast(tf.equal(x, y), tf.float32))",
        "l = np.mean((np.zeros(4) - np.zeros((4, 1))) ** 2)",
        "def loss(t, p):\n    e = t - p\n    return tf.reduce_mean(tf.abs(e))\nprint(loss(x, y))",
    ],
)
def test_accidental_broadcasts(body: str) -> None:
    assert _codes("x = tf.ones(4)\ny = tf.ones((4, 1))\n" + body) == ["TFG220"]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("y = tf.ones(3) * m", ["TFG222"]),
        ("y = m * tf.ones(3)", ["TFG222"]),
        ("y = np.ones(3) * m", ["TFG222"]),
        ("y = m * m", []),
        ("y = tf.ones(3) * np.array([True, False, True])", []),  # converted to the tensor's dtype
        ("y = tf.ones(3) * tf.cast(m, tf.float32)", []),
        ("for x in (m, tf.ones(3)):\n    y = tf.ones(3) * x", []),
    ],
)
def test_boolean_products(body: str, codes: list[str]) -> None:
    assert _codes("m = tf.constant([True, False, True])\n" + body) == codes


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("y = tf.argmax(tf.ones((4, 1)), axis=1)", ["TFG221"]),
        ("y = tf.argmax(tf.ones((4, 1)), -1)", ["TFG221"]),
        ("y = tf.argmax(tf.ones((4, 1)))", []),
        ("y = tf.argmax(tf.ones((1, 4)), axis=-1)", []),
        ("y = np.argmax(np.ones((1, 4)))", []),
        ("y = np.argmax(np.ones((1, 4)), axis=0)", ["TFG221"]),
        ("for n in (1, 2):\n    y = tf.argmax(tf.ones((4, n)), axis=1)", []),
        ("layer = tf.keras.layers.Dense(1, activation='softmax')", ["TFG221"]),
        ("layer = tf.keras.layers.Dense(1, activation=tf.nn.softmax)", ["TFG221"]),
        ("layer = tf.keras.layers.Dense(2, activation='softmax')", []),
    ],
)
def test_axes_of_one_element(body: str, codes: list[str]) -> None:
    assert _codes(body) == codes


# ------------------------------------------------------------------------------------------------- memory


def test_the_limits_are_configured() -> None:
    body = "a = tf.zeros((1024, 1024))\nb = tf.zeros((64, 1024, 1024))\nc = tf.reshape(b, (-1, 64))"
    assert _codes(body) == []
    small = replace(Config(), max_tensor_bytes=2**22, device_memory=2**25)
    found = [(finding.code, finding.span.line) for finding in _check(body, small)]
    assert found == [("TFG301", 3), ("TFG301", 4), ("TFG302", 4)]


@pytest.mark.parametrize(
    ("between", "codes"),
    [
        ("", ["TFG302"]),
        ("t = tf.exp(x[:2])\n", []),  # a slice comes and goes
        ("t = tf.exp(s)\nt = tf.exp(s)\n", []),  # the first t is gone
        ("t = tf.exp(s)\n", ["TFG302"]),
    ],
)
def test_a_converted_array_counts_twice_until_a_tensor_is_destroyed(between: str, codes: list[str]) -> None:
    body = f"s = tf.ones(2)\na = np.ones((3000, 3000), np.float32)\nx = tf.constant(a)\n{between}y = tf.matmul(x, x)"
    large = replace(Config(), device_memory=130_000_000)  # a, x and y are 108 million bytes, with the copy 144
    assert [finding.code for finding in _check(body, large)] == codes


def test_an_allocation_in_a_loop_is_reported_once() -> None:
    assert _codes("for _ in range(5):\n    a = np.zeros((8192, 8192))") == ["TFG301"]


# ------------------------------------------------------------------------------------------------- faults and findings


def test_one_fault_gives_one_finding() -> None:
    body = "x = tf.ones((2, 2), tf.float64)\nw = tf.ones((2, 2))\ny = x @ w + w\nz = tf.concat([y, w], 0) * 2.0\n"
    assert _codes(body) == ["TFG101"]


def test_what_follows_a_fault_is_still_looked_at() -> None:
    body = "a = tf.range(2) * tf.ones(2)\nb = tf.constant(np.zeros(2)) - a\nc = a + b + tf.ones(3)\n"
    assert _codes(body) == ["TFG102", "TFG102", "TFG204"]


def test_three_faults_give_three_findings() -> None:
    body = "a = tf.ones((2, 3)) @ tf.ones((2, 3))\nb = tf.range(3) + tf.ones(3)\nc = tf.reshape(b, (2, 2))\n"
    assert _codes(body) == ["TFG201", "TFG102", "TFG205"]


def test_the_way_there_is_told() -> None:
    body = "def inner(x):\n    return x @ tf.ones((3, 3))\ndef outer(x):\n    return inner(x)\nouter(tf.ones((2, 2)))\n"
    (finding,) = _check(body)
    assert finding.span.line == 4
    ways = [(note.span.line, note.message) for note in finding.notes if note.span and note.span.line != 4]
    assert ways == [(7, "reached by the call in line 7"), (6, "reached by the call in line 6")]


def test_the_layer_or_input_that_does_not_fit_is_pointed_out() -> None:
    layers = "dense = tf.keras.layers.Dense(2)\nm = tf.keras.Sequential([tf.keras.Input((4,)), dense])\n"
    (finding,) = _check(layers + "m.predict(np.ones((3, 5)))\n")
    assert (3, "this Dense was made for other inputs") in [
        (note.span.line, note.message) for note in finding.notes if note.span
    ]
    model = "i = tf.keras.Input((4,))\nm = tf.keras.Model(i, tf.keras.layers.Dense(2)(i))\n"
    (finding,) = _check(model + "m.predict(np.ones((3, 5)))\n")
    assert (3, "the input is declared as [batch, 4]") in [
        (note.span.line, note.message) for note in finding.notes if note.span
    ]
