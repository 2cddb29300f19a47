"""Programs with the allocations, lifetimes and peaks, in bytes, that they must have."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tflint_gemm import engine
from tflint_gemm.config import Config
from tflint_gemm.memory.plan import Plan
from tflint_gemm.memory.text import size_text

HEAD = "import numpy as np\nimport tensorflow as tf\nimport keras\n"
KB = 4000  # a tensor [1000] of float32


def plans(tmp_path: Path, program: str, **assume: int) -> dict[str, Plan]:
    path = tmp_path / "program.py"
    path.write_text(HEAD + textwrap.dedent(program), encoding="utf-8")
    found = engine.plans(str(path), Config())
    assert found is not None
    return {plan.name: plan.assuming(assume) for plan in found[1]}


def module(tmp_path: Path, program: str) -> Plan:
    return plans(tmp_path, program)["<module>"]


def lives(plan: Plan) -> list[tuple[str, object, str, int]]:
    """Per allocation: its label, its bytes, why and at which line (1 is the program's first) it is freed."""
    return [(one.label, one.nbytes, one.ending, one.end_line - 3) for one in plan.allocations]


def test_a_temporary_lives_until_its_consumer_is_done(tmp_path: Path) -> None:
    plan = module(tmp_path, "x = tf.ones([1000])\ny = tf.exp(x) * 2.0\nz = y + x\n")
    assert lives(plan) == [
        ("x", KB, "never", 3),
        ("tf.exp", KB, "last use", 2),
        ("y", KB, "never", 3),
        ("z", KB, "never", 3),
    ]
    assert [one.is_temporary for one in plan.allocations] == [False, True, False, False]
    assert plan.nbytes == 3 * KB


def test_rebinding_frees_what_the_name_held(tmp_path: Path) -> None:
    plan = module(tmp_path, "x = tf.ones([1000])\nx = tf.exp(x)\ny = tf.ones([10])\n")
    assert lives(plan) == [("x", KB, "rebound", 2), ("x", KB, "never", 3), ("y", 40, "never", 3)]
    assert plan.nbytes == 2 * KB  # both values of x while exp runs
    assert plan.moments[-1].nbytes == KB + 40


def test_del_frees(tmp_path: Path) -> None:
    plan = module(tmp_path, "x = tf.ones([1000])\ny = tf.exp(x)\ndel x\nz = tf.exp(y)\n")
    assert lives(plan)[0] == ("x", KB, "deleted", 3)
    assert plan.nbytes == 2 * KB


def test_a_second_name_keeps_the_buffer(tmp_path: Path) -> None:
    plan = module(tmp_path, "x = tf.ones([1000])\nkeep = x\ndel x\nz = tf.exp(keep)\n")
    assert len(plan.allocations) == 2
    assert plan.allocations[0].ending == "never"


def test_a_function_frees_its_locals_when_it_returns(tmp_path: Path) -> None:
    program = """\
        def f(a):
            b = tf.exp(a)
            c = tf.tanh(b)
            return tf.reduce_sum(c)
        x = tf.ones([1000])
        s = f(x)
        y = tf.exp(x)
        """
    found = plans(tmp_path, program)
    whole, inner = found["<module>"], found["f"]
    assert inner.nbytes == 3 * KB + 4  # the argument, both locals, the sum
    assert inner.allocations[0].role == "argument"
    assert whole.nbytes == 3 * KB + 4
    assert whole.moments[-1].nbytes == 2 * KB + 4  # x, s and y


@pytest.mark.parametrize(
    "view", ["tf.reshape(x, [10, 100])", "tf.expand_dims(x, 0)", "x[:512]", "tf.identity(x)", "tf.cast(x, tf.float32)"]
)
def test_a_view_has_no_buffer_of_its_own_but_keeps_the_other(tmp_path: Path, view: str) -> None:
    plan = module(tmp_path, f"x = tf.ones([1000])\ny = {view}\ndel x\nz = tf.ones([10])\n")
    assert [one.nbytes for one in plan.allocations] == [KB, 40]
    assert plan.nbytes == KB + 40


@pytest.mark.parametrize("part", ["x[:500]", "x[1:513]", "tf.reshape(x, [10, 100])[:5]", "tf.split(x, 2)[0]"])
def test_parts_that_are_not_aligned_are_copies(tmp_path: Path, part: str) -> None:
    plan = module(tmp_path, f"x = tf.ones([1000])\ny = {part}\ndel x\nz = tf.ones([10])\n")
    assert plan.nbytes >= 1.5 * KB


def test_a_converted_array_is_there_twice_until_a_tensor_is_destroyed(tmp_path: Path) -> None:
    program = "a = np.ones([1000], np.float32)\nx = tf.constant(a)\ny = tf.exp(x)\n{}\nz = tf.exp(x)\n"
    kept = module(tmp_path, program.format("pass"))
    assert [(one.nbytes, one.end_line - 3) for one in kept.allocations if "copy kept" in one.display] == [(KB, 5)]
    assert [one.ending for one in kept.allocations if "copy kept" in one.display] == ["never"]
    freed = module(tmp_path, program.format("y = 2"))
    assert [(one.nbytes, one.end_line - 3) for one in freed.allocations if "copy kept" in one.display] == [(KB, 3)]
    assert (kept.nbytes, freed.nbytes) == (5 * KB, 4 * KB)


def test_what_an_op_is_given_as_an_array_is_gone_behind_it(tmp_path: Path) -> None:
    plan = module(tmp_path, "a = np.ones([1000], np.float32)\nx = tf.ones([1000])\ny = x + a\nz = tf.exp(y)\n")
    assert plan.nbytes == 5 * KB  # a, x, y, and two copies of a
    assert plan.moments[-1].nbytes == 4 * KB


@pytest.mark.parametrize(
    ("expression", "arrays"),
    [("np.ones([1000]) * 3.0", 1), ("3.0 * np.ones([1000])", 1), ("a - np.ones([1000])", 3), ("a * 2.0", 2)],
)
def test_numpy_writes_into_temporaries(tmp_path: Path, expression: str, arrays: int) -> None:
    plan = module(tmp_path, f"a = np.zeros([1000])\nb = {expression}\n")
    assert plan.nbytes == (arrays + ("a" not in expression)) * 2 * KB  # of float64; a is there in any case


def test_a_transposition_is_a_copy(tmp_path: Path) -> None:
    assert module(tmp_path, "x = tf.ones([10, 100])\ny = tf.transpose(x)\n").nbytes == 2 * KB


def test_a_numpy_view_is_none(tmp_path: Path) -> None:
    plan = module(tmp_path, "x = np.ones([10, 50])\ny = x.T\nz = y.reshape([50, 10])[:5]\n")
    assert plan.allocations[0].nbytes == KB


def test_a_loop_that_appends_keeps_every_result(tmp_path: Path) -> None:
    plan = module(tmp_path, "kept = []\nfor i in range(50):\n    kept.append(tf.ones([1000]))\nx = tf.ones([10])\n")
    assert plan.nbytes == 50 * KB + 40


def test_a_loop_that_rebinds_keeps_the_last(tmp_path: Path) -> None:
    plan = module(tmp_path, "for i in range(50):\n    x = tf.ones([1000])\ny = tf.ones([10])\n")
    assert plan.moments[-1].nbytes == KB + 40


def test_a_symbolic_size_is_a_polynomial_until_it_is_assumed(tmp_path: Path) -> None:
    program = """\
        def f(batch: int):
            x = tf.zeros([batch, 8])
            return tf.matmul(x, tf.transpose(x))
        """
    plan = plans(tmp_path, program)["f"]
    assert plan.symbols() == ["batch"]
    assert size_text(plan.nbytes) == "64·batch bytes + 4·batch² bytes"  # x and its transposition, the square product
    assert plans(tmp_path, program, batch=100)["f"].nbytes == 4 * (800 + 800 + 100 * 100)


def test_adam_keeps_two_slots_for_each_weight(tmp_path: Path) -> None:
    program = """\
        w = tf.Variable(tf.ones([1000, 100]))
        x = tf.ones([1, 1000])
        optimizer = keras.optimizers.{}()
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.matmul(x, w))
        gradients = tape.gradient(loss, [w])
        optimizer.apply_gradients(zip(gradients, [w]))
        """
    weights, rest = 100 * KB, KB + 4 + 8  # besides, x, the loss and the number of iterations
    sgd = module(tmp_path, program.format("SGD"))
    adam = module(tmp_path, program.format("Adam"))
    assert sgd.nbytes == 3 * weights + rest  # the weights, their gradient, one temporary of the update
    assert adam.nbytes == 7 * weights + rest  # the same, two slots and two temporaries more
    assert [one.nbytes for one in adam.allocations if one.role == "slot"] == [2 * weights]
    assert [one.nbytes for one in adam.allocations if one.role == "gradient" and one.name] == [weights]


@pytest.mark.parametrize(
    ("size", "text"), [(None, "?"), (0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (3 << 30, "3.0 GiB")]
)
def test_sizes_read_well(size: int | None, text: str) -> None:
    assert size_text(size) == text


def test_weights_stand_at_the_line_of_their_layer(tmp_path: Path) -> None:
    program = """\
        model = keras.Sequential(
            [
                keras.Input([10]),
                keras.layers.Dense(20),
                keras.layers.Dense(5, use_bias=False),
            ]
        )
        """
    plan = module(tmp_path, program)
    weights = [(one.span.line - 3, one.nbytes) for one in plan.allocations if one.role == "weights"]
    assert sorted(weights) == [(4, 80), (4, 800), (5, 400)]


@pytest.mark.parametrize(
    ("optimizer", "slots", "temporaries"),
    [
        ("SGD(momentum=0.9)", 1, 3), ("SGD(momentum=0.0)", 0, 1), ("RMSprop()", 1, 4), ("Adagrad()", 1, 3),
        ("AdamW()", 2, 3), ("Nadam()", 2, 5), ("Adam(clipnorm=1.0)", 2, 4), ("Adam(amsgrad=True)", 3, 3),
    ],
)  # fmt: skip
def test_optimizers_take_what_they_were_measured_to_take(
    tmp_path: Path, optimizer: str, slots: int, temporaries: int
) -> None:
    program = f"""\
        w = tf.Variable(tf.ones([1000]))
        optimizer = keras.optimizers.{optimizer}
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w)
        gradients = tape.gradient(loss, [w])
        optimizer.apply_gradients(zip(gradients, [w]))
        """
    plan = module(tmp_path, program)
    assert sum(one.nbytes for one in plan.allocations if one.role == "slot") == slots * KB
    assert sum(one.nbytes for one in plan.allocations if one.display.startswith("inside ")) == temporaries * KB


@pytest.mark.parametrize(("given", "rows"), [("", 32), (", batch_size=64", 64), (", batch_size=5000", 1000)])
def test_fit_plans_activations_for_its_batches(tmp_path: Path, given: str, rows: int) -> None:
    program = f"""\
        x = np.ones([1000, 10], np.float32)
        y = np.ones([1000, 100], np.float32)
        model = keras.Sequential([keras.Input([10]), keras.layers.Dense(100)])
        model.compile("sgd", "mse")
        model.fit(x, y{given})
        """
    plan = module(tmp_path, program)
    assert [one.nbytes for one in plan.allocations if one.role == "activation" and one.display == "Dense"] == [
        4 * rows * 100
    ]
    assert [one.shape for one in plan.allocations if one.display == "a batch"] == [(rows, 10), (rows, 100)]


def test_operators_between_the_layers_of_a_functional_model_are_followed(tmp_path: Path) -> None:
    program = """\
        inputs = keras.Input([100])
        hidden = keras.layers.Dense(100)(inputs)
        model = keras.Model(inputs, keras.layers.Dense(100)(inputs + hidden))
        y = model(tf.ones([1000, 100]))
        """
    plan = module(tmp_path, program)
    assert plan.nbytes == 5 * 100 * KB + 2 * (4 * 100 * 100 + 400)  # outputs of three layers, the input, a product


@pytest.mark.parametrize(("loop", "times"), [("range(5)", 5), ("range(200)", 200), ("unknown()", None)])
def test_a_loop_s_allocations_are_one_with_the_number_of_its_rounds(
    tmp_path: Path, loop: str, times: int | None
) -> None:
    plan = module(tmp_path, f"from elsewhere import unknown\nfor i in {loop}:\n    x = tf.ones([1000])\n")
    assert [(site.one.name, site.one.nbytes, site.times) for site in plan.sites()] == [("x", KB, times)]


def test_a_persistent_tape_keeps_what_it_recorded_of_a_variable_made_of_a_tensor(tmp_path: Path) -> None:
    program = """\
        v = tf.Variable(tf.ones([1000]))
        with tf.GradientTape(persistent=True) as tape:
            a = tf.exp(v)
            b = tf.reduce_sum(tf.sin(a) * a)
        g = tape.gradient(b, v)
        """
    plan = module(tmp_path, program)
    taken = max(moment.nbytes for moment in plan.moments if moment.display == "tape.gradient")
    assert 6 * KB <= taken <= 9 * KB  # TensorFlow: 8


def test_a_loop_inside_a_tape_keeps_what_every_round_leaves(tmp_path: Path) -> None:
    program = """\
        w = tf.Variable(tf.ones([1000]))
        with tf.GradientTape() as tape:
            state = tf.ones([1000])
            for i in range(50):
                state = tf.tanh(state * w)
            loss = tf.reduce_sum(state)
        x = tape.gradient(loss, w)
        """
    plan = module(tmp_path, program)
    recorded = max(moment.nbytes for moment in plan.moments if moment.display == "tf.reduce_sum")
    assert 50 * KB <= recorded <= 55 * KB


def test_gradients_of_the_rounds_of_a_loop_are_added_up_at_the_end(tmp_path: Path) -> None:
    program = """\
        w = tf.Variable(tf.ones([100, 100]))
        with tf.GradientTape() as tape:
            state = tf.ones([1, 100])
            for i in range(50):
                state = tf.tanh(state @ w)
            loss = tf.reduce_sum(state)
        x = tape.gradient(loss, w)
        """
    assert 50 * 10 * KB <= module(tmp_path, program).nbytes <= 55 * 10 * KB


def test_a_loop_around_a_tape_keeps_one_round(tmp_path: Path) -> None:
    program = """\
        w = tf.Variable(tf.ones([1000]))
        for i in range(50):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.tanh(w * 2.0))
            x = tape.gradient(loss, w)
        """
    assert module(tmp_path, program).nbytes <= 8 * KB


def test_a_sparse_tensor_does_not_take_what_its_shape_says(tmp_path: Path) -> None:
    program = """\
        s = tf.SparseTensor([[0, 1], [5, 7]], [1.0, 2.0], [100000, 100000])
        y = tf.sparse.sparse_dense_matmul(tf.sparse.reorder(s), tf.ones([100000, 8]))
        """
    assert 2 * 3200000 <= module(tmp_path, program).nbytes < 3 * 3200000
    assert engine.run_task(engine.Task(str(tmp_path / "program.py"), Config())).findings == []


def test_predictions_are_joined_of_those_of_the_batches(tmp_path: Path) -> None:
    program = """\
        model = keras.Sequential([keras.layers.Input([4]), keras.layers.Dense(100)])
        y = model.predict(np.ones([1000, 4], np.float32), verbose=0)
        """
    assert 2 * 100 * KB <= module(tmp_path, program).nbytes < 2.5 * 100 * KB


def test_the_index_of_a_long_loop_is_no_size(tmp_path: Path) -> None:
    program = "x = tf.ones([10, 100, 100])\nfor t in range(100):\n    y = tf.exp(x[:, t])\n"
    assert module(tmp_path, program).moments[-1].nbytes == 100 * KB + KB


def test_adafactor_keeps_a_slot_and_takes_four(tmp_path: Path) -> None:
    program = """\
        v = tf.Variable(tf.ones([1000]))
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(v * v)
        g = tape.gradient(loss, v)
        keras.optimizers.Adafactor(1e-2).apply([g], [v])
        """
    assert module(tmp_path, program).nbytes == 7 * KB + 4
