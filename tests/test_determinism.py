"""The same input gives the same bytes of output, whatever the order of files, the processes, hash seed and Python."""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from tests.adversarial.programs import PROGRAMS
from tests.fuzz import mutation

ROOT = Path(__file__).parent.parent
NEEDED = ("click", "pathspec", "typing_extensions")  # all pure Python, so that any version can import them
VERSIONS = ((3, 10), (3, 11), (3, 12), (3, 13), (3, 14))
IN_TEXT = "import tensorflow as tf\na = tf.ones([2, 3])\nprint(f'{a!r} {tf.matmul(a, a)} and {a @ a:>{3}}')\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few hundred programs: ours, mutants of them that can still be parsed, and hostile ones."""
    made = tmp_path_factory.mktemp("programs")
    texts = [*mutation.seeds()[::8], IN_TEXT]
    mutants = [mutation.mutated(random.Random(number)).decode("utf-8", "replace") for number in range(40)]
    texts.extend(text for text in mutants if _is_python(text))
    # Which syntax is understood depends on the Python.
    texts.extend(program.text for name, program in PROGRAMS.items() if "except*" not in name and "type par" not in name)
    for number, text in enumerate(text for text in texts if len(text) < 30_000):
        (made / f"{number:04}.py").write_text(text, "utf-8", newline="")
    return made


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What we need to run, without what else is installed here."""
    made = tmp_path_factory.mktemp("libraries")
    for name in NEEDED:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            continue
        if found.submodule_search_locations:
            shutil.copytree(found.submodule_search_locations[0], made / name)
        else:
            shutil.copy(found.origin, made)
    return made


def run(folder: Path, *arguments: str, python: str = sys.executable, seed: int = 0, path: Path | None = None) -> bytes:
    """What is printed; the exit status is that of findings."""
    command = [python, "-m", "tflint_gemm", "check", "--isolated", "--no-cache", "--max-steps", "20000", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, filter(None, (ROOT, path))))
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr.decode()
    assert done.stderr == b""
    return done.stdout


@pytest.fixture(scope="module")
def expected(folder: Path) -> bytes:
    found = run(folder, "--format", "json", "--jobs", "1", ".")
    assert found.count(b"TFG") > 200
    assert b"TFG002" in found
    return found


def test_the_hash_seed(folder: Path, expected: bytes) -> None:
    for seed in (1, 2):
        assert run(folder, "--format", "json", "--jobs", "1", ".", seed=seed) == expected


def test_the_number_of_processes(folder: Path, expected: bytes) -> None:
    assert run(folder, "--format", "json", "--jobs", "3", ".", seed=3) == expected


def test_the_order_of_files(folder: Path, expected: bytes) -> None:
    names = sorted(path.name for path in folder.iterdir())
    random.Random(0).shuffle(names)
    assert run(folder, "--format", "json", "--jobs", "1", *names) == expected
    assert run(folder, "--format", "json", "--jobs", "2", *reversed(names), names[0]) == expected


@pytest.mark.parametrize("form", ["text", "concise", "sarif", "github", "html"])
def test_every_format(folder: Path, form: str) -> None:
    few = sorted(path.name for path in folder.iterdir())[:40]
    assert run(folder, "--format", form, "--jobs", "1", *few) == run(
        folder, "--format", form, "--jobs", "2", *reversed(few), seed=7
    )


def _interpreter(version: tuple[int, int]) -> str | None:
    name = f"python{version[0]}.{version[1]}"
    installed = sorted(Path.home().glob(f".pyenv/versions/{version[0]}.{version[1]}.*/bin/python"))
    for candidate in (*map(str, installed), shutil.which(name)):
        if candidate is not None:
            done = subprocess.run(
                [candidate, "-c", "import sys; print(*sys.version_info[:2])"],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.stdout.split() == list(map(str, version)):
                return candidate
    return None


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: ".".join(map(str, version)))
def test_the_version_of_python(version: tuple[int, int], folder: Path, expected: bytes, libraries: Path) -> None:
    python = _interpreter(version)
    if python is None:
        pytest.skip("this machine does not have it")
    assert run(folder, "--format", "json", ".", python=python, path=libraries) == expected
