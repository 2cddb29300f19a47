"""What the doctor says of variables, of the driver and its GPUs, and of the limits of this process."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from tflint_gemm.doctor import gpus, machine, show, variables
from tflint_gemm.doctor.gpus import Driver, Gpu
from tflint_gemm.doctor.lines import Line

GIB = 1 << 30


@pytest.mark.parametrize(
    ("name", "value", "count", "status", "said"),
    [
        ("CUDA_VISIBLE_DEVICES", "banana", 0, "problem", "'banana' names no GPU"),
        ("CUDA_VISIBLE_DEVICES", "0,two", 2, "problem", "'two' names no GPU"),
        ("CUDA_VISIBLE_DEVICES", "2", 2, "problem", "no GPU number 2: there are 2 GPUs here"),
        ("CUDA_VISIBLE_DEVICES", "7", 0, "problem", "there is no GPU here"),
        ("CUDA_VISIBLE_DEVICES", "7", None, "ok", "no effect"),
        ("CUDA_VISIBLE_DEVICES", "0,1", 2, "ok", "these GPUs only"),
        ("CUDA_VISIBLE_DEVICES", "GPU-1a2b-3c", 1, "ok", "these GPUs only"),
        ("CUDA_VISIBLE_DEVICES", "-1", 1, "problem", "hides 1 GPU"),
        ("CUDA_VISIBLE_DEVICES", "", 0, "ok", "sees no GPU"),
        ("TF_FORCE_GPU_ALLOW_GROWTH", "1", 0, "problem", "'true' and 'false' only"),
        ("TF_FORCE_GPU_ALLOW_GROWTH", "true", 0, "ok", "as it needs it"),
        ("TF_GPU_ALLOCATOR", "cuda_async", 0, "problem", "does not know it"),
        ("TF_GPU_ALLOCATOR", "cuda_malloc_async", 0, "ok", "the driver"),
        ("NVIDIA_TF32_OVERRIDE", "0", 0, "ok", "all their digits"),
        ("NVIDIA_TF32_OVERRIDE", "1", 0, "ok", "only 0 switches TF32 off"),
        ("TF_ENABLE_ONEDNN_OPTS", "off", 0, "problem", "reads 0 and 1"),
        ("LD_LIBRARY_PATH", "/no/such/folder", 0, "cannot tell", "/no/such/folder"),
    ],
)
def test_a_variable(name, value, count, status, said):
    (line,) = variables.look({name: value, "PATH": "/bin"}, count)
    assert (line.status, line.topic) == (status, "environment")
    assert said in line.text
    assert (line.advice is not None) == (status != "ok")


def test_no_variable_is_fine():
    (line,) = variables.look({"PATH": "/bin"}, 1)
    assert line.status == "ok"


def test_the_libraries_of_cuda_that_the_loader_finds_first(tmp_path):
    for folder, file in (
        ("a", "libcudnn.so.8"),
        ("b", "libcudnn.so.9"),
        ("b", "libcublas.so.12.5"),
        ("b", "notes.txt"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / file).touch()
    path = f"{tmp_path / 'a'}:{tmp_path / 'b'}"
    assert variables.libraries_in(path.split(":")) == {"cudnn": 8, "cublas": 12}
    (line,) = variables.look({"LD_LIBRARY_PATH": path}, 1)
    assert "cudnn 8, cublas 12" in line.text


# ------------------------------------------------------------------------------------------------- the driver


class NVMLError(Exception):
    """What the binding raises."""


def _binding(memory_free: int, error: str | None = None) -> SimpleNamespace:
    """A stand-in for ``pynvml`` on a machine with one GPU."""

    def init() -> None:
        if error is not None:
            raise NVMLError(error)

    def no_name(_pid: int) -> str:
        raise NVMLError("Not Found")

    process = SimpleNamespace(pid=42, usedGpuMemory=30 * GIB)
    return SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=init,
        nvmlShutdown=lambda: None,
        nvmlSystemGetDriverVersion=lambda: b"550.54",
        nvmlSystemGetCudaDriverVersion=lambda: 12040,
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetName=lambda _: "NVIDIA A100",
        nvmlDeviceGetMemoryInfo=lambda _: SimpleNamespace(total=40 * GIB, free=memory_free),
        nvmlDeviceGetCudaComputeCapability=lambda _: (8, 0),
        nvmlDeviceGetComputeRunningProcesses=lambda _: [process],
        nvmlDeviceGetGraphicsRunningProcesses=lambda _: [SimpleNamespace(pid=42, usedGpuMemory=None), process],
        nvmlSystemGetProcessName=no_name,
    )


def test_who_holds_the_memory_of_a_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", _binding(10 * GIB))
    driver = gpus.ask()
    assert (driver.version, driver.cuda, driver.count) == ("550.54", (12, 4), 1)
    assert driver.gpus[0].holders == ((42, "", 30 * GIB),)
    first, crowded = gpus.look(driver)
    assert (first.status, crowded.status) == ("ok", "problem")
    assert "CUDA 12.4" in first.text
    assert "compute capability 8.0, 10,240 of 40,960 MiB free; held by process 42 30,720 MiB" in crowded.text
    assert crowded.advice is not None
    assert "end process 42" in crowded.advice


def test_a_gpu_with_room_is_fine(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", _binding(39 * GIB))
    assert [line.status for line in gpus.look(gpus.ask())] == ["ok", "ok"]


def test_without_a_driver_there_is_no_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", _binding(0, "NVML Shared Library Not Found"))
    driver = gpus.ask()
    assert driver.count == 0
    (line,) = gpus.look(driver)
    assert line.status == "ok"
    assert "NVML Shared Library Not Found" in line.text


def test_without_the_binding_nothing_is_said_of_gpus(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    driver = gpus.ask()
    assert driver.count is None
    (line,) = gpus.look(driver)
    assert line.status == "cannot tell"
    assert "tflint-gemm[doctor]" in (line.advice or "")


# ------------------------------------------------------------------------------------------------- the machine


@pytest.mark.parametrize(("soft", "status"), [(512 << 20, "problem"), (64 * GIB, None), (-1, None)])
def test_limits_of_memory(monkeypatch, soft, status):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (soft, resource.RLIM_INFINITY))
    found = list(machine.limits())
    assert {line.status for line in found} == ({status} if status else set())
    if status:
        assert "512 MiB of address space (ulimit -v)" in found[0].text
        assert found[0].advice == "raise it with `ulimit -v unlimited`"
    assert (machine.room() == 0) == (status is not None)


def test_threads_must_be_numbers():
    lines = {line.text: line for line in machine.look({"OMP_NUM_THREADS": "all"})}
    (line,) = [line for text, line in lines.items() if "OMP_NUM_THREADS=all" in text]
    assert line.status == "problem"


def test_an_interpreter_that_does_not_run(tmp_path):
    assert machine.interpreter(str(tmp_path / "python")).status == "problem"
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no such module >&2\nexit 3\n")
    broken.chmod(0o755)
    line = machine.interpreter(str(broken))
    assert line.status == "problem"
    assert "no such module" in line.text
    assert machine.interpreter(sys.executable).status == "ok"


def test_a_topic_is_named_once_and_long_lines_are_folded():
    one = Line("GPU", "ok", "word " * 40, "do this")
    text = show.as_text(one, None) + show.as_text(one, one) + show.as_text(Line("machine", "problem", "x"), one)
    assert text.count("GPU") == 1
    assert max(map(len, text.splitlines())) <= show.WIDTH + 10  # with the codes for colours
    assert text.count("-> do this") == 2
    assert show.summary([one, Line("GPU", "problem", "x"), Line("GPU", "cannot tell", "y")]).strip() == (
        "1 problem found; 1 cannot be told."
    )


def test_the_driver_of_two_gpus_counts_them():
    assert Driver("1", (12, 0), (Gpu("a", 1, 1), Gpu("b", 1, 1))).count == 2
