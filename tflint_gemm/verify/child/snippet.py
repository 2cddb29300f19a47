"""Runs one snippet in this process and reports what the probe sees, one JSON object a line."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import traceback
import types
from collections import Counter
from typing import Any, NoReturn, TypeVar

from . import guard, inference, limits, system_calls

MAX_REPEATED = 500
MAX_MESSAGE = 4000  # beginning and end: a graph tells first where an op was made, then what is wrong
MAX_CAUSES = 8
PROBE_NAME = "__tflint_probe__"
T = TypeVar("T")
Job = dict[str, Any]


def describe(value: object) -> dict[str, Any]:
    """Type, dtype and shape of a value, as far as it has them."""
    description: dict[str, Any] = {"type": type(value).__name__}
    dtype, shape = getattr(value, "dtype", None), getattr(value, "shape", None)
    if dtype is not None:
        description["dtype"] = str(getattr(dtype, "name", dtype))
    if shape is not None:
        try:
            description["shape"] = [None if size is None else int(size) for size in shape]
        except (TypeError, ValueError):
            pass  # an unknown rank, or a shape of something else altogether
    return description


class Probe:
    """What the instrumented snippet calls: ``begin``, each ``operand``, and ``done``, around the flagged expression.

    Between ``begin`` and ``done`` the expression is running; an exception that is seen meanwhile is its own.
    """

    def __init__(self, descriptor: int, filename: str) -> None:
        self.descriptor, self.filename, self.repeated = descriptor, filename, Counter[str]()
        self.running = self.complete = False  # in the flagged expression; with all its operands evaluated
        self.seen: BaseException | None = None
        self.start = self.before = limits.memory()
        self.peak_reset: int | None = None

    def report(self, message: dict[str, Any]) -> None:
        os.write(self.descriptor, (json.dumps(message) + "\n").encode())

    def repeat(self, message: dict[str, Any]) -> None:
        """Reports what a loop may repeat without end, a bounded number of times."""
        self.repeated[message["event"]] += 1
        if self.repeated[message["event"]] <= MAX_REPEATED:
            self.report(message)

    def open_peak_reset(self) -> None:
        """The file that resets the peak; must be opened before the file limits."""
        try:
            self.peak_reset = os.open("/proc/self/clear_refs", os.O_WRONLY)
        except OSError:
            self.peak_reset = None

    def reset_peak(self) -> None:
        if self.peak_reset is not None:
            os.write(self.peak_reset, b"5")

    def begin(self, operands: int) -> None:
        self.running, self.complete = True, not operands
        self.reset_peak()
        self.before = limits.memory()
        self.repeat({"event": "begin"})

    def operand(self, index: int, last: bool, value: T) -> T:
        self.complete = last
        self.repeat({"event": "operand", "index": index, "value": describe(value)})
        if last:  # what the operands took is not what the operation takes
            self.reset_peak()
            self.before = limits.memory()
        return value

    def done(self, _: None, value: T) -> T:
        self.running = False
        self.repeat({"event": "done", "value": describe(value), "memory": self.growth()})
        return value

    def missing(self, reason: str) -> NoReturn:
        """Stands where the program needs something that is not known: ends the snippet with ``reason``."""
        self.report({"event": "missing", "message": reason})
        flush()
        os._exit(0)

    def growth(self) -> dict[str, int]:
        """Bytes by which memory grew at its highest: over the start, and over what the operands left."""
        now = limits.memory()
        resident = max(now["VmHWM"], now["VmRSS"])
        # The peak of the address space cannot be reset; it tells something only where it moved.
        moved = now["VmPeak"] > self.before["VmPeak"]
        mapped = now["VmPeak"] if moved else max(now["VmSize"], self.before["VmSize"])
        return {
            "resident": resident - self.start["VmRSS"],
            "mapped": mapped - self.start["VmSize"],
            "resident_step": resident - self.before["VmRSS"],
            "mapped_step": mapped - self.before["VmSize"],
        }

    def raised(self, error: BaseException) -> None:
        """Called for what a ``try`` of the program may catch, and at the end for what nobody caught."""
        if error is self.seen:
            return
        self.seen = error
        self.repeat({
            "event": "raised",
            **named(error),
            "running": self.running,
            "complete": self.complete,
            "line": self.line_of(error),
            "told": self.told_by(error),
            "causes": [named(cause) for cause in causes_of(error)],
            "memory": self.growth() if self.running else None,
        })  # fmt: skip
        self.running = False

    def line_of(self, error: BaseException) -> int | None:
        steps = traceback.walk_tb(error.__traceback__)  # no source lines: reading files is guarded
        lines = [line for frame, line in steps if frame.f_code.co_filename == self.filename]
        return lines[-1] if lines else None

    def told_by(self, error: BaseException) -> int | None:
        """The line of the program that made the op which failed when its graph ran, as the message has it."""
        told = re.findall(rf'File "{re.escape(self.filename)}", line (\d+)', str(error))
        return int(told[-1]) if told else None


def named(error: BaseException) -> dict[str, Any]:
    """What it is and says."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {"type": type(error).__name__, "kinds": kinds, "message": shortened(str(error))}


