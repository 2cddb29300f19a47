"""Work in several processes: one that dies costs one result, and what is stopped leaves nothing behind."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tflint_gemm import processes

ROOT = Path(__file__).parent.parent
SECONDS = 60.0  # after which something that should happen does not

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


def children(parent: int) -> set[int]:
    """The processes that ``parent`` started."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent and fields[0] != "Z":
                    found.add(int(entry.name))
    return found


@pytest.fixture(name="before")
def children_before() -> set[int]:
    """What other tests in this process have started and left for later ones."""
    return children(os.getpid())


def is_alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition, seconds: float = SECONDS) -> float:
    """Waits for ``condition`` and says how long."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds
        time.sleep(0.01)
    return time.monotonic() - start


# --- the pool -------------------------------------------------------------------------------------------------------


def work(number: int) -> int:
    if number % 10 == 7:
        os.kill(os.getpid(), signal.SIGKILL if number % 20 == 7 else signal.SIGTERM)
    return number * number


def square(number: int) -> int:
    time.sleep(number % 3 / 1000)
    return number * number


def lost(number: int) -> int:
    return -number


@pytest.mark.parametrize("count", [0, 1, 2, 5, 300])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order(count, workers, before):
    assert list(processes.run(square, range(count), workers, lost)) == [number**2 for number in range(count)]
    assert children(os.getpid()) <= before


@pytest.mark.parametrize("workers", [1, 3])
def test_a_process_that_dies_costs_one_result(workers, before):
    expected = [-number if number % 10 == 7 else number**2 for number in range(100)]
    assert list(processes.run(work, range(100), workers, lost)) == expected
    assert list(processes.run(work, [7, 17, 27], workers, lost)) == [-7, -17, -27]
    assert children(os.getpid()) <= before


def large(number: int) -> bytes:
    return bytes(3_000_000)


def test_large_results_do_not_block():
    assert sum(map(len, processes.run(large, range(20), 3, lambda number: b""))) == 60_000_000


def test_without_room_for_processes_the_work_is_done_here(monkeypatch):
    def start(process: BaseProcess) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(BaseProcess, "start", start)
    assert list(processes.run(square, range(9), 3, lost)) == [number**2 for number in range(9)]


def wait_with_a_file(path: str) -> str:
    if path:
        with tempfile.NamedTemporaryFile(dir=path):
            time.sleep(SECONDS)
    return path


def test_stopping_is_at_once_and_leaves_nothing(tmp_path, before):
    running = processes.run(wait_with_a_file, ["", str(tmp_path), str(tmp_path), str(tmp_path)], 3, str)
    assert next(running) == ""
    until(lambda: len(list(tmp_path.iterdir())) == 3)
    assert len(children(os.getpid()) - before) == 3
    start = time.monotonic()
    running.close()
    assert time.monotonic() - start < SECONDS / 4
    assert children(os.getpid()) <= before
    assert list(tmp_path.iterdir()) == []


def stubborn(number: int) -> int:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if number:
        time.sleep(SECONDS)
    return number


def test_what_does_not_stop_is_killed(before):
    running = processes.run(stubborn, [0, 1, 1, 1], 1, int)
    assert next(running) == 0
    running.close()
    assert children(os.getpid()) <= before


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def long_work(tmp_path: Path) -> Path:
    body = "".join(f"x = tf.matmul(x, tf.zeros([8, 8])) + {number}.0\n" for number in range(1500))
    for number in range(30):
        (tmp_path / f"part_{number:02}.py").write_text(f"import tensorflow as tf\nx = tf.zeros([4, 8])\n{body}")
    return tmp_path


def hear_interruptions() -> None:
    """A shell's background jobs ignore them, and so do all processes that come of these."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(folder: Path, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tflint_gemm", ".", "--isolated", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    given.setdefault("preexec_fn", hear_interruptions)
    return subprocess.Popen(words, cwd=folder, env=environment, start_new_session=True, **given)  # type: ignore[call-overload]


@pytest.mark.parametrize("jobs", ["1", "3"])
@pytest.mark.parametrize("fix", [[], ["--fix"]])
def test_an_interruption_stops_at_once_and_leaves_nothing(long_work, jobs, fix):
    before = {path: path.read_bytes() for path in long_work.iterdir()}
    process = start(long_work, "--jobs", jobs, *fix)
    results = long_work / ".tflint_gemm_cache" / "results"
    until(lambda: fix or results.is_dir())
    if jobs != "1":
        until(lambda: len(children(process.pid)) == int(jobs))
    else:
        time.sleep(1.0)
    working = children(process.pid)
    start_of_end = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    output, said = process.communicate(timeout=SECONDS)
    assert time.monotonic() - start_of_end < SECONDS / 6
    assert (process.returncode, output) == (130, b"")
    assert b"Traceback" not in said
    assert not any(map(is_alive, working))
    left = [path for path in long_work.rglob("*") if path.is_file() and ".tflint_gemm_cache/" not in str(path)]
    assert {path: path.read_bytes() for path in left} == before
    assert not list(results.rglob(".new-*"))
    assert start(long_work, "--jobs", "2").wait(timeout=SECONDS * 4) == 0  # what was kept is of use


def test_processes_end_with_the_one_that_started_them(long_work):
    process = start(long_work, "--jobs", "2", "--no-cache", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: len(children(process.pid)) == 2)
    working = children(process.pid)
    process.kill()
    process.wait()
    until(lambda: not any(map(is_alive, working)))


def test_progress_is_shown_on_a_terminal_only(tmp_path):
    for number in range(25):
        (tmp_path / f"small_{number}.py").write_text("import tensorflow as tf\nx = tf.zeros([2])\n")
    terminal, theirs = pty.openpty()
    process = start(tmp_path, "--no-cache", "--jobs", "2", stderr=theirs)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # how a terminal ends
        while piece := os.read(terminal, 4096):
            shown += piece
    output, _ = process.communicate()
    os.close(terminal)
    assert re.search(rb"Checking.*100%", shown, re.DOTALL)
    assert output == b"Nothing found in 25 files.\n"
    quiet = start(tmp_path, "--no-cache", "--jobs", "2")
    assert quiet.communicate() == (output, b"")
