"""What is proposed instead of a large intermediate computes the same."""

from __future__ import annotations

from typing import Any

import pytest

from tflint_gemm.config import Config
from tflint_gemm.engine import check_source
from tflint_gemm.findings import Finding
from tflint_gemm.syntax import edits
from tflint_gemm.syntax.source import Source

HEAD = """\
import numpy as np
import tensorflow as tf

np.random.seed(0)
tf.random.set_seed(0)
a, b = tf.random.normal([512, 64]), tf.random.normal([600, 64])
x, y = tf.random.normal([256, 300]), tf.random.normal([300, 256])
p, q = np.random.rand(400, 64), np.random.rand(512, 64)
batch, weights = tf.random.normal([8, 300, 64]), tf.random.normal([8, 64, 128])
"""
REWRITTEN = [
    "tf.reduce_sum((a[:, None] - b[None]) ** 2, -1)",
    "tf.reduce_sum(tf.square(a[None] - b[:, None]), axis=2)",
    "tf.reduce_sum(tf.math.squared_difference(tf.expand_dims(a, 1), b), axis=-1)",
    "tf.norm(a[:, tf.newaxis, :] - b, axis=-1)",
    "((p[:, None] - q[None]) ** 2).sum(-1)",
    "np.linalg.norm(p[:, np.newaxis] - q, axis=-1)",
    "tf.reduce_sum(a[:, None] * b[None], axis=-1)",
    "tf.reduce_sum(x[:, :, None] * y[None], axis=1)",
    "np.sum(p[:, None] * q[None], axis=2)",
    "tf.reduce_sum(batch[:, :, :, None] * weights[:, None], axis=2)",
    "tf.reduce_max(tf.abs(a[:, None] - b[None]), axis=-1)",
    "tf.reduce_sum(tf.abs(b[None] - tf.expand_dims(a, 1)), -1) * 2.0",
    "2.0 + tf.reduce_sum(a[:, None] * b, axis=-1) * 3.0",
    "tf.sqrt(tf.reduce_sum(tf.square(a[:, None] - b[None]), axis=-1))",
    "tf.reduce_sum(tf.pow(a[:, None] - b[None], 2), axis=-1) ** 0.5",
    "np.sqrt(((p[:, None] - q) ** 2).sum(axis=2))",
    "tf.linalg.norm(tf.expand_dims(a, 1) - b, ord=2, axis=-1)",
    "tf.norm(a[:, None] - b[None], ord=1, axis=-1)",
    "tf.keras.ops.sum(tf.square(a[:, None] - b[None]), axis=-1)",
    "tf.reduce_min(tf.reduce_sum((a[:, None] - b) ** 2, axis=-1), axis=1)",
    "tf.reduce_sum(a[:, None] * b[None], axis=(1, 2))",
    "tf.reduce_sum(tf.multiply(a[:, None, :], b), axis=2)",
    "(p[:, None] * q[None]).sum(axis=2)",
    "tf.reduce_logsumexp(a[:, None] + b[None], axis=-1)",
    "tf.reduce_sum(tf.maximum(b[None], a[:, None]), axis=-1)",
]
IN_WORDS = [
    ("tf.reduce_mean(tf.square(a[:, None] - b[None]), axis=-1)", "a matrix product instead of all differences"),
    ("tf.reduce_sum(tf.square(a[:, None] - b[None]), axis=-1, keepdims=True)", "instead of all differences"),
    ("tf.reduce_sum(tf.abs(a[:, None] - b[None]), axis=2)", "tf.map_fn"),
    ("tf.reduce_sum(tf.square(tf.nn.relu(a)[:, None] - b[None]), axis=-1)", "instead of all differences"),
    ("np.abs(p[:, None] - q[None]).max(axis=-1)", "a loop over the rows"),
    ("np.linalg.norm(p[:, None] - q[None], ord=1, axis=2)", "a loop over the rows"),
]
SILENT = [
    "a[:, None] - b[None]",
    "tf.nn.relu(a[:, None] - b[None])",
    "tf.reduce_sum(tf.square(a[:100, None] - b[None]), axis=-1)",
    "tf.matmul(tf.square(a[:, None] - b[None]), tf.zeros([64, 64]))",
    "(lambda d: [d, tf.reduce_sum(d, axis=-1)])(a[:, None] - b[None])",
]


def found(expression: str) -> list[Finding]:
    source = Source("x.py", f"{HEAD}result = {expression}\n")
    return [finding for finding in check_source(source, Config()) if finding.code == "TFG303"]


@pytest.mark.parametrize("expression", REWRITTEN)
def test_the_rewritten_expression_computes_the_same(expression: str) -> None:
    np = pytest.importorskip("numpy")
    pytest.importorskip("tensorflow")
    (finding,) = found(expression)
    assert finding.fix is not None
    assert finding.fix.safety == "suggestion"
    source = Source("x.py", f"{HEAD}result = {expression}\n")
    rewritten = edits.apply(source, [finding.fix.edits]).text
    values: list[Any] = []
    for text in (source.text, rewritten):
        names: dict[str, Any] = {}
        exec(text, names)
        values.append(np.asarray(names["result"]))
    assert values[0].shape == values[1].shape
    # A distance near zero has lost digits to the squares, which are about as large as the rows are long.
    np.testing.assert_allclose(values[0], values[1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("distances", ["tf.sqrt(tf.reduce_sum({} ** 2, axis=-1))", "tf.norm({}, axis=-1)"])
def test_the_root_of_no_distance_is_a_number(distances: str) -> None:
    tf = pytest.importorskip("tensorflow")
    expression = distances.format("(b[:, None] - b[None])")
    (finding,) = found(expression)
    assert finding.fix is not None
    source = Source("x.py", f"{HEAD}result = {expression}\n")
    names: dict[str, Any] = {}
    exec(edits.apply(source, [finding.fix.edits]).text, names)
    assert bool(tf.reduce_all(tf.math.is_finite(names["result"])))


@pytest.mark.parametrize(("expression", "words"), IN_WORDS)
def test_what_cannot_be_rewritten_is_said_in_words(expression: str, words: str) -> None:
    (finding,) = found(expression)
    assert finding.fix is None
    assert words in (finding.help or "")


@pytest.mark.parametrize("expression", SILENT)
def test_what_is_small_or_kept_is_not_reported(expression: str) -> None:
    assert found(expression) == []
