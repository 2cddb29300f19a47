"""Which text ``--fix`` makes: where the cast goes, under which name, and what stays as it was."""

from __future__ import annotations

import ast
from dataclasses import replace
from textwrap import dedent

import pytest

from tflint_gemm.config import CastTarget, Config
from tflint_gemm.engine import check_source
from tflint_gemm.findings import Finding
from tflint_gemm.repair import repair
from tflint_gemm.syntax.source import Source, decode

HEAD = "import numpy as np\nimport tensorflow as tf\n\n"
F32 = "a = tf.ones((2, 2), dtype=tf.float32)\n"
F64 = "b = tf.ones((2, 2), dtype=tf.float64)\n"


def _check(source: Source, policy: CastTarget = "majority") -> list[Finding]:
    return check_source(source, replace(Config(), cast_target=policy))


def _fixed(text: str, policy: CastTarget = "majority", *, unsafe: bool = False) -> str:
    """The repaired ``text``; repairing it again changes nothing, and it parses."""
    done = repair(Source("x.py", text), lambda source: _check(source, policy), unsafe=unsafe)
    ast.parse(done.source.text)
    again = repair(done.source, lambda source: _check(source, policy), unsafe=unsafe)
    assert again.source.text == done.source.text
    return done.source.text


def _assert_last(body: str, expected: str) -> None:
    """The fix changes the last statement of ``body`` into ``expected`` and nothing else."""
    kept, last = body.rstrip("\n").rsplit("\n", 1) if "\n" in body.rstrip("\n") else ("", body)
    text = HEAD + F32 + F64 + (kept + "\n" if kept else "") + last + "\n"
    assert _fixed(text) == HEAD + F32 + F64 + (kept + "\n" if kept else "") + expected + "\n"


# ------------------------------------------------------------------------------------------------- round the operand


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("c = tf.matmul(a, b)", "c = tf.matmul(a, tf.cast(b, tf.float32))"),
        ("c = tf.matmul(b, a)", "c = tf.matmul(tf.cast(b, tf.float32), a)"),
        ("c = tf.matmul(b=b, a=a)", "c = tf.matmul(b=tf.cast(b, tf.float32), a=a)"),
        ("c = tf.matmul(a, (b))", "c = tf.matmul(a, (tf.cast(b, tf.float32)))"),
        ("c = a @ b", "c = a @ tf.cast(b, tf.float32)"),
        ("c = a@b", "c = a@tf.cast(b, tf.float32)"),
        ("c = (b + b) @ a", "c = tf.cast(b + b, tf.float32) @ a"),
        ("c = ( b + b ) @ a", "c = tf.cast( b + b, tf.float32 ) @ a"),
        ("c = a + b * b", "c = a + tf.cast(b * b, tf.float32)"),
        ("c = a - -b", "c = a - tf.cast(-b, tf.float32)"),
        ("c = tf.matmul(a, d := b)", "c = tf.matmul(a, tf.cast((d := b), tf.float32))"),
        ("c = tf.matmul(a, (d := b))", "c = tf.matmul(a, (tf.cast((d := b), tf.float32)))"),
        ("c = tf.matmul(a, b[:, :])", "c = tf.matmul(a, tf.cast(b[:, :], tf.float32))"),
        ("c = tf.exp(tf.matmul(a, tf.abs(b)))", "c = tf.exp(tf.matmul(a, tf.cast(tf.abs(b), tf.float32)))"),
        ("c = [tf.matmul(a, b) for _ in range(2)]", "c = [tf.matmul(a, tf.cast(b, tf.float32)) for _ in range(2)]"),
        ("c = tf.matmul(a, b)  # why", "c = tf.matmul(a, tf.cast(b, tf.float32))  # why"),
        ("a += b", "a += tf.cast(b, tf.float32)"),
    ],
)
def test_the_cast_goes_round_the_operand(statement: str, expected: str) -> None:
    _assert_last(statement, expected)


def test_a_multi_line_operand_keeps_its_comments() -> None:
    before = (
        HEAD
        + F32
        + F64
        + dedent("""\
        c = tf.matmul(
            a,  # the weights
            tf.concat([
                b,  # twice
            ], axis=0),  # the data
        )
        """)
    )
    after = before.replace("tf.concat([", "tf.cast(tf.concat([").replace("], axis=0)", "], axis=0), tf.float32)")
    assert _fixed(before) == after


