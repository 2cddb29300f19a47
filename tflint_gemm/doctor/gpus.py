"""NVIDIA's GPUs and driver, as NVML tells them (the binding ``nvidia-ml-py``, the extra ``doctor``)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tflint_gemm.doctor.lines import Line

INSTALL = "pip install 'tflint-gemm[doctor]' (or nvidia-ml-py) for the driver, the GPUs and who holds their memory"
MIB = 1 << 20
CROWDED = 0.5  # of its memory: below that, TensorFlow gets less than it is likely to want


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU; ``holders`` are the processes on it with the bytes that they hold (None where the driver hides it)."""

    name: str
    total: int
    free: int
    capability: tuple[int, int] | None = None
    holders: tuple[tuple[int, str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Driver:
    """What NVML says.  ``cuda`` is the newest CUDA that the driver runs; ``missing`` why nothing is known."""

    version: str = ""
    cuda: tuple[int, int] | None = None
    gpus: tuple[Gpu, ...] = ()
    missing: str = ""

    @property
    def count(self) -> int | None:
        """How many GPUs there are; None where that cannot be told."""
        return None if self.missing == INSTALL else len(self.gpus)


def ask() -> Driver:
    """What the driver says of itself and of its GPUs."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return Driver(missing=INSTALL)
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return Driver(missing=str(error))
    try:
        return _driver(nvml)
    except nvml.NVMLError as error:
        return Driver(missing=str(error))
    finally:
        nvml.nvmlShutdown()


def _driver(nvml: Any) -> Driver:
    number = nvml.nvmlSystemGetCudaDriverVersion()
    gpus = tuple(_gpu(nvml, index) for index in range(nvml.nvmlDeviceGetCount()))
    return Driver(_text(nvml.nvmlSystemGetDriverVersion()), (number // 1000, number % 1000 // 10), gpus)


def _gpu(nvml: Any, index: int) -> Gpu:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    try:
        major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
        capability: tuple[int, int] | None = (int(major), int(minor))
    except nvml.NVMLError:
        capability = None
    return Gpu(_text(nvml.nvmlDeviceGetName(handle)), memory.total, memory.free, capability, _holders(nvml, handle))


def _holders(nvml: Any, handle: Any) -> tuple[tuple[int, str, int | None], ...]:
    found: dict[int, tuple[int, str, int | None]] = {}
    for processes in (nvml.nvmlDeviceGetComputeRunningProcesses, nvml.nvmlDeviceGetGraphicsRunningProcesses):
        try:
            running = processes(handle)
        except nvml.NVMLError:
            continue
        for process in running:
            found[process.pid] = (process.pid, _name(nvml, process.pid), process.usedGpuMemory)
    return tuple(sorted(found.values(), key=lambda holder: -(holder[2] or 0)))


def _name(nvml: Any, pid: int) -> str:
    try:
        return _text(nvml.nvmlSystemGetProcessName(pid))
    except nvml.NVMLError:
        return ""  # of another user, or in another container


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def look(driver: Driver) -> Iterator[Line]:
    """The lines about the driver and each GPU."""
    if driver.missing == INSTALL:
        yield Line("GPU", "cannot tell", "the binding of NVML is not installed", INSTALL)
        return
    if driver.missing:
        advice = "where there is one, install its driver; in a container, start it with --gpus all"
        yield Line("GPU", "ok", f"no NVIDIA GPU can be used here ({driver.missing})", advice)
        return
    cuda = ".".join(map(str, driver.cuda or ()))
    data = {"driver": driver.version, "cuda": cuda}
    yield Line("GPU", "ok", f"driver {driver.version}, which runs programs up to CUDA {cuda}", data=data)
    for index, gpu in enumerate(driver.gpus):
        yield _gpu_line(index, gpu)


def _gpu_line(index: int, gpu: Gpu) -> Line:
    capability = f", compute capability {gpu.capability[0]}.{gpu.capability[1]}" if gpu.capability else ""
    text = f"GPU {index}: {gpu.name}{capability}, {gpu.free // MIB:,} of {gpu.total // MIB:,} MiB free"
    data = {
        "index": index, "name": gpu.name, "total": gpu.total, "free": gpu.free, "capability": gpu.capability,
        "processes": [{"pid": pid, "name": name, "bytes": held} for pid, name, held in gpu.holders],
    }  # fmt: skip
    shown = ", ".join(
        f"process {pid}{f' ({name})' if name else ''}{f' {held // MIB:,} MiB' if held is not None else ''}"
        for pid, name, held in gpu.holders
    )
    text += f"; held by {shown}" if shown else ""
    if gpu.free < CROWDED * gpu.total:
        who = f"end {shown}" if shown else "end what holds it (a process of another container or user)"
        advice = (
            f"{who}, or let it set TF_FORCE_GPU_ALLOW_GROWTH=true: TensorFlow takes all memory unless told otherwise"
        )
        return Line("GPU", "problem", text, advice, data)
    return Line("GPU", "ok", text, data=data)
