"""An audit hook that refuses what no tensor computation needs.

A guard, not a security boundary: native code passes it by.  Behind it stand the limits that the kernel enforces.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

REFUSED = {
    "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.__new__", "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
    "os.startfile", "os.kill", "os.killpg", "signal.pthread_kill", "pty.spawn", "ctypes.dlopen", "ctypes.dlsym",
    "ctypes.dlsym/handle", "ctypes.cdata", "ctypes.call_function", "urllib.Request", "ftplib.connect",
    "smtplib.connect", "webbrowser.open", "os.setxattr", "os.removexattr", "winreg.OpenKey", "sys.addaudithook",
    "resource.prlimit", "resource.setrlimit",
}  # fmt: skip
CHANGES_FILES = {
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.utime", "os.chflags", "os.lockf", "shutil.rmtree", "shutil.move", "shutil.copyfile", "shutil.copytree",
    "shutil.chown", "shutil.copymode", "shutil.copystat", "shutil.make_archive", "shutil.unpack_archive",
}  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/sys", "/dev", "/proc", "/nix/store")
MAX_REPORTS = 20


class Guard:
    """Refuses and reports; ``folder`` is the only place where files may be written."""

    def __init__(self, folder: str, report: Callable[[dict[str, Any]], None]) -> None:
        self.folder, self.report, self.reports = os.path.realpath(folder), report, 0
        libraries = (sys.prefix, sys.base_prefix, sys.exec_prefix, *(path for path in sys.path if path))
        self.readable = tuple(map(os.path.realpath, (*libraries, *SYSTEM, self.folder)))

    def install(self) -> None:
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: Sequence[Any]) -> None:
        if event == "open":
            self._check_open(*arguments)
        elif event in REFUSED:
            self._refuse(event, arguments)
        elif event in CHANGES_FILES:
            for path in arguments:
                if isinstance(path, (str, bytes)) and not self._inside(path, (self.folder,)):
                    self._refuse(event, arguments)

    def _check_open(self, path: object, mode: object, flags: object) -> None:
        if not isinstance(path, (str, bytes)):
            return  # a descriptor that is already open
        by_flags = isinstance(flags, int) and bool(flags & WRITING)
        writes = by_flags or (isinstance(mode, str) and not set(mode).isdisjoint("wax+"))
        name = os.fsdecode(path)
        if name == os.devnull:
            return
        if writes and not self._inside(name, (self.folder,)):
            self._refuse("open for writing", (name,))
        elif not writes and (not self._inside(name, self.readable) or self._is_of_other_process(name)):
            self._refuse("open for reading", (name,))

    @staticmethod
    def _is_of_other_process(name: str) -> bool:
        parts = os.path.abspath(name).split("/")
        # By number: in a namespace of its own, this process does not know under which one /proc has it.
        return len(parts) > 3 and parts[1] == "proc" and parts[2].isdigit()

    @staticmethod
    def _inside(path: str | bytes, folders: Sequence[str]) -> bool:
        real = os.path.realpath(os.fsdecode(path))
        return any(real == folder or real.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)

    def _refuse(self, event: str, arguments: Sequence[Any]) -> None:
        if self.reports < MAX_REPORTS:
            self.reports += 1
            self.report({"event": "refused", "what": event, "arguments": repr(arguments)[:200]})
        raise PermissionError(f"the sandbox does not allow {event}")
