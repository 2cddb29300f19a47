"""Families of ops that need no function of their own: one line per op.

The dtypes that an op takes come from the kernels that TensorFlow registers for the raw op behind it (CPU).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tflint_gemm import api
from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Element, Kind, Tensor
from tflint_gemm.ops import composites, elements, rules
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.registry import add
from tflint_gemm.ops.rules import Decides
from tflint_gemm.ops.violations import DTypeMismatch

Evaluate = Callable[..., Element]


@cache
def kernels(raw_op: str, attribute: str = "T") -> frozenset[DType]:
    """The dtypes for which TensorFlow has a CPU kernel of ``raw_op``; empty where the table does not know the op."""
    names = api.kernel_dtypes(raw_op, "CPU", attribute) or frozenset()
    allowed = api.op_dtypes(raw_op, attribute)
    if allowed is not None:  # a kernel for a dtype that the op's definition excludes cannot be reached
        names &= allowed
    return frozenset(dtypes.BY_NAME[name] for name in names if name in dtypes.BY_NAME)


def check_kernel(operand: Tensor, raw_op: str | None) -> None:
    """Raise NoKernel where ``operand`` has a dtype for which ``raw_op`` has no kernel."""
    if raw_op is not None and (allowed := kernels(raw_op)):
        rules.require_dtype(operand, allowed)


def elementwise(
    name: str, raw_op: str | None = None, result: DType | None = None, allowed: frozenset[DType] | None = None
) -> None:
    """Register a unary elementwise op: the operand's shape, its dtype unless ``result`` fixes another.

    It takes the dtypes of ``raw_op``'s kernels, or those ``allowed`` where no one raw op tells.
    """

    def model(x: Tensor) -> Tensor:
        if allowed is not None:
            rules.require_dtype(x, allowed)
        check_kernel(x, raw_op)
        if x.kind is Kind.RAGGED:
            return composites.elementwise(x, result or x.dtype)
        return rules.like(x, dtype=result or x.dtype)

    add(OpModel(name, model, by_position=1))


def binary(
    name: str,
    raw_op: str | None = None,
    result: DType | None = None,
    decides: Decides = "tensor",
    evaluate: Evaluate | None = None,
) -> None:
    """Register a binary elementwise op: broadcast shape, common dtype unless ``result`` fixes another.

    ``evaluate`` computes one element of the result, for small tensors whose values are known.
    """

    def model(x: Tensor, y: Tensor) -> Tensor:
        return binary_result(x, y, raw_op, result, decides, evaluate)

    add(OpModel(name, model, by_position=2))


def binary_result(
    x: Tensor,
    y: Tensor,
    raw_op: str | None = None,
    result: DType | None = None,
    decides: Decides = "tensor",
    evaluate: Evaluate | None = None,
) -> Tensor:
    """What a binary elementwise op makes of ``x`` and ``y``; raises DTypeMismatch, NoKernel, BroadcastMismatch."""
    for operand in (x, y):
        if operand.kind in (Kind.SPARSE, Kind.RAGGED):
            return Tensor(result, None, operand.kind)
    try:
        common = rules.common_dtype((x, y), "elementwise", decides)
    except DTypeMismatch as mismatch:
        # One fault, one finding: the shape is still worth knowing afterwards.
        guess = mismatch.result.dtype if isinstance(mismatch.result, Tensor) else None
        mismatch.result = Tensor(result or guess, shapes.broadcast(x.shape, y.shape)[0])
        raise
    if common is not None:
        check_kernel(rules.like(x, dtype=common), raw_op)
    shape = rules.broadcast((x, y), result or common)
    origin = None if result else next((o.dtype_origin for o in (x, y) if common and o.dtype == common), None)
    values = elements.within(_elements(x, y, evaluate), result or common)
    return Tensor(result or common, shape, elements=values, dtype_origin=origin)


def _elements(x: Tensor, y: Tensor, evaluate: Evaluate | None) -> tuple[Element, ...] | None:
    if evaluate is None or x.elements is None or y.elements is None:
        return None
    if x.shape == y.shape:
        pairs = list(zip(x.elements, y.elements))
    elif y.shape == ():
        pairs = [(element, y.elements[0]) for element in x.elements]
    elif x.shape == ():
        pairs = [(x.elements[0], element) for element in y.elements]
    else:
        return None
    return tuple(None if a is None or b is None else evaluate(a, b) for a, b in pairs)
