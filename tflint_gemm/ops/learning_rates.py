"""TensorFlow 1's learning rates that decay with the steps: a number of the dtype of the first rate."""

from __future__ import annotations

from tflint_gemm.domain.values import NONE, UNKNOWN, Tensor, Value
from tflint_gemm.ops.context import current
from tflint_gemm.ops.creation import converted
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.registry import add


def _decay(name: str) -> None:
    def model(learning_rate: Value, global_step: Value, decay_steps: Value, factor: Value = NONE) -> Value:
        if current().mode != "graph":
            return UNKNOWN  # a function that computes it
        given = (learning_rate, global_step, decay_steps, *(() if factor == NONE else (factor,)))
        operands = [converted(operand) for operand in given]
        return Tensor(operands[0].dtype, () if all(operand.shape == () for operand in operands) else None)

    add(OpModel(f"compat.v1.train.{name}", model, by_position=4))


for _name in (
    "exponential_decay", "polynomial_decay", "natural_exp_decay", "inverse_time_decay", "cosine_decay",
    "linear_cosine_decay", "noisy_linear_cosine_decay", "cosine_decay_restarts",
):  # fmt: skip
    _decay(_name)
