"""The child side of the sandbox: run by the project's interpreter, standard library only, told what to do on stdin.

``python -I child/ serve`` loads TensorFlow once and forks a fresh process per job, before any op has run, so that the
context and its threads are made in the fork.  ``python -I child/ once`` runs one job in this very process (where there
is no safe fork).  Both speak JSON, one object a line: jobs on the standard input, reports on the standard output.
"""

import json
import os
import sys
import time

CHILD_FOLDER = os.path.dirname(os.path.abspath(__file__))


def load_tensorflow():
    """None, or why TensorFlow cannot be loaded."""
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        missing = getattr(error, "name", None)
        return "missing" if missing == "tensorflow" else f"TensorFlow cannot be imported: {error}"
    except Exception as error:  # a broken installation may raise anything at all
        return f"TensorFlow cannot be imported: {type(error).__name__}: {error}"
    return None


def take_over_streams():
    """The protocol's two files; the descriptors 0 and 1 then lead nowhere, so that no snippet can reach them."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    return requests, replies


def answer(replies, message):
    replies.write(json.dumps(message) + "\n")
    replies.flush()


def main(mode, site_folders):
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != CHILD_FOLDER] + site_folders
    requests, replies = take_over_streams()
    limits.die_with_parent()
    started = time.monotonic()
    problem = load_tensorflow()
    answer(replies, {"ready": problem is None, "problem": problem, "seconds": time.monotonic() - started, "pid": os.getpid()})
    if problem is not None:
        return
    for line in requests:
        job = json.loads(line)
        if mode == "once":
            snippet.run(job, job["folder"], replies.fileno())
        answer(replies, keeper.run(job, requests.fileno()))


if __name__ == "__main__":
    sys.path.insert(0, CHILD_FOLDER)
    import keeper
    import limits
    import snippet

    main(sys.argv[1], sys.argv[2:])
