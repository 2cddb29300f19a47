"""TensorFlow 1's sessions: what is fed must fit the placeholders, what is fetched comes back as arrays."""

from __future__ import annotations

from tflint_gemm.domain import shapes
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    DictValue,
    Kind,
    Reference,
    Tensor,
    Unknown,
    Value,
)
from tflint_gemm.ops import conversion, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.creation import is_ragged
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import AssignMismatch, InvalidArgument
from tflint_gemm.replacing import replace

OPERATION = "Operation"


def check_feed(feed_dict: Value, result: Value) -> None:
    """Raise AssignMismatch for an array that has not the shape of its placeholder, InvalidArgument for a tensor."""
    if not isinstance(feed_dict, DictValue):
        return
    for key, value in feed_dict.slots.items():
        if not isinstance(key, Reference) or not isinstance(key.target, Tensor):
            continue
        fed = conversion.to_tensor(value)
        if isinstance(value, Tensor) and value.kind is Kind.TENSOR and current().mode == "graph":
            raise InvalidArgument([value], "a tensor cannot be fed, only its value", result)
        if fed.kind is not Kind.UNKNOWN and is_ragged(value):
            raise InvalidArgument([], "a ragged list, of which NumPy makes no array", result)
        if fed.kind in (Kind.ARRAY, Kind.PYTHON) and shapes.equal(key.target.shape, fed.shape) is False:
            raise AssignMismatch(fed, key.target.shape, "feed", result)


def fetched(value: Value) -> Value:
    """What a session returns for a tensor or an operation."""
    if isinstance(value, Tensor) and value.kind in (Kind.TENSOR, Kind.VARIABLE):
        return replace(value, kind=Kind.ARRAY, elements=None, storage=None)
    return NONE if isinstance(value, ApiObject) and value.path == OPERATION else UNKNOWN


_MONITORED = "compat.v1.train.MonitoredSession"
SESSIONS: tuple[str, ...] = (
    "compat.v1.Session", "compat.v1.InteractiveSession", _MONITORED, "compat.v1.train.SingularMonitoredSession",
)  # fmt: skip


@op("compat.v1.train.MonitoredTrainingSession")
def monitored_session() -> Value:
    return ApiObject(_MONITORED, {})


@op(*(f"{session}.run" for session in SESSIONS))
def run(fetches: Value, feed_dict: Value = NONE) -> Value:
    result = UNKNOWN if isinstance(fetches, Unknown) else structures.map_leaves(fetched, fetches)
    for leaf in structures.leaves(fetches):
        if isinstance(leaf, Tensor) and leaf.kind is Kind.ARRAY:
            raise InvalidArgument([leaf], "an array cannot be fetched, it is a value already", result)
    check_feed(feed_dict, result)
    return result


@op("Operation.run")
def run_operation(feed_dict: Value = NONE) -> Value:
    check_feed(feed_dict, NONE)
    return NONE


def _operation(*names: str) -> None:
    """Calls that return an operation, which is run for its effect."""

    def model() -> Value:
        return ApiObject(OPERATION, {})

    op(*names)(model)


_operation(
    "compat.v1.global_variables_initializer",
    "compat.v1.local_variables_initializer",
    "compat.v1.initialize_all_variables",
    "compat.v1.variables_initializer",
    "compat.v1.initialize_variables",
    "compat.v1.initialize_local_variables",
    "compat.v1.initialize_all_tables",
    "compat.v1.tables_initializer",
    "compat.v1.train.Optimizer.minimize",
    "compat.v1.train.Optimizer.apply_gradients",
    "no_op",
    "group",
)
