"""TensorFlow has the last word on fixes: where the linter leaves nothing to object to, the repaired program runs."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tflint_gemm.config import CastTarget, Config
from tflint_gemm.engine import check_source
from tflint_gemm.findings import Finding
from tflint_gemm.repair import repair
from tflint_gemm.syntax.source import Source

pytest.importorskip("tensorflow")

HEAD = "import numpy as np\nimport tensorflow as tf\n\n\ndef f(x, y):\n    return tf.matmul(x, y)\n\n\n"
DTYPES = ("float16", "bfloat16", "float32", "float64", "int32", "int64", "complex64")
MAKERS = (
    *(f"tf.ones((2, 2), dtype=tf.{dtype})" for dtype in DTYPES),
    *(f"tf.cast([[1, 2], [3, 4]], tf.{dtype})" for dtype in DTYPES),
    *(f"np.ones((2, 2), dtype=np.{dtype})" for dtype in ("float16", "float32", "float64", "int32", "int64")),
    "tf.ones((2, 2))",
    "tf.constant([[1, 2], [3, 4]])",
    "tf.constant(np.eye(2))",
    "tf.random.normal((2, 2))",
    "np.random.rand(2, 2)",
    "np.arange(4).reshape(2, 2)",
    "(np.ones((2, 2), np.uint8) / 255)",
    "[[1, 2], [3, 4]]",
    "[[1.5, 2], [3, 4]]",
)
OPERATIONS = (
    "tf.matmul({0}, {1})",
    "tf.add({0}, {1})",
    "tf.multiply({0}, {1})",
    "tf.concat([{0}, {1}], axis=0)",
    "tf.stack([{0}, {1}, {0}])",
    "tf.where([[True, False], [True, False]], {0}, {1})",
    "tf.einsum('ij,jk->ik', {0}, {1})",
    "tf.Variable(tf.zeros((2, 2))).assign({0})",
    "tf.cast({0}, tf.float32) @ {1}",
    "f({0}, {1})",
)


def _raises(text: str) -> str | None:
    try:
        exec(compile(text, "x.py", "exec"), {"__name__": "x"})
    except Exception as error:  # whatever TensorFlow raises
        return f"{type(error).__name__}: {error}"
    return None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    makers=st.tuples(st.sampled_from(MAKERS), st.sampled_from(MAKERS)),
    inline=st.tuples(st.booleans(), st.booleans()),
    operations=st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=2, unique=True),
    policy=st.sampled_from(get_args(CastTarget)),
)
def test_repaired_programs_run(
    makers: tuple[str, str], inline: tuple[bool, bool], operations: list[str], policy: CastTarget
) -> None:
    config = replace(Config(), cast_target=policy)

    def check(source: Source) -> list[Finding]:
        return check_source(source, config)

    named = [f"{name} = {maker}\n" for name, maker, direct in zip("ab", makers, inline) if not direct]
    operands = [maker if direct else name for name, maker, direct in zip("ab", makers, inline)]
    text = HEAD + "".join(named) + "".join(operation.format(*operands) + "\n" for operation in operations)
    before = [finding for finding in check(Source("x.py", text)) if finding.severity == "error"]
    assert not before or _raises(text) is not None
    done = repair(Source("x.py", text), check, unsafe=True)
    if done.source.text != text and not any(finding.severity == "error" for finding in done.findings):
        assert _raises(done.source.text) is None, done.source.text
