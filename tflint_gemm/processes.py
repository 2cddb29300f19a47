"""A function on many inputs in several processes: one that dies costs one result, and stopping leaves nothing behind.

The standard library's pools give up all work when one process dies, and let running work finish when they are stopped.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, Generic, NoReturn, TypeVar

LARGEST_CHUNK = 32  # inputs beside each other need the same modules, so a process is given some at a time
GRACE = 1.0  # seconds that a stopped process has to remove what it was writing
Input = TypeVar("Input")
Output = TypeVar("Output")


@dataclass(eq=False)
class _Worker:
    """A process, and the inputs that it has and has not answered, the one that it works on first."""

    process: BaseProcess
    connection: Connection
    given: deque[int] = field(default_factory=deque)


def run(
    function: Callable[[Input], Output], inputs: Sequence[Input], processes: int, lost: Callable[[Input], Output]
) -> Iterator[Output]:
    """``function`` of all ``inputs`` in their order; ``lost`` of those during which a process died.

    Closing the generator stops the processes at once.
    """
    pool = _Pool(function, inputs, processes, lost)
    finished = False
    try:
        yield from pool.outputs()
        finished = True
    finally:
        pool.stop(at_once=not finished)


class _Pool(Generic[Input, Output]):
    def __init__(
        self,
        function: Callable[[Input], Output],
        inputs: Sequence[Input],
        processes: int,
        lost: Callable[[Input], Output],
    ) -> None:
        self._function, self._inputs, self._processes, self._lost = function, inputs, processes, lost
        # Forked processes have what is imported already; elsewhere than on Linux forking is not safe.
        self._context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
        self._waiting = deque(range(len(inputs)))
        self._done: dict[int, Output] = {}
        self._workers: list[_Worker] = []

    def outputs(self) -> Iterator[Output]:
        """What comes back, in the order of the inputs."""
        for _ in range(self._processes):
            self._start()
        for index in range(len(self._inputs)):
            while index not in self._done:
                if self._workers:
                    self._receive()
                else:  # the machine has no room for another process
                    self._waiting.remove(index)
                    self._done[index] = self._function(self._inputs[index])
            yield self._done.pop(index)

    def _start(self) -> None:
        """Start a process, if there is something left for it to do."""
        if not self._waiting:
            return
        ours, theirs = self._context.Pipe()
        inherited = [ours, *(worker.connection for worker in self._workers)]
        arguments = (self._function, theirs, inherited if self._context.get_start_method() == "fork" else [])
        process = self._context.Process(target=_work, args=arguments, daemon=True)
        try:
            with _undisturbed():
                process.start()
                self._workers.append(worker := _Worker(process, ours))
        except OSError:
            ours.close()
            return
        finally:
            theirs.close()
        self._give(worker)

    def _give(self, worker: _Worker) -> None:
        """Give a process some of what is waiting, less towards the end, so that all end together."""
        size = max(1, min(LARGEST_CHUNK, len(self._waiting) // (self._processes * 4)))
        chunk = [self._waiting.popleft() for _ in range(min(size, len(self._waiting)))]
        if chunk:
            worker.given.extend(chunk)
            with suppress(OSError):  # it has died, which shows when it is read from
                worker.connection.send([self._inputs[index] for index in chunk])

    def _receive(self) -> None:
        """Take what processes have sent; of those that died, find out during what."""
        ready = wait([worker.connection for worker in self._workers])
        for worker in [worker for worker in self._workers if worker.connection in ready]:
            try:
                output = worker.connection.recv()
            except (EOFError, OSError):
                self._bury(worker)
                continue
            self._done[worker.given.popleft()] = output
            if not worker.given:
                self._give(worker)

    def _bury(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.connection.close()
        worker.process.join()
        if worker.given:
            index = worker.given.popleft()
            self._done[index] = self._lost(self._inputs[index])
            self._waiting.extendleft(reversed(worker.given))
        self._start()

    def stop(self, *, at_once: bool) -> None:
        """End all processes; ``at_once`` in the middle of what they do."""
        with _undisturbed():
            for worker in self._workers:
                if at_once:
                    worker.process.terminate()
                worker.connection.close()
            for worker in self._workers:
                worker.process.join(GRACE if at_once else None)
                if worker.process.is_alive():
                    worker.process.kill()
                    worker.process.join()
            self._workers.clear()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off the user's interruption: a process that is just made would be left, or show a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(function: Callable[[Any], Any], connection: Connection, inherited: Sequence[Connection]) -> None:
    """What each process does until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts all processes; the first one stops the others
    signal.signal(signal.SIGTERM, _leave)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for other in inherited:
        other.close()  # else nobody would notice that the first process is gone
    gc.freeze()  # what is there before the work stays; looking at it would only copy its memory
    with suppress(EOFError, OSError):
        while True:
            for item in connection.recv():
                connection.send(function(item))


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """Stop where we are, so that temporary files are removed on the way out."""
    raise SystemExit(128 + number)
