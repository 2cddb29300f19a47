"""What TensorFlow answered about calls without a model, remembered on disk between runs.

An analysis asks ``Answers``, which knows what is remembered and notes what is not.  ``Inference`` has TensorFlow, in
the sandbox, answer what was noted; then the analysis is repeated, since one answer leads to the next question.  So the
processes that analyse need not talk to the one that holds TensorFlow: the folder is what they share.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tflint_gemm.verify.sandbox import Job, Limits, Sandbox, SandboxError

BATCH = 100  # questions that one process answers
LIMITS = Limits(wall_seconds=60.0, cpu_seconds=120.0)
MAX_DEATHS = 3  # of processes while they answer, after which nothing more is asked
FORMAT = 1
VERSIONS = """
import importlib.metadata, importlib.util, re
if importlib.util.find_spec("tensorflow") is not None:
    found = {str(item.metadata["Name"]).lower(): item.version for item in importlib.metadata.distributions()}
    print(" ".join(sorted(f"{n}-{v}" for n, v in found.items() if re.match("(tensorflow|tf.nightly|keras|numpy)", n))))
"""
T = TypeVar("T")


def installed_versions(python: str) -> str | None:
    """The versions of TensorFlow and what it is built on that ``python`` has, without loading them; None without it."""
    if shutil.which(python) is None:
        return None
    done = subprocess.run([python, "-E", "-c", VERSIONS], capture_output=True, text=True, check=False, cwd=os.path.sep)
    return done.stdout.strip() or None


def default_folder() -> Path:
    """Where this platform keeps caches."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "tflint-gemm"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "tflint-gemm" / "Cache"
    configured = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(configured) if os.path.isabs(configured) else Path.home() / ".cache") / "tflint-gemm"


class Answers:
    """The answers in one folder; several processes may read and write it at once.

    ``missing`` are the questions that were asked and not answered, each once, in order.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.missing: dict[str, None] = {}
        self._known: dict[str, Any] = {}

    def ask(self, question: str) -> Any:
        """The answer that is remembered; None also where there is none, which is noted in ``missing``."""
        if question not in self._known and question not in self.missing:
            found, answer = self._read(question)
            if found:
                self._known[question] = answer
            else:
                self.missing[question] = None
        return self._known.get(question)

    def remember(self, question: str, answer: Any) -> None:
        """Keeps an answer; a folder that cannot be written keeps it for this run only."""
        self._known[question] = answer
        self.missing.pop(question, None)
        path = self._path(question)
        temporary = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"question": question, "answer": answer}, file)
            os.replace(temporary, path)
        except OSError:
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)

    def _read(self, question: str) -> tuple[bool, Any]:
        try:
            kept = json.loads(self._path(question).read_bytes())
        except (OSError, ValueError):
            return False, None  # not there, or damaged: it will be asked again
        if not isinstance(kept, dict) or kept.get("question") != question or "answer" not in kept:
            return False, None
        return True, kept["answer"]

    def _path(self, question: str) -> Path:
        digest = hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest()
        return self.folder / digest[:2] / f"{digest[2:]}.json"


def folder_for(cache: Path, versions: str) -> Path | None:
    """The folder of the answers that these versions of the libraries gave; None where nothing can be written to it."""
    folder = cache / f"answers-{FORMAT}" / versions.replace(" ", "_")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


@contextmanager
def opened(sandbox: Sandbox, cache: Path | None) -> Iterator[Inference | None]:
    """Who answers, from the folder ``cache`` where it has been answered before; None without TensorFlow.

    Without a folder, or with one that cannot be written, answers are forgotten at the end.
    """
    versions = installed_versions(sandbox.python)
    if versions is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="tflint-gemm-") as temporary:
        kept = folder_for(cache, versions) if cache is not None else None
        yield Inference(Answers(kept or Path(temporary)), sandbox)


class Inference:
    """Has TensorFlow answer what is missing, in ``sandbox``; what cannot be answered is not asked again in this run."""

    def __init__(self, answers: Answers, sandbox: Sandbox) -> None:
        self.answers, self.sandbox = answers, sandbox
        self._refused: set[str] = set()
        self._deaths = 0

    def settled(self, analyse: Callable[[Answers], T]) -> T:
        """The result of an analysis for which everything that it asked, and that can be answered, was answered."""
        while True:
            self.answers.missing.clear()
            result = analyse(self.answers)
            missing = tuple(self.answers.missing)
            self.answer(missing)
            if not self.has_answered(missing):
                return result

    def has_answered(self, questions: Iterable[str]) -> bool:
        """Whether any of the questions has an answer that tells something."""
        return any(self.answers.ask(question) is not None for question in questions)

    def answer(self, questions: Iterable[str]) -> None:
        """Has questions answered that analyses left open."""
        pending = [question for question in dict.fromkeys(questions) if not self._is_settled(question)]
        while pending and self._deaths < MAX_DEATHS:
            batch, rest = pending[:BATCH], pending[BATCH:]
            answered = self._ask(batch)
            if answered < len(batch):  # the next one was the end of the process
                self._deaths += 1
                self._refused.add(batch[answered])
                answered += 1
            pending = batch[answered:] + rest
        self._refused.update(pending)

    def _is_settled(self, question: str) -> bool:
        self.answers.ask(question)
        return question in self._refused or question not in self.answers.missing

    def _ask(self, batch: list[str]) -> int:
        """Asks and remembers; returns how many were answered, the first ones."""
        try:
            report = self.sandbox.run(Job(limits=LIMITS, questions=tuple(batch)))
        except SandboxError:
            self._deaths = MAX_DEATHS
            return 0
        count = 0
        for event in report.named("answer"):
            if event["index"] != count or count >= len(batch):
                break
            self.answers.remember(batch[count], event["value"])
            count += 1
        return count
