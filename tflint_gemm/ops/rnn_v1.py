"""TensorFlow 1's recurrent networks: cells, and the functions that run them over time.

A cell is an object that remembers its constructor's arguments and, once it has been run, how wide its inputs were:
its weights have that width from then on.
"""

from __future__ import annotations

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_tensor
from tflint_gemm.ops.layers import INCOMPLETE, built_for
from tflint_gemm.ops.parameters import Dimension, DTypeArgument, Flag, Spread
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.ops.violations import ConcatMismatch, InvalidArgument, LayerInputMismatch

_CELLS = "compat.v1.nn.rnn_cell"
_SIMPLE = (f"{_CELLS}.BasicRNNCell", f"{_CELLS}.GRUCell")
_LSTM = (f"{_CELLS}.BasicLSTMCell", f"{_CELLS}.LSTMCell", "contrib.rnn.LayerNormBasicLSTMCell")
_WRAPPERS = (f"{_CELLS}.DropoutWrapper", f"{_CELLS}.DeviceWrapper", f"{_CELLS}.ResidualWrapper")
_STACK = f"{_CELLS}.MultiRNNCell"
_FIELDS = ("c", "h")
_MAX_DEPTH = 8

# ------------------------------------------------------------------------------------------------- cells


def _plain(cell: Value) -> ApiObject | None:
    """The cell inside wrappers; None where it is not one of TensorFlow's, or not known how it was made."""
    for _ in range(_MAX_DEPTH):
        if not isinstance(cell, ApiObject) or INCOMPLETE in cell.arguments:
            return None
        if cell.path not in _WRAPPERS:
            return cell
        cell = cell.arguments.get("cell", UNKNOWN)
    return None


def _stacked(cell: ApiObject) -> tuple[Value, ...] | None:
    return sequence_items(cell.arguments.get("cells", UNKNOWN))


def _units(cell: ApiObject) -> Dim:
    return dim_of(cell.arguments.get("num_units", UNKNOWN))


def _output_size(cell: Value) -> Dim:
    plain = _plain(cell)
    if plain is None:
        return None
    if plain.path == _STACK:
        cells = _stacked(plain)
        return _output_size(cells[-1]) if cells else None
    projected = plain.arguments.get("num_proj", NONE)
    return _units(plain) if projected == NONE else dim_of(projected)


def _is_tuple(cell: ApiObject) -> bool | None:
    flag = cell.arguments.get("state_is_tuple", Constant(True))
    return bool(flag.value) if isinstance(flag, Constant) else None


def _pair(memory: Value, output: Value) -> TupleValue:
    return TupleValue((memory, output), _FIELDS, "LSTMStateTuple")


def _state(cell: Value, batch: Dim, dtype: DType | None) -> Value:
    """The state of a cell for a batch: a tensor, a pair of them, or a tuple of the states of stacked cells."""
    plain = _plain(cell)
    if plain is None:
        return UNKNOWN
    if plain.path == _STACK:
        cells = _stacked(plain)
        known = cells is not None and _is_tuple(plain) is True
        return TupleValue(tuple(_state(one, batch, dtype) for one in cells or ())) if known else UNKNOWN
    if plain.path in _SIMPLE:
        return Tensor(dtype, (batch, _units(plain)))
    if plain.path not in _LSTM or _is_tuple(plain) is None:
        return UNKNOWN
    if _is_tuple(plain):
        return _pair(Tensor(dtype, (batch, _units(plain))), Tensor(dtype, (batch, _output_size(plain))))
    return Tensor(dtype, (batch, dims.add(_units(plain), _output_size(plain))))


