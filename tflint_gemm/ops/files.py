"""``tf.io.gfile`` and what writes files: Python's values, of which the type is known."""

from __future__ import annotations

from tflint_gemm.domain.values import NONE, IterableValue, ListValue, OfType, Value
from tflint_gemm.ops.diagnostics import nothing
from tflint_gemm.ops.registry import op


@op("io.gfile.exists", "io.gfile.isdir")
def exists() -> Value:
    return OfType("bool")


@op("io.gfile.join")
def joined() -> Value:
    """A string, or bytes where the parts are, which is the same to TensorFlow."""
    return OfType("str")


@op("io.gfile.glob", "io.gfile.listdir")
def names() -> Value:
    return ListValue(IterableValue(OfType("str")))


@op("io.gfile.copy", "io.gfile.makedirs", "io.gfile.mkdir", "io.gfile.remove", "io.gfile.rename", "io.gfile.rmtree")
def done() -> Value:
    return NONE


@op("io.write_file")
def write_file() -> Value:
    """None where ops run at once, an operation in a graph."""
    return nothing()
