"""What the sizes in memory plans are called, and what `--assume` makes of them in findings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tflint_gemm.cli import main
from tflint_gemm.config import Config
from tflint_gemm.engine import plans
from tflint_gemm.memory import Plan
from tflint_gemm.memory.text import size_text

HEAD = "import numpy as np\nimport tensorflow as tf\n\n"


def plan_of(tmp_path: Path, program: str) -> Plan:
    """The plan of the last function in `program`."""
    found = plans(str(tmp_path / "model.py"), Config(), (HEAD + program).encode())
    assert found is not None
    return found[1][-1]


def size_of(plan: Plan, name: str) -> str:
    """The bytes of what the variable `name` holds, or of the largest allocation without a name."""
    sizes = [one.nbytes for one in plan.allocations if one.name == name]
    return size_text(sizes[-1])


UNPACKINGS = [
    "batch, seq, dim = x.shape",
    "batch, seq, dim = x.get_shape().as_list()",
    "batch, seq, dim = tf.unstack(tf.shape(x))",
    "shape = tf.shape(x)\n    batch, seq, dim = shape[0], shape[1], shape[2]",
    "batch = tf.shape(x)[0]\n    seq = tf.shape(x)[1]\n    dim = x.shape[-1]",
]


@pytest.mark.parametrize("unpacking", UNPACKINGS)
def test_sizes_are_called_as_the_program_calls_them(tmp_path: Path, unpacking: str) -> None:
    program = f"def attention(x, heads):\n    {unpacking}\n"
    program += "    q = tf.reshape(x, [batch, seq, heads, dim // heads])\n    q = tf.transpose(q, [0, 2, 1, 3])\n"
    program += "    scores = tf.matmul(q, q, transpose_b=True)\n    return scores\n"
    assert size_of(plan_of(tmp_path, program), "scores") == "4·heads·batch·seq² bytes"


@pytest.mark.parametrize(
    ("program", "name", "size"),
    [
        ("def mask(n):\n    m = tf.ones((n, n))\n    return m\n", "m", "4·n² bytes"),
        ("def place(config, n):\n    p = tf.zeros([n, config.hidden])\n    return p\n", "p", "4·n·hidden bytes"),
        ("def place(params):\n    p = tf.zeros([params['width'], 2])\n    return p\n", "p", "8·width bytes"),
        ("def count(length):\n    p = tf.range(length)\n    return p\n", "p", "4·length bytes"),
        ("def count(length):\n    p = tf.range(0, length)\n    return p\n", "p", "4·length bytes"),
        ("def count(length):\n    p = tf.range(1, length)\n    return p\n", "p", "4·p.shape[0] bytes"),
        ("def gram(X):\n    n = len(X)\n    k = np.zeros((n, n))\n    return k\n", "k", "8·n² bytes"),
        ("def half(n):\n    m = n // 2\n    p = tf.ones([m, 3 * m])\n    return p\n", "p", "12·⌊n/2⌋² bytes"),
        ("def image(x):\n    _, h, w, c = x.shape\n    return tf.exp(x)\n", "x", "4·h·w·c·x.shape[0] bytes"),
    ],
)
def test_parameters_attributes_and_keys_lend_their_names(tmp_path: Path, program: str, name: str, size: str) -> None:
    assert size_of(plan_of(tmp_path, program), name) == size


def test_what_is_fed_has_a_batch_until_the_program_names_it(tmp_path: Path) -> None:
    signature = "@tf.function(input_signature=[tf.TensorSpec([None, None, 512])])\n"
    program = signature + "def encode(x):\n    {}\n    y = tf.exp(x)\n    return y\n"
    unnamed = plan_of(tmp_path, program.format("pass"))
    assert unnamed.symbols() == ["batch", "x.shape[1]"]
    named = plan_of(tmp_path, program.format("b, n = tf.shape(x)[0], tf.shape(x)[1]"))
    assert size_of(named, "y") == "2.0 KiB·b·n"


def test_a_batch_is_called_differently_in_each_function(tmp_path: Path) -> None:
    signature = "@tf.function(input_signature=[tf.TensorSpec([None, 512])])\n"
    program = signature + "def first(x):\n    b = tf.shape(x)[0]\n    return tf.zeros([b, 2])\n\n"
    program += signature + "def second(x):\n    y = tf.exp(x)\n    return y\n"
    assert size_of(plan_of(tmp_path, program), "y") == "2.0 KiB·batch"


def test_a_placeholder_has_a_batch(tmp_path: Path) -> None:
    program = "x = tf.compat.v1.placeholder(tf.float32, [None, 784])\nh = tf.matmul(x, tf.ones([784, 256]))\n"
    found = plans(str(tmp_path / "model.py"), Config(), (HEAD + program).encode())
    assert found is not None
    assert size_of(found[1][0], "h") == "1.0 KiB·batch"


def test_distances_of_unannotated_arguments(tmp_path: Path) -> None:
    program = "def distances(x, y):\n    d = x[:, None, :] - y[None, :, :]\n    return tf.reduce_sum(d ** 2, -1)\n"
    assert size_of(plan_of(tmp_path, program), "d") == "4·x.shape[0]·x.shape[1]·y.shape[0] bytes"


# ------------------------------------------------------------------------------------------------- findings

CHECKED = (
    HEAD
    + """\