def _step(cell: Value, inputs: Tensor, state: Value) -> Tensor:
    """What a cell gives for one step; raises LayerInputMismatch, ConcatMismatch."""
    plain = _plain(cell)
    batch = inputs.shape[0] if inputs.shape else None
    result = Tensor(inputs.dtype, (batch, _output_size(cell)))
    if plain is None or inputs.rank not in (None, 2):
        return Tensor(inputs.dtype)
    if plain.path == _STACK:
        cells, states = _stacked(plain), sequence_items(state)
        if cells is None:
            return Tensor(inputs.dtype)
        for i, one in enumerate(cells):
            inputs = _step(one, inputs, states[i] if states is not None and i < len(states) else UNKNOWN)
        return inputs
    if plain.path not in (*_SIMPLE, *_LSTM):
        return Tensor(inputs.dtype)
    _check_batch(inputs, state, result)
    built_for(plain, inputs, -1)
    return result


def _check_batch(inputs: Tensor, state: Value, result: Value) -> None:
    """The inputs are joined with the state, so that their batches must be equal."""
    items = sequence_items(state)
    before = items[-1] if items else state
    if not isinstance(before, Tensor) or not before.shape or not inputs.shape:
        return
    if dims.equal(before.shape[0], inputs.shape[0]) is False:
        raise ConcatMismatch([inputs, before], 1, result)


@op(*(f"{cell}.zero_state" for cell in (*_SIMPLE, *_LSTM, *_WRAPPERS, _STACK, f"{_CELLS}.RNNCell")))
def zero_state(self: Value, batch_size: Dimension, dtype: DTypeArgument) -> Value:
    return _state(self, batch_size, dtype if isinstance(dtype, DType) else None)


@attribute(*(f"{cell}.output_size" for cell in (*_SIMPLE, *_LSTM, *_WRAPPERS, _STACK)))
def output_size(self: Value) -> Value:
    return from_dim(_output_size(self))


@op(*(f"{cell}.__call__" for cell in (*_SIMPLE, *_LSTM, *_WRAPPERS, _STACK)))
def call_cell(self: Value, inputs: Tensor, state: Value) -> Value:
    output = _step(self, inputs, state)
    return TupleValue((output, _state(self, output.shape[0] if output.shape else None, output.dtype)))


@op(*_WRAPPERS)
def wrapper(*args: Spread, cell: Value = NONE) -> Value:
    """A cell around another one, which decides all sizes."""
    inner = next((value for value in args if isinstance(value, Value)), cell)
    return ApiObject(_WRAPPERS[0], {"cell": inner})


@op(f"{_CELLS}.LSTMStateTuple")
def state_tuple(c: Value, h: Value) -> Value:
    return _pair(c, h)


# ------------------------------------------------------------------------------------------------- over time


def _run(cell: Value, inputs: Tensor, state: Value, time_major: bool | Unsure) -> tuple[Tensor, Value]:
    """The outputs at all steps and the last state."""
    shape = inputs.shape
    if shape is not None and len(shape) < 3:
        raise LayerInputMismatch(inputs, "min_ndim", 3, len(shape), result=TupleValue((Tensor(inputs.dtype), UNKNOWN)))
    if shape is None or len(shape) != 3 or isinstance(time_major, Unsure):
        return Tensor(inputs.dtype), _state(cell, None, inputs.dtype)
    time, batch = (shape[0], shape[1]) if time_major else (shape[1], shape[0])
    step = Tensor(inputs.dtype, (batch, shape[2]))
    try:
        output = _step(cell, step, state)
    except (LayerInputMismatch, ConcatMismatch) as mismatch:
        full = (time, batch, _output_size(cell)) if time_major else (batch, time, _output_size(cell))
        mismatch.operands = tuple(inputs if operand is step else operand for operand in mismatch.operands)
        mismatch.result = TupleValue((Tensor(inputs.dtype, full), _state(cell, batch, inputs.dtype)))
        raise
    size = output.shape[-1] if output.shape else None
    outputs = Tensor(inputs.dtype, (time, batch, size) if time_major else (batch, time, size))
    return outputs, _state(cell, batch, inputs.dtype)