def test_a_comment_between_operand_and_parenthesis_stays() -> None:
    before = HEAD + F32 + F64 + "c = (b + b  # twice\n     ) @ a\n"
    assert _fixed(before) == HEAD + F32 + F64 + "c = tf.cast(b + b, tf.float32  # twice\n     ) @ a\n"


def test_every_operand_out_of_step_is_cast() -> None:
    before = HEAD + F32 + F64 + "c = tf.concat([b, a, b], axis=0)\n"
    after = "c = tf.concat([tf.cast(b, tf.float32), a, tf.cast(b, tf.float32)], axis=0)\n"
    assert _fixed(before) == HEAD + F32 + F64 + after


def test_an_f_string_is_left_alone() -> None:
    text = HEAD + F32 + F64 + 'print(f"é {tf.matmul(a, b)}")\n'
    findings = _check(Source("x.py", text))
    assert [(finding.code, finding.span.line, finding.fix) for finding in findings] == [("TFG101", 6, None)]
    assert _fixed(text) == text


def test_the_target_of_an_augmented_assignment_is_left_alone() -> None:
    text = HEAD + F32 + F64 + "b += a\n"
    assert [finding.fix for finding in _check(Source("x.py", text))] == [None]
    assert _fixed(text) == text


def test_a_variable_that_is_assigned_to_keeps_its_dtype() -> None:
    text = HEAD + "v = tf.Variable(1.0)\nw = tf.Variable(np.float64(2))\nv.assign(w)\n"
    assert _fixed(text) == text.replace("(w)", "(tf.cast(w, tf.float32))")


# ------------------------------------------------------------------------------------------------- under which name


@pytest.mark.parametrize(
    ("imported", "name"),
    [
        ("import tensorflow as tensorf", "tensorf"),
        ("import tensorflow", "tensorflow"),
        ("import tensorflow.compat.v2 as tf2", "tf2"),
        ("import os, tensorflow as t", "t"),
    ],
)
def test_the_name_of_the_file_is_used(imported: str, name: str) -> None:
    body = (F32 + F64).replace("tf.", f"{name}.")
    text = f"{imported}\n{body}c = {name}.matmul(a, b)\n"
    assert _fixed(text) == text.replace("(a, b)", f"(a, {name}.cast(b, {name}.float32))")


def test_an_import_is_added_where_there_is_none() -> None:
    text = dedent('''\
        """Docstring."""
        from __future__ import annotations

        from tensorflow import float32, float64, matmul, ones
        a = ones((2, 2), dtype=float32)
        b = ones((2, 2), dtype=float64)
        c = matmul(a, b)
        d = matmul(b, a)
        ''')
    after = text.replace("from tensorflow", "import tensorflow as tf\nfrom tensorflow")
    after = after.replace("(a, b)", "(a, tf.cast(b, tf.float32))").replace("(b, a)", "(tf.cast(b, tf.float32), a)")
    assert _fixed(text) == after


def test_no_import_under_a_name_that_means_something_else() -> None:
    text = "from tensorflow import *\ntf = None\na = ones((2, 2), dtype=float32)\nb = cast(a, float64)\nc = a + b\n"
    assert [finding.fix for finding in _check(Source("x.py", text))] == [None]


def test_a_hidden_name_is_not_used() -> None:
    text = HEAD + "def f(tf, a, b):\n    return a @ b\n" + F32 + F64 + "print(f(1, a, b), f)\n"
    assert "1, a" in _fixed(text)
    assert "tf.cast" not in _fixed(text)


