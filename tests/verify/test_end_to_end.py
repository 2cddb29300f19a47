"""From the source to the verdict, through the interpreter and the checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tflint_gemm import checks
from tflint_gemm.config import Config
from tflint_gemm.engine import check_source
from tflint_gemm.findings import Finding, Verdict
from tflint_gemm.interpreter.machine import analyse
from tflint_gemm.syntax.source import Source, parse
from tflint_gemm.verify import Sandbox, verify
from tflint_gemm.verify.claims import Raises

from . import programs
from .conftest import analysis_of, claim_at, nodes

RULES = sorted((Path(__file__).parents[2] / "rules").glob("TFG[1-9]*.md"))
NOT_SHOWN_BY_A_RUN = {
    "TFG104", "TFG106", "TFG108", "TFG109", "TFG110", "TFG222", "TFG401", "TFG405",
}  # fmt: skip
"""Advice, and what happens to a value after the expression that can be run."""


def verdicts(text: str, sandbox: Sandbox, config: Config | None = None) -> list[tuple[Finding, Verdict]]:
    source = Source("program.py", text)
    analysis = analyse(source, parse(source), record_facts=True)
    findings = checks.run(analysis, config or Config())
    return list(zip(findings, verify(analysis, findings, sandbox=sandbox)))


@pytest.mark.parametrize("text", [programs.MISMATCHED, programs.MISSHAPEN], ids=["dtypes", "shapes"])
def test_the_faults_of_the_article_are_confirmed(sandbox: Sandbox, text: str):
    assert [verdict.outcome for _, verdict in verdicts(text, sandbox)] == ["confirmed"]


def test_the_working_set_that_is_claimed_is_the_one_that_is_measured(sandbox: Sandbox):
    config = Config(device_memory=2**28)
    [(finding, verdict)] = verdicts(programs.HUGE.replace("10000", "5000"), sandbox, config)
    assert "copies of arrays" in finding.message
    found = re.fullmatch(r"measured ([\d,]+) MiB where ([\d,]+) MiB were claimed", verdict.reason)
    assert found is not None, verdict
    assert verdict.outcome == "confirmed"
    measured, claimed = (int(figure.replace(",", "")) for figure in found.groups())
    assert abs(measured - claimed) <= claimed / 10, verdict


def test_functions_classes_and_faults_that_follow_faults(sandbox: Sandbox):
    text = """\
import numpy as np
import tensorflow as tf

def project(x, w):
    return tf.matmul(x, w)

class Net(tf.keras.Model):
    def __init__(self, units=8):
        super().__init__()
        self.first = tf.keras.layers.Dense(units)

    def call(self, x, training=False):
        return self.first(x) + tf.zeros([5])

c = project(tf.constant(np.ones((4, 3))), tf.ones([3, 5]))
d = tf.reshape(c, [7, 3])
out = Net()(tf.ones([2, 6]))

def loss(truth, prediction):
    return tf.reduce_mean(tf.reshape(prediction, [10, 4]) + tf.ones([10, 3]))

for i in range(3):
    total = tf.zeros([i + 1]) + tf.zeros([2])
"""
    found = verdicts(text, sandbox)
    assert [finding.code for finding, _ in found] == ["TFG101", "TFG204", "TFG205", "TFG204", "TFG204"]
    assert {verdict.outcome for _, verdict in found} == {"confirmed"}, found


@pytest.mark.slow
@pytest.mark.parametrize("page", RULES, ids=lambda path: path.stem)
def test_what_the_rule_pages_call_bad_is_confirmed(sandbox: Sandbox, page: Path):
    for block in re.findall(r"```python bad\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        for finding, verdict in verdicts(block, sandbox):
            expected = "inconclusive" if finding.code in NOT_SHOWN_BY_A_RUN else "confirmed"
            assert verdict.outcome == expected, (finding.message, verdict)


TRACED = """\
import tensorflow as tf

class Model(tf.Module):
    @tf.function
    def half(self, x):
        if tf.reduce_sum(x) > 0.0:
            return x * 0.5
        return tf.reduce_sum(tf.cast(x, tf.float64))

def run(model, x):
    print(model.half(x))

run(Model(), tf.ones(3))
"""
NEVER_TRACED = """\
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([3], tf.float32)])
def scaled(x):
    factor = 1
    if tf.reduce_sum(x) > 0.0:
        factor = 0.5
    return x * tf.cast(factor, tf.float32)
