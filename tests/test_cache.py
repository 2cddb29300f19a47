"""Results from the cache are what would be found out anew, whatever happened in between."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from tflint_gemm import cache as caching
from tflint_gemm import engine
from tflint_gemm.cache import Cache
from tflint_gemm.config import Config
from tflint_gemm.engine import Task
from tflint_gemm.results import FileReport

ROOT = Path(__file__).parent.parent
TENSORS = [
    "import tensorflow as tf\nW = tf.zeros([{a}, {b}])\n",
    "import tensorflow as tf\nW = tf.zeros([{a}, {b}], tf.float64)\n",
    "import tensorflow as tf\ndef make(n={a}):\n    return tf.zeros([n, {b}])\nW = make()\n",
]
OTHERS = [
    "from {other} import W\n",
    "from {other} import *\n",
    "from .{other} import W\nimport {other}\n",
    "import {other} as m\nW = m.W\n",
    "W = None\n",
    "W = (\n",
]
MAIN = "import tensorflow as tf\nfrom {other} import W\nx = tf.matmul(tf.zeros([2, 3]), W)\ny = tf.concat([W, x], 0)\n"
MAINS = ("main.py", "deep/main.py", "deep/er/main.py")
NAMES = ("one", "two")
PLACES = ("{}.py", "{}.py", "{}/__init__.py", "src/{}.py", "deep/{}.py", "deep/er/{}.py", "{}/part.py")
MARKERS = ("pyproject.toml", "deep/setup.py", "deep/__init__.py", "deep/er/__init__.py")


def same(one: FileReport, other: FileReport) -> bool:
    """Whether two reports say the same; what they depend on is not said."""
    skipped = {"digest", "project", "source"}
    said = all(getattr(one, item.name) == getattr(other, item.name) for item in fields(one) if item.name not in skipped)
    return said and shown(one) == shown(other)


def shown(report: FileReport) -> object:
    """What the findings point into, without what is worked out of it."""
    source = report.source
    return source and (source.path, source.text, source.encoding, source.bom, source.cells)


def edit(folder: Path, chance: random.Random) -> None:
    """Write, remove or change one file of a small project."""
    kind = chance.random()
    if kind < 0.1:
        path, texts = folder / chance.choice(MARKERS), [""]
    elif kind < 0.2 or not (folder / MAINS[0]).exists():
        path, texts = folder / chance.choice(MAINS), [MAIN]
    else:
        path, texts = folder / chance.choice(PLACES).format(chance.choice(NAMES)), [*TENSORS, *TENSORS, *OTHERS]
    if path.exists() and path.name != "main.py" and chance.random() < 0.4:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = {"a": chance.choice((2, 3)), "b": chance.choice((3, 4))}
    path.write_text(chance.choice(texts).format(**numbers, other=chance.choice(NAMES)))


@pytest.mark.parametrize("seed", range(6))
def test_what_is_kept_is_what_would_be_found(tmp_path, seed):
    chance = random.Random(seed)
    folder, kept = tmp_path / "project", tmp_path / "cache"
    config = Config(root=folder)
    seen: dict[str, list[FileReport]] = {}
    hits = changes = 0
    for _ in range(80):
        edit(folder, chance)
        tasks = [Task(str(path), config) for path in sorted(folder.rglob("*.py"))]
        cache = Cache(kept)
        hits += sum(cache.report(task) is not None for task in tasks)
        found = list(engine.run(tasks, 1, cache=Cache(kept)))
        anew = list(engine.run(tasks, 1))
        for one, other in zip(found, anew, strict=True):
            assert same(one, other), (one.path, one.findings, other.findings)
            before = seen.setdefault(one.path, [])
            changes += bool(before) and before[-1].findings != one.findings
            before.append(one)
    assert hits > 100
    assert changes >= 5


# --- a project ------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "weights.py").write_text("import tensorflow as tf\nW = tf.zeros([4, 5])\n")
    (folder / "main.py").write_text(
        "import tensorflow as tf\nfrom weights import W\na = tf.matmul(tf.zeros([2, 3]), W)\n"
        "b = tf.matmul(tf.zeros([2, 4], tf.float64), W)\nc = tf.cast(b, tf.int32)  # noqa: TFG101\n"
    )
    cell = {"cell_type": "code", "source": "import tensorflow as tf\ntf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5]))\n"}
    (folder / "notebook.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}))
    (folder / "other.py").write_text("print('nothing of ours')\n")
    return folder


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were analysed."""
    paths: list[str] = []
    check = engine.run_task

    def run_task(task: Task) -> FileReport:
        paths.append(os.path.basename(task.path))
        return check(task)

    monkeypatch.setattr(engine, "run_task", run_task)
    return paths


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tflint_gemm", *arguments]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def checked(folder: Path, *arguments: str, **options: object) -> list[FileReport]:
    tasks = [Task(name, Config(root=folder, **options)) for name in ("main.py", "notebook.ipynb", "other.py")]  # type: ignore[arg-type]
    return list(engine.run(tasks, 1, cache=Cache(folder / "kept")))


