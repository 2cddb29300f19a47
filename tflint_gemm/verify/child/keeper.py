"""Forks a process per job, watches it and gathers its report; nothing of a job outlives it."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import tempfile
import time
from typing import Any, NoReturn

from . import limits, snippet

TICK = 0.05
MAX_REPORT = 4_000_000
MAX_OUTPUT = 16_000
MAX_ENTRIES = 1000
Job = dict[str, Any]
Sinks = dict[int, tuple[bytearray, int]]


def run(job: Job, parent: int) -> dict[str, Any]:
    """The report of ``job``: events, output, why it was stopped, its signal, and its memory at the end.

    Runs in the process that holds TensorFlow; a process of its own between it and the snippet takes the namespaces.
    """
    reader, writer = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.close(reader)
        _keep(job, parent, writer)
    os.close(writer)
    chunks = []
    while chunk := os.read(reader, 65536):
        chunks.append(chunk)
    os.close(reader)
    os.waitpid(keeper, 0)
    if not chunks:
        return {"events": [], "output": "", "stopped": "the sandbox's own process ended"}
    report: dict[str, Any] = json.loads(b"".join(chunks))
    return report


def _keep(job: Job, parent: int, writer: int) -> NoReturn:
    """The keeper: never returns."""
    report: dict[str, Any] = {"events": [], "output": "", "stopped": "the sandbox could not start a process"}
    folder = tempfile.mkdtemp(dir=job["folder"])
    try:
        os.setsid()
        namespaces = limits.new_namespaces()
        limits.die_with_parent()  # after a change of credentials, which would undo it
        limits.adopt_orphans()
        watch = _Watch(job, folder, parent)
        report = watch.run()
        report["namespaces"] = namespaces
    except Exception as error:  # told to the other side, which has no other way to know
        report["stopped"] = f"the sandbox failed: {type(error).__name__}: {error}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        remaining = memoryview(json.dumps(report).encode())
        while remaining:
            remaining = remaining[os.write(writer, remaining) :]
        os._exit(0)


class _Watch:
    """One snippet from its fork to its end."""

    def __init__(self, job: Job, folder: str, parent: int) -> None:
        self.job, self.folder, self.parent, self.bounds = job, folder, parent, job["limits"]
        self.report, self.output, self.process = bytearray(), bytearray(), 0

    def run(self) -> dict[str, Any]:
        report_reader, report_writer = os.pipe()
        output_reader, output_writer = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            self._become_snippet(report_writer, output_writer)
        os.close(report_writer)
        os.close(output_writer)
        stopped = self._follow(report_reader, output_reader)
        memory = limits.memory(f"/proc/{self.process}/status")
        self._kill()
        _, status = os.waitpid(self.process, 0)
        events = []
        for line in bytes(self.report).split(b"\n"):
            try:
                events.append(json.loads(line))
            except ValueError:
                continue  # cut off in the middle, or not ours
        return {
            "events": [event for event in events if isinstance(event, dict)],
            "output": self.output.decode("utf-8", "replace"),
            "stopped": stopped,
            "memory": memory,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) and stopped is None else None,
        }

    def _become_snippet(self, report_writer: int, output_writer: int) -> NoReturn:
        try:
            os.setsid()
            limits.die_with_parent()
            os.dup2(output_writer, 1)
            os.dup2(output_writer, 2)
            os.dup2(report_writer, 3)
            os.closerange(4, 1 << 16)
            snippet.run(self.job, self.folder, 3)
        finally:
            os._exit(1)

    def _follow(self, report_reader: int, output_reader: int) -> str | None:
        """Reads until the snippet has ended; why it has to be killed, None where it ended by itself."""
        deadline = time.monotonic() + self.bounds["wall_seconds"]
        sinks: Sinks = {report_reader: (self.report, MAX_REPORT), output_reader: (self.output, MAX_OUTPUT)}
        while True:
            ready, _, _ = select.select([*sinks, self.parent], [], [], TICK)
            if self.parent in ready:
                return "the caller has gone"
            for descriptor in ready:
                sink, most = sinks[descriptor]
                chunk = os.read(descriptor, 65536)
                if not chunk:
                    del sinks[descriptor]
                elif len(sink) < most:
                    sink += chunk[: most - len(sink)]
            if self._has_ended():
                self._drain(sinks)
                return None
            if time.monotonic() > deadline:
                return f"it ran longer than {self.bounds['wall_seconds']:g} s"
            excess = self._excess()
            if excess:
                return excess

    def _has_ended(self) -> bool:
        return os.waitid(os.P_PID, self.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    @staticmethod
    def _drain(sinks: Sinks) -> None:
        """What is left in the pipes; bounded, since a process that escaped may hold them open."""
        for descriptor, (sink, most) in sinks.items():
            while len(sink) < most and select.select([descriptor], [], [], 0)[0]:
                chunk = os.read(descriptor, 65536)
                if not chunk:
                    break
                sink += chunk

    def _excess(self) -> str | None:
        """What the limits of a single process do not see: the sum over processes, and the files."""
        family = self._family()
        if len(family) > self.bounds["children"]:
            return f"it started more than {self.bounds['children']} processes"
        most = self.bounds["memory_bytes"] + self.bounds["base_bytes"]
        if sum(limits.memory(f"/proc/{process}/status")["VmRSS"] for process in family) > most:
            return f"it used more than {self.bounds['memory_bytes'] / 2**20:.0f} MiB of memory"
        return _folder_excess(self.folder, self.bounds["file_bytes"])

    @staticmethod
    def _family() -> list[int]:
        """The snippet and all that comes from it: as subreaper the keeper inherits its orphans."""
        return _descendants(os.getpid())[1:]

    def _kill(self) -> None:
        for process in reversed(self._family()):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue  # ended by itself, or with the init of its namespace


def _descendants(root: int) -> list[int]:
    """``root`` and every process that comes from it, as the kernel tells."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as stat:
                    parent = int(stat.read().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue  # it has ended meanwhile
            children.setdefault(parent, []).append(int(entry))
    found, pending = [], [root]
    while pending:
        process = pending.pop()
        found.append(process)
        pending += children.get(process, ())
    return found


def _folder_excess(folder: str, most: int) -> str | None:
    entries = nbytes = 0
    for place, folders, files in os.walk(folder):
        entries += len(folders) + len(files)
        for name in files:
            try:
                nbytes += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue  # removed meanwhile
        if entries > MAX_ENTRIES or nbytes > 4 * most:
            return "it wrote more files than it may"
    return None
