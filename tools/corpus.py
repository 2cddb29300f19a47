"""Run the linter on public packages and compare with what was found, and read, before.

    python tools/corpus.py            # exit status 1: an internal error, or findings that differ from the record
    python tools/corpus.py --update   # after every new error has been read and is true

``tools/corpus.txt`` pins the packages, ``tools/corpus_findings.txt`` is the record: every error is followed by a line
``    true: why TensorFlow raises there``.  Nothing of the packages is run.
"""

from __future__ import annotations

import argparse
import difflib
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tflint_gemm import engine
from tflint_gemm.config import Resolver
from tflint_gemm.discovery import discover
from tflint_gemm.results import FileReport

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
PACKAGES = Path(__file__).with_name("corpus.txt")
RECORD = Path(__file__).with_name("corpus_findings.txt")


def fetch(requirement: str) -> Path:
    """The folder with the unpacked wheel of ``requirement``."""
    folder = CORPUS / requirement.replace("==", "-")
    if not folder.is_dir():
        wheels = CORPUS / "wheels" / folder.name
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", str(wheels)]
        subprocess.run([*command, requirement], check=True)
        (wheel,) = wheels.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return folder


def check(folder: Path) -> Iterator[FileReport]:
    resolver = Resolver({"respect-gitignore": False, "exclude": []}, isolated=True)
    files = discover([os.path.relpath(folder)], resolver).files
    yield from engine.run([engine.Task(path, resolver.for_file(path)) for path in files])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="record what is found now")
    update = parser.parse_args().update
    os.chdir(ROOT)
    found, failures = [], 0
    for line in PACKAGES.read_text("utf-8").splitlines():
        requirement = line.partition("#")[0].strip()
        if not requirement:
            continue
        folder, start = fetch(requirement), time.monotonic()
        reports = list(check(folder))
        found += [row for report in reports for row in rows(report, folder)]
        broken = [report for report in reports if report.failure is not None]
        failures += len(broken)
        print(f"{requirement}: {len(reports)} files, {time.monotonic() - start:.1f} s, {len(broken)} internal errors")
        for report in broken:
            print(f"{report.path}: {report.failure}\n{report.traceback or ''}")
    reasons = recorded_reasons()
    recorded = list(reasons)
    difference = list(difflib.unified_diff(recorded, found, "recorded", "now", lineterm="", n=0))
    print("\n".join(difference) or f"{len(found)} findings, as recorded")
    if update:
        rows_with_reasons = (f"{row}\n{reasons.get(row, '')}" for row in found)
        RECORD.write_text("".join(rows_with_reasons), "utf-8")
        difference = []
    unread = [row for row in found if ": error " in row and not recorded_reasons().get(row)]
    for row in unread:
        print(f"not read yet, or not true: {row}")
    return int(bool(failures or difference or unread))


def recorded_reasons() -> dict[str, str]:
    """The recorded findings, each with the indented lines below it that say why it is true."""
    reasons: dict[str, str] = {}
    row = ""
    for line in RECORD.read_text("utf-8").splitlines() if RECORD.exists() else []:
        if line.startswith(" "):
            reasons[row] += f"{line}\n"
        else:
            row = line
            reasons[row] = ""
    return reasons


def rows(report: FileReport, folder: Path) -> Iterator[str]:
    for finding in report.findings:
        path = f"{folder.name}/{Path(report.path).relative_to(folder.relative_to(ROOT)).as_posix()}"
        yield f"{path}:{finding.span.line}: {finding.severity} {finding.code} {' '.join(finding.message.split())}"


if __name__ == "__main__":
    sys.exit(main())