@pytest.mark.parametrize("form", ["text", "concise", "json", "github", "sarif"])
def test_every_format_is_the_same_byte_for_byte(project, form):
    first, second, third = (command(".", "--format", form, *more, folder=project) for more in ([], [], ["--no-cache"]))
    assert first.stdout == second.stdout == third.stdout
    assert first.returncode == second.returncode == third.returncode == 1
    assert (project / ".tflint_gemm_cache" / ".gitignore").read_text() == "*\n"
    assert [item.stderr for item in (first, second, third)] == ["", "", ""]


def test_a_second_run_analyses_nothing_and_imports_nothing_for_it(project):
    heavy = ("libcst", "tflint_gemm.interpreter", "tflint_gemm.ops", "tflint_gemm.checks", "tflint_gemm.domain",
             "multiprocessing", "concurrent", "difflib")  # fmt: skip
    assert command(".", folder=project).returncode == 1
    code = (
        "import sys, atexit\n"
        "from tflint_gemm.cli import main\n"
        f"atexit.register(lambda: print([name for name in sys.modules if name.startswith({heavy})]))\n"
        "main(['.'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "[]"


def test_only_what_may_have_changed_is_analysed_again(project, analysed):
    checked(project)
    assert sorted(set(analysed)) == ["main.py", "notebook.ipynb"]
    analysed.clear()
    checked(project)
    assert analysed == []
    os.utime(project / "main.py")  # a checkout changes stamps, not contents
    checked(project)
    assert analysed == []
    (project / "weights.py").write_text("import tensorflow as tf\nW = tf.zeros([3, 5])\n")
    assert not any("TFG201" in finding.code for finding in checked(project)[0].findings)
    assert analysed == ["main.py"]
    analysed.clear()
    (project / "weights").mkdir()
    (project / "weights" / "__init__.py").write_text("import tensorflow as tf\nW = tf.zeros([6, 5])\n")
    assert any("TFG201" in finding.code for finding in checked(project)[0].findings)  # a package comes first
    assert analysed == ["main.py"]
    analysed.clear()
    checked(project, device_memory=2**20)
    assert analysed == ["main.py", "notebook.ipynb"]
    analysed.clear()
    checked(project, jobs=3, respect_gitignore=False)
    assert analysed == []


def test_another_program_does_not_use_what_this_one_kept(project, analysed, monkeypatch):
    checked(project)
    analysed.clear()
    monkeypatch.setattr(caching, "_program", lambda: "0.0.1 other")
    checked(project)
    assert analysed == ["main.py", "notebook.ipynb"]


def test_the_program_is_told_by_its_files(monkeypatch, tmp_path):
    package = tmp_path / "package"
    (package / "data").mkdir(parents=True)
    (package / "one.py").write_text("1\n")
    monkeypatch.setattr(caching, "_PACKAGE", package)
    told = []
    for change in ("two.py", "data/table.json", "one.py"):
        caching._program.cache_clear()
        told.append(caching._program())
        (package / change).write_text("changed\n")
    caching._program.cache_clear()
    told.append(caching._program())
    monkeypatch.undo()
    caching._program.cache_clear()
    assert len(set(told)) == 4


# --- damage ---------------------------------------------------------------------------------------------------------


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".gitignore")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"TFG201", b"TFG202").replace(b'"suppressed":0', b'"suppressed":1'),
        lambda data: b"\xff" + data,
        lambda data: b"\0" * len(data),
    ],
    ids=["empty", "half", "changed", "not text", "zeros"],
)
def test_damaged_entries_are_passed_over(project, analysed, damage):
    before = checked(project)
    for path in entries(project / "kept"):
        path.write_bytes(damage(path.read_bytes()))
    analysed.clear()
    assert all(map(same, checked(project), before))
    assert analysed == ["main.py", "notebook.ipynb"]
    analysed.clear()
    checked(project)
    assert analysed == []


