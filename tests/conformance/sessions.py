"""Calls as TensorFlow 1 makes them: in a graph, whose tensors a session computes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import tensorflow as tf

_v1 = tf.compat.v1
_REFUSED = re.compile(
    r"eager (execution|mode)|executing eagerly|default session|session graph is empty|singleton tf\.Variables",
    re.IGNORECASE,
)
_PATIENCE = 1000  # milliseconds that a session may take: what reads an empty queue never comes back


def is_wanted(error: Exception | None) -> bool:
    """Whether a call failed only because it was made eagerly, or in ``tf.function``."""
    return isinstance(error, NotImplementedError) or _REFUSED.search(str(error)) is not None


def computed(call: Callable[[], Any]) -> Any:
    """What ``call`` gives in the current graph, its tensors with the values that a session computes.

    Raises what the session raises. Where that waits in vain, tensors stay as they are if their shapes are known.
    """
    coordinator = tf.train.Coordinator()
    with _v1.Session() as session:
        _initialize(session)
        result = call()
        _initialize(session)
        leaves = tf.nest.flatten(result, expand_composites=True)
        asked = {at: leaf for at, leaf in enumerate(leaves) if _has_value(leaf)}
        _v1.train.start_queue_runners(session, coordinator)
        try:
            values = session.run(asked, options=_v1.RunOptions(timeout_in_ms=_PATIENCE))
        except tf.errors.DeadlineExceededError:
            if not all(leaf.shape.is_fully_defined() for leaf in asked.values()):
                raise
            return result
        finally:
            coordinator.request_stop()
    with tf.__internal__.eager_context.eager_mode():
        leaves = [tf.constant(values[at], leaf.dtype) if at in values else leaf for at, leaf in enumerate(leaves)]
    return tf.nest.pack_sequence_as(result, leaves, expand_composites=True)


def _has_value(leaf: Any) -> bool:
    """Whether a session can say what a tensor is: not of a placeholder, to which nothing is fed."""
    if not isinstance(leaf, tf.Tensor) or leaf.dtype in (tf.variant, tf.resource) or leaf.dtype.is_quantized:
        return False
    return leaf.op.type != "Placeholder"


def _initialize(session: Any) -> None:
    """Give variables and tables that are there their values; a monitored session has done so and closed the graph."""
    if not session.graph.finalized:
        session.run([_v1.global_variables_initializer(), _v1.local_variables_initializer()])
        session.run(_v1.tables_initializer())
