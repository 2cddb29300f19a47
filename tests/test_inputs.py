"""Files of every kind that a disk may hold: each is checked, or one clear message says why not; nothing waits."""

from __future__ import annotations

import os
import resource
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tflint_gemm import engine, reading, repair
from tflint_gemm.cli import main
from tflint_gemm.config import Config
from tflint_gemm.repair import WriteError
from tflint_gemm.results import FileReport

HEAD = b"import tensorflow as tf\n"
FAULT = b"tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))"
posix = pytest.mark.skipif(os.name != "posix", reason="what Windows does not have")


def codes(data: bytes) -> list[tuple[int, str]]:
    report = engine.run_task(engine.Task("a.py", Config(), data=data))
    assert report.failure is None, report.traceback
    return [(finding.span.line, finding.code) for finding in report.findings]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str) -> tuple[int, str]:
    """The exit status and everything that is printed; fails where it does not end."""
    done = subprocess.run(
        [sys.executable, "-m", "tflint_gemm", "--format", "concise", "--no-cache", *arguments],
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (HEAD + FAULT, [(2, "TFG201")]),
        (HEAD.replace(b"\n", b"\r\n") + b"\r\n" + FAULT, [(3, "TFG201")]),
        (HEAD.replace(b"\n", b"\r") + b"\r" + FAULT, [(3, "TFG201")]),
        (HEAD + b"\x0c\n\x0c" + FAULT, [(3, "TFG201")]),
        (b"\xef\xbb\xbf" + HEAD + FAULT, [(2, "TFG201")]),
        (b"# coding: latin-1\n" + HEAD + b"'\xe9'; " + FAULT, [(3, "TFG201")]),
        (b"#!/usr/bin/python\n# -*- coding: cp1252 -*-\n" + HEAD + b"'\x80'; " + FAULT, [(4, "TFG201")]),
        (b"# coding: shift_jis\n" + HEAD + "'日本'; ".encode("shift_jis") + FAULT, [(3, "TFG201")]),
        (b"# coding: utf-7\n" + HEAD + FAULT, [(3, "TFG201")]),
        (b"# coding: rot13\n" + HEAD + FAULT, [(1, "TFG000")]),
        (b"# coding: hex\n" + HEAD + FAULT, [(1, "TFG000")]),
        (b"# coding: no-such\n" + HEAD + FAULT, [(1, "TFG000")]),
        (b"\xef\xbb\xbf# coding: latin-1\n" + HEAD + FAULT, [(1, "TFG000")]),
        (HEAD + b"'\xe9'; " + FAULT, [(2, "TFG000")]),
        (HEAD + b"\0" + FAULT, [(2, "TFG000")]),
        (HEAD + FAULT + b"\x1a", [(2, "TFG000")]),
        (HEAD.decode().encode("utf-16"), []),
        (b"", []),
        (b"\n" * 3, []),
        (b"# tf", []),
        (b"\\", []),
        (HEAD + b"\\", [(2, "TFG000")]),
        (HEAD + b"# " + b"x" * 1_000_000 + b"\n" + FAULT, [(3, "TFG201")]),
        (HEAD + b"\n" * 200_000 + FAULT, [(200_002, "TFG201")]),
    ],
)
def test_what_bytes_may_be(data: bytes, found: list[tuple[int, str]]) -> None:
    assert codes(data) == found


# ------------------------------------------------------------------------------------------------- what is no file


@posix
def test_what_is_neither_file_nor_folder_is_not_waited_for(project: Path) -> None:
    os.mkfifo("pipe.py")
    server = socket.socket(socket.AF_UNIX)
    server.bind("socket.py")
    for name in ("pipe.py", "socket.py", "/dev/zero", "/dev/null"):
        assert check(name) == (2, f"tflint-gemm: {name}: neither a file nor a folder\n")
    server.close()
    assert check(".")[0] == 0


@posix
def test_a_file_that_becomes_a_pipe_is_not_waited_for(project: Path) -> None:
    os.mkfifo("a.py")
    report = engine.run_task(engine.Task("a.py", Config()))
    assert [finding.message for finding in report.findings] == ["cannot be read: not a regular file"]


