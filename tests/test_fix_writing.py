"""Fixes are applied until nothing changes, taken back where they do not help, and written without losing anything."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tflint_gemm import engine, repair
from tflint_gemm.config import Config
from tflint_gemm.findings import Edit, Finding, Fix, Span
from tflint_gemm.repair import WriteError
from tflint_gemm.syntax.source import Source, decode


def finder(rewrites: dict[str, tuple[str, str]]) -> Callable[[Source], list[Finding]]:
    """A check that finds words, each with a fix of some safety that replaces the word."""

    def check(source: Source) -> list[Finding]:
        found = []
        for number in range(1, len(source.line_starts) + 1):
            for match in re.finditer("|".join(rewrites), source.line(number)):
                safety, replacement = rewrites[match[0]]
                span = Span(number, match.start() + 1, number, match.end() + 1)
                fix = Fix(safety, "replace it", (Edit(span, replacement),))
                found.append(Finding("a.py", span, f"TFG{match[0]}", match[0], "error", "a word", fix=fix))
        return found

    return check


def repaired(text: str, rewrites: dict[str, tuple[str, str]], *, unsafe: bool = False) -> repair.Repair:
    return repair.repair(Source("a.py", text), finder(rewrites), unsafe=unsafe)


def test_all_safe_fixes_are_applied_and_only_those():
    rewrites = {"BAD": ("safe", "good"), "RISKY": ("unsafe", "fine"), "HINT": ("suggestion", "taken")}
    done = repaired("x = BAD + BAD\ny = RISKY\nz = HINT\n", rewrites)
    assert done.source.text == "x = good + good\ny = RISKY\nz = HINT\n"
    assert [finding.name for finding in done.applied] == ["BAD", "BAD"]
    assert [finding.name for finding in done.findings] == ["RISKY", "HINT"]
    done = repaired("x = BAD + BAD\ny = RISKY\nz = HINT\n", rewrites, unsafe=True)
    assert done.source.text == "x = good + good\ny = fine\nz = HINT\n"


def test_a_fix_that_does_not_remove_its_finding_is_taken_back():
    done = repaired("x = BAD\ny = STUBBORN\n", {"BAD": ("safe", "good"), "STUBBORN": ("safe", "STUBBORN + 1")})
    assert done.source.text == "x = good\ny = STUBBORN\n"
    (left,) = done.findings
    assert left.fix is not None
    assert left.fix.safety == "suggestion", "it is no longer promised"


def test_a_fix_that_brings_a_new_finding_is_taken_back():
    rewrites = {"BAD": ("safe", "good"), "TRADE": ("safe", "OTHER"), "OTHER": ("suggestion", "")}
    done = repaired("x = BAD\ny = TRADE\nz = BAD\n", rewrites)
    assert done.source.text == "x = good\ny = TRADE\nz = good\n"


def test_a_fix_that_reveals_a_fixable_one_of_its_kind_settles():
    done = repaired("x = BAD\n", {"BAD": ("safe", "good")})
    again = repair.repair(done.source, finder({"BAD": ("safe", "good")}), unsafe=False)
    assert again.source.text == done.source.text
    assert not again.applied


def test_many_fixes_with_one_that_fails_take_few_checks():
    count = 0
    inner = finder({"BAD": ("safe", "good"), "STUBBORN": ("safe", "STUBBORN + 1")})

    def check(source: Source) -> list[Finding]:
        nonlocal count
        count += 1
        return inner(source)

    text = "".join(f"x{i} = {'STUBBORN' if i == 70 else 'BAD'}\n" for i in range(100))
    done = repair.repair(Source("a.py", text), check, unsafe=False)
    assert done.source.text.count("good") == 99
    assert count < 150


# --- writing ----------------------------------------------------------------------------------------------------------

FAULT = b"# noqa: TFG101\nimport tensorflow as tf\n"  # an unused suppression: the simplest thing that can be fixed


@pytest.fixture
def fix(tmp_path: Path) -> Callable[[bytes], bytes]:
    def run(data: bytes) -> bytes:
        file = tmp_path / "a.py"
        file.write_bytes(data)
        report = engine.run_task(engine.Task(str(file), Config(), fix="safe", write=True))
        assert report.failure is None, report.traceback
        return file.read_bytes()

    return run


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FAULT, b"import tensorflow as tf\n"),
        (b"import tensorflow as tf\r\nx = 1  # noqa: TFG101\r\n", b"import tensorflow as tf\r\nx = 1\r\n"),
        (b"\xef\xbb\xbfimport tensorflow\nx = 1  # noqa: TFG101\n", b"\xef\xbb\xbfimport tensorflow\nx = 1\n"),
        (b"import tensorflow\nif 1:\n\tx = 1 # noqa: TFG101\n", b"import tensorflow\nif 1:\n\tx = 1\n"),
        (b"import tensorflow\n\x0c\nx = 1 # noqa: TFG101\n\x0c", b"import tensorflow\n\x0c\nx = 1\n\x0c"),
        (b"import tensorflow\nx = 1 # noqa: TFG101", b"import tensorflow\nx = 1"),
        (
            "# coding: latin-1\nimport tensorflow\ns = 'é'  # noqa: TFG101\n".encode("latin-1"),
            "# coding: latin-1\nimport tensorflow\ns = 'é'\n".encode("latin-1"),
        ),
        (b"import tensorflow\r\nx = 1  # noqa: TFG101\ny = 2\r\n", b"import tensorflow\r\nx = 1\ny = 2\r\n"),
    ],
    ids=["plain", "crlf", "bom", "tabs", "form feed", "no last newline", "latin-1", "mixed endings"],
)
def test_every_other_byte_stays(fix, before, after):
    assert fix(before) == after
    assert fix(after) == after


def test_the_mode_and_a_link_stay(tmp_path):
    file, link = tmp_path / "real.py", tmp_path / "link.py"
    file.write_bytes(FAULT)
    file.chmod(0o754)
    link.symlink_to(file)
    engine.run_task(engine.Task(str(link), Config(), fix="safe", write=True))
    assert link.is_symlink()
    assert file.read_bytes() == b"import tensorflow as tf\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o754
    assert sorted(os.listdir(tmp_path)) == ["link.py", "real.py"], "nothing is left behind"


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path):
    file = tmp_path / "a.py"
    file.write_bytes(b"somebody else's work")
    with pytest.raises(WriteError, match="changed while"):
        repair.write(str(file), b"before", b"after")
    assert file.read_bytes() == b"somebody else's work"
    assert os.listdir(tmp_path) == ["a.py"]


def test_a_failure_to_write_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "a.py"
    file.write_bytes(FAULT)

    def refuse(*_paths: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    report = engine.run_task(engine.Task(str(file), Config(), fix="safe", write=True))
    assert report.failure == "cannot be written: No space left on device"
    assert file.read_bytes() == FAULT
    assert os.listdir(tmp_path) == ["a.py"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a = 1\nb = 2\nc = 3\n", b"a = 1\nb = 5\nc = 3\n"),
        (b"a = 1\r\nb = 2\r\n", b"a = 1\r\nb = 5\r\n"),
        (b"a = 1\nb = 2", b"a = 1\nb = 5"),
        (b"a = 1\nb = 2", b"a = 1\nb = 2\n"),
        (b"a = 1\n\x0cb = 2\n", b"a = 1\n\x0cb = 5\n"),
    ],
)
def test_the_diff_can_be_applied_by_git(tmp_path, before, after):
    (tmp_path / "a.py").write_bytes(before)
    diff = repair.difference(decode("a.py", before), decode("a.py", after))
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "a.py").read_bytes() == after
