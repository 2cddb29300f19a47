"""The command line: what it prints, what it changes, and its exit status."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest
from click.testing import CliRunner, Result

from tflint_gemm import engine, rules
from tflint_gemm.cli import main
from tflint_gemm.config import Config
from tflint_gemm.results import FileReport

BAD = """\
import tensorflow as tf

a = tf.constant([[1.0, 2.0]], dtype=tf.float32)
b = tf.constant([[5.0], [6.0]], dtype=tf.float64)
c = tf.matmul(a, b)
"""
FIXED = BAD.replace("tf.matmul(a, b)", "tf.matmul(a, tf.cast(b, tf.float32))")
CLEAN = "import tensorflow as tf\n\nx = tf.zeros([2])\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.py").write_text(BAD)
    (tmp_path / "clean.py").write_text(CLEAN)
    return tmp_path


def run(*arguments: str, data: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=data)


def findings(*arguments: str, data: str | None = None) -> list[tuple[str, int, str]]:
    result = run(*arguments, "--format", "json", data=data)
    assert result.exit_code in (0, 1), result.output
    return [(row["path"], row["line"], row["code"]) for row in json.loads(result.stdout)]


# --- findings and exit status -----------------------------------------------------------------------------------------


def test_check_is_the_default_command_and_the_working_directory_the_default_path(project):
    expected = [("bad.py", 5, "TFG101")]
    assert findings("check", ".") == findings(".") == findings("check") == findings("bad.py", "clean.py") == expected
    assert findings("--select", "TFG1") == expected


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["clean.py"], 0),
        (["bad.py"], 1),
        (["bad.py", "--exit-zero"], 0),
        (["bad.py", "--ignore", "TFG101"], 0),
        (["missing.py"], 2),
        (["bad.py", "missing.py", "--exit-zero"], 2),
        (["--no-such-option"], 2),
        (["bad.py", "--select", "TFG9"], 2),
        (["bad.py", "--device-memory", "much"], 2),
        (["bad.py", "--device-memory", "9" * 400 + "GiB"], 2),
        (["bad.py", "--assume", "batch=" + "9" * 5000], 2),
        (["bad.py", "--fix", "--add-noqa"], 2),
    ],
)
def test_exit_status(project, arguments, status):
    assert run(*arguments).exit_code == status


def test_wrong_configuration_names_the_key(project):
    (project / "pyproject.toml").write_text("[tool.tflint-gemm]\nmax-tensor-byte = 1\n")
    result = run(".")
    assert result.exit_code == 2
    assert "unknown key 'max-tensor-byte'" in result.stderr
    assert "did you mean 'max-tensor-bytes'?" in result.stderr
    assert run(".", "--isolated").exit_code == 1


def test_standard_input(project):
    assert findings("-", data=BAD) == [("-", 5, "TFG101")]
    assert findings("-", "--stdin-filename", "src/x.py", data=BAD) == [("src/x.py", 5, "TFG101")]
    (project / "pyproject.toml").write_text('[tool.tflint-gemm.per-file-ignores]\n"src/*" = ["TFG101"]\n')
    assert findings("-", "--stdin-filename", "src/x.py", data=BAD) == []


def test_what_cannot_be_parsed_is_a_finding_where_it_concerns_us(project):
    (project / "broken.py").write_text("import tensorflow as tf\nx = (\n")
    (project / "not_ours.py").write_text("x = (\n")
    assert findings("broken.py", "not_ours.py") == [("broken.py", 2, "TFG000")]
    (project / "latin.py").write_bytes(b"import tensorflow\ns = '\xe9'\n")
    assert findings("latin.py") == [("latin.py", 2, "TFG000")]


def test_suppressions(project):
    marked = BAD.replace("tf.matmul(a, b)", "tf.matmul(a, b)  # noqa: TFG101")
    assert findings("-", data=marked) == []
    assert findings("-", data=CLEAN + "y = 1  # noqa: TFG101\n") == [("-", 4, "TFG001")]
    assert findings("-", "--ignore", "TFG101", data=CLEAN + "y = 1  # noqa: TFG101\n") == []
    assert findings("-", data="# tflint-gemm: ignore-file[TFG101]\n" + BAD) == []
    assert "1 findings are suppressed" in run("-", "-v", data=marked).stderr


def test_an_internal_error_in_one_file_does_not_cost_the_others(project, monkeypatch):
    check_source = engine.check_source

    def break_on_clean(source, config, **options):
        if source.path == "clean.py":
            raise KeyError("a fault of ours")
        return check_source(source, config, **options)

    monkeypatch.setattr(engine, "check_source", break_on_clean)
    result = run(".", "--format", "concise")
    assert result.exit_code == 2
    assert "bad.py:5:5: TFG101" in result.stdout
    assert "clean.py: internal error: KeyError: 'a fault of ours'" in result.stderr
    assert "Traceback" not in result.stderr
    assert "break_on_clean" in run(".", "--verbose").stderr


# --- fixes ------------------------------------------------------------------------------------------------------------


def test_fix_repairs_the_file_once_and_for_all(project):
    result = run(".", "--fix")
    assert result.exit_code == 0
    assert "Fixed 1 finding. Nothing found in 2 files." in result.stdout
    assert (project / "bad.py").read_text() == FIXED
    assert "Fixed" not in run(".", "--fix").stdout
    assert (project / "bad.py").read_text() == FIXED


def test_diff_shows_it_without_writing(project):
    result = run(".", "--diff")
    assert result.exit_code == 1
    assert (project / "bad.py").read_text() == BAD
    subprocess.run(["git", "apply", "-"], input=result.stdout.encode(), check=True)
    assert (project / "bad.py").read_text() == FIXED
    assert run(".", "--diff").stdout == ""


def test_fixing_standard_input_writes_to_standard_output(project):
    result = run("-", "--fix", data=BAD)
    assert (result.stdout, result.exit_code) == (FIXED, 0)
    assert "Fixed 1 finding" in result.stderr
    untouched = "x = 1\n"
    assert run("-", "--fix", data=untouched).stdout == untouched


def test_add_noqa_silences_everything_that_is_there(project):
    assert run(".", "--add-noqa").exit_code == 0
    assert (project / "bad.py").read_text().splitlines()[4] == "c = tf.matmul(a, b)  # noqa: TFG101"
    assert findings(".") == []


# --- many files -------------------------------------------------------------------------------------------------------


def test_processes_give_the_same_in_the_same_order(project):
    for number in range(40):
        (project / f"m{number:02}.py").write_text(BAD if number % 3 else CLEAN)
    assert findings(".", "--jobs", "1") == findings(".", "--jobs", "3")
    assert len(findings(".", "--jobs", "3")) == 27


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="the fault cannot be planted in the process")
def test_a_process_that_dies_costs_one_file(project, monkeypatch):
    for number in range(20):
        (project / f"m{number:02}.py").write_text(CLEAN)
    check = engine._check

    def die(task: engine.Task) -> FileReport:
        if task.path == "m07.py":
            os._exit(1)
        return check(task)

    monkeypatch.setattr(engine, "_check", die)  # what is patched here is so in the processes that are forked from here
    tasks = [engine.Task(f"m{number:02}.py", Config()) for number in range(20)]
    reports = list(engine.run(tasks, 2))
    assert [report.path for report in reports] == [task.path for task in tasks]
    assert [report.path for report in reports if report.failure] == ["m07.py"]


# --- other output -----------------------------------------------------------------------------------------------------


def test_statistics(project):
    assert "1  TFG101  [*] " in run(".", "--statistics").stdout
    counted = json.loads(run(".", "--statistics", "--format", "json").stdout)
    assert [(row["code"], row["count"], row["fixable"]) for row in counted["rules"]] == [("TFG101", 1, 1)]


def test_colours_only_where_they_are_wanted(project, monkeypatch):
    assert "\x1b[" not in run("bad.py").stdout
    assert "\x1b[" in run("bad.py", "--color", "always").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("bad.py").stdout


def test_other_modules_that_are_not_followed_to_the_end_are_counted(project):
    loops = "".join(f"{' ' * level}for a{level} in range(20):\n" for level in range(5))
    body = f" x = x + 1\n{indent(loops, ' ')}      x += 1\n return x\n"
    (project / "large.py").write_text(f"import tensorflow as tf\ndef f(x):\n{body}")
    (project / "user.py").write_text(
        "import tensorflow as tf\nfrom large import f\nf(tf.ones([2]))\nx = tf.ones([3])\n"
    )
    told = "other modules of the project were not followed to the end"
    for _ in range(2):  # what is kept for the next run tells it too
        assert f"      1  file: {told}\n" in run("user.py", "--statistics", "--cache-dir", "kept").stdout
    counted = json.loads(run("user.py", "--statistics", "--format", "json").stdout)
    assert counted["ended_early"] == {"modules": 1, "questions": 0}
    assert run("user.py").exit_code == 0
    assert run("infer", "user.py").stderr == ""
    assert f"user.py: {told}, so facts are missing" in run("infer", "-v", "user.py").stderr


def test_infer_tells_every_tensor(project):
    rows = json.loads(run("infer", "bad.py", "--format", "json").stdout)
    assert {"line": 5, "column": 18, "dtype": "float64", "shape": [2, 1]}.items() <= rows[-1].items()
    keys = {"path", "cell", "line", "column", "end_line", "end_column", "kind", "dtype", "shape"}
    assert all(set(row) == keys for row in rows)
    assert {row["kind"] for row in rows} == {"tensor"}
    assert (
        "bad.py:4:5: tf.constant([[5.0], [6.0]], dtype=tf.float64) : tensor float64 [2, 1]" in run("infer", ".").stdout
    )


def test_infer_calls_what_it_does_not_know_null_and_a_symbol_by_its_name(project):
    program = """\
