"""TensorFlow as it is installed: whether it loads, what it was built for, and whether this machine has that."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tflint_gemm.doctor import variables as environment
from tflint_gemm.doctor.gpus import Driver
from tflint_gemm.doctor.lines import Line
from tflint_gemm.verify.process import JsonProcess, ProcessOwner

PROBE = Path(__file__).with_name("probe.py")
START_SECONDS, PRODUCT_SECONDS, END_SECONDS = 180.0, 60.0, 10.0
WITH_CUDA = "pip install 'tensorflow[and-cuda]'"
# What the loader and the allocator say where memory is limited, not used up.
_NO_MEMORY = re.compile(r"failed to map segment|bad_alloc|Cannot allocate memory|MemoryError|std::length_error|"
                        r"no memory left|Resource temporarily unavailable|thread constructor failed")  # fmt: skip
_CHATTER = re.compile(
    r"[IW]\d{4} |\d{4}-\d\d-\d\d [^ ]+: [IW] |WARNING: All log messages"
)  # what TensorFlow logs anyway
_DIED = {
    signal.SIGKILL: ("the kernel killed it, most likely because memory ran out", "free memory, or raise the limit"),
    signal.SIGILL: (
        "the processor lacks instructions that this build uses (pip's builds need AVX)",
        "use another processor, or a build of TensorFlow made for this one",
    ),
    signal.SIGSEGV: (
        "it crashed",
        "see the limits of memory above; where there are none, reinstall TensorFlow: its libraries clash",
    ),
    signal.SIGABRT: ("it aborted", "see the limits of memory above, and what it writes when it is run by itself"),
}


class Runtime(ProcessOwner[JsonProcess]):
    """A context manager: the child that holds TensorFlow, started at the first question and again after a crash."""

    def __init__(self, python: str, variables: Mapping[str, str]) -> None:
        super().__init__()
        self.python, self.variables = python, variables

    def __enter__(self) -> Runtime:
        return self

    def ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """The answer; ``died`` says how the child ended instead, ``advice`` what to do about that."""
        if self._process is None:
            self._process = JsonProcess([self.python, "-B", str(PROBE)], self.variables, self.folder)
        child = self._process
        reply = child.read(seconds) if child.send(request) else None
        if reply is not None:
            return reply
        status = child.exit_status(END_SECONDS if child.has_ended or not child.is_usable else 0)
        answer = _death(status, child.last_words(), seconds)
        self.stop()
        return answer


def _death(status: int | None, last: str, seconds: float) -> dict[str, Any]:
    said = f": {last}" if last and not _CHATTER.match(last) else ""
    if status is None:
        advice = "something hangs: a driver, a network drive, or a machine that swaps"
        return {"died": f"it does not answer within {seconds:g} s", "advice": advice}
    if _NO_MEMORY.search(last):
        return {"died": f"memory ran out{said}", "advice": "free memory, or raise the limit (ulimit -v unlimited)"}
    if status < 0:
        known = _DIED.get(signal.Signals(-status)) if -status in set(signal.Signals) else None
        how, advice = known or (f"signal {-status} ended it", "the last line that it wrote says why")
        return {"died": how + said, "advice": advice}
    return {"died": f"it ended with status {status}{said}", "advice": "the last line that it wrote says why"}


def look(facts: Mapping[str, Any], python: str, driver: Driver, variables: Mapping[str, str]) -> Iterator[Line]:
    """The lines about what ``facts`` tells of TensorFlow, or about why it tells nothing."""
    if "tensorflow" not in facts:
        yield _unloadable(facts, python)
        return
    build = facts["build"]
    made_for = "CPU only"
    if build.get("is_cuda_build"):
        made_for = f"CUDA {build.get('cuda_version')}, cuDNN {build.get('cudnn_version')}"
    elif build.get("is_rocm_build"):
        made_for = "ROCm"
    data = {name: facts[name] for name in ("tensorflow", "numpy", "blas", "build", "threads", "gpus", "devices")}
    blas = f" with {facts['blas']}" if facts["blas"] else ""
    onednn = variables.get("TF_ENABLE_ONEDNN_OPTS", "1") in ("1", "true")
    text = f"TensorFlow {facts['tensorflow']}, built for {made_for}; NumPy {facts['numpy']}{blas}"
    threads = facts["threads"] or "as many threads as processors"
    yield Line("TensorFlow", "ok", text, data=data)
    yield Line("TensorFlow", "ok", f"products on the CPU: oneDNN {'on' if onednn else 'off'}, {threads}")
    if driver.gpus:
        yield from _gpu_lines(facts, driver, variables)


def _unloadable(facts: Mapping[str, Any], python: str) -> Line:
    if facts.get("missing") == "tensorflow":
        advice = f"{python} -m pip install tensorflow (for NVIDIA's GPUs: 'tensorflow[and-cuda]'), or name with "
        advice += "--python the interpreter that has it"
        return Line("TensorFlow", "problem", f"TensorFlow is not installed for {python}", advice)
    message = str(facts.get("died") or facts.get("message", "it does not say why"))
    advice = str(facts.get("advice") or f"{python} -m pip install --force-reinstall tensorflow")
    if _NO_MEMORY.search(message):
        advice = "raise the limit of memory (ulimit -v unlimited, or the container's), or free some"
        message = f"memory ran out while it was loaded: {message}"
    elif "numpy" in message.lower():
        advice = f"{python} -m pip install --upgrade tensorflow numpy: the two do not fit each other"
    return Line("TensorFlow", "problem", f"TensorFlow cannot be loaded: {message}", advice)


# ------------------------------------------------------------------------------------------------- GPUs


def _gpu_lines(facts: Mapping[str, Any], driver: Driver, variables: Mapping[str, str]) -> Iterator[Line]:
    """Whether TensorFlow's build, the driver, the libraries and the GPUs fit each other."""
    build = facts["build"]
    if not build.get("is_cuda_build"):
        text = "this build of TensorFlow computes on the CPU only, and there is a GPU"
        yield Line("TensorFlow", "problem", text, WITH_CUDA)
        return
    yield _driver_line(build, driver)
    yield from _mixed_libraries(build, variables.get("LD_LIBRARY_PATH", ""))
    broken = {name: problem for name, problem in facts["libraries"].items() if problem is not None}
    if broken:
        text = f"{', '.join(broken)} cannot be loaded: {next(iter(broken.values()))}"
        yield Line("TensorFlow", "problem", text, WITH_CUDA, {"missing": broken})
    hidden = variables.get("CUDA_VISIBLE_DEVICES", "0").strip() in environment.HIDING
    if not facts["gpus"] and not broken and not hidden:
        advice = "read what `python -c 'import tensorflow as tf; tf.config.list_physical_devices()'` logs"
        yield Line("TensorFlow", "problem", "TensorFlow finds no GPU, though the driver has one", advice)
    for index, gpu in enumerate(facts["gpus"]):
        yield _capability_line(index, gpu, build.get("cuda_compute_capabilities") or [])


