"""What an annotation tells about a parameter."""

from __future__ import annotations

import ast

from tflint_gemm.domain import dims
from tflint_gemm.domain.values import (
    ApiObject,
    ApiSymbol,
    BuiltinFunction,
    Kind,
    Tensor,
    Value,
    from_dim,
)
from tflint_gemm.interpreter.array_types import Names, array_type
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.ops.specs import described
from tflint_gemm.replacing import replace

_TENSORS = {
    "tensorflow.Tensor": Kind.TENSOR, "tensorflow.Variable": Kind.VARIABLE, "numpy.ndarray": Kind.ARRAY,
    "numpy.typing.NDArray": Kind.ARRAY,
}  # fmt: skip

_OBJECTS = {"numpy.random.Generator", "numpy.random.RandomState"}
"""Classes whose instances are alike, whatever they were made with."""


def annotated_value(interp: Interpreter, argument: ast.arg, names: Names) -> Value | None:
    """The most that ``argument``'s annotation says; None where it has none or says nothing that is understood.

    ``Optional`` and unions say nothing: None and the rest are different values.  ``float``, ``str`` and ``bool`` say
    too little to be worth the trust: programs annotate what is a tensor in the end.  ``names`` are the sizes that the
    annotations of the function have named so far.
    """
    if argument.annotation is None:
        return None
    promised = array_type(interp, argument.annotation, names)
    if promised is not None:
        return promised.value()
    with interp.quiet():
        annotation = interp.eval(argument.annotation)
    if isinstance(annotation, ApiSymbol) and annotation.path in _TENSORS:
        # A parameter annotated tf.Tensor is fed arrays and variables too; the shape is all that is alike.
        return Tensor(kind=Kind.UNKNOWN)
    if isinstance(annotation, ApiSymbol) and annotation.path in _OBJECTS:
        return ApiObject(annotation.path, {})
    if isinstance(annotation, ApiObject) and isinstance(spec := described(annotation), Tensor):
        return replace(spec, kind=Kind.UNKNOWN)
    if isinstance(annotation, BuiltinFunction) and annotation.name == "int":
        return from_dim(dims.symbol(argument.arg, assumed=True))
    return None