@pytest.mark.parametrize(
    "text",
    ["[]", "7", "{}", "null", '{"project": {}}', "[" * 100_000]
    + [
        json.dumps({"findings": findings, "project": asked, "suppressed": 0, "unmodelled": {}})
        for findings, asked in (
            ([[]], {}), ([["", [1, 1, 1], "TFG201", "", "error", "", [], None, None, None]], {}), ("abc", {}),
            ([["", [1, 1, 1, 2, None], "TFG201", 3, "error", "", [], None, None, None]], {}),
            ([["", [1, 1, 1, 2, None], "TFG201", "", "fatal", "", [], None, None, None]], {}),
            ([["", [1, 1, 1, 2, None], "TFG201", "", "error", "", [], None, ["safe", "", [[1, 2]], 4], None]], {}),
            ([], {"content": None}), ([], {"module\0here\0there\0far": None}),
            ([], {"folder\0/\0\0" + "0": 7}), ([], 3),
        )
    ],
)  # fmt: skip
def test_entries_that_somebody_made_up_are_passed_over(project, analysed, text):
    before = checked(project)
    for path in entries(project / "kept"):
        path.write_text(f"{caching._told(text)}\n{text}")
    analysed.clear()
    assert all(map(same, checked(project), before))
    assert analysed == ["main.py", "notebook.ipynb"]


def test_pipes_are_not_waited_for(project, analysed):
    before = checked(project)
    for path in entries(project / "kept"):
        path.unlink()
        os.mkfifo(path)
    analysed.clear()
    assert all(map(same, checked(project), before))
    assert analysed == ["main.py", "notebook.ipynb"]
    os.mkfifo(project / "pipe.py")
    (report,) = engine.run([Task("pipe.py", Config(root=project))], 1, cache=Cache(project / "kept"))
    assert [finding.code for finding in report.findings] == ["TFG000"]


def test_the_folder_may_be_deleted_at_any_time(project, monkeypatch):
    before = checked(project)
    shutil.rmtree(project / "kept")
    assert all(map(same, checked(project), before))
    assert entries(project / "kept")
    keep = Cache.keep

    def deleted_before(cache: Cache, task: Task, report: FileReport) -> None:
        shutil.rmtree(project / "kept", ignore_errors=True)
        keep(cache, task, report)

    monkeypatch.setattr(Cache, "keep", deleted_before)
    (project / "main.py").write_text((project / "main.py").read_text() + "\n")
    assert checked(project)[0].findings == before[0].findings


def test_a_folder_that_cannot_be_written_is_noted_once(project):
    (project / ".tflint_gemm_cache").write_text("in the way")
    done = command(".", "--format", "concise", folder=project)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "nothing is kept for the next run: " in done.stderr
    assert done.stdout == command(".", "--format", "concise", "--no-cache", folder=project).stdout


