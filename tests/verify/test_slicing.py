"""What is cut out of a program: read as text, nothing is run."""

from __future__ import annotations

import ast
import re

import pytest

from tflint_gemm.domain.dims import floor_divide, multiply, symbol
from tflint_gemm.domain.dtypes import BFLOAT16, FLOAT32, INT32, STRING
from tflint_gemm.domain.values import Constant, Kind, OfType, Symbolic, Tensor, TupleValue, Value
from tflint_gemm.interpreter.records import Call, ViolationRecord
from tflint_gemm.ops.violations import BroadcastMismatch
from tflint_gemm.syntax.source import Source, parse
from tflint_gemm.verify.claims import Raises
from tflint_gemm.verify.inputs import Inputs
from tflint_gemm.verify.slicing import Slice, Slicer

from .conftest import analysis_of, claim_at, know, nodes


def cut(text: str, flagged: str, facts: dict[str, Value] | None = None, *calls: str) -> Slice:
    analysis = analysis_of(text)
    know(analysis, facts or {})
    stack = tuple(nodes(analysis, call)[0] for call in calls)
    return Slicer(analysis).cut(claim_at(analysis, flagged, Raises(), stack))


def plain(piece: Slice) -> str:
    """The program without the probe."""
    text = re.sub(r"__tflint_probe__\.(operand\(\d, \w+, (\w+)\))", r"\2", piece.text)
    return re.sub(r"__tflint_probe__\.done\(__tflint_probe__\.begin\(\d\), (.*)\)\n", r"\1\n", text)


def test_only_what_is_needed_is_kept():
    text = """\
import os, sys
import tensorflow as tf
unused = tf.ones([9])
a = tf.ones([2])
print(a)
b = [a]
b.append(a)
open("log", "w").write("x")
def double(x):
    print(x)
    return x * 2
c = double(a)
d = tf.concat(b, c)
e = d + 1
"""
    assert (
        plain(cut(text, "tf.concat(b, c)"))
        == """\
import tensorflow as tf
a = tf.ones([2])
b = [a]
b.append(a)

def double(x):
    return x * 2
c = double(a)
d = tf.concat(b, c)
"""
    )


def test_lines_are_those_of_the_file():
    text = "import tensorflow as tf\n\n\nx = (\n    1\n)\n\n\nif x:\n\n    y = tf.abs(x)\n"
    piece = cut(text, "tf.abs(x)")
    assert piece.lines == {1: 1, 2: 4, 3: 9, 4: 11}


def test_control_flow_is_kept_around_what_is_needed():
    text = """\
import tensorflow as tf
total = 0
while True:
    total += 1
    print(total)
    if total > 3:
        break
for name in "ab":
    with tf.name_scope(name):
        x = tf.abs(total)
    other = 1
"""
    assert (
        plain(cut(text, "tf.abs(total)"))
        == """\
import tensorflow as tf
total = 0
while True:
    total += 1
    if total > 3:
        break
for name in 'ab':
    with tf.name_scope(name):
        x = tf.abs(total)
"""
    )


def test_settings_of_the_program_hold():
    text = "import tensorflow as tf\ntf.keras.mixed_precision.set_global_policy('mixed_float16')\nx = tf.abs(1)\n"
    assert "set_global_policy" in cut(text, "tf.abs(1)").text


def test_a_layer_that_was_called_is_built():
    text = "import tensorflow as tf\nlayer = tf.keras.layers.Dense(1)\n"
    text += "x = layer(tf.ones([2, 3]))\ny = layer(tf.ones([2, 4]))\n"
    assert "x = layer(tf.ones([2, 3]))" in cut(text, "layer(tf.ones([2, 4]))").text


def test_another_fault_on_the_way_is_replaced():
    analysis = analysis_of("import tensorflow as tf\nx = tf.ones([2]) + tf.ones([3])\ny = tf.reshape(x, [7])\n")
    (fault,) = nodes(analysis, "tf.ones([2]) + tf.ones([3])")
    call = Call(fault, "math.add", "+", {}, {}, result=Tensor(FLOAT32, (3,)))  # type: ignore[arg-type]
    analysis.violations.append(ViolationRecord(BroadcastMismatch(result=Tensor(FLOAT32, (3,))), call, ()))
    piece = Slicer(analysis).cut(claim_at(analysis, "tf.reshape(x, [7])", Raises()))
    assert "x = _tflint_tf.ones([3], _tflint_tf.float32)" in piece.text
    assert piece.assumptions == ("line 2, which raises too, was replaced by what it seems to mean",)


def test_the_way_through_callers_comes_first():
    text = """\
import tensorflow as tf
def inner(x):
    return tf.abs(x)
def outer(n):
    return inner(tf.ones([n]))
outer(3)
"""
    assert "outer(3)" in cut(text, "tf.abs(x)", {}, "outer(3)", "inner(tf.ones([n]))").text
    alone = cut(text, "tf.abs(x)", {"x": Tensor(FLOAT32, (5,))}).text
    assert alone.endswith("inner(x=_tflint_tf.ones([5], _tflint_tf.float32))\n")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (Tensor(FLOAT32, (2, 3)), "tf.ones([2, 3], tf.float32)"),
        (Tensor(INT32, (2,), elements=(1, 5)), "tf.constant([1, 5], tf.int32)"),
        (Tensor(INT32, (2, 2), elements=(1, 2, 3, 4)), "tf.constant([[1, 2], [3, 4]], tf.int32)"),
        (Tensor(INT32, (), elements=(4,)), "tf.constant(4, tf.int32)"),
        (Tensor(INT32, (0, 3), Kind.ARRAY), "np.zeros([0, 3], np.int32)"),
        (Tensor(BFLOAT16, (2,), Kind.ARRAY), "np.ones([2], tf.bfloat16.as_numpy_dtype)"),
        (Tensor(STRING, (2,)), "tf.fill([2], '')"),
        (Tensor(FLOAT32, (2,), Kind.VARIABLE), "tf.Variable(tf.ones([2], tf.float32))"),
        (Tensor(FLOAT32, (None, 3), Kind.KERAS), "tf.keras.Input(batch_shape=[None, 3], dtype='float32')"),
        (Tensor(FLOAT32, (2, 3), Kind.PYTHON), "np.ones([2, 3], np.float32).tolist()"),
        (TupleValue((Constant(1), Constant("a"))), "(1, 'a')"),
        (OfType("float"), "1.0"),
        (Constant(float("inf")), None),
        (Tensor(FLOAT32, None), None),
        (Tensor(None, (2,)), None),
        (Tensor(FLOAT32, (2,), Kind.RAGGED), None),
    ],
)
def test_inputs_are_made_of_what_is_known(value: Value, code: str | None):

    made = Inputs(ast.parse("")).expression(value)
    assert (None if made is None else ast.unparse(made).replace("_tflint_", "")) == code


def test_unknown_sizes_are_primes_that_the_program_does_not_use():

    n = symbol("n")
    inputs = Inputs(parse(Source("p.py", "x = 13")))
    tensor = Tensor(FLOAT32, (n, multiply(n, 2), floor_divide(n, 2), None, None))
    assert ast.unparse(inputs.expression(tensor) or ast.Constant(0)).startswith("_tflint_tf.ones([11, 22, 5, 17, 19],")
    assert ast.unparse(inputs.expression(Symbolic(n)) or ast.Constant(0)) == "11"  # type: ignore[arg-type]
    assert inputs.concrete((n, None)) == [11, None]