# ------------------------------------------------------------------------------------------------- at the making


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("tf.constant([[1, 2], [3, 4]])", "tf.constant([[1, 2], [3, 4]], dtype=tf.float32)"),
        ("tf.constant([[1, 2], [3, 4]],)", "tf.constant([[1, 2], [3, 4]], dtype=tf.float32,)"),
        ("tf.constant(([[1, 2], [3, 4]]))", "tf.constant(([[1, 2], [3, 4]]), dtype=tf.float32)"),
        ("tf.constant(np.zeros((2, 2)))", "tf.constant(np.zeros((2, 2), dtype=np.float32))"),
        ("tf.constant(np.random.rand(2, 2))", "tf.constant(np.random.rand(2, 2).astype(np.float32))"),
        (
            "tf.constant((np.zeros((2, 2), np.uint8) / 255)[:])",
            "tf.constant((np.zeros((2, 2), np.uint8) / 255).astype(np.float32)[:])",
        ),
        (
            "tf.constant(np.zeros((2, 2), np.uint8) / 255)",
            "tf.constant((np.zeros((2, 2), np.uint8) / 255).astype(np.float32))",
        ),
        (
            "tf.constant(  # ids\n    [[1, 2], [3, 4]]\n)",
            "tf.constant(  # ids\n    [[1, 2], [3, 4]], dtype=tf.float32\n)",
        ),
        (
            "tf.constant(\n    [[1, 2], [3, 4]],  # ids\n)",
            "tf.constant(\n    [[1, 2], [3, 4]],  # ids\n    dtype=tf.float32,\n)",
        ),
        (
            "tf.constant(\n    [[1, 2]],\n    shape=(1, 2),\n)",
            "tf.constant(\n    [[1, 2]],\n    shape=(1, 2),\n    dtype=tf.float32,\n)",
        ),
    ],
)
def test_a_default_dtype_is_given_where_the_value_is_made(made: str, expected: str) -> None:
    text = HEAD + F32 + f"b = {made}\nc = b @ a\n"
    assert _fixed(text) == text.replace(made, expected)


@pytest.mark.parametrize(
    "use",
    ["d = b + tf.ones(2, tf.int32)", "send(b)", "d = [b]", "b = b + 1", "def f():\n    return b"],
)
def test_a_value_with_other_uses_is_cast_at_the_operand(use: str) -> None:
    text = HEAD + F32 + f"b = tf.constant([[1, 2], [3, 4]])\n{use}\nc = tf.matmul(a, b)\n"
    assert _fixed(text) == text.replace("(a, b)", "(a, tf.cast(b, tf.float32))")


def test_a_value_of_another_function_is_cast_at_the_operand() -> None:
    text = HEAD + F32 + "def make():\n    return np.zeros((2, 2))\nb = tf.constant(make())\nc = tf.matmul(a, b)\n"
    assert _fixed(text) == text.replace("(a, b)", "(a, tf.cast(b, tf.float32))")


def test_a_printed_value_is_given_its_dtype_where_it_is_made() -> None:
    text = HEAD + F32 + "b = tf.constant([[1, 2], [3, 4]])\nprint(b, b.shape)\nc = tf.matmul(a, b)\n"
    assert _fixed(text) == text.replace("4]])", "4]], dtype=tf.float32)")


def test_one_fix_at_the_making_repairs_every_use() -> None:
    text = HEAD + F32 + "b = tf.constant([[1, 2], [3, 4]])\nc = a @ b\nd = b @ a\n"
    assert _fixed(text) == text.replace("4]])", "4]], dtype=tf.float32)")


def test_without_a_name_for_numpy_the_dtype_is_text() -> None:
    text = (
        "import tensorflow as tf\nfrom numpy.random import rand\na = tf.eye(2)\nb = rand(2, 2)\nc = tf.matmul(b, a)\n"
    )
    assert _fixed(text) == text.replace("rand(2, 2)", 'rand(2, 2).astype("float32")')


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("c = tf.matmul([[1, 2]], a)", "c = tf.matmul(tf.constant([[1, 2]], dtype=tf.float32), a)"),
        ("c = tf.add(2, a)", "c = tf.add(tf.constant(2, dtype=tf.float32), a)"),
    ],
)
def test_a_literal_becomes_a_constant(statement: str, expected: str) -> None:
    _assert_last(statement, expected)


# ------------------------------------------------------------------------------------------------- functions


def test_the_only_caller_gets_the_cast() -> None:
    text = HEAD + F32 + F64 + "def f(x):\n    return a @ x\nc = f(b)\n"
    assert _fixed(text) == text.replace("f(b)", "f(tf.cast(b, tf.float32))")


