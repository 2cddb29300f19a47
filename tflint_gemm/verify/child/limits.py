"""What the kernel enforces on a snippet: resource limits, namespaces, Landlock; without what the system lacks."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys
from typing import Any

resource: Any
try:
    import resource
except ImportError:  # Windows
    resource = None

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
NAMESPACES = {"user": 0x10000000, "network": 0x40000000, "processes": 0x20000000, "ipc": 0x08000000}
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_READ = 0b1101  # execute, read a file, list a folder
LANDLOCK_FILE_WRITE = 1 << 1
LANDLOCK_FILE_RIGHTS = {1: 0b111, 2: 0b111, 3: 0b111 | 1 << 14}  # rights that make sense on a file, by ABI
LANDLOCK_ALL = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}  # rights known to each version of the ABI
O_PATH = 0o10000000
OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
READABLE = (
    "/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc", "/proc", "/sys", "/dev", "/nix/store", "/run/opengl-driver",
    OWN_FOLDER, sys.prefix, sys.base_prefix, sys.exec_prefix,
)  # fmt: skip


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, however that ends."""
    if LINUX:
        _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent has ended, so that they are still found."""
    if LINUX:
        _libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def new_namespaces() -> list[str]:
    """Leave the network and other processes behind; the names of what could be left.

    Must be called in a process of one thread.  The process-id namespace holds for children only: the first one is its
    init, with which everything in it dies.
    """
    if not LINUX:
        return []
    libc = _libc()
    left: list[str] = []
    # The user namespace first: without one an ordinary user may not make the others, root still may.
    for name, flags in NAMESPACES.items():
        if libc.unshare(flags) == 0:
            left.append(name)
    return left


def _limit(name: str, amount: int) -> None:
    kind = getattr(resource, name, None)
    if kind is None:
        return
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        amount = min(amount, hard)
    try:
        resource.setrlimit(kind, (amount, amount))
    except (OSError, ValueError):
        pass  # this system does not know or allow the limit; the keeper's watch remains


def limit_resources(cpu_seconds: float, file_bytes: int, threads: int, open_files: int) -> None:
    """Limits that hold from before TensorFlow starts its threads."""
    if resource is None:
        return
    _limit("RLIMIT_CPU", int(cpu_seconds) + 1)
    _limit("RLIMIT_FSIZE", file_bytes)
    _limit("RLIMIT_NPROC", _tasks_of_user() + threads)
    _limit("RLIMIT_NOFILE", open_files)
    _limit("RLIMIT_CORE", 0)


def limit_memory(nbytes: int) -> None:
    """Let the process grow by ``nbytes`` from here.  RLIMIT_DATA leaves out TensorFlow's libraries."""
    if LINUX and resource is not None:
        _limit("RLIMIT_DATA", memory()["VmData"] + nbytes)


def _tasks_of_user() -> int:
    """The number of threads this user already runs: RLIMIT_NPROC counts them all on kernels before 5.14."""
    if not LINUX:
        return 0
    total, user = 0, os.getuid()
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            if os.stat(f"/proc/{entry}").st_uid == user:
                total += len(os.listdir(f"/proc/{entry}/task"))
        except OSError:
            continue  # it has ended meanwhile
    return total


def memory(path: str = "/proc/self/status") -> dict[str, int]:
    """VmPeak, VmSize, VmHWM, VmRSS and VmData in bytes; what the system does not tell is 0."""
    found = dict.fromkeys(("VmPeak", "VmSize", "VmHWM", "VmRSS", "VmData"), 0)
    try:
        with open(path, encoding="ascii", errors="replace") as status:
            for line in status:
                name, _, rest = line.partition(":")
                if name in found:
                    found[name] = int(rest.split()[0]) * 1024
    except OSError:
        if resource is not None:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            found["VmHWM"] = found["VmRSS"] = peak if sys.platform == "darwin" else peak * 1024
    return found


def confine_files(folder: str, devices: bool) -> bool:
    """Landlock: write under ``folder`` only, read what running Python and TensorFlow takes, no TCP, no signals outside.

    ``devices`` opens /dev for writing (GPU drivers need it).  Returns whether the kernel does it.
    """
    if not LINUX:
        return False
    libc = _libc()
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    handled = LANDLOCK_ALL[min(version, 3)]
    network, scope = (0b11 if version >= 4 else 0), (0b11 if version >= 6 else 0)
    attributes = struct.pack("QQQ", handled, network, scope)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = libc.syscall(LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    files = LANDLOCK_FILE_RIGHTS[min(version, 3)]
    for path in {*READABLE, *sys.path}:
        _allow(libc, ruleset, path, handled & LANDLOCK_READ, files)
    _allow(libc, ruleset, folder, handled, files)
    for path in ["/dev"] if devices else ["/dev/null"]:
        _allow(libc, ruleset, path, handled & (LANDLOCK_READ | LANDLOCK_FILE_WRITE), files)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done: bool = libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return done


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int, file_rights: int) -> None:
    try:
        descriptor = os.open(path, O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not there on this system
    if not os.path.isdir(path):
        rights &= file_rights
    libc.syscall(LANDLOCK_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)
