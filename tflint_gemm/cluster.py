"""Checking on a cluster: the function that checks one file, run by the workers of Dask (``--executor dask``).

Workers read the files themselves, so they must see them under the same paths, and must have the same program.
"""

from __future__ import annotations

import hashlib
import os
import platform
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tflint_gemm import __version__, engine, project_files, rules
from tflint_gemm.engine import Executor, Task
from tflint_gemm.results import FileReport

if TYPE_CHECKING:
    from distributed import Client

CHUNK = 8  # files that a worker is given at once: neighbours need the same modules
AHEAD = 4  # chunks per worker that are sent before the first reports are back
CONNECT_SECONDS = 30
_working = threading.Lock()


class ClusterError(Exception):
    """A cluster that cannot be used; the message says what to do."""


@contextmanager
def opened(address: str | None, processes: int) -> Iterator[Executor]:
    """What does the work on the cluster at ``address``, by default one of ``processes`` on this machine.

    Raises ClusterError where there is none, or where it has another version of this program.
    """
    try:
        from dask import config
        from distributed import Client, LocalCluster
    except ImportError:
        raise ClusterError("--executor dask needs Dask: pip install 'tflint-gemm[dask]'") from None
    settings = {"distributed.admin.large-graph-warning-threshold": "1GiB", "distributed.scheduler.allowed-failures": 1}
    with config.set(settings):
        if address is not None:
            with _connected(address) as client:
                yield _executor(client)
            return
        options: dict[str, Any] = {"n_workers": processes, "threads_per_worker": 1, "dashboard_address": "localhost:0"}
        with LocalCluster(**options, silence_logs=50) as cluster, Client(cluster) as client:
            yield _executor(client)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ClusterError(f"--scheduler {address}: {error}") from None
    with client:
        if not client.nthreads():
            raise ClusterError(f"--scheduler {address}: this cluster has no workers")
        others = {worker for worker, told in client.run(program).items() if told != program()}
        if others:
            raise ClusterError(f"--scheduler {address}: other versions of Python or tflint-gemm on {sorted(others)}")
        if not all(client.run(os.path.isdir, os.getcwd()).values()):
            raise ClusterError(f"--scheduler {address}: its workers do not see the folder {os.getcwd()}")
        yield client


def program() -> str:
    """What tells this program from others, on whatever machine: its version, its files, and Python's version."""
    contents = hashlib.blake2b(digest_size=16)
    package = Path(__file__).parent
    for folder in (package, rules.pages_directory()):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".json", ".md")):
            contents.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__} {contents.hexdigest()} Python {platform.python_version()}"


def check(tasks: Sequence[Task], folder: str) -> list[FileReport]:
    """What a worker does, one chunk at a time however many threads it has; paths are relative to ``folder``."""
    with _working:
        project_files.forget()
        before = os.getcwd()
        os.chdir(folder)
        try:
            return [engine.run_task(task) for task in tasks]
        finally:
            os.chdir(before)


def _executor(client: Client) -> Executor:
    def execute(tasks: Sequence[Task]) -> Generator[FileReport]:
        chunks = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
        sent: list[Any] = []
        folder = os.getcwd()
        try:
            for index, chunk in enumerate(chunks):
                ahead = index + AHEAD * max(1, len(client.nthreads()))
                # Results depend on the files, of which Dask knows nothing: nothing is answered from memory.
                sent.extend(client.submit(check, more, folder, pure=False) for more in chunks[len(sent) : ahead])
                yield from _reports(client, chunk, sent[index])
                sent[index] = None  # what came back need not stay on the cluster
        finally:
            client.cancel([future for future in sent if future is not None])

    return execute


def _reports(client: Client, tasks: Sequence[Task], future: Any) -> Iterator[FileReport]:
    """The reports of a chunk; of one during which workers died again and again, each file for itself."""
    from distributed.scheduler import KilledWorker

    try:
        yield from future.result()
    except KilledWorker:
        if len(tasks) == 1:
            yield engine.killed(tasks[0])
            return
        for task in tasks:
            yield from _reports(client, [task], client.submit(check, [task], os.getcwd(), pure=False))
