"""The command on folders of mutants: its exit status must say what it prints."""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections import Counter
from pathlib import Path

from click.testing import CliRunner, Result

from tests.fuzz import mutation
from tests.fuzz.examination import STEPS, Fault, watched
from tflint_gemm import rules
from tflint_gemm.cli import FAILED, FINDINGS_LEFT, NOTHING_FOUND, main

_CHECKS: tuple[tuple[str, ...], ...] = (
    (), (), ("--fix",), ("--unsafe-fixes",), ("--select", "ALL"), ("--ignore", "TFG2"), ("--exit-zero",),
    ("--statistics",), ("--add-noqa",), ("--max-tensor-bytes", "1KiB", "--select", "TFG3"),
)  # fmt: skip
_CONFIGURATIONS = ("", "[tool.tflint-gemm]\nmax-steps = 300\n", "[tool.tflint-gemm]\nignore = ['TFG1']\n")
_BROKEN_CONFIGURATIONS = ("[tool", "[tool.tflint-gemm]\nmax-steps = 0\n")


def examine_command(chance: random.Random, *, corpus: bool = False) -> Counter[str]:
    """What came of one run on some files, by exit status; raises Fault where that is not what the output says."""
    files = [mutation.mutated(chance, corpus=corpus) for _ in range(chance.randint(0, 3))]
    data = b"\n# --- the next file\n".join(files)
    with tempfile.TemporaryDirectory() as folder, watched(data):
        for number, content in enumerate(files):
            Path(folder, f"file{number}.py").write_bytes(content)
        wrong = chance.random() < 0.1
        configuration = chance.choice(_BROKEN_CONFIGURATIONS if wrong and files else _CONFIGURATIONS)
        Path(folder, "pyproject.toml").write_text(configuration, "utf-8")
        paths = [os.path.join(folder, "missing.py")] if wrong and not files else [folder]
        command = chance.choice(("check", "check", "check", "infer", "memory"))
        given = ("--no-cache", "--max-steps", str(STEPS), "--jobs", "1") if command == "check" else ()
        options = chance.choice(_CHECKS) if command == "check" else ()
        arguments = [command, "--format", "json", *given, *options, *paths]
        result = CliRunner().invoke(main, arguments)
    expected = FAILED if wrong else _expected(command, options, result, data)
    if result.exit_code != expected or (result.exception and not isinstance(result.exception, SystemExit)):
        told = f"{' '.join(arguments)} ends with {result.exit_code} and not {expected}: {result.exception!r}"
        raise Fault(f"{told}\n{result.stdout[-1000:]}\n{result.stderr[-2000:]}", data)
    return Counter({"checked": 1, f"status {result.exit_code}": 1})


def _expected(command: str, options: tuple[str, ...], result: Result, data: bytes) -> int:
    """The status that the output asks for: 1 where findings are left, or where a file cannot be read as Python."""
    if "internal error" in result.stderr:
        raise Fault(result.stderr, data)
    try:
        found = json.loads(result.stdout)
    except ValueError:
        shown = f"{result.stdout[:500]}\n{result.stderr}"
        raise Fault(f"{command} {' '.join(options)} prints no JSON: {shown}", data) from None
    if "--exit-zero" in options:
        return NOTHING_FOUND
    if command != "check":
        unread = [line for line in result.stderr.splitlines() if "(TFG002 says where)" not in line]
        return FINDINGS_LEFT if unread else NOTHING_FOUND
    rows = found["rules"] if "--statistics" in options else found
    return FINDINGS_LEFT if any(row["code"] != rules.INCOMPLETE for row in rows) else NOTHING_FOUND
