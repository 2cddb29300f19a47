"""Whether what is raised can be what is claimed, by its words."""

from __future__ import annotations

import pytest

from tflint_gemm.domain.dtypes import FLOAT32, INT32
from tflint_gemm.domain.values import Tensor
from tflint_gemm.ops.violations import BroadcastMismatch, DTypeMismatch, InvalidArgument, TargetMismatch, Violation
from tflint_gemm.verify.compatible import is_compatible

ROWS = Tensor(FLOAT32, (3, 4))
SHAPES = BroadcastMismatch((ROWS, Tensor(FLOAT32, (5,))))
DTYPES = DTypeMismatch((ROWS, Tensor(INT32, (3, 4))), "elementwise")
LABELS = TargetMismatch((ROWS, ROWS), "as many")
OTHER = InvalidArgument((ROWS,), "no list")

SIZES = "Incompatible shapes: [3,4] vs. [5]"
TYPES = "cannot compute AddV2 as input #1(zero-based) was expected to be a float tensor but is a int32 tensor"
COUNTS = "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.'x' sizes: 17"
CALL = "f() missing 1 required positional argument: 'y'"
NONE = "unsupported operand type(s) for +: 'NoneType' and 'int'"
VAGUE = "Value for attr 'T' is odd"


@pytest.mark.parametrize(
    ("violation", "excluded"),
    [
        (SHAPES, {TYPES, COUNTS, CALL, NONE}),
        (DTYPES, {SIZES, COUNTS, CALL, NONE}),
        (LABELS, {TYPES, CALL, NONE}),
        (OTHER, set()),
        (None, set()),
    ],
)
def test_what_is_about_something_else_does_not_confirm(violation: Violation | None, excluded: set[str]) -> None:
    messages = {SIZES, TYPES, COUNTS, CALL, NONE, VAGUE}
    assert {message for message in messages if not is_compatible(violation, message)} == excluded
