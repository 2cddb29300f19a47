"""Shapes: tuples of dimensions, or None for an unknown rank; and the few operations every op model is made of."""

from __future__ import annotations

from typing import Union

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim, Ternary

Shape = Union[tuple[Dim, ...], None]


def num_elements(shape: Shape) -> Dim:
    """The product of the dimensions; None where the rank or a dimension is not known, unless another is 0."""
    return None if shape is None else dims.product(shape)


def is_concrete(shape: Shape) -> bool:
    """Whether every dimension is an integer."""
    return shape is not None and all(isinstance(dim, int) for dim in shape)


def equal(left: Shape, right: Shape) -> Ternary:
    """Whether two shapes are the same: True, False, or None when that cannot be decided."""
    if left is None or right is None:
        return None
    if len(left) != len(right):
        return False
    verdicts = [dims.equal(a, b) for a, b in zip(left, right)]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def join(left: Shape, right: Shape) -> Shape:
    """The least upper bound: unknown rank where ranks differ, unknown dimension where dimensions differ."""
    if left is None or right is None or len(left) != len(right):
        return None
    return tuple(dims.join(a, b) for a, b in zip(left, right))


def broadcast_dim(left: Dim, right: Dim) -> tuple[Dim, bool]:
    """The broadcast of two dimensions, and whether they certainly cannot be broadcast."""
    if left == 1:
        return right, False
    if right == 1:
        return left, False
    if isinstance(left, int) and isinstance(right, int):
        return (left, False) if left == right else (None, True)
    if dims.equal(left, right):
        return left, False
    if isinstance(left, int):  # the other is 1 or equal to it, else TensorFlow raises
        return left, False
    if isinstance(right, int):
        return right, False
    return None, False


def broadcast(left: Shape, right: Shape) -> tuple[Shape, bool]:
    """NumPy's broadcast of two shapes, and whether it certainly fails (then the shape is a best guess)."""
    if left is None or right is None:
        return None, False
    size = max(len(left), len(right))
    padded_left = (1,) * (size - len(left)) + left
    padded_right = (1,) * (size - len(right)) + right
    pairs = [broadcast_dim(a, b) for a, b in zip(padded_left, padded_right)]
    return tuple(dim for dim, _ in pairs), any(failed for _, failed in pairs)


def show(shape: Shape) -> str:
    """The notation of messages: ``[2, ?, batch]``; ``[...]`` for an unknown rank."""
    if shape is None:
        return "[...]"
    return "[" + ", ".join("?" if dim is None else str(dim) for dim in shape) + "]"
