"""Recurrent Keras layers, their cells, and the wrappers Bidirectional and TimeDistributed."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Kind, ListValue, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops import rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_python, to_shape, to_tensor
from tflint_gemm.ops.layers import apply, built_for, is_eager, layer
from tflint_gemm.ops.parameters import Dimension, Flag
from tflint_gemm.ops.violations import InvalidArgument, LayerInputMismatch, Violation

_STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}


def _outputs(inputs: Tensor, units: Dim, sequences: bool | Unsure, state: bool | Unsure, states: int) -> Value:
    """What a recurrent layer of ``units`` gives: the last output or all of them, and its states if it returns them."""
    batch, time, _ = inputs.shape or (None, None, None)
    last = rules.like(inputs, shape=(batch, units))
    if isinstance(sequences, Unsure):
        output = rules.like(inputs, shape=None)
    else:
        output = rules.like(inputs, shape=(batch, time, units)) if sequences else last
    if isinstance(state, Unsure):
        return UNKNOWN
    return TupleValue((output, *(last,) * states)) if state else output


def _recurrent(states: int) -> Callable[..., Value]:
    def call(
        self: Value,
        inputs: Tensor,
        units: Dimension,
        return_sequences: Flag = False,
        return_state: Flag = False,
        initial_state: Value = NONE,
    ) -> Value:
        built_for(self, inputs, -1, symbolic=False)
        result = _outputs(inputs, units, return_sequences, return_state, states)
        _check_states(inputs, initial_state, units, states, result)
        return result

    return call


def _check_states(inputs: Tensor, states: Value, units: Dim, count: int, result: Value) -> None:
    """Raise where a layer that really computes begins with other states than the ``count`` of ``units`` that it has."""
    given = [to_tensor(one) for one in sequence_items(states) or (states,)]
    if states == NONE or not is_eager(inputs) or not all(one.is_tensorflow or one.kind is Kind.ARRAY for one in given):
        return
    if len(given) < count:
        raise InvalidArgument(given, f"{len(given)} of the {count} states that the layer has", result)
    for number, state in enumerate(given[:count]):
        if state.shape is None or len(state.shape) != 2 or inputs.shape is None:
            continue
        size = state.shape[-1]
        if dims.equal(size, units) is False and (number == 0 or size != 1):
            reason = f"a state of size {size} for a layer of {units} units"
            raise InvalidArgument([state], reason, result)
        if shapes.broadcast(state.shape[:1], inputs.shape[:1])[1]:
            reason = f"states of {state.shape[0]} rows for a batch of {inputs.shape[0]}"
            raise InvalidArgument([state], reason, result)


for _name, _states in _STATES.items():
    layer(f"keras.layers.{_name}", inputs=("inputs", "initial_state"), ints="cast", rank=3)(_recurrent(_states))


@layer("keras.layers.RNN", ints="cast")
def rnn(inputs: Tensor, cell: Value, return_sequences: Flag = False, return_state: Flag = False) -> Value:
    if isinstance(cell, ApiObject) and cell.path == "keras.layers.StackedRNNCells":
        cell = cell.arguments.get("cells", UNKNOWN)
    stacked = sequence_items(cell)
    last = stacked[-1] if stacked else cell
    states = _cell_states(last)
    if stacked is None and not isinstance(cell, ApiObject):
        return _own_cell(inputs, cell, return_sequences, return_state)
    if states is None or not isinstance(last, ApiObject) or inputs.rank != 3:
        return UNKNOWN
    if stacked is not None and return_state is not False:
        return UNKNOWN
    return _outputs(inputs, dim_of(last.arguments.get("units", NONE)), return_sequences, return_state, states)


def _own_cell(inputs: Tensor, cell: Value, sequences: bool | Unsure, state: bool | Unsure) -> Value:
    """What a cell of the program makes of the first step and of states of zeros, repeated over the steps."""
    if inputs.shape is None or len(inputs.shape) < 3 or current().method(cell, "get_initial_state") is not None:
        return UNKNOWN
    batch, time, *rest = inputs.shape
    sizes = current().attribute(cell, "state_size")
    held = [to_shape(size) or (dim_of(size),) for size in sequence_items(sizes) or (sizes,)]
    states = ListValue(TupleValue(tuple(rules.like(inputs, shape=(batch, *size)) for size in held)))
    made = sequence_items(current().call(cell, (rules.like(inputs, shape=(batch, *rest)), states), {}))
    if made is None or len(made) != 2 or not isinstance(made[0], Tensor):
        return UNKNOWN
    output, after = made[0], sequence_items(made[1]) or (made[1],)
    if isinstance(sequences, Unsure) or isinstance(state, Unsure) or not all(isinstance(one, Tensor) for one in after):
        return UNKNOWN
    shape = None if output.shape is None else (*output.shape[:1], time, *output.shape[1:])
    result = rules.like(output, shape=shape) if sequences else output
    return TupleValue((result, *after)) if state else result


def _cell_states(cell: Value) -> int | None:
    if not isinstance(cell, ApiObject) or not cell.path.endswith("Cell"):
        return None
    return _STATES.get(cell.path.removeprefix("keras.layers.").removesuffix("Cell"))


# ------------------------------------------------------------------------------------------------- cells


def _with_last(inputs: Tensor, units: Dim) -> Tensor:
    return rules.like(inputs, shape=None if inputs.shape is None else (*inputs.shape[:-1], units))


def _state(inputs: Tensor, units: Dim, states: Value) -> Tensor:
    """A cell's output, broadcast against the states that it is given."""
    state = _with_last(inputs, units)
    if states == NONE:
        return state
    given = [to_tensor(one) for one in sequence_items(states) or (states,)]
    alike = all(one.dtype == state.dtype and shapes.equal(one.shape, state.shape) for one in given)
    return state if alike else rules.like(state, dtype=None, shape=None)


