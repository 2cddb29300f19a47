"""The memory plan of a file: what is allocated where, how long it lives, and what is alive at the peak."""

from tflint_gemm.memory.plan import Allocation, Ending, Moment, Plan, Role

__all__ = ["Allocation", "Ending", "Moment", "Plan", "Role"]
