"""Compare the op models with the installed TensorFlow, NumPy and Keras on made-up calls, and print what differs.

    python tools/conformance_ops.py --op numpy.dot --cases 100

Python's operators are there as "operator.add" and so on.  200 cases of one op take about a second, those of all ops
about an hour on one processor.  The exit status is 1 where there was a contradiction.  Ops of which no
call worked are named at the end.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import queue
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.conformance.asked import is_askable
from tests.conformance.models import models
from tests.conformance.reasons import reason
from tests.conformance.survey import HEADER, Row
from tests.conformance.worker import Worker


def rows(names: list[str], cases: int, jobs: int, asked: bool, seed: int) -> Iterator[Row]:
    """The row of each op, in order."""
    idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()

    def survey(name: str) -> Row:
        worker = idle.get()
        try:
            row: Row = worker.survey(name, cases, asked, seed)
            return row
        except RuntimeError as error:  # the other ops are still to be seen
            return Row(name, broken=str(error))
        finally:
            idle.put(worker)

    for _ in range(jobs):
        idle.put(Worker())
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(survey, names)


def main() -> int:
    """Print one line per op and every contradiction; the exit status says whether there was one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--op", action="append", default=[], help="canonical name or pattern (numpy.*), repeatable")
    parser.add_argument("--cases", type=int, default=200, help="cases per op (200)")
    parser.add_argument("--seed", type=int, default=0, help="another number makes other cases (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one per processor)")
    parser.add_argument("--show", type=int, default=3, help="contradictions to print per op")
    parser.add_argument("--missed", action="store_true", help="also print calls that raise where the model is silent")
    parser.add_argument("--brief", action="store_true", help="print only the table")
    parser.add_argument("--oracle", action="store_true", help="leave the models out, ask TensorFlow's own inference")
    parser.add_argument("--wrong", action="store_true", help="print only ops with contradictions")
    arguments = parser.parse_args()
    names = [
        name
        for name in sorted(models())
        if (not arguments.op or any(fnmatch.fnmatch(name, p) for p in arguments.op))
        and (not arguments.oracle or is_askable(name))
    ]
    if not names:
        parser.error(f"no model is called {', '.join(arguments.op)}")
    print(HEADER)
    cases = contradictions = failed = 0
    idle: list[str] = []
    for row in rows(names, arguments.cases, arguments.jobs, arguments.oracle, arguments.seed):
        cases += row.count
        contradictions += len(row.contradictions)
        failed += bool(row.contradictions or row.broken)
        idle += [] if row.worked else [row.name]
        if row.contradictions or row.broken or not arguments.wrong:
            print(row.line(), flush=True)
            if not arguments.brief:
                print(
                    *(f"{line}\n" for line in row.explanation(arguments.show, arguments.missed)),
                    sep="",
                    end="",
                    flush=True,
                )
    print(f"{len(names)} ops, {cases} cases, {contradictions} contradictions in {failed} ops")
    unexplained = [name for name in idle if reason(name) is None]
    print(f"no call of {len(idle)} ops worked, {len(idle) - len(unexplained)} of which no call can (reasons.py)")
    print("no call made up that works:", *(unexplained or ["none"]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