def test_where_it_is_and_that_it_can_be_switched_off(project, tmp_path):
    assert command(".", "--no-cache", folder=project).stderr == ""
    assert not (project / ".tflint_gemm_cache").exists()
    assert command(".", "--cache-dir", str(tmp_path / "elsewhere"), folder=project).returncode == 1
    assert not (project / ".tflint_gemm_cache").exists()
    assert len(entries(tmp_path / "elsewhere")) == 3  # of main.py, weights.py and the notebook
    assert command("-", "--stdin-filename", "main.py", folder=project).returncode == 0
    assert not (project / ".tflint_gemm_cache").exists()
    (project / "sub").mkdir()
    (project / "pyproject.toml").write_text("[tool.tflint-gemm]\n")
    assert command("../main.py", folder=project / "sub").returncode == 1
    assert (project / ".tflint_gemm_cache").is_dir()


# --- together -------------------------------------------------------------------------------------------------------


def test_many_processes_at_once(project):
    for number in range(12):
        (project / f"more_{number}.py").write_text((project / "main.py").read_text() + f"x = {number}\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tflint_gemm", ".", "--format", "json", "--jobs", "2"]
    running = [subprocess.Popen(words, cwd=project, env=environment, stdout=subprocess.PIPE) for _ in range(3)]
    printed = {process.communicate()[0] for process in running}
    assert len(printed) == 1
    assert printed == {command(*words[3:], folder=project).stdout.encode()}
    assert not [path for path in entries(project / ".tflint_gemm_cache") if path.name.startswith(".new-")]


def test_it_does_not_grow_without_end(project):
    tasks = []
    for number in range(300):
        path = project / f"small_{number}.py"
        path.write_text(f"import tensorflow as tf\n# {number}\n")
        tasks.append(Task(str(path), Config(root=project)))
    list(engine.run(tasks, 1, cache=Cache(project / "kept")))
    sizes = [path.stat().st_size for path in entries(project / "kept")]
    assert len(sizes) == 300
    shards = [path for path in (project / "kept" / "results").iterdir() if len(entries(path)) > 1]
    old = {shard: entries(shard)[-1] for shard in shards}
    for path in old.values():
        os.utime(path, (1, 1))
    left = project / "kept" / "results" / shards[0].name / ".new-left"
    left.write_text("of a process that was killed")
    os.utime(left, (1, 1))
    limit = 2 * max(sizes)
    cache = Cache(project / "kept", 256 * limit)
    for task in tasks:
        cache.keep(task, engine.run_task(task))  # counts as written, with new stamps
    for path in old.values():
        os.utime(path, (1, 1))
    cache.tidy()
    assert not left.exists()
    for shard in shards:
        assert sum(path.stat().st_size for path in entries(shard)) <= limit
        assert old[shard].exists() == (len(entries(shard)) == 2 and old[shard] in entries(shard))
    assert any(not path.exists() for path in old.values())
    assert all(map(same, engine.run(tasks, 1, cache=Cache(project / "kept")), engine.run(tasks, 1)))


def test_what_is_used_is_not_the_oldest(project):
    checked(project)
    for path in entries(project / "kept"):
        os.utime(path, (1, 1))
    checked(project)
    assert all(path.stat().st_mtime > 1 for path in entries(project / "kept"))


# --- fixes ----------------------------------------------------------------------------------------------------------


def test_fixes_come_from_the_cache_and_are_applied_to_the_file(project, analysed):
    plain = checked(project)
    fixable = [finding for finding in plain[0].findings if finding.fix is not None and finding.fix.safety == "safe"]
    assert fixable
    assert checked(project)[0].findings == plain[0].findings
    fixing = [Task("main.py", Config(root=project), "safe", write=False)]
    cached, anew = (list(engine.run(fixing, 1, cache=cache)) for cache in (Cache(project / "kept"), None))
    assert all(map(same, cached, anew))
    assert cached[0].diff
    analysed.clear()
    (clean,) = engine.run([Task("notebook.ipynb", Config(root=project), "safe")], 1, cache=Cache(project / "kept"))
    assert analysed == []
    assert same(clean, engine.run_task(Task("notebook.ipynb", Config(root=project), "safe")))
    list(engine.run([Task("main.py", Config(root=project), "safe", write=True)], 1, cache=Cache(project / "kept")))
    assert not any(finding.fix in [one.fix for one in fixable] for finding in checked(project)[0].findings)
