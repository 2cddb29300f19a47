"""``tflint-gemm doctor`` as a user runs it: on this machine, and on set-ups that are broken on purpose."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent.parent
Lines = list[dict[str, Any]]
CPU = {"bfloat16", "complex128", "complex64", "float16", "float32", "float64", "int32", "int64"}


def doctor(
    *arguments: str, limit: Callable[[], None] | None = None, **variables: str
) -> tuple[int, list[dict[str, Any]]]:
    """The exit status, and the lines."""
    environment = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    done = subprocess.run(
        [sys.executable, "-m", "tflint_gemm", "doctor", "--format", "json", *arguments], cwd=ROOT, capture_output=True,
        text=True, env={**environment, **variables}, preexec_fn=limit, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    report = json.loads(done.stdout)
    assert (report["status"] == "ok") == (done.returncode == 0)
    return done.returncode, report["lines"]


def problems(lines: Lines) -> list[str]:
    return [line["text"] for line in lines if line["status"] == "problem"]


def has_gpu() -> bool:
    return os.path.exists("/dev/nvidiactl")


@pytest.mark.skipif(has_gpu(), reason="what is found on a GPU depends on it")
def test_a_machine_without_gpu_multiplies_every_dtype():
    pytest.importorskip("tensorflow")
    status, lines = doctor()
    assert status == 0, problems(lines)
    tried = {line["data"]["dtype"]: line for line in lines if line["topic"] == "products"}
    assert set(tried) == CPU
    for dtype, line in tried.items():
        assert line["data"]["device"] == "/CPU:0"
        assert len(line["data"]["products"]) >= 5, dtype
        assert all(product["placed"] == "CPU:0" for product in line["data"]["products"])
    assert any(line["data"].get("tensorflow") for line in lines)


def test_without_tensorflow_it_says_how_to_install_it_and_reports_the_rest(tmp_path):
    venv.create(tmp_path / "bare", with_pip=False, symlinks=os.name == "posix")
    python = str(tmp_path / "bare" / ("bin/python" if os.name == "posix" else "Scripts/python.exe"))
    status, lines = doctor("--python", python)
    (problem,) = [line for line in lines if line["status"] == "problem"]
    assert status == 1
    assert "TensorFlow is not installed" in problem["text"]
    assert f"{python} -m pip install tensorflow" in problem["advice"]
    assert {"machine", "environment", "GPU"} <= {line["topic"] for line in lines}


def test_an_interpreter_that_is_not_there():
    status, lines = doctor("--python", "/no/such/python")
    assert status == 1
    assert problems(lines) == ["there is no Python interpreter /no/such/python"]


def test_a_bad_list_of_devices_is_named():
    pytest.importorskip("tensorflow")
    status, lines = doctor(CUDA_VISIBLE_DEVICES="gpu0")
    assert status == 1
    (text,) = problems(lines)
    assert text.startswith("CUDA_VISIBLE_DEVICES=gpu0: 'gpu0' names no GPU")
    assert {line["data"]["dtype"] for line in lines if line["topic"] == "products"} == CPU


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of memory")
def test_a_limit_of_512_mib_is_named():
    pytest.importorskip("tensorflow")
    import resource

    status, lines = doctor(limit=lambda: resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20)))
    assert status == 1
    limited, loaded = problems(lines)
    assert "512 MiB of address space (ulimit -v)" in limited
    assert "memory ran out while it was loaded" in loaded


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of memory")
def test_products_are_no_larger_than_a_limit_allows():
    pytest.importorskip("tensorflow")
    import resource

    status, lines = doctor(limit=lambda: resource.setrlimit(resource.RLIMIT_DATA, (512 << 20, 512 << 20)))
    assert status == 1
    (text,) = problems(lines)
    assert "512 MiB of data (ulimit -d)" in text
    assert {line["data"]["dtype"] for line in lines if line["topic"] == "products"} == CPU
