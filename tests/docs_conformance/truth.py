"""The blocks and what TensorFlow made of them, kept on disk for each version of TensorFlow and Keras."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

from .examples import Block

ROOT = Path(__file__).resolve().parents[2]
FORMAT = 2  # to be raised when something else is recorded
Truths = dict[str, dict[str, Any]]


def cache_file() -> Path:
    """Where the truth for the installed versions is kept."""
    distributions = metadata.packages_distributions()  # tensorflow's may be tensorflow-cpu
    versions = "-".join(
        f"{name}-{metadata.version(distributions[name][0])}" for name in ("tensorflow", "keras", "numpy")
    )
    return ROOT / ".conformance" / f"docs-{FORMAT}-{versions}.json"


def load() -> tuple[list[Block], Truths]:
    """The blocks, and the truth about those that ran already."""
    path = cache_file()
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        blocks = [Block(block["api"], block["text"], tuple(block["starts"])) for block in kept["blocks"]]
        return blocks, kept["truths"]
    from . import examples

    return examples.blocks(), {}


def save(blocks: Sequence[Block], truths: Truths) -> None:
    """Keep them for the next run."""
    path = cache_file()
    path.parent.mkdir(exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}")
    kept = {"blocks": [dataclasses.asdict(block) for block in blocks], "truths": truths}
    scratch.write_text(json.dumps(kept), encoding="utf-8")
    scratch.replace(path)


def execute(blocks: Sequence[Block], seconds: float, jobs: int) -> Iterator[tuple[Block, dict[str, Any]]]:
    """Run blocks in ``jobs`` processes, each block for at most ``seconds``; as plain data, see ``execution.Truth``."""
    parts = [blocks[start::jobs] for start in range(jobs) if blocks[start::jobs]]
    with ThreadPoolExecutor(max(1, len(parts))) as pool:
        for results in pool.map(lambda part: list(_serve(part, seconds)), parts):
            yield from results


def _serve(blocks: Sequence[Block], seconds: float) -> Iterator[tuple[Block, dict[str, Any]]]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-m", "tests.docs_conformance.server"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        for block in blocks:
            server.stdin.write(json.dumps({**dataclasses.asdict(block), "seconds": seconds}) + "\n")
            server.stdin.flush()
            yield block, json.loads(server.stdout.readline())
        server.stdin.close()
