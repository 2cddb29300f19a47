"""Surveys in a process of their own, because the real op may end the process or never return.

A case that does is left out, and the survey of the op begins again without it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tempfile
import time
import traceback
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

PATIENCE = 60.0  # seconds that one case may take
MAX_DEADLY = 40  # cases of one op that may be left out
START = 300.0  # seconds until TensorFlow is there


class Worker:
    """A child process that judges ops, replaced when it dies."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._current: Any = self._context.Array("c", 65536)  # the index and the source of the case
        self._process: Any = None
        self._connection: Connection | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def survey(self, name: str, count: int, asked: bool = False, seed: int = 0) -> Any:
        """The ``survey.Row`` of ``count`` cases of the op ``name``; of the oracle's answers where it is ``asked``."""
        deadly: dict[int, str] = {}
        while True:
            row = self._try(name, count, frozenset(deadly), asked, seed)
            if row is not None:
                row.deadly = list(deadly.values())
                return row
            index, _, source = self._current.value.decode().partition(" ")
            if not index or int(index) in deadly:
                raise RuntimeError(f"{name}: the process died of something else than a case")
            deadly[int(index)] = source
            if len(deadly) > MAX_DEADLY:
                raise RuntimeError(f"{name}: too many calls end the process or never return: {source}")

    def _try(self, name: str, count: int, left_out: frozenset[int], asked: bool, seed: int) -> Any | None:
        if self._process is None:
            self._start()
        assert self._connection is not None
        self._current.value = b""
        self._connection.send((name, count, left_out, asked, seed))
        last, since = b"", time.monotonic()
        while True:
            with contextlib.suppress(EOFError, ConnectionError):
                if self._connection.poll(0.5):
                    answer = self._connection.recv()
                    if isinstance(answer, str):
                        raise RuntimeError(f"{name}: {answer}")
                    return answer
            if not self._process.is_alive() or time.monotonic() - since > PATIENCE:
                self._stop()
                return None
            if self._current.value != last:
                last, since = self._current.value, time.monotonic()

    def _start(self) -> None:
        self._connection, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs, self._current), daemon=True)
        self._process.start()
        theirs.close()
        if not self._connection.poll(START):
            raise RuntimeError("TensorFlow did not start")
        self._connection.recv()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


def _serve(connection: Connection, current: Any) -> None:
    """Answer requests for surveys until the parent is gone, in a folder of its own."""
    for stream in (1, 2):  # to which TensorFlow reports each error that a case makes on purpose
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    from .asked import ask_tensorflow
    from .check import ask
    from .models import models
    from .survey import survey

    def note(index: int, source: str) -> None:
        current.value = f"{index} {source}".encode()[:65000]

    connection.send("ready")
    # Some ops write files (checkpoints, summaries), wherever they are told to.
    with contextlib.suppress(EOFError), tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        while True:
            name, count, left_out, asked, seed = connection.recv()
            asker = ask_tensorflow if asked else ask
            try:
                connection.send(survey(models()[name], count, left_out, note, asker, seed))
            except Exception:  # a mistake of the harness, which the parent raises
                connection.send(traceback.format_exc())