"""


def test_what_autograph_makes_of_a_statement_is_shown_by_the_call_that_traces_it(sandbox: Sandbox):
    [(finding, verdict)] = verdicts(TRACED, sandbox)
    assert (finding.code, verdict.outcome) == ("TFG111", "confirmed"), verdict
    assert "float32" in verdict.reason and "float64" in verdict.reason  # noqa: PT018
    [(finding, verdict)] = verdicts(NEVER_TRACED, sandbox)
    assert (finding.code, verdict.outcome) == ("TFG111", "inconclusive"), verdict
    assert "does not call" in verdict.reason


TEMPORARY = """\
import tensorflow as tf

a = tf.random.normal([600, 64])
b = tf.random.normal([600, 64])
largest = tf.reduce_max(tf.abs(a[:, None] - b[None]), axis=-1)
"""
COPIED = """\
import numpy as np
import tensorflow as tf

table = np.ones((4096, 4097), dtype=np.float32)
columns = tf.constant(table.T)
"""
UNALIGNED = """\
import tensorflow as tf

product = tf.matmul(tf.zeros([64, 100], tf.float16), tf.zeros([100, 256], tf.float16))
"""


@pytest.mark.parametrize(
    ("text", "code", "outcome", "reason"),
    [
        (TEMPORARY, "TFG303", "confirmed", "88 MiB were claimed"),
        (COPIED, "TFG402", "confirmed", "64 MiB"),
        (UNALIGNED, "TFG401", "inconclusive", "tflint-gemm doctor measures it"),
    ],
)
def test_what_memory_shows_is_measured_and_what_a_gpu_shows_is_not(
    sandbox: Sandbox, text: str, code: str, outcome: str, reason: str
):
    [verdict] = [verdict for finding, verdict in verdicts(text, sandbox) if finding.code == code]
    assert verdict.outcome == outcome, verdict
    assert reason in verdict.reason


def test_what_is_assumed_is_not_measured(sandbox: Sandbox):
    source = Source("program.py", "import tensorflow as tf\n\ndef mask(n):\n    return tf.ones((n, n))\n")
    findings = check_source(source, Config(assume=(("n", 20000),)))
    assert [finding.code for finding in findings] == ["TFG301", "TFG302"]
    found = verify(analyse(source, parse(source), record_facts=True), findings, sandbox=sandbox)
    assert {verdict.outcome for verdict in found} == {"inconclusive"}
    assert all("assumed" in verdict.reason for verdict in found), found


GRAPH_OF_TENSORFLOW_1 = """\
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 100])
hidden = tf.nn.relu(tf.matmul(x, tf.get_variable("w", [100, 50])))
logits = tf.matmul(hidden, tf.get_variable("v", [60, 10]))
"""
PRINTED_ON_THE_WAY = """\
import tensorflow as tf

class Scores(tf.keras.layers.Layer):
    def scores(self, query, key):
        return tf.matmul(query, key)

    def call(self, x):
        return self.scores(x, x)

def main():
    layer = Scores()
    print(layer(tf.ones([2, 10, 32])))

main()
"""
ARGUMENTS = """\
import argparse
import tensorflow as tf

def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=32)
    return parser.parse_args()

def train(units):
    return tf.matmul(tf.ones([8, 12]), tf.ones([10, units]))

train(arguments().units)
"""
LABELLED_TABLE = """\
import pandas as pd
import tensorflow as tf

table = pd.read_csv("houses.csv")
x, y = table[["a", "b", "c"]].values, table["price"].values
model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y)
"""
HIDDEN_BY_KERAS = """\
import tensorflow as tf

rows = tf.keras.layers.Lambda(lambda x: tf.matmul(x, tf.ones([4, 2])))(tf.keras.Input((7,)))
"""
DECODED = """\
import tensorflow as tf

def load(path):
    return tf.image.resize(tf.io.decode_jpeg(tf.io.read_file(path), channels=3), [64, 64])

out = tf.nn.conv2d(tf.stack([load(path) for path in ("a.jpg", "b.jpg")]), tf.ones([3, 3, 4, 8]), 1, "SAME")
"""
RUN_LATER = """\
import numpy as np
import tensorflow as tf

def metric(y_true, y_pred):
    distances = tf.reduce_mean(tf.abs(y_true - y_pred), axis=-1)
    return distances * tf.ones([5])

