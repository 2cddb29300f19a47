"""Executes Python over abstract values: expressions, statements, calls, classes, loops, modules."""

from tflint_gemm.interpreter.machine import analyse
from tflint_gemm.interpreter.records import Analysis, Call, Peak, ViolationRecord
from tflint_gemm.interpreter.sizes import SizeNames

__all__ = ["Analysis", "Call", "Peak", "SizeNames", "ViolationRecord", "analyse"]
