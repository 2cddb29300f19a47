"""Whether what was raised can be what was claimed: an exception tells by its words what it is about.

Most messages name what they are about, and some of it excludes a claim: no clash of shapes makes TensorFlow speak of
dtypes or of Python's arguments.  What a message does not tell, it does not exclude.
"""

from __future__ import annotations

import re

from tflint_gemm.ops import violations
from tflint_gemm.ops.violations import Violation

# Python's own words for a call that goes wrong, and what the program lacks.
_OF_THE_PROGRAM = re.compile(
    r"unexpected keyword argument|missing \d+ required|takes (from |at most )?\d+ (to \d+ )?positional argument"
    r"|multiple values for|object is not (callable|subscriptable|iterable)|has no (len\(\)|attribute)"
    r"|'NoneType'|is not defined|No gradients provided|must call `?compile|not been built"
)
# What a slice may lack, the whole program not.
_OF_THE_SLICE = re.compile(r"No default session is registered|uninitialized value|`fetch` = None has invalid type")
_OF_COUNTS = re.compile(r"Data cardinality is ambiguous")
_OF_DTYPES = re.compile(
    r"was expected to be an? \w+ tensor but is an? \w+ tensor|has type \w+ that does not match (expected )?type"
    r"|Tensor conversion requested dtype|to EagerTensor of dtype|not in (the )?list of allowed values"
    r"|Cast \w+ to \w+ is not supported|has dtype \w+ (in the main branch|before the loop)"
)
_OF_SHAPES = re.compile(
    r"Incompatible shapes: |Dimensions must be equal|Matrix size-incompatible|ndims must be >="
    r"|could not be broadcast together|Input to reshape is a tensor with|requested shape requires"
    r"|Shapes of all inputs must match|Ranks of all input tensors should match|Invalid reduction dimension"
    r"|Shape must be (at least )?rank|expected axis -?\d+ of input shape|expected (min_)?ndim="
)
_ABOUT_DTYPES = (
    violations.DTypeMismatch,
    violations.ConversionMismatch,
    violations.LoopVariableMismatch,
    violations.BranchMismatch,
    violations.NoKernel,
)
_ABOUT_SHAPES = (
    violations.InnerDimMismatch,
    violations.RankTooLow,
    violations.BatchMismatch,
    violations.BroadcastMismatch,
    violations.ReshapeCount,
    violations.ConcatMismatch,
    violations.EquationMismatch,
    violations.AxisOutOfRange,
    violations.IndexOutOfRange,
    violations.WindowMismatch,
    violations.LayerInputMismatch,
    violations.TargetMismatch,
    violations.AssignMismatch,
    violations.LoopShapeMismatch,
)


def is_compatible(violation: Violation | None, message: str, guessed: bool = False) -> bool:
    """Whether an exception that says ``message`` may be what ``violation`` claims.

    ``guessed``: parts of the program were replaced by what they may be, of which Python may complain in its own words.
    """
    if _OF_THE_SLICE.search(message):
        return False
    if guessed and _OF_THE_PROGRAM.search(message):
        return False
    if _OF_COUNTS.search(message):
        return violation is None or isinstance(violation, (violations.TargetMismatch, violations.InvalidArgument))
    if isinstance(violation, _ABOUT_DTYPES):
        return not (_OF_THE_PROGRAM.search(message) or _OF_SHAPES.search(message))
    if isinstance(violation, _ABOUT_SHAPES):
        return not (_OF_THE_PROGRAM.search(message) or _OF_DTYPES.search(message))
    return True
