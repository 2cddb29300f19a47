"""What the benchmarks measure with: generated programs, samples, slopes."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import bench
import environment
import programs

from tflint_gemm.config import Config
from tflint_gemm.engine import check_source
from tflint_gemm.syntax.source import Source

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("kind", programs.KINDS)
def test_programs_are_as_long_as_asked_and_have_no_fault(kind):
    short, long = (programs.program(kind, lines) for lines in (500, 2000))
    assert 450 <= short.count("\n") <= 600
    assert 3.5 < long.count("\n") / short.count("\n") < 4.5
    ast.parse(long)
    assert check_source(Source("program.py", short), Config()) == []


def test_the_exponent_is_that_of_the_times():
    times = [(count, 3.0 * count**1.25) for count in (1_000, 10_000, 100_000)]
    assert bench.exponent(times) == pytest.approx(1.25)


def test_a_sample_is_always_the_same_and_as_large_as_asked(tmp_path):
    files = []
    for number in range(40):
        files.append(tmp_path / f"part_{number}.py")
        files[-1].write_text(f"# {number}\n" * 50)
    chosen = environment.sample(files, 400)
    assert len(chosen) == 8
    assert environment.lines(chosen) == 400
    assert environment.sample(files[::-1], 400) == chosen


def test_a_command_that_does_not_do_its_work_is_no_measurement(tmp_path):
    taken = bench.measure([sys.executable, "-c", "x = bytearray(100_000_000)"], tmp_path)
    assert taken.megabytes > 100
    assert 0 < taken.cpu < 60
    with pytest.raises(RuntimeError, match="status 2"):
        bench.measure([sys.executable, "-c", "raise SystemExit(2)"], tmp_path)


def test_the_tools_are_pinned():
    pinned = [line for line in environment.REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line) for line in (*pinned, environment.TORCHFIX))


def test_the_code_that_is_measured_is_pinned_and_large():
    text = (ROOT / "tools" / "corpus.txt").read_text()
    assert all(re.search(rf"^{package}==\S+ --hash=", text, re.MULTILINE) for package in environment.PACKAGES)