def shortened(text: str) -> str:
    half = MAX_MESSAGE // 2
    return text if len(text) <= MAX_MESSAGE else f"{text[:half]}\n{text[-half:]}"


def causes_of(error: BaseException) -> list[BaseException]:
    """What was being handled when it was raised, the latest first: Keras hides what a layer's ``call`` raised."""
    found: list[BaseException] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(found) < MAX_CAUSES:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found


def _gpu_is_missing(tensorflow: Any) -> bool:
    return not tensorflow.config.list_physical_devices("GPU")


def _start_context(tensorflow: Any) -> None:
    """Run an op: the context, its threads and the allocator's first arenas are then no part of what is measured."""
    ones = tensorflow.ones([64, 64])
    tensorflow.matmul(ones, ones)


def prepare(job: Job, folder: str, probe: Probe) -> bool:
    """Everything that must happen before the program's code; False where there is no device to run it on."""
    bounds = job["limits"]
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = folder
    tempfile.tempdir = folder  # importing TensorFlow has asked before; AutoGraph writes there what it makes
    probe.open_peak_reset()
    confined = limits.confine_files(folder, devices=job["device"] == "gpu")
    system_calls.refuse(unix_sockets=job["device"] == "gpu")
    limits.limit_resources(bounds["cpu_seconds"], bounds["file_bytes"], bounds["threads"], bounds["open_files"])
    import tensorflow

    if job["device"] == "gpu" and _gpu_is_missing(tensorflow):
        probe.report({"event": "no-gpu"})
        return False
    if job["measure"]:
        _start_context(tensorflow)
    for name in ("begin", "operand", "done", "raised", "missing"):
        setattr(probe, name, tensorflow.autograph.experimental.do_not_convert(getattr(probe, name)))
    if job["device"] != "gpu":  # CUDA maps far more than it uses; the keeper's watch remains
        limits.limit_memory(bounds["memory_bytes"])
    probe.reset_peak()
    probe.start = limits.memory()
    probe.report({"event": "start", "confined": confined, "memory": probe.start})
    if job["guard"]:
        guard.Guard(folder, probe.report).install()
    return True


def run(job: Job, folder: str, descriptor: int) -> NoReturn:
    """Runs ``job`` and ends the process."""
    probe = Probe(descriptor, os.path.join(folder, "snippet.py"))
    try:
        with open(probe.filename, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(job["source"])
        if prepare(job, folder, probe):
            if job["questions"]:
                inference.answer_all(job["questions"], probe.report)
            else:
                execute(job["source"], probe)
        probe.report({"event": "end"})
    except BaseException as error:  # whatever it is, this process has nobody above it to tell
        probe.report({"event": "broken", "message": f"{type(error).__name__}: {error}"[:MAX_MESSAGE]})
    finally:
        os._exit(0)


def execute(source: str, probe: Probe) -> None:
    module = types.ModuleType("__main__")
    module.__dict__[PROBE_NAME] = probe
    module.__file__ = probe.filename
    sys.modules["__main__"] = module
    sys.argv = [probe.filename]
    try:
        exec(compile(source, probe.filename, "exec", dont_inherit=True), module.__dict__)
    except BaseException as error:  # SystemExit and KeyboardInterrupt of the snippet are its own affair too
        probe.raised(error)
    finally:
        flush()


def flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue  # the snippet closed or replaced it
