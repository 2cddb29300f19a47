"""``python -m tflint_gemm``."""

from tflint_gemm.cli import main

main(prog_name="tflint-gemm")
