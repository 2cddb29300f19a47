"""Runs snippets under real TensorFlow in a child process with limits.

On Linux one process loads TensorFlow, and each snippet runs in a fork of it, made before any op has run; elsewhere each
snippet has a process of its own.  What holds, by platform:

==================  =========================================================  ==========================
limit               Linux                                                      macOS, Windows
==================  =========================================================  ==========================
wall time           killed with all its descendants                            killed
CPU time, files     ``setrlimit``                                              ``setrlimit`` (macOS)
memory              ``RLIMIT_DATA``, and a watch over the sum of all processes  none
files               Landlock: writes in its folder, reads of libraries only    audit hook
network             network namespace, Landlock (TCP)                          audit hook
other processes     process-id namespace, Landlock (signals), seccomp          audit hook
services, kernel    seccomp (Unix sockets, tracing, mounts, namespaces)        audit hook (sockets)
environment         empty but for what TensorFlow needs                        the same
==================  =========================================================  ==========================

The audit hook (forks, sockets, signals, writes elsewhere) is a guard, not a security boundary: it stops accidents and
plain malice, and native code passes it by.  Kernels without Landlock or user namespaces leave only guard and limits.
"""

from __future__ import annotations

import os
import shutil
import site
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from tflint_gemm.verify.process import JsonProcess, ProcessOwner

Device = Literal["cpu", "gpu"]
CHILD = Path(__file__).parent / "child"
START_SECONDS = 120.0  # a cold TensorFlow on a slow disk
GRACE_SECONDS = 10.0
MAX_EVENTS = 10_000
MIB = 1 << 20
INSTALL = "TensorFlow is not installed for {python}: pip install 'tflint-gemm[verify]'"
_INHERITED = (
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "WINDIR",
    "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES",
)


# What the events must hold; a snippet may write into the pipe itself, and its report must not break ours.
_FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "start": {"memory": dict, "confined": bool},
    "no-gpu": {},
    "begin": {},
    "operand": {"index": int, "value": dict},
    "done": {"value": dict, "memory": dict},
    "raised": {
        "running": bool, "complete": bool, "type": str, "kinds": list, "message": str,
        "line": (int, type(None)), "told": (int, type(None)), "causes": list, "memory": (dict, type(None)),
    },
    "refused": {"what": str, "arguments": str},
    "missing": {"message": str},
    "broken": {"message": str},
    "answer": {"index": int, "value": (dict, type(None))},
    "end": {},
}  # fmt: skip
_MEASURES = frozenset({"resident", "mapped", "resident_step", "mapped_step"})


class SandboxError(Exception):
    """The sandbox cannot run anything: no TensorFlow, or it does not start."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one snippet may use.  ``memory_bytes`` is on top of what Python and TensorFlow take themselves."""

    wall_seconds: float = 30.0
    cpu_seconds: float = 60.0
    memory_bytes: int = 2048 * MIB
    base_bytes: int = 1024 * MIB
    file_bytes: int = 16 * MIB
    threads: int = 512  # TensorFlow starts a few per core
    children: int = 8
    open_files: int = 256


@dataclass(frozen=True, slots=True)
class Job:
    """A snippet, instrumented with the probe (``verify.probe``), and how to run it.

    ``measure``: start TensorFlow's threads first, so that memory grows by what the snippet itself takes.
    With ``questions`` (``verify.child.inference``) these are answered, and no source is run.
    """

    source: str = ""
    limits: Limits = field(default_factory=Limits)
    measure: bool = False
    guard: bool = True
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What happened: the probe's events in order, the output, why it was stopped, and its memory at that moment."""

    events: tuple[dict[str, Any], ...] = ()
    output: str = ""
    stopped: str | None = None
    signal: int | None = None
    memory: dict[str, int] | None = None

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("event") == name]


