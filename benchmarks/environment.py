"""What a benchmark needs: the tools in environments of their own, the corpus in a folder of its own."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".bench"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
TORCHFIX = "torchfix==0.7.0"  # wants an older LibCST than the others get
PACKAGES = ("gpflow", "tensorflow-addons", "tf-agents")
IMPORTS = re.compile(rb"^\s*(import|from) tensorflow", re.MULTILINE)


def tools() -> Path:
    """The programs of an environment with this linter, compiled, and what it is compared with."""
    programs = _environment("tools", REQUIREMENTS.read_text("utf-8"), "-r", str(REQUIREMENTS))
    _install(programs, {"HATCH_BUILD_HOOKS_ENABLE": "1"})
    return programs


def from_source() -> Path:
    """The programs of an environment with this linter as pure Python."""
    programs = _environment("source", "")
    _install(programs, {})
    return programs


def _install(programs: Path, settings: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _pip(programs, "wheel", "--no-deps", "--no-cache-dir", "-w", folder, str(ROOT), settings=settings)
        (wheel,) = map(str, Path(folder).iterdir())
        _pip(programs, "install", "--compile", "--force-reinstall", "--no-deps", wheel)
        _pip(programs, "install", "--compile", wheel)  # its dependencies, where they are not there yet


def torchfix() -> Path:
    """The programs of an environment with TorchFix."""
    return _environment("torchfix", TORCHFIX, TORCHFIX)


def _environment(name: str, pinned: str, *requirements: str) -> Path:
    """The programs of the environment ``name``, made anew where something else is pinned than it was made with."""
    folder = FOLDER / name
    stamp = folder / "made-with.txt"
    if not stamp.is_file() or stamp.read_text("utf-8") != pinned:
        venv.create(folder, clear=True, with_pip=True)
        if requirements:
            _pip(folder / "bin", "install", "--compile", *requirements)
        stamp.write_text(pinned, "utf-8")
    return folder / "bin"


def _pip(programs: Path, task: str, *arguments: str, settings: dict[str, str] | None = None) -> None:
    command = [programs / "python", "-m", "pip", task, "-q", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, env={**os.environ, **(settings or {})})


def corpus(folder: Path, packages: tuple[str, ...] = PACKAGES) -> list[Path]:
    """The Python files of the pinned packages, copied to ``folder``: no configuration of this repository is near."""
    sys.path.insert(0, str(ROOT))
    from tools import corpus as public

    for requirement in public.pinned(packages):
        source = public.fetch(requirement)
        shutil.copytree(source, folder / source.name, ignore=_only_python)
    return sorted(folder.rglob("*.py"))


def _only_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".py") and not Path(folder, name).is_dir()]


def lines(files: list[Path]) -> int:
    """How many lines the files have together."""
    return sum(file.read_bytes().count(b"\n") for file in files)


def importing(files: list[Path]) -> list[Path]:
    """The files that import TensorFlow."""
    return [file for file in files if IMPORTS.search(file.read_bytes())]


def as_torch(files: list[Path], origin: Path, folder: Path) -> None:
    """The same code with the name of the library that TorchFix looks at: it passes over files without that name."""
    for file in files:
        target = folder / file.relative_to(origin)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes().replace(b"tensorflow", b"torch"))


def sample(files: list[Path], number: int) -> list[Path]:
    """A choice of about ``number`` lines: always the same, from all over the files."""
    chosen, count = [], 0
    for file in sorted(files, key=lambda file: hashlib.sha256(file.name.encode() + file.read_bytes()).digest()):
        if count >= number:
            break
        chosen.append(file)
        count += file.read_bytes().count(b"\n")
    return chosen
