"""Programs with a finding each, run under TensorFlow, and the verdict that comes out."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tflint_gemm.domain.dims import symbol
from tflint_gemm.domain.dtypes import FLOAT32
from tflint_gemm.domain.values import Constant, Kind, Tensor
from tflint_gemm.verify import Sandbox, VerifyOptions, verify
from tflint_gemm.verify.claims import Allocates, HasShape, KeepsDType, Peaks, Raises, Unverifiable
from tflint_gemm.verify.sandbox import MIB

from . import programs
from .conftest import Judge, analysis_of, claim_at

BATCH = symbol("batch")


def floats(*shape: object, kind: Kind = Kind.TENSOR) -> Tensor:
    return Tensor(FLOAT32, shape, kind)  # type: ignore[arg-type]


def test_mismatched_dtypes_are_confirmed(judge: Judge):
    verdict = judge(programs.MISMATCHED, "tf.matmul(a, b)")
    assert verdict.outcome == "confirmed"
    assert "float tensor but is a double tensor" in verdict.reason


def test_an_exception_that_the_program_catches_is_confirmed(judge: Judge):
    verdict = judge(programs.MISSHAPEN, "tf.matmul(a, b)")
    assert verdict.outcome == "confirmed"
    assert "[2,2], In[1]: [3,2]" in verdict.reason


def test_temporaries_are_confirmed_by_measured_bytes(judge: Judge):
    verdict = judge(programs.HUGE, "np.random.rand(10000, 10000)", expected=Allocates(800_000_000))
    assert verdict.outcome == "confirmed"
    assert "where 763 MiB were claimed" in verdict.reason


def test_what_the_operands_take_does_not_count_as_the_operation(judge: Judge):
    text = "import numpy as np\na = np.ones((4096, 2048)).astype(np.float16)\n"
    flagged = "np.ones((4096, 2048)).astype(np.float16)"
    assert judge(text, flagged, expected=Allocates(16 * MIB)).outcome == "confirmed"
    assert judge(text, flagged, expected=Allocates(64 * MIB)).outcome == "refuted"


def test_memory_that_is_reserved_but_not_touched_counts(judge: Judge):
    text = "import numpy as np\na = np.zeros((8192, 2048))\n"
    assert judge(text, "np.zeros((8192, 2048))", expected=Allocates(128 * MIB)).outcome == "confirmed"


def test_the_working_set_counts_what_else_is_alive(sandbox: Sandbox):
    text = (
        "import numpy as np\nimport tensorflow as tf\n"
        "other = np.ones((4096, 4096))\na = tf.ones([4096, 2048])\nb = a + 1.0\nprint(other)\n"
    )
    analysis = analysis_of(text)
    claim = claim_at(analysis, "a + 1.0", Peaks(192 * MIB))
    other = claim_at(analysis, "np.ones((4096, 4096))", Peaks(0)).node
    complete = replace(claim, expected=Peaks(192 * MIB, (other,)))
    assert [verdict.outcome for verdict in verify(analysis, [complete, claim], sandbox=sandbox)] == [
        "confirmed",
        "refuted",
    ]


def test_an_allocation_beyond_the_limit_is_confirmed_without_making_it(judge: Judge):
    text = "import numpy as np\nx = np.zeros((1 << 20, 1 << 20))\n"
    verdict = judge(text, "np.zeros((1 << 20, 1 << 20))", expected=Allocates(8 << 40))
    assert verdict.outcome == "confirmed"
    assert "needs more than" in verdict.reason


@pytest.mark.slow
def test_the_working_set_of_a_huge_product_is_confirmed(judge: Judge):
    verdict = judge(programs.HUGE, "tf.matmul(a_tensor,b_tensor)", expected=Peaks(2_000_000_000))
    assert verdict.outcome == "confirmed"


def test_a_line_that_runs_refutes(judge: Judge):
    verdict = judge("import tensorflow as tf\nx = tf.ones([2, 3]) + tf.ones([3])\n", "tf.ones([2, 3]) + tf.ones([3])")
    assert verdict == type(verdict)("refuted", "it ran without raising: float32 [2, 3]")


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        pytest.param("x = tf.ones([2, 3])\nx += tf.ones([4])\n", "x += tf.ones([4])", id="augmented assignment"),
        pytest.param(
            "d = tf.data.Dataset.from_tensor_slices(tf.ones([5, 3]))\nd = d.map(lambda x: tf.reshape(x, [2, 2]))\n",
            "tf.reshape(x, [2, 2])",
            id="lambda",
        ),
        pytest.param(
            "import contextlib\nwith contextlib.suppress(Exception):\n"
            "    y = [tf.ones([3]) + tf.ones([k]) for k in (1, 3, 4)]\n",
            "tf.ones([3]) + tf.ones([k])",
            id="comprehension, third turn, suppressed",
        ),
        pytest.param(
            "for k in [3] * 2000 + [4]:\n    try:\n        y = tf.ones([3]) + tf.ones([k])\n"
            "    except Exception:\n        pass\n",
            "tf.ones([3]) + tf.ones([k])",
            id="two thousandth turn",
        ),
        pytest.param("if tf.ones([3]) @ tf.ones([3]):\n    pass\n", "tf.ones([3]) @ tf.ones([3])", id="condition"),
        pytest.param(
            "@tf.function\ndef f(x):\n    try:\n        return tf.matmul(x, x)\n    except ValueError:\n"
            "        return x\nf(tf.ones([2, 3]))\n",
            "tf.matmul(x, x)",
            id="graph function",
        ),
        pytest.param(
            "import tensorflow.compat.v1 as v1\nv1.disable_eager_execution()\n"
            "x = v1.placeholder(tf.float32, [None, 3])\n"
            'y = tf.matmul(x, v1.get_variable("w", [4, 2]))\n',
            'tf.matmul(x, v1.get_variable("w", [4, 2]))',
            id="TensorFlow 1",
        ),
        pytest.param(
            "def make(n):\n    k = tf.ones([n, n])\n    def inner(x):\n        return x @ k\n"
            "    return inner(tf.ones([2, 3]))\nmake(4)\n",
            "x @ k",
            id="closure",
        ),
    ],
)
def test_wherever_an_expression_stands(judge: Judge, text: str, flagged: str):
    call = {"entry": "f(tf.ones([2, 3]))"} if "def f" in text else {"entry": "make(4)"} if "def make" in text else {}
    assert judge("import tensorflow as tf\n" + text, flagged, **call).outcome == "confirmed"


def test_parameters_are_made_up_and_symbols_are_consistent(judge: Judge):
    text = "import tensorflow as tf\ndef f(x, w):\n    y = x + w\n    return tf.matmul(y, w)\n"
    facts = {"x": floats(BATCH, 4), "w": floats(BATCH, 4)}
    assert judge(text, "x + w", facts).outcome == "refuted"
    assert judge(text, "tf.matmul(y, w)", facts).outcome == "confirmed"


def test_a_layer_is_built_and_called(judge: Judge):
    text = """\