@pytest.mark.parametrize("size", [0, 5, 11])
def test_all_of_a_file_is_read_that_is_larger_than_the_system_says(
    project: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Files of ``/proc`` are said to be empty, and one that is written meanwhile grows."""
    Path("a.py").write_bytes(b"0123456789")
    true = os.fstat

    def told(handle: int) -> os.stat_result:
        values = list(true(handle))
        values[stat.ST_SIZE] = size
        return os.stat_result(values)

    monkeypatch.setattr(os, "fstat", told)
    assert reading.read_bytes("a.py") == b"0123456789"


@posix
def test_links_that_lead_nowhere(project: Path) -> None:
    os.symlink("missing.py", "broken.py")
    os.symlink("circle.py", "circle.py")
    os.symlink(".", "folder")
    Path("a.py").write_bytes(HEAD + FAULT)
    status, output = check("broken.py", "circle.py", "a.py")
    assert status == 2
    assert "broken.py: no such file or folder" in output
    assert "circle.py: no such file or folder" in output
    assert "a.py:2:1: TFG201" in output
    status, output = check(".")
    assert status == 1
    assert output.count("TFG201") == 1, "a folder that is a loop is gone through once"


def test_a_file_that_cannot_be_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.py").write_bytes(HEAD)

    def refuse(path: str) -> bytes:  # permissions alone do not stop root
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading, "read_bytes", refuse)
    report = engine.run_task(engine.Task("a.py", Config()))
    assert [(finding.code, finding.message) for finding in report.findings] == [
        ("TFG000", "cannot be read: Permission denied")
    ]


def test_a_file_that_vanishes(project: Path) -> None:
    report = engine.run_task(engine.Task("gone.py", Config(), fix="safe", write=True))
    assert [finding.message for finding in report.findings] == ["cannot be read: No such file or directory"]
    assert os.listdir() == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_a_file_larger_than_memory_is_not_read(project: Path) -> None:
    with open("large.py", "wb") as file:
        file.write(HEAD)
        file.truncate(1 << 36)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from tflint_gemm.cli import main; main(['--format', 'concise', '--no-cache', 'large.py'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.startswith("large.py:1:1: TFG002 the file has"), done.stderr
    assert done.returncode == 0


@posix
def test_standard_input_without_end(project: Path) -> None:
    with open("/dev/zero", "rb") as zero:
        done = subprocess.run(
            [sys.executable, "-m", "tflint_gemm", "-"],
            stdin=zero,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 2
    assert "more on standard input than is analysed" in done.stderr


# ------------------------------------------------------------------------------------------------- configuration


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[tool.tflint-gemm", "not TOML"),
        (b"\xff\xfe[tool]", "not TOML"),
        (b"a = " + b"[" * 5000, "TOML nested too deeply"),
        (b"a = " + b"9" * 5000, "not TOML"),
        (b"[tool]\ntflint-gemm = 3", "must be a table"),
        (b"[tool.tflint-gemm]\nmax-stepz = 3", "did you mean 'max-steps'?"),
        (b"[tool.tflint-gemm]\nmax-steps = 0", "is 0, and must be a positive whole number"),
        (b"[tool.tflint-gemm]\nexclude = 'a'", "is 'a', and must be a list of strings"),
    ],
)
def test_a_broken_configuration_is_one_message(project: Path, content: bytes, said: str) -> None:
    Path("a.py").write_bytes(HEAD + FAULT)
    Path("pyproject.toml").write_bytes(content)
    status, output = check("a.py")
    assert status == 2
    assert said in output
    assert output.count("pyproject.toml") == 1


@posix
def test_what_is_no_configuration_is_passed_over(project: Path) -> None:
    Path("a.py").write_bytes(HEAD + FAULT)
    os.mkfifo("pyproject.toml")
    os.mkfifo(".gitignore")
    assert check(".")[0] == 1
    os.unlink("pyproject.toml")
    os.mkdir("pyproject.toml")
    os.unlink(".gitignore")
    Path(".gitignore").write_bytes(b"!\n[\n\\\n\xff\xfe\n/\n//\n!/\n[z-a]\nb.py\n")
    Path("b.py").write_bytes(HEAD + FAULT)
    status, output = check(".")
    assert (status, output.count("TFG201"), "b.py" in output) == (1, 1, False)


@pytest.mark.parametrize("place", ["exclude", "per-file-ignores", ".gitignore"])
def test_patterns_that_take_for_ever_are_passed_over(project: Path, place: str) -> None:
    bomb = "*a" * 30 + "b"
    (project / f"{'a' * 60}.py").write_bytes(HEAD + FAULT)
    Path(".gitignore").write_text(f"{bomb}\n" if place == ".gitignore" else "", "utf-8")
    setting = {"exclude": f"exclude = ['{bomb}']", "per-file-ignores": f"per-file-ignores = {{'{bomb}' = ['TFG2']}}"}
    Path("pyproject.toml").write_text(f"[tool.tflint-gemm]\n{setting.get(place, '')}\n", "utf-8")
    assert check(".")[0] == 1


@posix
def test_a_name_with_a_line_break_makes_no_line(project: Path) -> None:
    Path("a\nb.py:1:1: TFG101 x.py").write_bytes(HEAD + FAULT)
    for form in ("concise", "text"):
        _, output = check("--format", form, ".")
        assert "\nb.py" not in output
        assert "a\\x0ab.py:1:1: TFG101 x.py:2:1" in output


# ------------------------------------------------------------------------------------------------- writing

STALE = HEAD + b"x = 1  # noqa: TFG101\n"


def fixed(path: str) -> FileReport:
    return engine.run_task(engine.Task(path, Config(), fix="safe", write=True))


@pytest.fixture
def stale(project: Path) -> Path:
    file = project / "a.py"
    file.write_bytes(STALE)
    return file


def untouched(stale: Path) -> bool:
    return stale.read_bytes() == STALE and os.listdir(stale.parent) == ["a.py"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_a_disk_without_room(stale: Path) -> None:
    """A limit on the size of files is as a full disk is: writing fails half-way."""
    text = HEAD + b"y = 2\n" * 2000 + b"x = 1  # noqa: TFG101\n"
    stale.write_bytes(text)
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from tflint_gemm.cli import main; main(['--fix', '--no-cache', 'a.py'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "tflint-gemm: a.py: cannot be written: File too large\n"
    assert stale.read_bytes() == text
    assert os.listdir() == ["a.py"]


def failing(number: int, text: str) -> Callable[..., None]:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(number, text)

    return fail


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_each_step_of_writing_may_fail(stale: Path, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    monkeypatch.setattr(os, function, failing(28, "No space left on device"))
    assert fixed("a.py").failure == "cannot be written: No space left on device"
    assert untouched(stale)


def test_a_file_that_changes_while_it_is_checked(stale: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = repair.repair

    def meanwhile(*arguments: object, **options: object) -> object:
        stale.write_bytes(STALE + b"# and more\n")
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(repair, "repair", meanwhile)
    report = fixed("a.py")
    assert report.failure == "the file changed while it was checked; it is left as it is"
    assert stale.read_bytes() == STALE + b"# and more\n"
    assert os.listdir() == ["a.py"]


def test_a_file_that_vanishes_while_it_is_checked(stale: Path) -> None:
    stale.unlink()
    with pytest.raises(WriteError, match="cannot be written"):
        repair.write(str(stale), STALE, b"after")
    assert os.listdir() == []


@posix
def test_a_file_that_may_not_be_written_is_not_replaced(stale: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale.chmod(0o444)
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and real(path, mode))  # root may anything
    assert fixed("a.py").failure == "cannot be written: Permission denied"
    assert untouched(stale)


@posix
def test_whose_a_file_is_stays(stale: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root gives files away")
    os.chown(stale, 12345, 12346)
    stale.chmod(0o4751)
    assert fixed("a.py").failure is None
    status = stale.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12345, 12346, 0o4751)
    assert stale.read_bytes() == HEAD + b"x = 1\n"


def test_the_files_of_a_run_are_closed(project: Path) -> None:
    for number in range(60):
        Path(f"f{number}.py").write_bytes(STALE)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = len(os.listdir("/dev/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened + 20, hard))
    try:
        done = CliRunner().invoke(main, ["--fix", "--jobs", "1", "--no-cache", "."])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert done.exit_code == 0, done.output
