"""Answers: what is remembered, and what becomes of a child process that dies."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tflint_gemm import api
from tflint_gemm.verify import answers
from tflint_gemm.verify.answers import Answers, Inference
from tflint_gemm.verify.sandbox import Job, Report, Sandbox, SandboxError

VECTOR = {"tensor": "float32", "shape": [7]}


def question(call: str, *positional: Any, **keywords: Any) -> str:
    return json.dumps({"call": call, "positional": positional, "keywords": keywords}, sort_keys=True)


def tensor(*shape: int | None, dtype: str = "float32") -> dict[str, Any]:
    return {"tensor": dtype, "shape": list(shape)}


class Stand:
    """Stands for a sandbox: answers until it comes to a deadly question."""

    def __init__(self, deadly: Sequence[str] = ()) -> None:
        self.deadly, self.batches = deadly, []

    def run(self, job: Job) -> Report:
        self.batches.append(list(job.questions))
        events = []
        for index, asked in enumerate(job.questions):
            if asked in self.deadly:
                return Report(tuple(events), stopped="killed")
            events.append({"event": "answer", "index": index, "value": VECTOR})
        return Report(tuple(events))


# --- remembering ------------------------------------------------------------------------------------------------------


def test_answers_are_shared_through_the_folder(tmp_path: Path):
    first, second = Answers(tmp_path), Answers(tmp_path)
    assert first.ask("a") is None
    assert list(first.missing) == ["a"]
    first.remember("a", VECTOR)
    assert not first.missing
    assert second.ask("a") == VECTOR
    assert not second.missing


def test_that_nothing_is_known_is_remembered_too(tmp_path: Path):
    Answers(tmp_path).remember("a", None)
    again = Answers(tmp_path)
    assert again.ask("a") is None
    assert not again.missing


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"question": "b", "answer": 1}', '{"question": "a"}', "\xff"]
)
def test_damaged_files_are_asked_again(tmp_path: Path, content: str):
    kept = Answers(tmp_path)
    kept.remember("a", VECTOR)
    (file,) = tmp_path.rglob("*.json")
    file.write_text(content, "latin-1")
    again = Answers(tmp_path)
    assert again.ask("a") is None
    again.remember("a", VECTOR)
    assert Answers(tmp_path).ask("a") == VECTOR


def test_a_folder_that_is_deleted_meanwhile_is_made_again(tmp_path: Path):
    kept = Answers(tmp_path / "gone" / "gone")
    kept.remember("a", VECTOR)
    assert Answers(tmp_path / "gone" / "gone").ask("a") == VECTOR


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("")
    kept = Answers(file / "below")
    kept.remember("a", VECTOR)
    assert kept.ask("a") == VECTOR
    assert answers.folder_for(file, "tensorflow-2") is None


def _write(folder: Path) -> None:
    for number in range(50):
        Answers(folder).remember(str(number % 5), {"tensor": "float32", "shape": [number % 5] * 2000})


def test_processes_write_at_once(tmp_path: Path):
    with ProcessPoolExecutor(4) as pool:
        running = [pool.submit(_write, tmp_path) for _ in range(4)]
        while not all(future.done() for future in running):
            for number in range(5):
                found = Answers(tmp_path).ask(str(number))
                assert found is None or len(found["shape"]) == 2000
        for future in running:
            future.result()
    assert len(list(tmp_path.rglob("*"))) == 5 + len({path.parent for path in tmp_path.rglob("*.json")})


def test_the_folder_is_the_platforms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for platform, below in (("linux", "tflint-gemm"), ("win32", "tflint-gemm/Cache"), ("darwin", "Library/Caches")):
        monkeypatch.setattr(sys, "platform", platform)
        assert (tmp_path / below) in (answers.default_folder(), answers.default_folder().parent)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert answers.default_folder() == tmp_path / ".cache" / "tflint-gemm"


# --- asking -----------------------------------------------------------------------------------------------------------


def test_each_question_is_asked_once(tmp_path: Path):
    stand = Stand()
    inference = Inference(Answers(tmp_path), stand)  # type: ignore[arg-type]
    asked = [str(number) for number in range(answers.BATCH + 1)]
    inference.answer([*asked, *asked])
    inference.answer(asked)
    assert [len(batch) for batch in stand.batches] == [answers.BATCH, 1]
    assert inference.has_answered(asked)


def test_what_kills_the_child_is_left_out(tmp_path: Path):
    stand = Stand(deadly=["b"])
    inference = Inference(Answers(tmp_path), stand)  # type: ignore[arg-type]
    inference.answer(["a", "b", "c"])
    inference.answer(["b"])
    assert stand.batches == [["a", "b", "c"], ["c"]]
    assert inference.answers.ask("c") == VECTOR
    assert inference.answers.ask("b") is None


def test_after_some_deaths_nothing_more_is_asked(tmp_path: Path):
    stand = Stand(deadly=["a", "b", "c", "d", "e"])
    inference = Inference(Answers(tmp_path), stand)  # type: ignore[arg-type]
    inference.answer(["a", "b", "c", "d", "e"])
    inference.answer(["f"])
    assert len(stand.batches) == answers.MAX_DEATHS


def test_an_analysis_is_repeated_until_it_asks_nothing_new(tmp_path: Path):
    inference = Inference(Answers(tmp_path), Stand(deadly=["3"]))  # type: ignore[arg-type]
    runs = []

    def analyse(oracle: Answers) -> int:
        """Asks for 0, then for what follows from the answer, and so on."""
        runs.append(oracle)
        depth = 0
        while oracle.ask(str(depth)) is not None:
            depth += 1
        return depth

    assert inference.settled(analyse) == 3
    assert len(runs) == 4


def test_without_tensorflow_there_is_nobody(tmp_path: Path):
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(bare.stat().st_mode | stat.S_IXUSR)
    with Sandbox(str(bare)) as sandbox, answers.opened(sandbox, tmp_path) as inference:
        assert inference is None
    assert answers.installed_versions(str(tmp_path / "nothing")) is None


def test_a_tensorflow_that_does_not_load_costs_one_attempt(tmp_path: Path):
    class Broken(Stand):
        def run(self, job: Job) -> Report:
            super().run(job)
            raise SandboxError("it does not load")

    stand = Broken()
    inference = Inference(Answers(tmp_path), stand)  # type: ignore[arg-type]
    inference.answer(["a"])
    inference.answer(["b"])
    assert len(stand.batches) == 1


# --- TensorFlow itself ------------------------------------------------------------------------------------------------


@pytest.fixture
def inference(sandbox: Sandbox, tmp_path: Path) -> Inference:
    return Inference(Answers(tmp_path), sandbox)


def ask(inference: Inference, asked: str) -> Any:
    inference.answer([asked])
    return inference.answers.ask(asked)


def test_tensorflow_answers(inference: Inference):
    assert ask(inference, question("raw_ops.MatMul", a=tensor(None, 3), b=tensor(3, 5))) == tensor(None, 5)
    assert ask(inference, question("reshape", tensor(6), {"tensor": "int32", "shape": [2], "elements": [2, 3]})) == {
        "tensor": "float32",
        "shape": [2, 3],
    }
    keras = {"keras": "float32", "shape": [None, 3]}
    assert ask(inference, question("keras.ops.square", keras)) == keras
    assert ask(inference, question("math.top_k", tensor(9), k={"value": 2}))["fields"] == ["values", "indices"]
    unknown_rank = {"tensor": "float32", "shape": None}
    assert ask(inference, question("math.exp", unknown_rank)) == unknown_rank


def test_what_raises_is_not_known(inference: Inference):
    assert ask(inference, question("raw_ops.MatMul", a=tensor(2, 3), b=tensor(4, 5))) is None
    assert ask(inference, question("no.such.function", tensor(2))) is None


def known(dtype: str, *elements: Any, shape: list[int] | None = None) -> dict[str, Any]:
    """A tensor whose values are known."""
    return {"tensor": dtype, "shape": [len(elements)] if shape is None else shape, "elements": list(elements)}


def evaluation(call: str, *positional: Any, **keywords: Any) -> str:
    return json.dumps({**json.loads(question(call, *positional, **keywords)), "evaluate": True}, sort_keys=True)


def test_what_is_known_is_evaluated(inference: Inference):
    assert ask(inference, evaluation("where", known("bool", True, False, True))) == known("int64", 0, 2, shape=[2, 1])
    assert ask(inference, evaluation("unique", known("string", "a", "b", "a")))["items"] == [
        known("string", "a", "b"),
        known("int32", 0, 1, 0),
    ]
    words = ask(inference, evaluation("strings.split", known("string", "a b", "c")))
    assert words == {
        "ragged": "string",
        "shape": [2, None],
        "parts": [known("string", "a", "b", "c"), known("int64", 0, 2, 3)],
    }
    lengths = ask(inference, evaluation("strings.length", words))
    assert lengths["parts"] == [known("int32", 1, 1, 1), known("int64", 0, 2, 3)]
    dense = {"sparse": "int32", "shape": [2, 3], "parts": [known("int64", 0, 1, shape=[1, 2]), known("int32", 5)]}
    assert ask(inference, evaluation("sparse.to_dense", dense))["elements"] == [0, 5, 0, 0, 0, 0]


def test_what_raises_or_keeps_state_is_not_evaluated(inference: Inference):
    assert ask(inference, evaluation("reshape", known("int32", 1, 2, 3), known("int32", 2))) is None
    assert ask(inference, evaluation("random.normal", known("int32", 3))) is None


def test_large_results_and_odd_values_are_told_by_their_shape(inference: Inference):
    repeated = evaluation("repeat", known("int32", 1, 2), known("int32", 50, 50))
    assert ask(inference, repeated) == {"tensor": "int32", "shape": [100]}
    assert ask(inference, evaluation("math.log", known("float32", 0.0))) == {"tensor": "float32", "shape": [1]}


def test_arrays_count_as_what_all_ways_of_converting_them_give(inference: Inference):
    array = {"array": "float64", "shape": [4, 5, 3]}
    assert ask(inference, question("image.hsv_to_rgb", array)) == {"tensor": None, "shape": [4, 5, 3]}
    assert ask(inference, question("math.exp", array)) == {"tensor": "float64", "shape": [4, 5, 3]}


def test_layers_are_built_without_their_weights(inference: Inference):
    """The weights would take four terabytes."""
    made = {"units": {"value": 1_000_000}}
    asked = json.dumps(
        {
            "call": "keras.layers.Dense.__call__",
            "positional": [tensor(1, 1_000_000)],
            "keywords": {},
            "constructor": made,
        }
    )
    assert ask(inference, asked) in (tensor(1, 1_000_000), None)


def test_a_stateful_graph_is_not_believed(inference: Inference):
    assert ask(inference, question("random.normal", {"list": [{"value": 3}]})) is None


def test_a_killed_child_leaves_the_rest_unknown(tmp_path: Path):
    with Sandbox() as own:
        inference = Inference(Answers(tmp_path), own)
        assert ask(inference, question("math.exp", tensor(3))) == tensor(3)
        assert own._process is not None
        os.kill(own._process._process.pid, signal.SIGKILL)
        own._process._process.wait()
        assert ask(inference, question("math.sin", tensor(3))) is None
        inference.answer([question("math.cos", tensor(3))])  # nothing hangs, nothing is raised


def test_pure_functions():
    for name in ("math.exp", "linalg.qr", "image.resize", "raw_ops.Conv2D", "keras.ops.matmul", "strings.split"):
        assert api.is_pure(name), name
    for name in (
        "io.read_file", "io.write_file", "io.matching_files", "io.gfile.remove", "print", "py_function", "Variable",
        "random.normal", "random.uniform", "compat.v1.assign", "compat.v1.get_variable", "compat.v1.placeholder",
        "config.list_physical_devices", "config.set_soft_device_placement", "summary.flush", "summary.scalar",
        "raw_ops.Abort", "raw_ops.WriteFile", "raw_ops.ReadFile", "raw_ops.PyFunc", "raw_ops.AssignVariableOp",
        "raw_ops.ApplyAdam", "raw_ops.SaveV2", "saved_model.save", "load_library", "timestamp", "numpy.add",
        "compat.v1.train.natural_exp_decay", "data.Dataset.from_tensors", "keras.layers.Dense", "keras.random.normal",
    ):  # fmt: skip
        assert not api.is_pure(name), name


def test_no_pure_raw_op_keeps_state():
    registry = pytest.importorskip("tensorflow.python.framework.op_def_registry")
    kept = json.loads((Path(api.__file__).parent / "data" / "kernels.json").read_text("utf-8"))
    for name in kept["pure"]["raw_ops"].split():
        definition = registry.get(name)
        assert definition is None or name == "Assert" or not definition.is_stateful, name
