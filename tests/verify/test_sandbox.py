"""Hostile snippets: each is stopped, reported, and leaves nothing behind."""

from __future__ import annotations

import os
import platform
import signal
import socket
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tflint_gemm.verify.sandbox import MIB, Job, Limits, Report, Sandbox

SMALL = Limits(wall_seconds=2.0, memory_bytes=200 * MIB)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what the kernel enforces is tested on Linux")


def run(sandbox: Sandbox, source: str, guard: bool = True, limits: Limits = SMALL) -> Report:
    return sandbox.run(Job(textwrap.dedent(source), limits, guard=guard))


def raised(report: Report) -> str:
    return " ".join(event["type"] for event in report.named("raised"))


def refused(report: Report) -> list[str]:
    return [event["what"] for event in report.named("refused")]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import os; os.fork()", "os.fork"),
        ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
        ("import os; os.system('true')", "os.system"),
        ("import os; os.execv('/bin/true', ['true'])", "os.exec"),
        ("import os; os.kill(os.getppid(), 9)", "os.kill"),
        ("open('/tmp/tflint-gemm-was-here', 'w')", "open for writing"),
        ("import os; os.remove('/tmp/x')", "os.remove"),
        ("import shutil; shutil.rmtree('/tmp/x')", "shutil.rmtree"),
        ("import socket; socket.create_connection(('1.1.1.1', 80))", "socket.getaddrinfo"),
        ("import urllib.request; urllib.request.urlopen('http://1.1.1.1')", "urllib.Request"),
        ("import ctypes; ctypes.CDLL(None).getpid()", "ctypes.dlopen"),
        ("open('/root/.bashrc')", "open for reading"),
        ("open('/proc/1/environ')", "open for reading"),
    ],
)
def test_the_guard_refuses(sandbox: Sandbox, source: str, what: str):
    report = run(sandbox, source)
    assert what in refused(report)
    assert "PermissionError" in raised(report)
    assert not Path("/tmp/tflint-gemm-was-here").exists()


def test_sleeping_and_spinning_end_in_time(sandbox: Sandbox):
    limits = Limits(wall_seconds=0.5)
    for source in ("import time; time.sleep(1000)", "while True: pass"):
        started = time.monotonic()
        assert run(sandbox, source, limits=limits).stopped == "it ran longer than 0.5 s"
        assert time.monotonic() - started < 5


def test_allocating_without_end(sandbox: Sandbox):
    report = run(sandbox, "kept = []\nwhile True: kept.append(bytes(10_000_000))")
    assert "MemoryError" in raised(report)


@pytest.mark.slow  # TensorFlow waits ten seconds for memory to come free
def test_tensors_without_end(sandbox: Sandbox):
    source = "import tensorflow as tf\nx = tf.ones([1 << 16])\nwhile True: x = tf.concat([x, x], 0)"
    report = run(sandbox, source, limits=replace(SMALL, wall_seconds=30.0))
    assert "ResourceExhaustedError" in raised(report)


def test_output_without_end_is_cut(sandbox: Sandbox):
    report = run(sandbox, "while True: print('x' * 10_000)")
    assert report.stopped == "it ran longer than 2 s"
    assert len(report.output) <= 100_000


