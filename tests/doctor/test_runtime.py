"""What becomes of a TensorFlow that does not load, crashes, computes wrongly, or does not fit the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tflint_gemm.doctor import products, runtime
from tflint_gemm.doctor.gpus import Driver, Gpu
from tflint_gemm.doctor.lines import Line
from tflint_gemm.doctor.runtime import Runtime
from tflint_gemm.domain import dtypes

BUILD = {
    "is_cuda_build": True, "cuda_version": "12.5.1", "cudnn_version": "9",
    "cuda_compute_capabilities": ["sm_60", "sm_70", "sm_80", "compute_90"],
}  # fmt: skip


def facts_of(package: str, folder: Path) -> dict[str, Any]:
    """What the child answers where ``tensorflow`` is a package with this text."""
    (folder / "tensorflow").mkdir()
    (folder / "tensorflow" / "__init__.py").write_text(package)
    variables = {**os.environ, "PYTHONPATH": str(folder)}
    with Runtime(sys.executable, variables) as child:
        return child.ask({"ask": "facts"}, 60)


@pytest.mark.parametrize(
    ("package", "said", "advice"),
    [
        (
            "raise ModuleNotFoundError('No module named tensorflow', name='tensorflow')",
            "is not installed",
            "pip install",
        ),
        ("raise ImportError('libtensorflow_cc.so.2: failed to map segment')", "memory ran out", "ulimit -v"),
        ("raise ImportError('numpy.core.multiarray failed to import')", "numpy.core", "numpy"),
        ("raise MemoryError", "memory", "raise the limit of memory"),
        ("raise RuntimeError('built for another Python')", "built for another Python", "--force-reinstall"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the kernel killed it", "free memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "AVX", "another processor"),
        ("import os; os.abort()", "it aborted", "limits of memory"),
        ("import os; os.write(2, b'I0000 00:00 port.cc:1] oneDNN'); os.abort()", "loaded: it aborted", "limits"),
        ("import os; os.write(2, b'terminate: std::bad_alloc'); os.abort()", "memory ran out", "raise the limit"),
        ("import os; os._exit(3)", "status 3", "last line"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_tensorflow_that_does_not_load_is_named(package, said, advice, tmp_path):
    (line,) = runtime.look(facts_of(package, tmp_path), "python", Driver(), {})
    assert line.status == "problem"
    assert said in line.text
    assert advice in (line.advice or "")


def test_a_child_that_hangs_is_ended(tmp_path):
    (tmp_path / "tensorflow.py").write_text("import time; time.sleep(600)")
    with Runtime(sys.executable, {**os.environ, "PYTHONPATH": str(tmp_path)}) as child:
        assert "does not answer within 0.5 s" in child.ask({"ask": "facts"}, 0.5)["died"]
        assert "does not answer" in child.ask({"ask": "facts"}, 0.5)["died"]  # a new one is started


# ------------------------------------------------------------------------------------------------- GPUs


def gpu_lines(build: Mapping[str, Any] = BUILD, driver: tuple[int, int] = (12, 4), capability: Any = (8, 0),
              libraries: Mapping[str, str | None] | None = None, **variables: str) -> dict[str, Line]:  # fmt: skip
    """The problems of TensorFlow on a machine with one GPU."""
    seen = [{"device_name": "A100", "compute_capability": capability}] if capability else []
    facts = {
        "tensorflow": "2.21.0", "numpy": "2.4", "blas": "", "build": build, "threads": 0, "gpus": seen, "devices": [],
        "libraries": libraries or {},
    }  # fmt: skip
    found = runtime.look(facts, "python", Driver("550.54", driver, (Gpu("A100", 2, 2),)), variables)
    return {line.text: line for line in found if line.status == "problem"}


def test_a_gpu_that_fits_is_no_problem():
    assert gpu_lines() == {}
    assert gpu_lines(capability=(9, 0)) == {}  # its code is compiled when the program starts
    assert gpu_lines(capability=(7, 5)) == {}
    assert gpu_lines(capability=None, CUDA_VISIBLE_DEVICES="-1") == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"build": {"is_cuda_build": False}}, "computes on the CPU only"),
        ({"driver": (11, 8)}, "runs programs up to CUDA 11.8, and TensorFlow was built for 12"),
        ({"capability": (5, 2)}, "compute capability 5.2"),
        ({"capability": None}, "TensorFlow finds no GPU"),
        ({"libraries": {"libcudnn.so.9": "cannot open shared object file"}}, "libcudnn.so.9 cannot be loaded"),
    ],
)
def test_a_gpu_that_does_not_fit_is_named(arguments, said):
    (text,) = gpu_lines(**arguments)
    assert said in text
    assert gpu_lines(**arguments)[text].advice


def test_libraries_of_another_version_come_first(tmp_path):
    (tmp_path / "libcudnn.so.8").touch()
    (text,) = gpu_lines(LD_LIBRARY_PATH=str(tmp_path))
    assert "cudnn 8, and TensorFlow was built for cudnn 9" in text


# ------------------------------------------------------------------------------------------------- products


class Answers(Runtime):
    """A child that answers every product in the same way."""

    def __init__(self, answer: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        super().__init__("", {})
        self.answer = answer

    def ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        return self.answer(request)


def said_of(answer: Callable[[Mapping[str, Any]], dict[str, Any]], device: str = "/GPU:0") -> dict[str, Line]:
    facts = {"devices": [{"name": device, "memory": 1 << 34}], "tf32": True}
    lines = products.look(Answers(answer), facts, 1 << 34)
    return {line.data["dtype"]: line for line in lines}


def right(request: Mapping[str, Any], error: float = 0.0, seconds: float | None = None) -> dict[str, Any]:
    spent = 2e-12 * request["m"] * request["k"] * request["n"] if seconds is None else seconds
    return {"seconds": spent, "error": error, "placed": request["device"].strip("/")}


def test_every_dtype_with_a_kernel_is_multiplied_on_every_device():
    cpu = said_of(right, "/CPU:0")
    assert set(cpu) == {"bfloat16", "complex128", "complex64", "float16", "float32", "float64", "int32", "int64"}
    gpu = said_of(right)
    assert set(gpu) == set(cpu) - {"int32", "int64"}
    assert {line.status for line in gpu.values()} == {"ok"}
    sizes = [product["sizes"] for product in gpu["float32"].data["products"]]
    assert sizes[0] == (1, 1, 1)
    assert sizes[-2][0] > 4096
    assert sizes[-2][0] % 64 == 0
    assert sizes[-1][0] % 8


def test_a_wrong_result_is_a_problem_and_rounding_is_none():
    lines = said_of(lambda request: right(request, 1e-3))
    assert {name: line.status for name, line in lines.items()} == {
        "bfloat16": "ok", "complex128": "problem", "complex64": "problem", "float16": "problem", "float32": "problem",
        "float64": "problem",
    }  # fmt: skip
    assert "what rounding explains" in lines["float64"].text
    assert {line.status for line in said_of(lambda request: right(request, float("inf"))).values()} == {"problem"}


def test_tf32_is_told_and_is_no_problem():
    line = said_of(lambda request: right(request, 5e-4))["float32"]
    assert line.status == "ok"
    assert "TF32" in line.text
    assert "enable_tensor_float_32_execution(False)" in (line.advice or "")
    assert said_of(lambda request: right(request, 5e-4), "/CPU:0")["float32"].status == "problem"


@pytest.mark.parametrize(
    ("answer", "said", "advice"),
    [
        ({"raised": "InternalError", "message": "Blas GEMM launch failed : a.shape=(1, 1)"}, "Blas GEMM", "cuBLAS"),
        ({"raised": "ResourceExhaustedError", "message": "OOM when allocating"}, "OOM", "memory is short"),
        ({"raised": "MemoryError", "message": "Python has no memory left"}, "MemoryError", "memory is short"),
        ({"died": "the kernel killed it", "advice": "free memory"}, "the kernel killed it", "free memory"),
        ({"raised": "UnknownError", "message": ""}, "does not say why", "search"),
    ],
)
def test_a_product_that_fails_is_named(answer, said, advice):
    line = said_of(lambda _: answer)["float32"]
    assert line.status == "problem"
    assert said in line.text
    assert advice in (line.advice or "")


def test_what_was_not_computed_where_it_should_be_is_a_problem():
    line = said_of(lambda request: {**right(request), "placed": "CPU:0"})["float16"]
    assert line.status == "problem"
    assert "computed on CPU:0" in line.text


def test_misaligned_sizes_that_are_slow_are_told():
    line = said_of(lambda r: right(r, seconds=2e-12 * r["m"] * r["k"] * r["n"] * (4 if r["m"] % 8 else 1)))["float16"]
    assert line.status == "ok"
    assert "4.0 times less where sizes are no multiples of 8" in line.text


def test_the_bound_grows_with_the_sum_and_with_the_precision():
    assert products.bound(dtypes.INT32, 1000) == 0
    assert (
        products.bound(dtypes.FLOAT32, 1000) > products.bound(dtypes.FLOAT32, 10) > products.bound(dtypes.FLOAT64, 10)
    )
    assert products.bound(dtypes.FLOAT16, 1) < 2**-10