def test_of_several_callers_none_is_changed() -> None:
    text = HEAD + F32 + F64 + "def f(x):\n    return a @ x\nc = f(b)\nd = f(a)\n"
    assert _fixed(text) == text.replace("a @ x", "a @ tf.cast(x, tf.float32)")


# ------------------------------------------------------------------------------------------------- the policy


@pytest.mark.parametrize(
    ("policy", "left", "right", "expected"),
    [
        ("majority", "tf.float32", "tf.float64", "tf.matmul(a, tf.cast(b, tf.float32))"),
        ("majority", "tf.float64", "tf.float32", "tf.matmul(tf.cast(a, tf.float32), b)"),
        ("majority", "tf.int32", "tf.float64", "tf.matmul(tf.cast(a, tf.float64), b)"),
        ("majority", "tf.int32", "tf.int64", "tf.matmul(tf.cast(a, tf.int64), b)"),
        ("majority", "tf.float16", "tf.int32", "tf.matmul(a, tf.cast(b, tf.float16))"),
        ("majority", "tf.float32", "tf.complex64", "tf.matmul(tf.cast(a, tf.complex64), b)"),
        ("first", "tf.float64", "tf.float32", "tf.matmul(a, tf.cast(b, tf.float64))"),
        ("first", "tf.float32", "tf.float64", "tf.matmul(a, tf.cast(b, tf.float32))"),
        ("widest", "tf.float32", "tf.float64", "tf.matmul(tf.cast(a, tf.float64), b)"),
        ("widest", "tf.int64", "tf.float32", "tf.matmul(tf.cast(a, tf.float32), b)"),
    ],
)
def test_which_dtype_stays(policy: CastTarget, left: str, right: str, expected: str) -> None:
    text = f"{HEAD}a = tf.ones((2, 2), dtype={left})\nb = tf.ones((2, 2), dtype={right})\nc = tf.matmul(a, b)\n"
    assert _fixed(text, policy) == text.replace("tf.matmul(a, b)", expected)


def test_a_chosen_half_precision_is_not_widened() -> None:
    text = HEAD + "a = tf.ones((2, 2), dtype=tf.float16)\nb = tf.ones((2, 2))\nc = a @ b\n"
    assert _fixed(text) == text.replace("tf.ones((2, 2))", "tf.ones((2, 2), dtype=tf.float16)")


def test_integers_of_floats_are_unsafe() -> None:
    text = HEAD + "a = tf.ones((2, 2), dtype=tf.int32)\nb = tf.ones((2, 2))\nc = a @ b\n"
    assert _fixed(text, "first") == text
    assert _fixed(text, "first", unsafe=True) == text.replace("a @ b", "a @ tf.cast(b, tf.int32)")
    fix = _check(Source("x.py", text), "first")[0].fix
    assert fix is not None
    assert fix.safety == "unsafe"
    assert fix.reason is not None


def test_the_rest_of_the_program_decides_between_two_chosen_dtypes() -> None:
    text = HEAD + F32 + F64 + "c = tf.cast(3, tf.float64)\nd = tf.sin(tf.exp(a))\ne = tf.matmul(a, b)\n"
    assert _fixed(text) == text.replace("(a, b)", "(tf.cast(a, tf.float64), b)")


# ------------------------------------------------------------------------------------------------- bytes


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_everything_else_stays_byte_for_byte(ending: str, bom: bytes) -> None:
    text = f"{HEAD}{F32}{F64}\x0cif True:\n\tc = tf.matmul(a, b)  \t# é — ok\n\n\n\td = 1".replace("\n", ending)
    source = decode("x.py", bom + text.encode())
    done = repair(source, _check, unsafe=False)
    after = text.replace("matmul(a, b)", "matmul(a, tf.cast(b, tf.float32))")
    assert done.source.encode(done.source.text) == bom + after.encode()


def test_columns_behind_wide_characters_are_right() -> None:
    text = HEAD + F32 + F64 + 'é = {"ключ": tf.matmul(a, b), "🙂": a @ b}\n'
    assert _fixed(text) == text.replace("(a, b)", "(a, tf.cast(b, tf.float32))").replace(
        "a @ b", "a @ tf.cast(b, tf.float32)"
    )
