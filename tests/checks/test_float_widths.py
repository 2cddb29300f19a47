"""Where the width of floats is reported (float64 that nobody asked for, float16 that is too narrow), and where not."""

from __future__ import annotations

import pytest

from tflint_gemm.config import Config
from tflint_gemm.engine import check_source
from tflint_gemm.findings import Finding
from tflint_gemm.syntax import edits
from tflint_gemm.syntax.source import Source

HEAD = "import numpy as np\nimport tensorflow as tf\nh = tf.zeros((3,), tf.float16)\n"
LARGE = "x = np.random.rand(1000, 1000)\n"


def _check(body: str) -> list[Finding]:
    return check_source(Source("x.py", HEAD + body), Config())


# ------------------------------------------------------------------------------------------------- float64 leaks


@pytest.mark.parametrize(
    ("body", "piece"),
    [
        (LARGE + "t = tf.constant(x)", "a tensor of float64 'x' (float64 since np.random.rand, line 4): 7.6 MiB"),
        (LARGE + "t = tf.matmul(x, x)", "tf.matmul makes a tensor of float64 'x'"),
        (LARGE + "d = tf.data.Dataset.from_tensor_slices({'x': x})", "a dataset of float64"),
        (LARGE + "y = x * 2\nt = tf.Variable(y)", "a variable of float64 'y'"),
        ("t = tf.cast(tf.constant(np.loadtxt('f')), tf.float32)", "twice the memory of float32"),
        (LARGE + "t = tf.constant(x)\nu = tf.constant(x)", "tf.constant"),  # once per array
        (LARGE + "t = tf.stack([x, x])", "tf.stack makes a tensor of float64 'x'"),
        ("t = tf.stack([np.random.rand(1000, 500) for _ in range(4)])", "tf.stack makes a tensor of float64"),
    ],
)
def test_float64_that_nobody_asked_for(body: str, piece: str) -> None:
    (finding,) = _check(body)
    assert finding.code == "TFG104"
    assert piece in finding.message


def test_small_arrays_are_reported_beside_large_ones() -> None:
    findings = _check(LARGE + "t = tf.constant(x)\nb = tf.Variable(np.zeros(1000))")
    assert [finding.code for finding in findings] == ["TFG104", "TFG104"]


def test_the_array_is_made_smaller_where_it_enters_if_it_comes_from_elsewhere() -> None:
    body = "def load():\n    return np.random.rand(1000, 1000)\nx = load()\nd = tf.data.Dataset.from_tensor_slices(x)"
    (finding,) = _check(body)
    assert finding.fix is not None
    assert [edit.replacement for edit in finding.fix.edits] == [".astype(np.float32)"]


SPLIT = """\
from sklearn.datasets import make_regression
from sklearn.model_selection import train_test_split
x, y = make_regression(n_samples=20000, n_features=50)
a, b, c, d = train_test_split(x, y, test_size=0.2)
"""


@pytest.mark.parametrize(
    ("body", "fixed"),
    [
        (
            "t = tf.constant(a)\nu = tf.convert_to_tensor(c)\n",
            "t = tf.constant(a, dtype=tf.float32)\nu = tf.convert_to_tensor(c, dtype=tf.float32)\n",
        ),
        (
            "d = tf.data.Dataset.from_tensor_slices((a, c))\n",
            "d = tf.data.Dataset.from_tensor_slices((a.astype(np.float32), c.astype(np.float32)))\n",
        ),
    ],
)
def test_all_that_comes_of_one_array_gets_its_dtype_at_once(body: str, fixed: str) -> None:
    source = Source("x.py", HEAD + SPLIT + body)
    (finding,) = check_source(source, Config())
    assert finding.fix is not None
    assert edits.apply(source, [finding.fix.edits]).text == HEAD + SPLIT + fixed


@pytest.mark.parametrize(
    "body",
    [
        "t = tf.constant(np.array([1.0, 2.0]))",
        "t = tf.constant(np.loadtxt('f'))",  # of unknown size, and nothing else wants float32
        "t = tf.cast(np.random.rand(1000, 1000), tf.float32)",
        LARGE + "t = tf.constant(x, tf.float32)",
        LARGE + "t = tf.constant(x.astype(np.float32))",
        LARGE + "t = tf.constant(x.astype(float))",
        LARGE + "t = tf.constant(x)\ny = tf.zeros(3, tf.float64)",
        LARGE + "tf.keras.backend.set_floatx('float64')\nt = tf.constant(x)",
        LARGE + "y = tf.keras.layers.Dense(3)(x)",
        LARGE + "t = tf.ones((1000, 1000)) * x.astype('float32')",
    ],
)
def test_float64_that_is_silent(body: str) -> None:
    assert _check(body) == []


# ------------------------------------------------------------------------------------------------- half overflow


@pytest.mark.parametrize(
    ("body", "piece"),
    [
        ("y = h + 1e6", "'+' makes inf of 1000000.0: the largest float16 is 65504, the dtype of 'h' (float16 since"),
        ("y = h * -1e9", "zero times infinity is NaN"),
        ("y = 70000 - h", "'-' makes inf of 70000"),
        ("y = tf.where(h > 0, h, -1e9)", "tf.where makes -inf"),
        ("y = tf.convert_to_tensor([1.0, 65520.0], tf.float16)", "makes inf of 65520.0"),
        ("y = tf.reduce_sum(tf.ones((3, 70000), tf.float16), axis=1)", "adds 70,000 times 1"),
        ("y = tf.reduce_sum(tf.constant([40000.0, 40000.0], tf.float16))", "adds 2 times 40000"),
        ("y = tf.ones((1, 70000), tf.float16) @ tf.ones((70000, 1), tf.float16)", "adds 70,000 times 1"),
    ],
)
def test_numbers_that_half_precision_does_not_hold(body: str, piece: str) -> None:
    (finding,) = _check(body)
    assert finding.code == "TFG108"
    assert piece in finding.message


@pytest.mark.parametrize(
    "body",
    [
        "y = h + 65519.0",  # rounded to the largest
        "y = h + np.inf",
        "y = h - float('inf')",
        "y = tf.constant(float('-inf'), tf.float16)",
        "y = tf.maximum(h, -1e9)",
        "y = tf.clip_by_value(h, -1e9, 1e9)",
        "y = h < 1e6",
        "y = h / 1e6",
        "y = tf.constant(1e6, tf.bfloat16)",
        "y = tf.reduce_sum(tf.ones((70000, 3), tf.float16), axis=1)",
        "y = tf.reduce_sum(tf.zeros(70000, tf.float16))",
        "y = tf.reduce_sum(tf.ones(70000))",
        "x = tf.fill((1, 700), tf.constant(100.0, tf.float16))\ny = tf.matmul(x, x, transpose_a=True)",
        "def f(x):\n    return x * -1e9",
    ],
)
def test_numbers_that_are_no_matter(body: str) -> None:
    assert [finding.code for finding in _check(body)] == []
