"""Which calls are asked of the oracle, as what, and what becomes of its answers."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from tflint_gemm import ops
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import UNKNOWN, Kind, ListValue, Tensor, TupleValue, Value
from tflint_gemm.interpreter import analyse, interpreter
from tflint_gemm.interpreter.oracle import result_of
from tflint_gemm.ops import registry
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.syntax.source import Source

VECTOR = {"tensor": "float32", "shape": [7]}
WITHOUT_A_MODEL = ("math.cumsum", "math.top_k", "keras.ops.cumsum", "keras.layers.Dense.__call__", "io.read_file")
HEADER = "import numpy as np\nimport tensorflow as tf\nimport keras\nfrom somewhere import unknown\n"


class Recorder:
    """An oracle that gives one answer to everything."""

    def __init__(self, answer: Any = VECTOR) -> None:
        self.answer, self.questions = answer, []

    def ask(self, question: str) -> Any:
        self.questions.append(json.loads(question))
        return self.answer


@pytest.fixture(autouse=True)
def _no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    ops.load()
    for name in WITHOUT_A_MODEL:
        monkeypatch.delitem(registry.MODELS, name)


def facts_of(program: str, oracle: Recorder | None) -> dict[str, Tensor]:
    """What is known of each expression of a program, by its text."""
    text = HEADER + program
    analysis = analyse(Source("case.py", text), ast.parse(text), record_facts=True, oracle=oracle)
    return {ast.unparse(node): tensor for node, tensor in analysis.facts.items()}


def asked(program: str) -> list[dict[str, Any]]:
    oracle = Recorder()
    facts_of(program, oracle)
    return oracle.questions


def arguments(program: str) -> list[Any]:
    """The positional arguments of the only question."""
    (question,) = asked(program)
    found: list[Any] = question["positional"]
    return found


def test_the_answer_is_the_result():
    facts = facts_of("y = tf.cumsum(tf.ones([4, 3]))\nz = tf.matmul(tf.ones([2, 7]), y[:, None])", Recorder())
    assert (facts["y"].dtype, facts["y"].shape) == (dtypes.FLOAT32, (7,))
    assert facts["z"].shape == (2, 1)


def test_without_an_oracle_or_an_answer_it_is_unknown():
    for oracle in (None, Recorder(None), Recorder({}), Recorder("nonsense")):
        facts = facts_of("y = tf.cumsum(tf.ones([4, 3]))", oracle)
        assert "y" not in facts


@pytest.mark.parametrize(
    ("said", "answer", "expected"),
    [
        (UNKNOWN, VECTOR, (dtypes.FLOAT32, (7,))),
        (Tensor(None, (None,)), VECTOR, (dtypes.FLOAT32, (7,))),
        (Tensor(dtypes.FLOAT32, None), VECTOR, (dtypes.FLOAT32, (7,))),
        (Tensor(dtypes.INT32, None), VECTOR, (dtypes.INT32, None)),  # they contradict each other
        (Tensor(None, (3,)), VECTOR, (None, (3,))),
        (Tensor(None, (3, 3)), VECTOR, (None, (3, 3))),
        (Tensor(None, (3,)), {"keras": "float32", "shape": [3]}, (None, (3,))),
        (Tensor(None, (3,)), {"tensor": "float32", "shape": None}, (dtypes.FLOAT32, (3,))),
        (Tensor(None, (3,)), None, (None, (3,))),
    ],
)
def test_what_a_model_leaves_open_is_completed(
    monkeypatch: pytest.MonkeyPatch, said: Value, answer: object, expected: tuple[object, object]
):
    monkeypatch.setitem(registry.MODELS, "math.cumsum", OpModel("math.cumsum", lambda: said))
    known = facts_of("y = tf.cumsum(tf.ones([4, 3]))", Recorder(answer))["y"]
    assert (known.dtype, known.shape) == expected


def test_a_model_that_says_all_is_not_questioned(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(registry.MODELS, "math.cumsum", OpModel("math.cumsum", lambda: Tensor(dtypes.FLOAT32, (None,))))
    assert asked("tf.cumsum(tf.ones([unknown]))") == []
    assert len(asked("tf.cumsum(tf.ones([3]))")) == 1


def test_what_was_answered_counts_as_followed():
    text = HEADER + "tf.cumsum(tf.ones([3]))"
    tree = ast.parse(text)
    assert analyse(Source("case.py", text), tree).unmodelled == {"math.cumsum": 1}
    assert not analyse(Source("case.py", text), tree, oracle=Recorder()).unmodelled


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("tf.zeros([4, 3])", {"tensor": "float32", "shape": [4, 3]}),
        ("tf.Variable(tf.zeros([4]))", {"tensor": "float32", "shape": [4]}),
        ("tf.constant([4, 3])", {"tensor": "int32", "shape": [2], "elements": [4, 3]}),
        ("tf.zeros([unknown, 3])", {"tensor": "float32", "shape": [None, 3]}),
        ("tf.zeros(unknown)", {"tensor": "float32", "shape": None}),
        ("np.zeros((500, 3))", {"array": "float64", "shape": [500, 3]}),
        ("[1.0, 2.0]", {"list": [{"value": 1.0}, {"value": 2.0}]}),
        ("(1, (2, 3))", {"tuple": [{"value": 1}, {"tuple": [{"value": 2}, {"value": 3}]}]}),
        ("tf.float16", {"tensorflow": "float16"}),
        ("np.int8", {"numpy": "int8"}),
        ("float", {"type": "float"}),
        ("tf.TensorShape([2, 3])", {"shape": [2, 3]}),
        ("None", {"value": None}),
        ("'text'", {"value": "text"}),
    ],
)
def test_arguments_are_said_in_plain_data(argument: str, said: object):
    assert arguments(f"tf.cumsum({argument})") == [said]


@pytest.mark.parametrize(
    "argument",
    [
        "unknown",
        "lambda x: x",
        "print",
        "tf.cast(tf.zeros([3]), unknown)",
        "[unknown, 2.0]",
        "[np.zeros(300)]",
        "np.zeros(unknown)",
        "{'a': 1}",
        "int(unknown)",
        "tf.TensorShape([None, 3])",
        "tf.ragged.constant([[1], [2, unknown]])",
        "tf.constant([100_000_000, 2.0][:unknown])",
        "*unknown",
        "**unknown",
        "keras.layers.Dense(3)",
    ],
)
def test_what_cannot_be_said_is_not_asked(argument: str):
    assert asked(f"tf.cumsum({argument})") == []


@pytest.mark.parametrize(
    "call",
    [
        "tf.io.read_file('name')",  # has no model here, and is not pure
        "tf.io.gfile.remove('name')",
        "tf.io.write_file('name', 'text')",
        "tf.config.set_soft_device_placement(True)",
        "tf.summary.scalar('name', 1.0)",
        "tf.numpy_function(print, [1.0], tf.float32)",
        "tf.train.list_variables('folder')",
        "np.nonsense(3)",
        "tf.zeros([3]).nonsense()",
    ],
)
def test_only_pure_functions_are_asked(call: str):
    assert asked(call) == []


def test_a_file_may_ask_so_much(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tflint_gemm.interpreter.interpreter.MAX_QUESTIONS", 3)
    assert len(asked("".join(f"tf.cumsum(tf.ones([{size}]))\n" for size in range(1, 6)))) == 3


def test_layers_are_asked_with_what_they_were_made_with():
    (question,) = asked("x = keras.layers.Dense(5, activation='relu')(tf.ones([2, 3]))")
    assert question["call"] == "keras.layers.Dense.__call__"
    assert question["constructor"]["units"] == {"value": 5}
    assert question["positional"][0]["tensor"] == "float32"


@pytest.mark.parametrize(
    "program",
    [
        "keras.layers.Dense(5, activation=unknown)(tf.ones([2, 3]))",
        "keras.layers.Dense(5, **unknown)(tf.ones([2, 3]))",
        "keras.layers.Dense(5)(tf.zeros([unknown, 3]))",  # Keras is careless with unknown sizes
        "keras.layers.Dense(5)(unknown)",
        "keras.layers.Dense(5)(tf.Variable(tf.ones([2, 3])))",
        "keras.config.set_floatx('float64')\nkeras.ops.cumsum(tf.ones([3]))",
        "keras.mixed_precision.set_global_policy('mixed_float16')\nkeras.layers.Dense(5)(tf.ones([2, 3]))",
        "keras.layers.TextVectorization()(tf.constant(['a']))",  # learns what it gives
    ],
)
def test_what_keras_may_see_otherwise_is_not_asked(program: str):
    assert asked(program) == []


def test_structures_of_tensors_are_read():
    pair = {"items": [VECTOR, {"sparse": "int64", "shape": None}], "type": "TopKV2", "fields": ["values", "indices"]}
    facts = facts_of("a, b = tf.math.top_k([1.0])\nc = tf.math.top_k([1.0]).values", Recorder(pair))
    assert (facts["a"].shape, facts["b"].kind, facts["c"].shape) == ((7,), Kind.SPARSE, (7,))
    assert isinstance(result_of({"items": [VECTOR], "type": "list", "fields": []}), ListValue)
    assert result_of({"items": [3], "type": "tuple"}) == TupleValue((UNKNOWN,))


@pytest.mark.parametrize("answer", [None, 3, [], {}, {"items": 3}, {"entries": []}])
def test_what_is_no_answer_is_unknown(answer: object):
    assert result_of(answer) == UNKNOWN


def test_a_malformed_shape_is_unknown():
    assert result_of({"tensor": 3, "shape": "x"}) == Tensor()
    assert result_of({"tensor": "float32", "shape": [True, -1, "x", 3]}) == Tensor(
        dtypes.FLOAT32, (None, None, None, 3)
    )


def test_functions_of_keras_are_asked():
    assert arguments("keras.ops.cumsum(tf.ones([3]))") == [{"tensor": "float32", "shape": [3]}]
    assert arguments("keras.ops.cumsum(keras.Input([3]))") == [{"keras": "float32", "shape": [None, 3]}]


# --- evaluation -------------------------------------------------------------------------------------------------------

OPEN = {"tensor": "float32", "shape": [None]}


class Evaluator(Recorder):
    """Knows no size unless it may evaluate."""

    def ask(self, question: str) -> Any:
        super().ask(question)
        return self.answer if self.questions[-1].get("evaluate") else OPEN


def test_where_all_values_are_known_the_call_is_evaluated():
    oracle = Evaluator({"tensor": "float32", "shape": [2], "elements": [3.0, 4.5]})
    facts = facts_of("y = tf.cumsum(tf.constant([1.0, 2.5]))", oracle)
    first, second = oracle.questions
    assert "elements" not in first["positional"][0]
    assert second["positional"] == [{"tensor": "float32", "shape": [2], "elements": [1.0, 2.5]}]
    assert (facts["y"].shape, facts["y"].elements) == ((2,), (3.0, 4.5))


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("[1, 2.0]", {"list": [{"value": 1}, {"value": 2.0}]}),  # in a graph it is promoted in another way
        ("np.array([1, 2])", {"array": "int64", "shape": [2], "elements": [1, 2]}),
        ("tf.constant(['a', 'b'])", {"tensor": "string", "shape": [2], "elements": ["a", "b"]}),
        (
            "tf.ragged.constant([[1], [2, 3]])",
            {
                "ragged": "int32",
                "shape": [2, None],
                "parts": [
                    {"tensor": "int32", "shape": [3], "elements": [1, 2, 3]},
                    {"tensor": "int64", "shape": [3], "elements": [0, 1, 3]},
                ],
            },
        ),
        (
            "tf.sparse.from_dense([0, 7])",
            {
                "sparse": "int32",
                "shape": [2],
                "parts": [
                    {"tensor": "int64", "shape": [1, 1], "elements": [1]},
                    {"tensor": "int32", "shape": [1], "elements": [7]},
                ],
            },
        ),
    ],
)
def test_values_are_said_for_evaluation(argument: str, said: object):
    oracle = Evaluator()
    facts_of(f"tf.cumsum({argument})", oracle)
    assert oracle.questions[-1] == {"call": "math.cumsum", "evaluate": True, "positional": [said], "keywords": {}}


@pytest.mark.parametrize(
    "program",
    [
        "tf.cumsum(tf.constant([1.0, unknown]))",
        "tf.cumsum(tf.Variable([1.0, 2.0]))",  # its value changes
        "tf.cumsum(tf.constant([1, 1_000_000]))",  # may be a size
        "tf.cumsum([1.0, 2.0], 1_000_000)",
        "tf.cumsum(tf.ones([100]))",
        "tf.function(lambda: tf.cumsum(tf.constant([1.0])))()",  # a graph does not know what comes out
    ],
)
def test_what_is_not_evaluated(program: str):
    oracle = Evaluator()
    facts_of(program, oracle)
    assert not any(question.get("evaluate") for question in oracle.questions)


def test_what_an_evaluation_tells_is_read():
    values, splits = {"tensor": "int32", "shape": [3], "elements": [1, 2, 3]}, {"tensor": "int64", "shape": [3]}
    ragged = result_of({"ragged": "int32", "shape": [2, None], "parts": [values, splits]})
    assert isinstance(ragged, Tensor)
    assert [part.shape for part in ragged.parts] == [(3,), (3,)]
    assert ragged.parts[0].elements == (1, 2, 3)
    for wrong in ([1, 2], [None, 1, 2], "abc", 3):
        assert result_of({"tensor": "int32", "shape": [3], "elements": wrong}) == Tensor(dtypes.INT32, (3,))
    assert result_of({"ragged": "int32", "shape": [2, None], "parts": [values]}) == Tensor(
        dtypes.INT32, (2, None), Kind.RAGGED
    )


def test_a_file_may_ask_so_many_questions(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(interpreter, "MAX_QUESTIONS", 1)
    for calls, ended in ((1, set()), (2, {"questions"})):
        text, oracle = HEADER + "tf.cumsum(tf.ones([3]))\n" * calls, Recorder()
        assert analyse(Source("case.py", text), ast.parse(text), oracle=oracle).ended_early == ended
        assert len(oracle.questions) == 1
