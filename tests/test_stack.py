"""Room on the stack: where work is done that recurses deeper than it can where it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from tflint_gemm import stack


def nested(depth: int) -> int:
    return 0 if depth == 0 else 1 + nested(depth - 1)


@pytest.fixture(params=[False, True], ids=["as Python", "compiled"])
def compiled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(stack, "_COMPILED", request.param)
    monkeypatch.setattr(stack, "_waiting", {})
    return bool(request.param)


def test_what_python_cannot_do_where_it_is_asked_for(compiled: bool) -> None:
    depth, frames = 10 * sys.getrecursionlimit(), sys.getrecursionlimit()
    with pytest.raises(RecursionError):
        nested(depth)
    assert stack.with_room(lambda: nested(depth)) == depth
    assert not stack.has_room()
    assert sys.getrecursionlimit() == frames


def test_what_is_too_deep_for_that_as_well(compiled: bool) -> None:
    with pytest.raises(RecursionError):
        stack.with_room(lambda: nested(stack.MAX_FRAMES + 10))
    assert stack.with_room(stack.has_room, at_once=True)


def test_errors_are_raised_where_it_was_asked_for(compiled: bool) -> None:
    def fails() -> None:
        raise KeyError("so")

    for _ in range(2):
        with pytest.raises(KeyError, match="so"):
            stack.with_room(fails, at_once=True)
    assert stack.with_room(lambda: stack.with_room(stack.has_room)) is compiled


def test_a_thread_does_one_thing_after_the_other_if_each_file_needs_it(compiled: bool) -> None:
    first = stack.with_room(lambda: threading.get_native_id(), at_once=True)
    time.sleep(0.05)  # in which a thread that has ended is gone
    assert (stack.with_room(lambda: threading.get_native_id(), at_once=True) == first) is compiled


def test_each_thread_has_its_own(compiled: bool) -> None:
    def several() -> None:
        found.append([stack.with_room(lambda: nested(5000), at_once=True) for _ in range(20)])

    found: list[list[int]] = []
    threads = [threading.Thread(target=several) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[5000] * 20] * 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="what Windows does not have")
def test_a_forked_process_has_one_of_its_own(compiled: bool) -> None:
    assert stack.with_room(lambda: nested(5000), at_once=True) == 5000
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(stack.with_room(lambda: nested(6000), at_once=True)).encode())
        os._exit(0)
    os.close(writer)
    assert os.read(reader, 100) == b"6000"
    os.waitpid(child, 0)
    os.close(reader)


INTERRUPTED = """
import os, signal, threading
from tflint_gemm import stack

def nested(depth):
    return 0 if depth == 0 else 1 + nested(depth - 1)

stack._COMPILED = {compiled}
threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    stack.with_room(lambda: threading.Event().wait(60), at_once=True)
except KeyboardInterrupt:
    print(stack.with_room(lambda: nested(5000), at_once=True))
"""


@pytest.mark.skipif(os.name != "posix", reason="what Windows does not have")
@pytest.mark.parametrize("compiled", [False, True])
def test_an_interruption_does_not_wait(compiled: bool) -> None:
    """In a process of its own: only a main thread is interrupted, and here tests may run in another one."""
    command = [sys.executable, "-c", INTERRUPTED.format(compiled=compiled)]
    assert subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout == "5000\n"
