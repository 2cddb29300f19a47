"""Checking on a real cluster of two workers gives what checking here gives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dask import config
from distributed import Client, LocalCluster, WorkerPlugin

from tflint_gemm import cluster, engine
from tflint_gemm.config import Config
from tflint_gemm.engine import Task
from tflint_gemm.results import FileReport

ROOT = Path(__file__).parent.parent
BAD = (
    "import tensorflow as tf\nfrom sizes import N\n\n"
    "c = tf.matmul(tf.zeros([2, N]), tf.zeros([{rows}, 5]))\n"
    "d = tf.matmul(tf.zeros([2, 3]), tf.zeros([3, 5], tf.float64))\n"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the libraries that a cluster is made of
]


class Deadly(WorkerPlugin):
    """Makes some files the end of every worker that checks them."""

    def setup(self, worker: object) -> None:
        check = engine.run_task

        def run_task(task: Task) -> FileReport:
            if os.path.basename(task.path) == "deadly.py":
                os._exit(1)
            return check(task)

        engine.run_task = run_task  # in the process of the worker only


@contextmanager
def started() -> Iterator[str]:
    options = {"n_workers": 2, "threads_per_worker": 2, "dashboard_address": "localhost:0", "silence_logs": 50}
    with config.set({"distributed.scheduler.allowed-failures": 1}), LocalCluster(**options) as local:
        yield local.scheduler_address


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with started() as address:
        yield address


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "sizes.py").write_text("N = 3\n")
    for number in range(40):
        (tmp_path / f"part_{number:02}.py").write_text(BAD.format(rows=3 if number % 3 else 4))
    (tmp_path / "broken.py").write_text("import tensorflow as tf\nx = (\n")
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    words = [sys.executable, "-m", "tflint_gemm", ".", "--isolated", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_cluster_gives_the_same(scheduler, project, form):
    here = run(project, "--format", form, "--no-cache", "--jobs", "1")
    assert here[0] == 1
    assert here[1].count("part_") > 40
    there = run(project, "--format", form, "--executor", "dask", "--scheduler", scheduler)
    assert there == here
    again = run(project, "--format", form, "--executor", "dask", "--scheduler", scheduler)
    assert again == here  # from the cache that the first run left


def test_other_modules_are_read_anew(scheduler, project):
    arguments = ("--no-cache", "--format", "concise", "--executor", "dask", "--scheduler", scheduler)
    before = run(project, *arguments)
    (project / "sizes.py").write_text("N = 4\n")
    after = run(project, *arguments)
    assert after != before
    assert after == run(project, "--no-cache", "--format", "concise", "--jobs", "1")


def test_fixes_are_written(scheduler, project):
    status, shown, _ = run(project, "--fix", "--executor", "dask", "--scheduler", scheduler)
    assert (status, "Fixed 40 findings" in shown) == (1, True), shown
    assert (project / "part_01.py").read_text() != BAD.format(rows=3)


def test_without_an_address_a_cluster_is_started_here(project):
    here = run(project, "--format", "concise", "--no-cache")
    assert run(project, "--format", "concise", "--no-cache", "--executor", "dask", "--jobs", "2") == here


def test_workers_that_die_cost_one_file(project):
    (project / "deadly.py").write_text("import tensorflow as tf\n")
    tasks = [Task(str(path), Config(root=project)) for path in sorted(project.glob("*.py"))]
    with started() as address, Client(address) as client:
        client.register_plugin(Deadly())
        with cluster.opened(address, 2) as execute:
            reports = list(execute(tasks))
    assert [report.path for report in reports] == [task.path for task in tasks]
    lost = [report for report in reports if report.failure is not None]
    assert [os.path.basename(report.path) for report in lost] == ["deadly.py"]
    assert "was killed" in str(lost[0].failure)
    others = [task for task in tasks if not task.path.endswith("deadly.py")]
    alive = [report.findings for report in reports if report.failure is None]
    assert alive == [engine.run_task(task).findings for task in others]


def plant_another_version() -> None:
    cluster.program = lambda: "0.0.1"


def test_what_cannot_be_used_is_said(scheduler, project):
    status, _, said = run(project, "--scheduler", scheduler)
    assert (status, "--scheduler is for --executor dask" in said) == (2, True)
    status, _, said = run(project, "--executor", "dask", "--scheduler", "nowhere")
    assert (status, "--scheduler nowhere: " in said) == (2, True), said
    with started() as address, Client(address) as client:
        client.run(plant_another_version)
        status, _, said = run(project, "--executor", "dask", "--scheduler", address)
    assert (status, "other versions of Python or tflint-gemm on" in said) == (2, True), said


def test_without_dask_it_is_said_how_to_get_it(project):
    code = "import sys; sys.modules['dask'] = None; from tflint_gemm.cli import main; main(['.', '--executor', 'dask'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'tflint-gemm[dask]'" in done.stderr