class Sandbox(ProcessOwner["_Child"]):
    """A context manager; TensorFlow is loaded at the first job and stays until the end.

    ``starts`` counts how often TensorFlow had to be loaded.
    """

    def __init__(self, python: str = sys.executable, device: Device = "cpu") -> None:
        super().__init__()
        self.python, self.device, self.starts = python, device, 0
        self.forks = sys.platform.startswith("linux")
        self._problem: SandboxError | None = None

    def __enter__(self) -> Sandbox:
        return self

    def run(self, job: Job) -> Report:
        """The report of one job; raises SandboxError where no job can be run at all."""
        if self._problem is not None:
            raise self._problem
        try:
            child = self._process or self._start()
        except SandboxError as problem:
            self._problem = problem  # it would take as long each time to find out
            raise
        request = {
            "source": job.source,
            "limits": asdict(job.limits),
            "measure": job.measure,
            "guard": job.guard,
            "questions": job.questions,
            "device": self.device,
            "folder": self.folder,
        }
        try:
            return child.ask(request, job.limits.wall_seconds + GRACE_SECONDS, streams=not self.forks)
        finally:
            if not self.forks or not child.is_usable:
                self.stop()

    def _start(self) -> _Child:
        if shutil.which(self.python) is None:
            raise SandboxError(f"there is no Python interpreter {self.python}")
        mode = "serve" if self.forks else "once"
        command = [self.python, "-I", "-B", str(CHILD), mode, self.folder, *_user_site(self.python)]
        self._process = child = _Child(command, environment(self.device, self.folder), self.folder)
        self.starts += 1
        greeting = child.read(START_SECONDS)
        if greeting is None:
            self.stop()
            last = child.last_words()
            raise SandboxError(f"TensorFlow did not load under {self.python}{f': {last}' if last else ''}")
        if not greeting["ready"]:
            self.stop()
            problem = str(greeting["problem"])
            raise SandboxError(INSTALL.format(python=self.python) if problem == "missing" else problem)
        return child


class _Child(JsonProcess):
    """The sandbox's child process, which is asked to run jobs."""

    def ask(self, request: dict[str, Any], seconds: float, streams: bool) -> Report:
        """Sends a job; ``streams`` where its events come one by one from the process that runs it."""
        if not self.send(request):
            return Report(stopped="the sandbox's process ended")
        if streams:
            return self._gather(seconds)
        reply = self.read(seconds)
        if reply is None:
            return Report(stopped="the sandbox's process ended or does not answer")
        events = tuple(filter(_is_well_formed, reply["events"]))
        return Report(events, reply["output"], reply["stopped"], reply.get("signal"), reply.get("memory"))

    def _gather(self, seconds: float) -> Report:
        events: list[dict[str, Any]] = []
        while len(events) < MAX_EVENTS and (event := self.read(seconds)) is not None:
            if _is_well_formed(event):
                events.append(event)
        over = self.has_ended or any(event.get("event") in ("end", "broken") for event in events)
        return Report(tuple(events), stopped=None if over else f"it ran longer than {seconds - GRACE_SECONDS:g} s")


def _is_well_formed(event: dict[str, Any]) -> bool:
    fields = _FIELDS.get(str(event.get("event")))
    if fields is None or not all(isinstance(event.get(name), kind) for name, kind in fields.items()):
        return False
    if event["event"] == "answer":
        return True
    if not isinstance(event.get("value", {}).get("shape", []), list):
        return False
    if not all(map(_is_error, event.get("causes", ()))) or not _are_text(event.get("kinds", ())):
        return False
    growth = event.get("memory")
    if event["event"] in ("done", "raised") and growth is not None:
        return growth.keys() == _MEASURES and all(isinstance(amount, int) for amount in growth.values())
    return True


def _is_error(cause: object) -> bool:
    return (
        isinstance(cause, dict)
        and isinstance(cause.get("type"), str)
        and isinstance(cause.get("message"), str)
        and isinstance(cause.get("kinds"), list)
        and _are_text(cause["kinds"])
    )


def _are_text(items: Iterable[object]) -> bool:
    return all(isinstance(item, str) for item in items)


def environment(device: Device, folder: str) -> dict[str, str]:
    """The variables of the child: none of the user's but those without which nothing loads."""
    variables = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    variables |= {
        "HOME": folder, "USERPROFILE": folder, "TMPDIR": folder, "TEMP": folder, "TMP": folder, "USER": "sandbox",
        "LANG": "C.UTF-8", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_FORCE_GPU_ALLOW_GROWTH": "true", "MPLBACKEND": "agg",
        # Freed memory goes back at once and threads share their arenas: what is measured is what is alive.
        "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(MIB),
    }  # fmt: skip
    if device == "cpu":
        variables["CUDA_VISIBLE_DEVICES"] = "-1"
    return variables


def _user_site(python: str) -> list[str]:
    """The folder of ``pip install --user``, which ``-I`` leaves out, where this very interpreter uses one."""
    if python != sys.executable or not site.ENABLE_USER_SITE:
        return []
    folder = site.getusersitepackages()
    return [folder] if os.path.isdir(folder) else []


def available_memory() -> int:
    """Bytes that can be taken without hurting the machine; half of what is there where only that is known."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return min(int(line.split()[1]) * 1024, _cgroup_limit())
    except OSError:
        pass  # not Linux
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" in names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return 2048 * MIB


def _cgroup_limit() -> int:
    """What a container leaves; its limit less its use, where there is one."""
    for limit, use in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            most = Path("/sys/fs/cgroup", limit).read_text(encoding="ascii").strip()
            used = Path("/sys/fs/cgroup", use).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if most.isdigit():
            return max(int(most) - int(used), 0)
    return sys.maxsize
