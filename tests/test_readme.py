"""The README says only what is so."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tflint_gemm import config
from tflint_gemm.cli import main
from tflint_gemm.report import FORMATS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = {
    "dtype_mismatch": {"TFG101"},
    "memory_allocation": {"TFG301", "TFG302"},
    "incorrect_shapes": {"TFG201"},
    "attention": {"TFG201"},
    "pairwise_distances": {"TFG301", "TFG302", "TFG303"},
}


def block(after: str) -> str:
    match = re.search(re.escape(after) + r".*?```\w*\n(.*?)```", README, re.DOTALL)
    assert match, after
    return match[1]


def test_the_generated_parts_are_current():
    """The rule table, and what the linter prints for the first example."""
    done = subprocess.run([sys.executable, "tools/readme.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run: make readme"


def test_continuous_integration_runs_the_command_that_the_reader_runs():
    assert block("To run the tests:").strip() in (ROOT / ".ci" / "run").read_text("utf-8")


def test_the_configuration_shown_is_valid_and_shows_the_defaults(tmp_path):
    file = tmp_path / "pyproject.toml"
    file.write_text(block("## Configuration"))
    shown, default = config.read(file), config.Config()
    assert shown is not None
    for item in dataclasses.fields(config.Config):
        if item.name not in ("exclude", "per_file_ignores", "root"):
            assert getattr(shown, item.name) == getattr(default, item.name), item.name
    for key in config.KEYS:
        assert key in block("## Configuration"), key


def test_every_format_is_mentioned():
    for form in FORMATS:
        assert f"`{form}`" in README


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_show_their_faults(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    shown = CliRunner().invoke(main, [f"examples/{name}.py", "--format", "concise"]).stdout
    assert {line.split()[1] for line in shown.splitlines()} == EXAMPLES[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dtype_mismatch", "training_loop"])
def test_repaired_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program = Path(f"{name}.py")
    program.write_text((ROOT / "examples" / f"{name}.py").read_text("utf-8"))
    assert CliRunner().invoke(main, [str(program)]).exit_code == 1
    assert CliRunner().invoke(main, [str(program), "--fix"]).exit_code == 0
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, str(program)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