def attention(x, heads):
    batch, seq, dim = x.shape
    q = tf.reshape(x, [batch, seq, heads, dim // heads])
    return tf.einsum("bqhd,bkhd->bhqk", q, q)


def distances(x, y):
    n, d = x.shape
    m = y.shape[0]
    x = tf.reshape(x, [n, 1, d])
    y = tf.reshape(y, [1, m, d])
    return tf.reduce_sum(tf.square(x - y), -1)


def product(batch: int):
    return tf.ones([batch, 3]) @ tf.ones([4, 5])


def fits(batch: int):
    return tf.ones([batch, 3]) + tf.ones([128, 3])
"""
)


def run(tmp_path: Path, *arguments: str) -> Result:
    path = tmp_path / "model.py"
    path.write_text(CHECKED, encoding="utf-8")
    return CliRunner().invoke(main, [*arguments, str(path)])


def findings(tmp_path: Path, *arguments: str) -> list[tuple[int, str, str]]:
    result = run(tmp_path, "check", "--no-cache", "--format", "json", *arguments)
    return [(one["line"] - 3, one["code"], one["message"]) for one in json.loads(result.stdout)]


def test_without_assumption_nothing_is_large(tmp_path: Path) -> None:
    assert [(line, code) for line, code, _ in findings(tmp_path)] == [(16, "TFG201")]


def test_assumed_sizes_reach_the_rules_about_memory_and_no_others(tmp_path: Path) -> None:
    # batch=64 contradicts the 128 of `fits`; that is no error, since nobody knows it
    found = findings(tmp_path, "--assume", "batch=64,seq=4096,heads=8,dim=512,n=20000,m=20000,d=128")
    assert {(line, code) for line, code, _ in found} >= {
        (4, "TFG301"), (4, "TFG302"), (12, "TFG301"), (12, "TFG302"), (12, "TFG303"), (12, "TFG305")
    }  # fmt: skip
    assert [(line, code) for line, code, _ in found if code < "TFG300"] == [(16, "TFG201")]
    [scores] = [message for line, code, message in found if (line, code) == (4, "TFG301")]
    assert "32.0 GiB" in scores
    assert "assuming batch=64, seq=4096, heads=8" in scores


def test_sizes_may_be_assumed_by_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.tflint-gemm.assume]\nn = 20000\nm = 20000\nd = 128\n")
    assert "TFG303" in {code for _, code, _ in findings(tmp_path)}


@pytest.mark.parametrize("command", ["check", "memory"])
def test_a_size_that_is_nowhere_is_named(tmp_path: Path, command: str) -> None:
    result = run(tmp_path, command, "--assume", "btch=64,n=3")
    [line] = [line for line in result.output.splitlines() if "--assume: there is no size" in line]
    assert "btch" in line
    assert "batch, d, dim, heads, m, n, seq" in line


def test_what_was_assumed_is_kept_with_the_result(tmp_path: Path) -> None:
    arguments = ("--cache-dir", str(tmp_path / "cache"), "--assume", "btch=64,n=20000")
    first, again = run(tmp_path, "check", *arguments), run(tmp_path, "check", *arguments)
    assert first.output == again.output
    assert "there is no size btch" in again.output
    assert "TFG" in again.output
    other = run(tmp_path, "check", "--cache-dir", str(tmp_path / "cache"))
    assert "there is no size" not in other.output


def test_a_plan_says_what_may_be_assumed_and_what_was(tmp_path: Path) -> None:
    shown = run(tmp_path, "memory", "--assume", "batch=64").stdout
    assert "with batch=64\n" in shown
    assert "for numbers: --assume dim=…,heads=…,seq=…\n" in shown