@layer("keras.layers.LSTMCell", inputs=("inputs", "states"), ints="cast")
def lstm_cell(self: Value, inputs: Tensor, units: Dimension, states: Value = NONE) -> Value:
    built_for(self, inputs, -1, symbolic=False)
    state = _state(inputs, units, states)
    return TupleValue((state, ListValue(TupleValue((state, state)))))


@layer("keras.layers.GRUCell", "keras.layers.SimpleRNNCell", inputs=("inputs", "states"), ints="cast")
def simple_cell(self: Value, inputs: Tensor, units: Dimension, states: Value = NONE) -> Value:
    built_for(self, inputs, -1, symbolic=False)
    state = _state(inputs, units, states)
    if sequence_items(states) is not None:
        return TupleValue((state, ListValue(TupleValue((state,)))))
    return TupleValue((state, state if isinstance(states, Tensor) else UNKNOWN))


@layer("keras.layers.StackedRNNCells", inputs=("inputs", "states"))
def stacked_cells(inputs: Tensor, cells: Value, states: Value = NONE) -> Value:
    """One cell after the other, each with the states of its own."""
    held, given = sequence_items(cells), sequence_items(states)
    output: Value = inputs
    after: list[Value] = []
    if not held or given is None or len(given) != len(held):
        return UNKNOWN
    for cell, own in zip(held, given):
        made = apply(cell, output, own)
        if not isinstance(made, TupleValue) or len(made.items) != 2 or not isinstance(made.items[0], Tensor):
            return UNKNOWN
        output, new = made.items
        single = sequence_items(new) if sequence_items(own) is None else None
        after.append(single[0] if single is not None and len(single) == 1 else new)
    return TupleValue((output, after[0] if len(after) == 1 else ListValue(TupleValue(tuple(after)))))


# ------------------------------------------------------------------------------------------------- wrappers


@layer("keras.layers.SpectralNormalization", min_rank=1)
def spectral_normalization(self: Value, inputs: Tensor, layer: Value) -> Value:
    """What the wrapped layer gives, in the dtype of the inputs."""
    built_for(self, inputs, -1)
    result = apply(layer, inputs)
    return rules.like(result, dtype=inputs.dtype) if isinstance(result, Tensor) else UNKNOWN


@layer("keras.layers.Bidirectional", ints="cast", rank=3)
def bidirectional(inputs: Tensor, layer: Value, merge_mode: Value, backward_layer: Value = NONE) -> Value:
    if backward_layer != NONE:
        return UNKNOWN
    forward = apply(layer, inputs)
    mode = to_python(merge_mode)
    if isinstance(forward, Tensor):
        return _merge_directions(forward, mode)
    if not isinstance(forward, TupleValue) or not forward.items or not isinstance(forward.items[0], Tensor):
        return UNKNOWN
    merged = _merge_directions(forward.items[0], mode)
    states = forward.items[1:] * 2
    if isinstance(merged, TupleValue):
        return TupleValue((*merged.items, *states))
    return TupleValue((merged, *states)) if isinstance(merged, Tensor) else UNKNOWN


def _merge_directions(output: Tensor, mode: object) -> Value:
    if mode is None:
        return TupleValue((output, output))
    if mode == "concat":
        last = None if output.shape is None else dims.multiply(output.shape[-1], 2)
        return _with_last(output, last)
    return output if mode in ("sum", "mul", "ave") else UNKNOWN


@layer("keras.layers.TimeDistributed")
def time_distributed(inputs: Tensor, layer: Value) -> Value:
    if inputs.shape is None:
        return Tensor()
    if len(inputs.shape) < 3:
        raise LayerInputMismatch(inputs, "min_ndim", 3, len(inputs.shape))
    batch, time, *rest = inputs.shape
    step = rules.like(inputs, shape=(batch, *rest), kind=inputs.kind)
    try:
        result = apply(layer, step)
    except Violation:
        if is_eager(inputs):
            raise
        return Tensor()  # of symbolic inputs only the shape is asked, which may not object
    if not isinstance(result, Tensor) or result.shape is None:
        return Tensor(result.dtype) if isinstance(result, Tensor) else Tensor()
    return rules.like(result, shape=(batch, time, *result.shape[1:]))
