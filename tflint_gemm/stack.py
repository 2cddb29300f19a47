"""Room on the stack for what recurses as deep as a program is nested."""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, get_ident, stack_size, start_new_thread
from collections.abc import Callable
from typing import TypeVar

from tflint_gemm import kept

STACK_BYTES = 512 << 20  # address space; only what is used is ever taken
MAX_FRAMES = 100_000
_COMPILED = not kept.__file__.endswith(".py")
"""Whether the interpreter is native code: a small stack would overflow before Python counts too many frames."""

Result = TypeVar("Result")
_roomy: set[int] = set()


def has_room() -> bool:
    """Whether this code runs where ``with_room`` has given it all the room there is."""
    return get_ident() in _roomy


def with_room(work: Callable[[], Result], *, at_once: bool = False) -> Result:
    """What ``work`` gives; where the stack is too small for it (``at_once``: may be) it is done on a larger one.

    Compiled code is done there at once.  Raises RecursionError where that is too small as well; ``work`` may be begun
    twice.
    """
    if has_room():
        return work()
    if not at_once and not _COMPILED:
        try:
            return work()
        except RecursionError:
            pass  # the traceback would keep all that was computed
    return _in_thread(work)


def _in_thread(work: Callable[[], Result]) -> Result:
    caller = os.getpid(), get_ident()  # a process that was forked has no threads of the one that it was
    thread = _waiting.pop(caller, None) or _RoomyThread()
    results: list[Result] = []
    errors: list[BaseException] = []
    with _many_frames:
        thread.do(work, results, errors)
    if _COMPILED:  # every file needs it
        _waiting[caller] = thread
    else:
        thread.end()
    if errors:
        raise errors[0]
    return results[0]


class _ManyFrames:
    """While the block runs, in any thread, Python counts to ``MAX_FRAMES``: it has one limit for all threads."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._inside = self._before = 0

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._before = sys.getrecursionlimit()
                sys.setrecursionlimit(max(self._before, MAX_FRAMES))
            self._inside += 1

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                sys.setrecursionlimit(self._before)


class _RoomyThread:
    """A thread with a large stack, which does one piece of work after the other for the thread that made it.

    It does not keep a process from ending.
    """

    def __init__(self) -> None:
        self._asked, self._done = allocate_lock(), allocate_lock()
        self._asked.acquire()
        self._done.acquire()
        self._work: Callable[[], None] | None = None
        before = stack_size(STACK_BYTES)
        try:
            start_new_thread(self._run, ())
        finally:
            stack_size(before)

    def do(self, work: Callable[[], Result], results: list[Result], errors: list[BaseException]) -> None:
        """Wait until ``work`` is done there: what it gives goes to ``results``, what it raises to ``errors``.

        Raises KeyboardInterrupt: then the thread is busy, and nobody waits for it any more.
        """
        from contextvars import copy_context

        context = copy_context()

        def run() -> None:
            try:
                results.append(context.run(work))
            except BaseException as error:
                errors.append(error)

        self._work = run
        self._asked.release()
        self._done.acquire()
        self._work = None

    def end(self) -> None:
        """Let the thread end, which gives its stack back."""
        self._asked.release()

    def _run(self) -> None:
        _roomy.add(get_ident())
        self._asked.acquire()
        while self._work is not None:
            self._work()
            self._done.release()
            self._asked.acquire()
        _roomy.discard(get_ident())


_many_frames = _ManyFrames()
_waiting: dict[tuple[int, int], _RoomyThread] = {}
"""Those that have nothing to do, by process and thread that they work for."""
