"""The README says only what is so."""

from __future__ import annotations

import dataclasses
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
SEED = {"dtype_mismatch": {"TFG101"}, "memory_allocation": {"TFG301", "TFG302"}, "incorrect_shapes": {"TFG201"}}


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


@pytest.mark.parametrize("name", SEED)
def test_the_programs_of_the_article_show_their_faults(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    shown = CliRunner().invoke(main, [f"examples/{name}.py", "--format", "concise"]).stdout
    assert {line.split()[1] for line in shown.splitlines()} == SEED[name]


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