@op("compat.v1.nn.dynamic_rnn")
def dynamic_rnn(cell: Value, inputs: Tensor, initial_state: Value = NONE, time_major: Flag = False) -> Value:
    """Outputs and the last state; raises LayerInputMismatch, ConcatMismatch."""
    return TupleValue(_run(cell, inputs, initial_state, time_major))


@op("compat.v1.nn.bidirectional_dynamic_rnn")
def bidirectional_dynamic_rnn(
    cell_fw: Value,
    cell_bw: Value,
    inputs: Tensor,
    initial_state_fw: Value = NONE,
    initial_state_bw: Value = NONE,
    time_major: Flag = False,
) -> Value:
    """A pair of outputs and a pair of states, forward and backward."""
    forward, forward_state = _run(cell_fw, inputs, initial_state_fw, time_major)
    backward, backward_state = _run(cell_bw, inputs, initial_state_bw, time_major)
    return TupleValue((TupleValue((forward, backward)), TupleValue((forward_state, backward_state))))


@op("contrib.rnn.stack_bidirectional_dynamic_rnn")
def stack_bidirectional_dynamic_rnn(
    cells_fw: Value, cells_bw: Value, inputs: Tensor, time_major: Flag = False
) -> Value:
    """Layer upon layer, each on the joined outputs of the one below."""
    forward, backward = sequence_items(cells_fw), sequence_items(cells_bw)
    if not forward or not backward or len(forward) != len(backward):
        return UNKNOWN
    states: list[tuple[Value, Value]] = []
    for one, other in zip(forward, backward):
        left, left_state = _run(one, inputs, NONE, time_major)
        right, right_state = _run(other, inputs, NONE, time_major)
        inputs = _joined(left, right)
        states.append((left_state, right_state))
    return TupleValue((inputs, TupleValue(tuple(a for a, _ in states)), TupleValue(tuple(b for _, b in states))))


def _joined(left: Tensor, right: Tensor) -> Tensor:
    if left.shape is None or right.shape is None:
        return Tensor(left.dtype)
    return Tensor(left.dtype, (*left.shape[:-1], dims.add(left.shape[-1], right.shape[-1])))


def _steps(inputs: Value) -> tuple[Tensor, ...] | None:
    items = None if isinstance(inputs, Tensor) else sequence_items(inputs)
    return tuple(to_tensor(item) for item in items) if items else None


@op("compat.v1.nn.static_rnn")
def static_rnn(cell: Value, inputs: Value, initial_state: Value = NONE) -> Value:
    """A list of outputs, one per step, and the last state; raises InvalidArgument for a tensor of all steps."""
    steps = _steps(inputs)
    if isinstance(inputs, Tensor) and inputs.kind in (Kind.TENSOR, Kind.ARRAY, Kind.VARIABLE):
        unknown = TupleValue((UNKNOWN, _state(cell, None, None)))
        raise InvalidArgument([inputs], "the inputs are a list with a matrix for each step", unknown)
    if steps is None:
        return TupleValue((UNKNOWN, _state(cell, None, None)))
    outputs = tuple(_step(cell, step, initial_state) for step in steps)
    batch = outputs[0].shape[0] if outputs[0].shape else None
    return TupleValue((ListValue(TupleValue(outputs)), _state(cell, batch, outputs[0].dtype)))


@op("compat.v1.nn.static_bidirectional_rnn")
def static_bidirectional_rnn(cell_fw: Value, cell_bw: Value, inputs: Value) -> Value:
    steps = _steps(inputs)
    if steps is None:
        return UNKNOWN
    outputs = tuple(_joined(_step(cell_fw, step, NONE), _step(cell_bw, step, NONE)) for step in steps)
    batch, dtype = outputs[0].shape[0] if outputs[0].shape else None, outputs[0].dtype
    return TupleValue((ListValue(TupleValue(outputs)), _state(cell_fw, batch, dtype), _state(cell_bw, batch, dtype)))
