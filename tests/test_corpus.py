"""The tool that runs the linter on public packages: what it counts, and that its record is complete."""

from __future__ import annotations

import ast
import re
import sys
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tflint_gemm.interpreter import analyse
from tflint_gemm.syntax.source import Source
from tools import corpus


def test_packages_are_pinned_by_their_content() -> None:
    packages = list(corpus.pinned(()))
    assert len(packages) >= 8
    assert all(re.fullmatch(r"[\w-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", package) for package in packages)
    assert [package.partition("==")[0] for package in corpus.pinned(["gpflow"])] == ["gpflow"]


def test_every_recorded_error_is_true() -> None:
    reasons = corpus.recorded_reasons()
    assert reasons
    assert all(reason.startswith("    true: ") for reason in reasons.values())
    folders = {package.split()[0].replace("==", "-") for package in corpus.pinned(())}
    assert {line.partition("/")[0] for line in reasons} <= folders


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        ("tf.matmul(tf.zeros([2, 3]), tf.zeros([3, 4]))", [1, 1, 1]),
        ("tf.matmul(tf.zeros([n, 3]), tf.zeros([3, 4]))", [1, 1, 0]),
        ("tf.zeros(n) @ tf.zeros([3, 4])", [1, 0, 0]),
        ("tf.matmul(n, tf.zeros([3, 4]))", [0, 0, 0]),
        ("tf.keras.layers.Dense(4)(tf.zeros([2, 3]))", [1, 1, 1]),
        ("tf.keras.layers.Add()([tf.zeros([2, 3]), n])", [0, 0, 0]),
        ("[tf.matmul(x, tf.zeros([3, 4])) for x in (tf.zeros([2, 3]), n)]", [0, 0, 0]),
        ("np.einsum('ij,jk', np.zeros((2, 3)), np.zeros((3, 4)))", [1, 1, 1]),
    ],
)
def test_products_and_what_is_known_of_their_operands(expression: str, known: list[int]) -> None:
    source = Source("main.py", f"import numpy as np\nimport tensorflow as tf\ndef f(n):\n    return {expression}\n")
    tally = corpus.Tally()
    analyse(source, ast.parse(source.text), listener=partial(tally.heard, "main.py"))
    assert [[int(level) for level in levels] for levels in tally.products().values()] == [known]


def test_calls_count_for_more_than_what_is_assumed_of_a_function() -> None:
    text = "import tensorflow as tf\ndef f(n):\n    return tf.matmul(n, tf.zeros([3, 4]))\n"
    shares = {}
    for name, more in (("assumed", ""), ("called", "f(tf.zeros([2, 3]))\n")):
        source = Source("main.py", text + more)
        tally = corpus.Tally()
        analyse(source, ast.parse(source.text), listener=partial(tally.heard, "main.py"))
        shares[name] = list(tally.products().values())
    assert shares == {"assumed": [(False, False, False)], "called": [(True, True, True)]}
