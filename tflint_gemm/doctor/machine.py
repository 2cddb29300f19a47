"""The host: Python, memory and what limits it, processors and what the threads of matrix products are told."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from tflint_gemm.doctor.lines import Line
from tflint_gemm.verify.sandbox import MIB, available_memory

resource: Any
try:
    import resource
except ImportError:  # Windows
    resource = None

GIB = 1 << 30
# What TensorFlow 2.21 takes on a CPU before it holds any matrix (measured: 1.4 GiB of address space, 0.3 GiB of data).
_LIMITS = (("RLIMIT_AS", "address space", "-v", 3 * GIB // 2), ("RLIMIT_DATA", "data", "-d", 2 * GIB // 5))
_USEFUL = GIB // 2  # of memory for matrices
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def look(variables: Mapping[str, str]) -> Iterator[Line]:
    """The lines about the machine itself."""
    yield _memory()
    yield from limits()
    yield _processors(variables)


def interpreter(python: str) -> Line:
    """The line about the interpreter that has TensorFlow; a problem if it does not run."""
    system = f"{platform.system()} {platform.machine()}"
    if shutil.which(python) is None:
        advice = "name another one with --python"
        return Line("machine", "problem", f"there is no Python interpreter {python}", advice)
    code = "import platform; print(platform.python_version())"
    try:
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Line("machine", "problem", f"{python} does not run: {error}", "name another one with --python")
    version = done.stdout.strip()
    if done.returncode or not version:
        last = done.stderr.strip().splitlines()[-1:] or [f"it ends with status {done.returncode}"]
        return Line("machine", "problem", f"{python} does not run: {last[0]}", "name another one with --python")
    data = {"python": version, "executable": python, "system": system, "ours": sys.executable}
    return Line("machine", "ok", f"Python {version} on {system}: {python}", data=data)


def _memory() -> Line:
    free = available_memory()
    total = _total_memory()
    data = {"free": free, "total": total}
    shown = f"{_gib(free)} of {_gib(total)} of memory are free" if total else f"{_gib(free)} of memory are free"
    if free < GIB:
        return Line("machine", "problem", shown, "end what takes it, or raise the container's limit", data)
    return Line("machine", "ok", shown, data=data)


def _total_memory() -> int:
    names = getattr(os, "sysconf_names", {})
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if "SC_PHYS_PAGES" in names else 0


def _gib(nbytes: int) -> str:
    return f"{nbytes / GIB:.1f} GiB" if nbytes >= GIB else f"{nbytes // MIB} MiB"


def limits() -> Iterator[Line]:
    """The limits of this process that are too tight for TensorFlow."""
    for name, what, flag, taken in _LIMITS if resource is not None else ():
        needed = taken + _USEFUL
        soft, hard = resource.getrlimit(getattr(resource, name))
        if soft == resource.RLIM_INFINITY or soft >= needed:
            continue
        text = f"memory is limited: {_gib(soft)} of {what} (ulimit {flag}), and TensorFlow alone takes {_gib(taken)}"
        more = " (by root: the hard limit is as low)" if hard != resource.RLIM_INFINITY and hard < needed else ""
        advice = f"raise it with `ulimit {flag} unlimited`{more}"
        yield Line("machine", "problem", text, advice, {"limit": name, "bytes": soft})


def room() -> int:
    """The bytes that matrices can take: what is free, and what the limits of this process leave to its children."""
    left = [available_memory()]
    for name, _, _, taken in _LIMITS if resource is not None else ():
        soft = resource.getrlimit(getattr(resource, name))[0]
        if soft != resource.RLIM_INFINITY:
            left.append(max(soft - taken, 0))
    return min(left)


def _processors(variables: Mapping[str, str]) -> Line:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota()
    given = {name: variables[name] for name in _THREADS if name in variables}
    data = {"processors": usable, "quota": quota, "threads": given}
    shown = f"{usable} processors" if usable > 1 else "1 processor"
    if quota is not None and quota < usable:
        shown += f", of which the container may use {quota:g}"
    named = ", ".join(f"{name}={value}" for name, value in given.items())
    wrong = [name for name, value in given.items() if not value.strip().isdigit()]
    if wrong:
        return Line("machine", "problem", f"{shown}; {named}", f"{wrong[0]} must be a number", data)
    return Line("machine", "ok", f"{shown}; {named or 'nothing limits the threads of matrix products'}", data=data)


def _quota() -> float | None:
    """The processors that a container leaves, where it limits them."""
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            most, period = file.read().split()
    except (OSError, ValueError):
        return None
    return int(most) / int(period) if most.isdigit() and int(period) else None