import numpy as np
import tensorflow as tf
def f(x: tf.Tensor, n):
    return tf.zeros([2, n])
v = tf.Variable([1.0])
a = np.ones(3)
"""
    rows = json.loads(run("infer", "-", "--format", "json", data=program).stdout)
    shapes = {(row["line"], row["kind"]): row["shape"] for row in rows}
    assert shapes[5, "variable"] == [1]
    assert shapes[6, "array"] == [3]
    assert shapes[4, "tensor"][0] == 2
    assert not isinstance(shapes[4, "tensor"][1], int)


def test_infer_reports_what_it_cannot_read(project):
    result = run("infer", "-", data="import tensorflow as tf\nx = (\n")
    assert result.exit_code == 1
    assert "-:2:" in result.stderr


def test_rule_pages(project):
    assert run("rule", "tfg101").stdout == rules.rule_page("TFG101")
    assert run("rule", "mixed-gemm-dtypes").stdout == rules.rule_page("TFG101")
    listed = run("rule").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(rules.all_rules())
    result = run("rule", "TFG999")
    assert result.exit_code == 2
    assert "there is no rule TFG999" in result.stderr


def test_every_option_has_help(project):
    for command in ("check", "infer", "verify", "rule"):
        result = run(command, "--help")
        assert result.exit_code == 0
    assert "tflint-gemm" in run("--version").stdout


@pytest.mark.slow
def test_verify_proves_a_finding(project):
    (row,) = json.loads(run("bad.py", "--verify", "--format", "json").stdout)
    assert row["verdict"]["outcome"] == "confirmed"
    assert "InvalidArgumentError" in row["verdict"]["reason"]
    assert run("verify", "clean.py").exit_code == 0


def test_it_runs_as_a_module(project):
    done = subprocess.run([sys.executable, "-m", "tflint_gemm", "bad.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "TFG101" in done.stdout
