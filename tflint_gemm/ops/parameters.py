"""The parameter types that op models are written in; each says how an abstract argument is converted to it.

``UNSURE`` stands for "given, but not known"; a model must not object on the strength of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, Constant, Tensor, Value, dim_of
from tflint_gemm.ops import conversion
from tflint_gemm.ops.conversion import UNSURE, Unsure

__all__ = [
    "Axes", "Axis", "DTypeArgument", "Dimension", "Dims", "Flag", "Integer", "NumpyDType", "Number", "OptionalTensor",
    "Conversion", "Spread", "Tensor", "TensorFlowDType", "Tensors", "Text", "UNSURE", "Unsure", "Value", "converter",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """Marks an annotation with the function that converts an abstract argument to it."""

    convert: Callable[[Value], Any]


def _optional_tensor(value: Value) -> Tensor | None:
    return None if value == NONE else conversion.to_operand(value)


def _integer(value: Value) -> int | None | Unsure:
    python = conversion.to_python(value)
    if python is None or isinstance(python, (int, Unsure)):
        return python
    return UNSURE


def _number(value: Value) -> float | None | Unsure:
    python = conversion.to_python(value)
    if python is None or isinstance(python, (int, float, Unsure)):
        return python
    return UNSURE


def _text(value: Value) -> str | None | Unsure:
    python = conversion.to_python(value)
    if isinstance(python, bytes):
        return python.decode("ascii", "replace")
    return python if python is None or isinstance(python, (str, Unsure)) else UNSURE


def _dimension(value: Value) -> Dim:
    if isinstance(value, Constant) and isinstance(value.value, float) and value.value.is_integer():
        return int(value.value)
    return dim_of(value)


Tensors = Annotated[Union[tuple[Tensor, ...], None], Conversion(conversion.to_tensors)]
"""A list or tuple of tensors; None where its length is not known."""
OptionalTensor = Annotated[Union[Tensor, None], Conversion(_optional_tensor)]
"""A tensor, or None where the caller passes None or leaves it out."""
Dims = Annotated[Union[tuple[Dim, ...], None], Conversion(conversion.to_shape)]
"""A shape argument; None for an unknown rank."""
Dimension = Annotated[Dim, Conversion(_dimension)]
"""A size: integer, symbolic or unknown."""
DTypeArgument = Annotated[Union[DType, None, Unsure], Conversion(conversion.to_dtype)]
TensorFlowDType = Annotated[Union[DType, None, Unsure], Conversion(conversion.to_tensorflow_dtype)]
"""A dtype argument that ``tf.as_dtype`` reads: raises InvalidArgument for Python's ``int`` and ``complex``."""
NumpyDType = Annotated[Union[DType, None, Unsure], Conversion(conversion.to_numpy_dtype)]
Flag = Annotated[Union[bool, Unsure], Conversion(conversion.to_flag)]
Axis = Annotated[Union[int, None, Unsure], Conversion(_integer)]
"""One axis, negative ones counting from the end."""
Axes = Annotated[Union[tuple[int, ...], None, Unsure], Conversion(conversion.to_axes)]
"""One or several axes; None means all."""
Integer = Annotated[Union[int, None, Unsure], Conversion(_integer)]
Number = Annotated[Union[float, None, Unsure], Conversion(_number)]
Text = Annotated[Union[str, None, Unsure], Conversion(_text)]
Spread = Annotated[Union[Value, Unsure], Conversion(lambda value: value)]
"""For ``*arguments``: raw values, or a single UNSURE where even their number is not known."""


def converter(annotation: object) -> Callable[[Value], Any]:
    """The conversion for a parameter annotated so; raises TypeError for an annotation that is not of this module."""
    if get_origin(annotation) is Union:  # Python 3.10 wraps what has None for its default in Optional[...]
        (annotation,) = (option for option in get_args(annotation) if option is not type(None))
    if annotation is Tensor:
        return conversion.to_operand
    if annotation is Value:
        return lambda value: value
    for mark in getattr(annotation, "__metadata__", ()):
        if isinstance(mark, Conversion):
            return mark.convert
    raise TypeError(f"an op model's parameter cannot be annotated {annotation!r}")
