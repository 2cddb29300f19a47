"""What ops are said to take against the statistics of TensorFlow's CPU allocator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tflint_gemm import engine
from tflint_gemm.config import Config
from tflint_gemm.memory.plan import magnitude

pytest.importorskip("tensorflow")

HEAD = "import tensorflow as tf\n"
GIVEN = HEAD + (
    "x = tf.ones([1024, 1024])\ny = tf.ones([1024, 1024])\nlabels = tf.ones([1024], tf.int32)\n"
    "image = tf.ones([4, 64, 64, 64])\n"
)
UNIT = 4 << 20  # each operand's bytes
CALLS = [
    "tf.random.normal([1024, 1024])", "tf.linspace(0.0, 1.0, 1024 * 1024)", "tf.nn.gelu(x)", "tf.nn.silu(x)",
    "tf.clip_by_value(x, 0.0, 1.0)", "tf.sort(x)", "tf.math.reduce_std(x)", "tf.math.reduce_variance(x)",
    "tf.reduce_logsumexp(x)", "tf.norm(x)", "tf.matmul(x, y)", "x + y", "tf.exp(x)", "tf.nn.softmax(x)",
    "tf.transpose(x)", "tf.reshape(x, [-1])", "tf.expand_dims(x, 0)", "x[:512]", "x[:, :512]", "tf.split(x, 2)",
    "tf.split(x, 2, axis=1)", "tf.cast(x, tf.float32)", "tf.cast(x, tf.float64)", "tf.identity(x)",
    "tf.Variable(x)", "tf.concat([x, y], 0)", "tf.reduce_sum(x)", "tf.nn.max_pool2d(image, 2, 2, 'SAME')",
    "tf.nn.sparse_softmax_cross_entropy_with_logits(labels, x)",
]  # fmt: skip
MEASURE = """
import json
statistics = lambda: tf.config.experimental.get_memory_info("CPU:0")
taken = []
for call in {calls!r}:
    code = compile(call, "call", "eval")
    tf.config.experimental.reset_memory_stats("CPU:0")
    before = statistics()["current"]
    result = eval(code)
    taken.append(statistics()["peak"] - before)
    del result
print(json.dumps(taken))
"""


@pytest.fixture(scope="module")
def measured() -> dict[str, int]:
    """The bytes that each call takes at most, beyond its operands."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    environment.pop("TF_ENABLE_ONEDNN_OPTS", None)  # other tests switch it off, and with it the allocator's figures
    program = GIVEN + MEASURE.format(calls=CALLS)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(zip(CALLS, json.loads(done.stdout.splitlines()[-1])))


@pytest.mark.parametrize("call", CALLS)
def test_an_op_takes_what_it_is_said_to_take(call: str, measured: dict[str, int], tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(f"{GIVEN}result = {call}\n", encoding="utf-8")
    found = engine.plans(str(path), Config())
    assert found is not None
    moments = found[1][0].moments
    before = max(magnitude(moment.nbytes) for moment in moments if moment.span.line < 6)
    predicted = magnitude(found[1][0].nbytes) - before
    assert abs(predicted - measured[call]) <= UNIT / 4, f"predicted {predicted / UNIT}, real {measured[call] / UNIT}"
