"""The command `tflint-gemm memory`: its table, its JSON, its options and what it says to wrong ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tflint_gemm.cli import main

PROGRAM = """\
import numpy as np
import tensorflow as tf

a = np.random.rand(10000, 10000).astype(np.float32)
x = tf.convert_to_tensor(a)
y = tf.matmul(x, x)
"""
SYMBOLIC = """\
import tensorflow as tf

def attention(batch: int, seq: int):
    q = tf.zeros([batch, seq, 64])
    return tf.matmul(q, q, transpose_b=True)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "attention.py").write_text(SYMBOLIC, encoding="utf-8")
    return tmp_path


def memory(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["memory", *arguments])


def peak_of(result: Result, function: str) -> object:
    assert result.exit_code == 0, result.output
    [row] = [row for row in json.loads(result.stdout) if row["function"] == function]
    return row["peak"]["bytes"]


def test_the_table_names_what_is_alive(project: Path) -> None:
    result = memory("model.py")
    assert result.exit_code == 0
    head, *lines = result.stdout.splitlines()
    # a, the copy of it that TensorFlow keeps, x and y: 400 million bytes each
    assert head.startswith("model.py: <module>: peak 1.5 GiB at line 6")
    assert any("762.9 MiB" in line and "(temporary)" in line for line in lines)
    assert any("a = np.random.rand" in line and "float32 [10000, 10000]" in line for line in lines)


def test_json_gives_bytes_and_lifetimes(project: Path) -> None:
    result = memory("--format", "json", "model.py")
    assert peak_of(result, "<module>") == 1_600_000_000
    [row] = json.loads(result.stdout)
    [a] = [one for one in row["allocations"] if one["name"] == "a"]
    assert (a["bytes"], a["ending"], a["dtype"]) == (400_000_000, "never", "float32")


def test_json_lists_what_a_loop_makes_once(project: Path) -> None:
    (project / "loop.py").write_text(
        "import tensorflow as tf\nkept = []\nfor i in range(50):\n    x = tf.ones([1000])\n    kept.append(x + 1.0)\n"
    )
    [row] = json.loads(memory("--format", "json", "loop.py").stdout)
    made = [(one["line"], one["bytes"], one["count"], one["times"]) for one in row["allocations"]]
    assert made == [(4, 4000, 1, 50), (5, 4000, 1, 50), (5, 200_000, 50, 1)]
    for moment in row["moments"]:
        assert sum(row["allocations"][index]["bytes"] for index in moment["alive"]) == moment["bytes"]


def test_sizes_may_be_assumed(project: Path) -> None:
    taken = 4 * (2 * 100 * 64 + 2 * 100 * 100)
    assert peak_of(memory("--format", "json", "--assume", "batch=2,seq=100", "attention.py"), "attention") == taken
    (project / "pyproject.toml").write_text("[tool.tflint-gemm.assume]\nbatch = 2\nseq = 100\n", encoding="utf-8")
    assert peak_of(memory("--format", "json", "attention.py"), "attention") == taken


def test_without_assumption_the_size_stays_symbolic(project: Path) -> None:
    assert "batch" in memory("attention.py").stdout


def test_device_memory_may_be_a_card(project: Path) -> None:
    named = memory("--device-memory", "A100-40GB", "model.py")
    assert named.exit_code == 0, named.output
    assert "4 % of device-memory (40.0 GiB)" in named.stdout  # 1.6e9 bytes


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--device-memory", "A1000000"], "A1000000"),
        (["--assume", "batch=many"], "batch"),
        (["--assume", "batch"], "batch"),
    ],
)
def test_a_wrong_option_is_named(project: Path, arguments: list[str], named: str) -> None:
    result = memory(*arguments, "model.py")
    assert result.exit_code == 2
    assert named in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_not_python_is_said_so(project: Path) -> None:
    (project / "broken.py").write_text("import tensorflow as tf\nx = (\n", encoding="utf-8")
    result = memory("broken.py")
    assert result.exit_code == 1
    assert "broken.py:" in result.output