model = tf.keras.Sequential([tf.keras.layers.Dense(5)])
model.compile("adam", "mse", metrics=[metric])
model.fit(np.ones([200, 3]), np.ones([200, 5]))
"""
FED = """\
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 3])
y = tf.matmul(x, tf.zeros([3, 2])) + tf.zeros([3, 1])
with tf.Session() as session:
    print(session.run(y, feed_dict={x: [[1.0, 2.0, 3.0]] * 4}))
"""
WINDOWS = """\
import numpy as np
import pandas as pd
import tensorflow as tf

table = pd.read_csv("prices.csv")[["open", "close"]].values
rows = np.array([table[start:start + 30] for start in range(len(table) - 30)])
model = tf.keras.Sequential([tf.keras.layers.Input((30, 1)), tf.keras.layers.LSTM(16), tf.keras.layers.Dense(1)])
model.predict(rows)
"""
TRIED = """\
import tensorflow as tf

def run(x):
    try:
        return tf.split(x, 3)
    finally:
        print("done")

run(tf.ones([10, 4]))
"""
CURRENT_SESSION = """\
import numpy as np
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 3])
rate = tf.placeholder(tf.float32)
y = tf.nn.dropout(tf.matmul(x, tf.Variable(tf.ones([3, 2]))), rate)
first = tf.InteractiveSession()
first.run(tf.global_variables_initializer())
print(y.eval(feed_dict={x: np.ones((4, 3))}))
"""
SUMMARIES = """\
import tensorflow as tf

x = tf.placeholder(tf.float32, [4], name="x")
tf.summary.scalar("mean", tf.reduce_mean(x))
summaries = tf.summary.merge_all()
with tf.Session() as session:
    session.run(summaries)
"""
WITHOUT_SIZES = """\
import tensorflow as tf

class Head(tf.keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.project = tf.keras.layers.Dense(units)

    def call(self, x):
        joined = tf.concat([tf.ones([4, 16]), tf.ones([4, 2, 16])], axis=-1)
        return joined, self.project(x)
"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(FED, "Incompatible shapes: [4,2] vs. [3,1]", id="a session that fails when it is fed"),
        pytest.param(WINDOWS, "2 and 1", id="rows enough for a window"),
        pytest.param(TRIED, "evenly divide", id="finally without what it does"),
        pytest.param(CURRENT_SESSION, "feed a value for placeholder", id="the session of eval"),
        pytest.param(SUMMARIES, "feed a value for placeholder tensor 'x'", id="what a graph collects"),
        pytest.param(WITHOUT_SIZES, "Ranks of all input tensors should match", id="a layer of any size"),
        pytest.param(GRAPH_OF_TENSORFLOW_1, "50 and 60", id="a program of TensorFlow 1 runs as one"),
        pytest.param(PRINTED_ON_THE_WAY, "Matrix size-incompatible: In[0]: [2,10,32]", id="print of what leads there"),
        pytest.param(ARGUMENTS, "In[0]: [8,12], In[1]: [10,32]", id="defaults of the command line"),
        pytest.param(LABELLED_TABLE, "expected axis -1 of input shape to have value 4", id="as many labels as rows"),
        pytest.param(HIDDEN_BY_KERAS, "7 and 4", id="what Keras hides"),
        pytest.param(DECODED, "input depth must be evenly divisible", id="images that are not there"),
        pytest.param(RUN_LATER, "Incompatible shapes: [32] vs. [5]", id="a graph that fails when it runs"),
    ],
)
def test_the_very_error_is_confirmed(sandbox: Sandbox, text: str, reason: str):
    [verdict] = [verdict for finding, verdict in verdicts(text, sandbox) if finding.severity == "error"]
    assert verdict.outcome == "confirmed", verdict
    assert reason in verdict.reason


def test_a_graph_that_is_made_and_not_run_refutes_nothing(sandbox: Sandbox):
    analysis = analysis_of("import tensorflow as tf\n\n@tf.function\ndef f(x):\n    return x + x\n\nf(tf.ones(3))\n")
    claim = claim_at(analysis, "x + x", Raises(), tuple(nodes(analysis, "f(tf.ones(3))")))
    [verdict] = verify(analysis, [claim], sandbox=sandbox)
    assert (verdict.outcome, "does not show that the graph runs" in verdict.reason) == ("inconclusive", True)