def test_the_environment_and_the_folder_are_empty(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET", "hidden")
    report = run(
        sandbox, "import os; print(sorted(os.environ)); print(os.listdir('.'), os.environ['HOME'] == os.getcwd())"
    )
    assert "SECRET" not in report.output
    assert report.output.splitlines()[1] == "['snippet.py'] True"


def test_a_report_that_was_tampered_with(sandbox: Sandbox):
    lines = [
        "rubbish",
        "[]",
        '{"event": "done"}',
        '{"event": ["done"]}',
        '{"event": "raised", "kinds": 3}',
        '{"event": "operand", "index": 0, "value": {"shape": 3}}',
        '{"event": "done", "value": {}, "memory": {"resident": "x"}}',
        "x" * 100_000,
    ]
    source = f"import os\nfor line in {lines}:\n    os.write(3, line.encode() + b'\\n')"
    assert {event["event"] for event in run(sandbox, source).events} == {"start", "end"}


def test_a_program_that_ends_itself(sandbox: Sandbox):
    assert raised(run(sandbox, "import sys; sys.exit(3)")) == "SystemExit"
    assert not run(sandbox, "import os; os._exit(3)").named("end")
    assert run(sandbox, "import os; os.abort()").signal is not None
    assert run(sandbox, "import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\nf()").events


@linux
class TestWithoutTheGuard:
    """What the kernel enforces, where native code would pass the guard by."""

    def test_fork_bomb(self, sandbox: Sandbox):
        run(sandbox, "")  # TensorFlow is loaded
        started = time.monotonic()
        report = run(
            sandbox, "import os, time\nwhile True:\n    try: os.fork()\n    except OSError: time.sleep(1)", guard=False
        )
        assert report.stopped is not None
        assert "processes" in report.stopped or "memory" in report.stopped
        assert time.monotonic() - started < 5

    def test_a_child_that_leaves_the_group_does_not_survive(self, sandbox: Sandbox):
        source = """\
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
        time.sleep(0.2)
        """
        assert run(sandbox, source, guard=False).named("end")
        time.sleep(0.2)
        assert not descendants(sandbox)

    def test_files_outside(self, sandbox: Sandbox, tmp_path: Path):
        outside = tmp_path / "outside"
        for source in (
            f"open({str(outside)!r}, 'w')",
            f"import tensorflow as tf; tf.io.write_file({str(outside)!r}, 'x')",
            f"import os; os.mkdir({str(outside)!r})",
        ):
            report = run(sandbox, source, guard=False)
            if not report.named("start")[0]["confined"]:
                pytest.skip("this kernel has no Landlock")
            assert "Permission" in raised(report)
            assert not outside.exists()

    def test_the_users_files_cannot_be_read(self, sandbox: Sandbox, tmp_path: Path):
        secret = tmp_path / "secret"
        secret.write_text("hidden")
        report = run(sandbox, f"print(open({str(secret)!r}).read())", guard=False)
        assert not report.named("start")[0]["confined"] or "PermissionError" in raised(report)

    def test_large_files(self, sandbox: Sandbox):
        assert "OSError" in raised(run(sandbox, "open('big', 'wb').write(bytes(50_000_000))", guard=False))
        many = "for number in range(10**9):\n    open(str(number), 'wb').write(bytes(1000))"
        assert run(sandbox, many, guard=False).stopped == "it wrote more files than it may"

    def test_sockets(self, sandbox: Sandbox):
        source = "import socket; socket.create_connection(('1.1.1.1', 80), timeout=1)"
        assert raised(run(sandbox, source, guard=False)) in ("PermissionError", "OSError")

    def test_signals(self, sandbox: Sandbox):
        source = """\
        import os
        for name in os.listdir("/proc"):
            if name.isdigit():
                try: os.kill(int(name), 9)
                except OSError: pass
        try: os.kill(-1, 9)
        except OSError: pass
        os.kill(os.getppid(), 9)
        """
        run(sandbox, source, guard=False)
        assert run(sandbox, "print('still here')").output == "still here\n"
        assert sandbox.starts == 1

    def test_datagrams(self, sandbox: Sandbox):
        source = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))"
        assert raised(run(sandbox, source, guard=False)) in ("PermissionError", "OSError")

    @pytest.mark.parametrize("family", ["AF_UNIX", "AF_VSOCK", "AF_NETLINK", "AF_PACKET", "AF_ALG"])
    def test_sockets_of_the_machine(
        self, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str
    ):
        with socket.socket(socket.AF_UNIX) as service:
            monkeypatch.chdir(tmp_path)  # a name has 108 bytes at most
            service.bind("service")
            service.listen()
            source = f"import socket; socket.socket(socket.{family}).connect({str(tmp_path / 'service')!r})"
            assert raised(run(sandbox, source, guard=False)) == "PermissionError"

    def test_a_pair_of_sockets_leads_to_no_other(self, sandbox: Sandbox):
        stream = "import socket; a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))"
        assert run(sandbox, stream, guard=False).output == "b'x'\n"
        datagrams = "import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', '/dev/log')"
        assert raised(run(sandbox, datagrams, guard=False)) == "PermissionError"

    @pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of system calls are those of x86-64")
    @pytest.mark.parametrize(
        "call",
        [
            "101, 0, os.getppid(), 0, 0",  # ptrace: be traced
            "272, 0x10000000",  # unshare: a user namespace
            "56, 0x10000000 | 17, 0, 0, 0, 0",  # clone: the same
            "425, 1, bytes(120)",  # io_uring_setup, whose work no filter sees
            "321, 0, bytes(120), 120",  # bpf
            "250, 0, -3, 0",  # keyctl: the session's keys
            "39 | 0x40000000",  # getpid of x32, as an example of what has other numbers
        ],
    )
    def test_system_calls(self, sandbox: Sandbox, call: str):
        source = (
            f"import ctypes, os; c = ctypes.CDLL(None, use_errno=True); print(c.syscall({call}), ctypes.get_errno())"
        )
        assert run(sandbox, source, guard=False).output == "-1 1\n"

    def test_threads_without_end(self, sandbox: Sandbox):
        source = "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(100,)).start()"
        report = run(sandbox, source, guard=False)
        assert raised(report) == "RuntimeError" or report.stopped

    def test_memory_that_is_only_reserved(self, sandbox: Sandbox):
        assert raised(run(sandbox, "import mmap; mmap.mmap(-1, 1 << 42)", guard=False)) == "OSError"

    def test_folders_without_end(self, sandbox: Sandbox):
        source = "import os\nfor number in range(10**9): os.mkdir(str(number))"
        limits = replace(SMALL, wall_seconds=30.0)
        assert run(sandbox, source, guard=False, limits=limits).stopped == "it wrote more files than it may"

    def test_a_link_leads_nowhere_else(self, sandbox: Sandbox, tmp_path: Path):
        source = f"import os; os.symlink({str(tmp_path)!r}, 'link'); open('link/x', 'w')"
        report = run(sandbox, source, guard=False)
        assert not report.named("start")[0]["confined"] or "PermissionError" in raised(report)
        assert not (tmp_path / "x").exists()

    def test_shared_memory_of_the_machine(self, sandbox: Sandbox):
        report = run(sandbox, "open('/dev/shm/tflint-gemm-was-here', 'w')", guard=False)
        assert not report.named("start")[0]["confined"] or "PermissionError" in raised(report)
        Path("/dev/shm/tflint-gemm-was-here").unlink(missing_ok=True)

    def test_what_the_users_processes_know(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("SECRET", "hidden")
        neighbour = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        source = """\
        import os
        for name in os.listdir("/proc"):
            for file in ("environ", "cmdline", "maps", "cwd", "root/etc/passwd"):
                try: print(name.isdigit() and b"SECRET=hidden" in open(f"/proc/{name}/{file}", "rb").read())
                except OSError: pass
        """
        report = run(sandbox, source, guard=False)
        neighbour.communicate(b"\n")
        assert not report.named("start")[0]["confined"] or "True" not in report.output

    def test_a_snippet_that_cannot_be_told_to_end(self, sandbox: Sandbox):
        source = """\
        import os, signal, time
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        os.closerange(0, 256)
        while True: time.sleep(100)
        """
        assert run(sandbox, source, guard=False, limits=Limits(wall_seconds=0.5)).stopped == "it ran longer than 0.5 s"

    def test_a_snippet_that_stops_itself(self, sandbox: Sandbox):
        source = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
        run(sandbox, source, guard=False)
        assert run(sandbox, "print('still here')").output == "still here\n"

    def test_a_snippet_that_writes_into_every_pipe(self, sandbox: Sandbox):
        source = """\
        import os
        for number in range(3, 64):
            try: os.write(number, b'{"ready": false, "problem": "x", "events": 3, "event": "done"}\\n' * 1000)
            except OSError: pass
        """
        assert not run(sandbox, source, guard=False).named("done")
        assert run(sandbox, "print('still here')").output == "still here\n"

    def test_shared_memory_is_seen(self, sandbox: Sandbox):
        source = "import mmap\nm = mmap.mmap(-1, 1 << 32)\nwhile True: m.write(bytes(1 << 20))"
        limits = replace(SMALL, wall_seconds=30.0)
        assert run(sandbox, source, guard=False, limits=limits).stopped == "it used more than 200 MiB of memory"


def descendants(sandbox: Sandbox) -> list[int]:
    """The processes below the one that holds TensorFlow."""
    assert sandbox._process is not None
    root, found = sandbox._process._process.pid, []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == root:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@linux
def test_nothing_outlives_a_caller_that_is_killed(sandbox: Sandbox):
    code = """\
import sys, threading, time
from tflint_gemm.verify.sandbox import Job, Sandbox
with Sandbox() as sandbox:
    sandbox.run(Job(""))
    print(sandbox._process._process.pid, sandbox.folder, flush=True)
    sandbox.run(Job("import time; time.sleep(1000)"))
"""
    caller = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert caller.stdout is not None
    process, folder = caller.stdout.readline().split()
    child = int(process)
    time.sleep(0.3)
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    caller.stdout.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and is_running(child):
        time.sleep(0.05)
    assert not is_running(child)
    assert not os.path.exists(folder)


def is_running(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def test_the_folder_is_removed():
    with Sandbox() as sandbox:
        folder = sandbox.folder
        assert os.path.isdir(folder)
    assert not os.path.exists(folder)


def test_one_process_per_job_where_there_is_no_fork():
    with Sandbox() as sandbox:
        sandbox.forks = False
        report = sandbox.run(Job("import tensorflow as tf; print(tf.ones([2]) + tf.ones([3]))"))
        assert raised(report) == "InvalidArgumentError"
        assert sandbox.run(Job("import time; time.sleep(100)", Limits(wall_seconds=-9.0))).stopped
        assert sandbox.starts == 2