import tensorflow as tf
class Layer(tf.keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units
    def build(self, shape):
        self.w = self.add_weight(shape=(7, self.units))
    def call(self, x):
        return tf.matmul(x, self.w)
"""
    verdict = judge(text, "tf.matmul(x, self.w)", {"x": floats(BATCH, 4), "units": Constant(3)})
    assert verdict.outcome == "confirmed"
    assert "Matrix size-incompatible" in verdict.reason
    unknown = judge(text, "tf.matmul(x, self.w)", {"x": floats(BATCH, 4)})
    assert unknown.outcome == "confirmed"
    runs = judge(text, "tf.matmul(x, self.w)", {"x": floats(BATCH, 7)})
    assert runs.outcome == "inconclusive"
    assert "`units` of __init__() was taken to be 16" in runs.reason


def test_files_are_not_read_but_made_up(judge: Judge):
    text = """\
import argparse, os
import pandas as pd, numpy as np
import tensorflow as tf
arguments = argparse.ArgumentParser().parse_args()
frame = pd.read_csv("a.csv")
x = frame.values.astype(np.float32)
model = tf.keras.Sequential([tf.keras.layers.Dense(3)])
model.fit(x, np.load("y.npy"))
if arguments.product:
    y = tf.constant(x) @ tf.ones([3, 4])
"""
    facts = {"frame.values.astype(np.float32)": floats(None, 8, kind=Kind.ARRAY)}
    assert judge(text, "tf.constant(x) @ tf.ones([3, 4])", facts).outcome == "confirmed"


def test_a_branch_that_was_forced_does_not_refute(judge: Judge):
    text = "import os\nimport tensorflow as tf\nif os.environ.get('A'):\n    y = tf.ones([3]) + tf.ones([3])\n"
    verdict = judge(text, "tf.ones([3]) + tf.ones([3])")
    assert verdict.outcome == "inconclusive"
    assert "the condition in line 3 was taken to be True" in verdict.reason


def test_what_is_not_known_is_named(judge: Judge):
    text = "import tensorflow as tf\ndef f(x, w):\n    return tf.matmul(x, w)\n"
    verdict = judge(text, "tf.matmul(x, w)", {"x": floats(BATCH, 4)})
    assert verdict.outcome == "inconclusive"
    assert verdict.reason == "needs `w` (line 2), of which the dtype or the shape is not known"


def test_another_line_that_raises_is_named(judge: Judge):
    text = "import tensorflow as tf\n\n# here\nx = tf.ones([2, 3])[7]\ny = tf.matmul(x, x)\n"
    verdict = judge(text, "tf.matmul(x, x)")
    assert verdict.outcome == "inconclusive"
    assert verdict.reason.startswith("line 4 raised first: InvalidArgumentError: slice index 7")


def test_an_operand_that_raises_is_not_the_operation(judge: Judge):
    text = "import tensorflow as tf\ny = tf.matmul(tf.reshape(tf.ones([3]), [2]), [[1.0]])\n"
    verdict = judge(text, "tf.matmul(tf.reshape(tf.ones([3]), [2]), [[1.0]])")
    assert verdict.outcome == "inconclusive"
    assert verdict.reason.startswith("an operand raised")


def test_other_kinds_of_exceptions_prove_nothing(judge: Judge):
    verdict = judge("import tensorflow as tf\ny = tf.matmul(tf.nowhere, 1)\n", "tf.matmul(tf.nowhere, 1)")
    assert verdict.outcome == "inconclusive"
    assert "AttributeError" in verdict.reason


def test_a_line_that_is_not_reached_proves_nothing(judge: Judge):
    text = "import tensorflow as tf\na = tf.ones([4])\nif a.shape[0] > 5:\n    b = a + tf.ones([3])\n"
    assert judge(text, "a + tf.ones([3])").reason == "the line was not reached"


def test_silent_mistakes_are_confirmed_by_their_value(judge: Judge):
    text = "import tensorflow as tf\na = tf.ones([4])\nb = tf.ones([4, 1])\n"
    text += "c = tf.square(a - b)\nd = tf.cast(c, tf.float32)\n"
    assert judge(text, "a - b", expected=HasShape((4, 4))).reason == "its value has shape [4, 4]"
    assert judge(text, "a - b", expected=HasShape((4, 1))).outcome == "refuted"
    assert judge(text, "tf.cast(c, tf.float32)", expected=KeepsDType()).outcome == "confirmed"


def test_advice_and_other_devices_are_inconclusive(judge: Judge):
    text = "import tensorflow as tf\nx = tf.ones([2])\n"
    assert judge(text, "tf.ones([2])", expected=Unverifiable("it is advice")).reason == "it is advice"
    assert "--device gpu" in judge(text, "tf.ones([2])", expected=Raises("gpu")).reason


def test_no_interpreter_and_no_tensorflow_are_said(tmp_path):
    analysis = analysis_of(programs.MISMATCHED)
    claim = claim_at(analysis, "tf.matmul(a, b)", Raises())
    (nowhere,) = verify(analysis, [claim], VerifyOptions(python="/nowhere/python"))
    assert nowhere.reason == "there is no Python interpreter /nowhere/python"
    bare = tmp_path / "python"  # -S: an interpreter without site-packages
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    with Sandbox(str(bare)) as sandbox:
        missing, again = verify(analysis, [claim, claim], sandbox=sandbox)
    assert sandbox.starts == 1
    assert missing == again
    assert missing.outcome == "inconclusive"
    assert "pip install 'tflint-gemm[verify]'" in missing.reason


def test_without_a_gpu_the_message_is_clear():
    analysis = analysis_of(programs.MISMATCHED)
    claim = claim_at(analysis, "tf.matmul(a, b)", Raises())
    with Sandbox(device="gpu") as sandbox:
        (verdict,) = verify(analysis, [claim], VerifyOptions(device="gpu"), sandbox)
    assert verdict.outcome == "confirmed" or verdict.reason.startswith("no GPU is visible to TensorFlow")


def test_findings_share_one_start_of_tensorflow(sandbox: Sandbox):
    analysis = analysis_of(programs.MISSHAPEN)
    claims = [
        claim_at(analysis, "tf.matmul(a, b)", Raises()),
        claim_at(analysis, "tf.constant([[1.0, 2.0], [3.0, 4.0]])", Raises()),
    ]
    assert [verdict.outcome for verdict in verify(analysis, claims, sandbox=sandbox)] == ["confirmed", "refuted"]
    assert sandbox.starts == 1
