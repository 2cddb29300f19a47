"""Room on the stack for what recurses as deep as a program is nested."""

from __future__ import annotations

import sys
from _thread import get_ident
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
    import threading
    from contextvars import copy_context

    results: list[Result] = []
    errors: list[BaseException] = []
    context = copy_context()

    def run() -> None:
        _roomy.add(get_ident())
        try:
            results.append(context.run(work))
        except BaseException as error:  # raised again by the thread that waits
            errors.append(error)
        finally:
            _roomy.discard(get_ident())

    frames, size = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    sys.setrecursionlimit(max(frames, MAX_FRAMES))
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(frames)
    if errors:
        raise errors[0]
    return results[0]