def _mixed_libraries(build: Mapping[str, Any], path: str) -> Iterator[Line]:
    """Libraries of another version than the build's that the loader finds first."""
    cuda, cudnn = _major(build.get("cuda_version")), _major(build.get("cudnn_version"))
    for library, version in environment.libraries_in(path.split(os.pathsep)).items():
        wanted = cudnn if library == "cudnn" else cuda
        if wanted is not None and version != wanted:
            text = f"LD_LIBRARY_PATH leads to {library} {version}, and TensorFlow was built for {library} {wanted}"
            yield Line("TensorFlow", "problem", text, "take that folder out of LD_LIBRARY_PATH")


def _driver_line(build: Mapping[str, Any], driver: Driver) -> Line:
    needed = _major(build.get("cuda_version"))
    if needed is None or driver.cuda is None:
        return Line("TensorFlow", "cannot tell", "the build does not say for which CUDA it was made")
    running = ".".join(map(str, driver.cuda))
    if driver.cuda[0] < needed:
        text = f"the driver {driver.version} runs programs up to CUDA {running}, and TensorFlow was built for {needed}"
        return Line("TensorFlow", "problem", text, "install a newer driver, or a TensorFlow built for this CUDA")
    return Line("TensorFlow", "ok", f"the driver (CUDA {running}) runs this build (CUDA {build.get('cuda_version')})")


def _major(version: object) -> int | None:
    match = re.match(r"\d+", str(version or ""))
    return int(match[0]) if match else None


def _capability_line(index: int, gpu: Mapping[str, Any], built: Sequence[str]) -> Line:
    """Machine code runs on GPUs of its major version from its minor on, PTX (``compute_``) on all later ones."""
    has = gpu.get("compute_capability")
    name = gpu.get("device_name", f"GPU {index}")
    if not has or not built:
        return Line("TensorFlow", "cannot tell", f"{name}: whether the build has code for it")
    major, minor = int(has[0]), int(has[1])
    shown = f"{name} has compute capability {major}.{minor}, the build has code for {', '.join(built)}"
    for code in built:
        match = re.fullmatch(r"(sm|compute)_(\d+)(\d)[a-z]?", code)
        if match is None:
            continue
        version = (int(match[2]), int(match[3]))
        if match[1] == "sm" and version[0] == major and version[1] <= minor:
            return Line("TensorFlow", "ok", shown)
        if match[1] == "compute" and version <= (major, minor):
            text = f"{shown}: it is compiled when a program starts, which takes minutes the first time"
            return Line("TensorFlow", "ok", text, "a newer TensorFlow may have code for it")
    newer = "install a newer TensorFlow" if not built or major > 6 else "install an older TensorFlow, or use the CPU"
    return Line("TensorFlow", "problem", shown, newer)
