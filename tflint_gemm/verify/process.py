"""A child process that is spoken to in JSON, one object a line both ways, and read with a deadline."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Generic, TypeVar


class JsonProcess:
    """A running child, in a session of its own; what it writes to its standard error is kept for ``last_words``."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], folder: str) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=folder,
            env=dict(variables), start_new_session=os.name == "posix", close_fds=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests: IO[bytes] = self._process.stdin
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.is_usable = True
        # A thread, since pipes cannot be waited for with a deadline on every platform.
        threading.Thread(target=self._pump, args=(self._process.stdout,), daemon=True).start()

    def _pump(self, replies: IO[bytes]) -> None:
        with replies:
            for line in replies:
                self._lines.put(line)
        self._lines.put(None)

    def send(self, message: Mapping[str, Any]) -> bool:
        """Whether the message could be written; False where the process has ended."""
        try:
            self._requests.write(json.dumps(message).encode() + b"\n")
            self._requests.flush()
        except OSError:
            self.is_usable = False
        return self.is_usable

    def read(self, seconds: float) -> dict[str, Any] | None:
        """The next message, None where none comes in time or the process ends."""
        try:
            line = self._lines.get(timeout=seconds)
            message = None if line is None else json.loads(line)
        except (queue.Empty, ValueError):
            message = None
        if not isinstance(message, dict):
            self.is_usable = False
            return None
        return message

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def exit_status(self, seconds: float) -> int | None:
        """How it ended, as ``subprocess`` says it (a signal is negative); None where it still runs after that time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def last_words(self) -> str:
        """The last line that it wrote to its standard error, for a message."""
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        lines = self._errors.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def close(self) -> None:
        """Ends it with everything that it started."""
        if self._process.poll() is None:
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        try:
            self._requests.close()
        except OSError:
            pass  # unsent bytes of a job nobody waits for


_Process = TypeVar("_Process", bound=JsonProcess)


class ProcessOwner(Generic[_Process]):
    """A context manager that holds a child, which may be replaced, and an empty folder for it."""

    def __init__(self) -> None:
        self._process: _Process | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @property
    def folder(self) -> str:
        """The folder, made when it is first asked for."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="tflint-gemm-", ignore_cleanup_errors=True)
        return os.path.realpath(self._folder.name)

    def stop(self) -> None:
        """End the child; the next question starts a new one, which holds no memory yet."""
        if self._process is not None:
            self._process.close()
            self._process = None
