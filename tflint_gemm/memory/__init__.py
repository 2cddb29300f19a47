"""The memory plan of a file: what is allocated where, how long it lives, and what is alive at the peak.

``plans_of`` makes the plans of an analysis for which the interpreter kept a trace (``record_memory``).
"""

from tflint_gemm.memory.plan import Allocation, Ending, Moment, Plan, Site
from tflint_gemm.memory.planner import plans_of

__all__ = ["Allocation", "Ending", "Moment", "Plan", "Site", "plans_of"]
