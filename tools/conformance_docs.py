"""Compare what is inferred with what TensorFlow does on the examples in its own docstrings and in those of Keras.

    python tools/conformance_docs.py --api 'math.*' --show

Each block of ``>>>`` examples is run once under TensorFlow, in a process of its own; what its expressions evaluate to
is kept in ``.conformance/`` for the next time.
"""

from __future__ import annotations

import argparse
import fnmatch
import functools
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.docs_conformance import truth
from tests.docs_conformance.examples import Block
from tests.docs_conformance.judgement import Judged, judge
from tflint_gemm.verify import Sandbox, answers

VERDICTS = ("exact", "partial", "unknown", "WRONG")
SAVE_EVERY = 50  # blocks


def main() -> int:
    """Print the figures; the exit status says whether anything was WRONG or a false alarm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", action="append", default=[], help="canonical name or pattern (math.*), repeatable")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that run examples")
    parser.add_argument("--seconds", type=float, default=60.0, help="time that one block may take")
    parser.add_argument("--show", action="store_true", help="print every expression that is not exactly known")
    parser.add_argument("--program", action="store_true", help="print the blocks as programs too")
    parser.add_argument("--unmodelled", type=int, default=25, help="so many of the most frequent names without a model")
    parser.add_argument("--oracle", action="store_true", help="ask TensorFlow about what has no model")
    arguments = parser.parse_args()
    patterns = arguments.api or ["*"]
    blocks, truths = truth.load()
    chosen = [block for block in blocks if any(fnmatch.fnmatch(block.api, pattern) for pattern in patterns)]
    _complete(blocks, chosen, truths, arguments.seconds, arguments.jobs)
    judged = _judge([(block, truths[block.key]) for block in chosen if truths[block.key]["ended"]], arguments.oracle)
    _print_each(judged, arguments.show, arguments.program)
    _print_raised(judged)
    _print_unmodelled(judged, arguments.unmodelled)
    _print_totals(judged, len(chosen) - len(judged))
    return 1 if any(one.wrong or one.false_alarms for one in judged) else 0


def _judge(pairs: Sequence[tuple[Block, dict[str, Any]]], with_oracle: bool) -> list[Judged]:
    """The verdict on each block; what TensorFlow answers is kept beside the truths."""
    if not with_oracle:
        return [judge(block, seen) for block, seen in pairs]
    with Sandbox() as sandbox, answers.opened(sandbox, truth.cache_file().parent) as inference:
        assert inference is not None, "TensorFlow is not installed"
        return [inference.settled(functools.partial(judge, block, seen)) for block, seen in pairs]


def _complete(
    blocks: Sequence[Block], chosen: Sequence[Block], truths: truth.Truths, seconds: float, jobs: int
) -> None:
    """Run the blocks whose truth is not known yet."""
    missing = [block for block in chosen if block.key not in truths]
    for start in range(0, len(missing), SAVE_EVERY):
        part = missing[start : start + SAVE_EVERY]
        truths.update((block.key, seen) for block, seen in truth.execute(part, seconds, jobs))
        truth.save(blocks, truths)
        print(f"ran {start + len(part)} of {len(missing)} blocks", file=sys.stderr, flush=True)


def _print_each(judged: Sequence[Judged], show: bool, program: bool) -> None:
    """A line per API that is not exactly known, and what is wrong."""
    print(f"{'':50} {'exact':>6} {'partly':>6} {'unkn.':>6} {'WRONG':>6}")
    for one in judged:
        if one.verdicts["exact"] < one.verdicts.total() or one.false_alarms:
            print(f"{one.block.api:50} " + " ".join(f"{one.verdicts[verdict]:6}" for verdict in VERDICTS))
        if program:
            print("    | " + one.block.text.replace("\n", "\n    | "))
        for text in (*one.wrong, *(one.poor if show else ())):
            print(f"    {text}")
        for text in one.false_alarms:
            print(f"    FALSE ALARM {text}")


def _print_raised(judged: Sequence[Judged]) -> None:
    raised = [(one.block.api, text, flagged) for one in judged for text, flagged in one.raised]
    for api, text, flagged in raised:
        if not flagged:
            print(f"raises and is not flagged: {api}: {text}")
    print(f"{len(raised)} examples raise an error of shapes or dtypes, {sum(f for *_, f in raised)} are flagged")


def _print_unmodelled(judged: Sequence[Judged], count: int) -> None:
    names: Counter[str] = Counter()
    for one in judged:
        names.update(one.unmodelled)
    print("without a model: " + ", ".join(f"{name} {number}" for name, number in names.most_common(count)))


def _print_totals(judged: Sequence[Judged], unfinished: int) -> None:
    verdicts: Counter[str] = Counter()
    for one in judged:
        verdicts.update(one.verdicts)
    total = max(1, verdicts.total())
    print(f"{len(judged)} blocks ({unfinished} more did not end), {verdicts.total()} tensor-valued expressions:")
    print(", ".join(f"{name} {verdicts[name]} ({verdicts[name] / total:.1%})" for name in VERDICTS))
    print(f"{sum(len(one.false_alarms) for one in judged)} false alarms")


if __name__ == "__main__":
    sys.exit(main())
