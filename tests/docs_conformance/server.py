"""Runs blocks that it reads from its standard input, each in a fork of a process that has imported TensorFlow.

One line of JSON in, one out.  A block that takes too long is killed; what it did to TensorFlow dies with it.
"""

from __future__ import annotations

import json
import os
import random
import resource
import select
import signal
import sys
import tempfile
import time
from typing import Any

LARGEST_FILE = 1 << 28
MEMORY = 12 << 30
TRIES = 5
"""How often a block that raises is run: what raises by the luck of a random draw does not do so every time."""


def main() -> None:
    """Serve until the input ends."""
    from tests.docs_conformance import execution

    execution.prepare()
    # What examples print, and what TensorFlow logs, must not come between our answers.
    answers = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(_run(request, request.pop("seconds"))) + "\n")
        answers.flush()


def _run(request: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What happens in a block: all that was ever seen, and the failures that occur each time."""
    found = _run_in_child(request, seconds)
    for _ in range(TRIES - 1):
        if not found.get("failures"):
            break
        again = _run_in_child(request, seconds)
        if again["ended"]:
            found = merged(found, again)
    return found


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """What two runs of a block tell together."""
    places: dict[str, tuple[Any, list[Any]]] = {}
    for place, observations in (*first["observed"], *second["observed"]):
        known = places.setdefault(json.dumps(place), (place, []))[1]
        known.extend(one for one in observations if one not in known)
    raising = {failure["example"] for failure in second["failures"]}
    return {
        "observed": [[place, sorted(observations, key=str)] for place, observations in places.values()],
        "completed": [*first["completed"], *(one for one in second["completed"] if one not in first["completed"])],
        "failures": [failure for failure in first["failures"] if failure["example"] in raising],
        "ended": True,
    }


def _run_in_child(request: dict[str, Any], seconds: float) -> dict[str, Any]:
    reader, writer = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if child == 0:
            os.close(reader)
            _child(request, writer, folder)
        os.close(writer)
        output = _read(reader, time.monotonic() + seconds)
        if output is None:
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    os.close(reader)
    result: dict[str, Any] = json.loads(output) if output else {"ended": False}
    return result


def _child(request: dict[str, Any], writer: int, folder: str) -> None:
    """Never returns."""
    import numpy as np

    from tests.docs_conformance import examples, execution

    try:
        np.random.seed()  # a fork has the state of its parent
        random.seed()
        os.setpgid(0, 0)
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder, KERAS_HOME=folder)
        tempfile.tempdir = folder
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        block = examples.Block(request["api"], request["text"], tuple(request["starts"]))
        with os.fdopen(writer, "w") as pipe:
            pipe.write(json.dumps(execution.execute(block)))
    finally:
        os._exit(0)


def _read(reader: int, deadline: float) -> bytes | None:
    """All that comes; None if the end does not come in time."""
    parts = []
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        part = os.read(reader, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)


if __name__ == "__main__":
    main()
