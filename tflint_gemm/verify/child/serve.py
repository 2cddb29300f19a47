"""The child side of the sandbox: run by the project's interpreter, standard library only, told what to do on stdin.

``python -I child/ serve`` loads TensorFlow once and forks a fresh process per job, before any op has run, so that the
context and its threads are made in the fork.  ``python -I child/ once`` runs one job in this very process (where there
is no safe fork).  Both speak JSON, one object a line: jobs on the standard input, reports on the standard output.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from typing import IO, Any

from . import keeper, snippet


def load_tensorflow() -> str | None:
    """None, or why TensorFlow cannot be loaded."""
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        missing = getattr(error, "name", None)
        return "missing" if missing == "tensorflow" else f"TensorFlow cannot be imported: {error}"
    except Exception as error:  # a broken installation may raise anything at all
        return f"TensorFlow cannot be imported: {type(error).__name__}: {error}"
    return None


def take_over_streams() -> tuple[IO[str], IO[str]]:
    """The protocol's two files; the descriptors 0 and 1 then lead nowhere, so that no snippet can reach them."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    return requests, replies


def answer(replies: IO[str], message: dict[str, Any]) -> None:
    replies.write(json.dumps(message) + "\n")
    replies.flush()


def main(mode: str, folder: str, site_folders: list[str]) -> None:
    """Answers until the caller closes the input; then removes ``folder``, which a caller that was killed cannot."""
    sys.path += site_folders
    requests, replies = take_over_streams()
    started = time.monotonic()
    problem = load_tensorflow()
    try:
        answer(replies, {"ready": problem is None, "problem": problem, "seconds": time.monotonic() - started})
        for line in requests:
            job = json.loads(line)
            if mode == "once":
                snippet.run(job, job["folder"], replies.fileno())
            answer(replies, keeper.run(job, requests.fileno()))
    except BrokenPipeError:
        pass  # the caller has gone
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # what is left in the buffers has no reader
