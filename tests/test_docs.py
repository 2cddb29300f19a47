"""The pages in `docs/` say only what is so: files exist, links lead somewhere, commands print what is shown."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tflint_gemm.ops import rules, violations

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
TEXTS = {page.name: page.read_text("utf-8") for page in PAGES}
_PROGRAMS = {"python": [sys.executable], "tflint-gemm": [sys.executable, "-m", "tflint_gemm"]}


def _shown() -> list[tuple[str, str]]:
    """The commands whose output is shown, and the output."""
    found = []
    for text in TEXTS.values():
        for indent, block in re.findall(r"^( *)```console\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
            for part in re.sub(f"^{indent}", "", block, flags=re.MULTILINE).split("$ ")[1:]:
                command, _, output = part.partition("\n")
                if output.strip():
                    found.append((command, output))
    return found


@pytest.mark.parametrize(("command", "output"), _shown())
def test_commands_print_what_is_shown(command: str, output: str) -> None:
    program, *arguments = shlex.split(command, comments=True)
    done = subprocess.run([*_PROGRAMS[program], *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == output


@pytest.mark.parametrize("name", TEXTS)
def test_files_and_links_exist(name: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", TEXTS[name])
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    files = re.findall(r"`([a-z_0-9]+(?:/[a-z_0-9]+)*(?:/|\.py))`", TEXTS[name])
    places = (ROOT, ROOT / "tflint_gemm", ROOT / "tflint_gemm" / "interpreter", ROOT / "tflint_gemm" / "syntax")
    assert [file for file in files if not any((place / file).exists() for place in places)] == []


def test_the_helpers_that_are_named_exist() -> None:
    page = TEXTS["adding-an-op.md"]
    (line,) = re.findall(r"put together from `ops/rules.py`: (.*?)\. They", page, re.DOTALL)
    assert [name for name in re.findall(r"`(\w+)`", line) if not hasattr(rules, name)] == []
    named = {name for text in TEXTS.values() for name in re.findall(r"\bv\.(\w+)", text)}
    assert [name for name in named if not hasattr(violations, name)] == []
