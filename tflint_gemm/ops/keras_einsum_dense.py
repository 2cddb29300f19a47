"""``keras.layers.EinsumDense``: a product by an equation of one operand and the layer's kernel."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, Constant, Tensor, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import to_shape
from tflint_gemm.ops.keras_layers import activate
from tflint_gemm.ops.layers import built_for, is_built, is_eager, layer
from tflint_gemm.ops.parameters import Text
from tflint_gemm.ops.violations import LayerInputMismatch

_FORMS = (
    (re.compile(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)"), ""),
    (re.compile(r"\.\.\.([a-zA-Z]+),([a-zA-Z]+)->\.\.\.([a-zA-Z]+)"), "left"),
    (re.compile(r"([a-zA-Z]{2,})\.\.\.,([a-zA-Z]+)->([a-zA-Z]+)\.\.\."), "right"),
)


@dataclass(frozen=True)
class Sizes:
    """The sizes that an equation's letters have for one input; ``elided`` are those behind its dots."""

    inputs: str
    kernel: str
    outputs: str
    side: str
    elided: tuple[Dim, ...]
    of_inputs: dict[str, Dim]
    of_outputs: dict[str, Dim]

    def output_shape(self, symbolic: bool) -> Shape:
        """The shape of the result; of symbols, Keras knows the sizes only that the layer states."""
        if symbolic:
            sizes = tuple(self.of_outputs.values())
        else:
            sizes = tuple(self.of_inputs.get(letter, self.of_outputs.get(letter)) for letter in self.outputs)
        return (*self.elided, *sizes) if self.side == "left" else (*sizes, *self.elided)

    @property
    def kernel_shape(self) -> Shape:
        return tuple(self._size(letter) for letter in self.kernel)

    def bias_shape(self, axes: str) -> Shape:
        """The sizes of ``axes``, with 1 for what lies between and behind them."""
        if not axes or not set(axes) <= set(self.outputs):
            return None
        behind = self.outputs[min(map(self.outputs.find, axes)) :]
        sizes = tuple(self._size(letter) if letter in axes else 1 for letter in behind)
        return sizes if self.side == "left" else (*sizes, *(1,) * len(self.elided))

    def _size(self, letter: str) -> Dim:
        if letter not in self.of_outputs:
            return self.of_inputs.get(letter)
        stated = self.of_outputs[letter]
        return self.of_inputs.get(letter) if stated is None else stated


def sizes_of(equation: str, output_shape: Shape, inputs: Shape) -> Sizes | None:
    """What the letters of ``equation`` stand for; None where the shapes are not known or do not fit the equation."""
    if inputs is None or output_shape is None:
        return None
    compact = equation.replace(" ", "")
    found, side = next(((match, side) for form, side in _FORMS if (match := form.fullmatch(compact))), (None, ""))
    if found is None:
        return None
    left, kernel, right = found.groups()
    count = len(inputs) - len(left)
    if (count != 0 and not side) or (side == "left" and count < 1) or count < 0:
        return None
    own, elided = (inputs[count:], inputs[:count]) if side == "left" else (inputs[: len(left)], inputs[len(left) :])
    # The batch is among the elided, or else the first letter of the result.
    stated = output_shape if side == "left" else (inputs[0], *output_shape)
    if len(stated) != len(right):
        return None
    return Sizes(left, kernel, right, side, elided, dict(zip(left, own)), dict(zip(right, stated)))


@layer("keras.layers.EinsumDense", ints="cast", complex_keeps=True)
def einsum_dense(self: Value, inputs: Tensor, equation: Text, output_shape: Value, activation: Value = NONE) -> Value:
    """Raises LayerInputMismatch where a size is not that which the layer states, or not that of its kernel."""
    sizes = sizes_of(equation, stated_shape(output_shape), inputs.shape) if isinstance(equation, str) else None
    if sizes is None or (sizes.side == "left" and len(sizes.elided) > 2 and not is_eager(inputs)):
        return activate(activation, rules.like(inputs, shape=None))
    if not is_built(self):
        _check_stated(inputs, sizes)
    first = len(sizes.elided) if sizes.side == "left" else 0
    axes = [first + index for index, letter in enumerate(sizes.inputs) if letter in sizes.kernel]
    built_for(self, inputs, *axes, rank=True, symbolic=False)
    return activate(activation, rules.like(inputs, shape=sizes.output_shape(not is_eager(inputs))))


def stated_shape(output_shape: Value) -> Shape:
    """The layer's ``output_shape=``: one size, or several without the batch."""
    if isinstance(output_shape, Constant) and isinstance(output_shape.value, int):
        return (output_shape.value,)
    return to_shape(output_shape)


def _check_stated(inputs: Tensor, sizes: Sizes) -> None:
    first = len(sizes.elided) if sizes.side == "left" else 0
    for index, letter in enumerate(sizes.inputs):
        stated, actual = sizes.of_outputs.get(letter), sizes.of_inputs[letter]
        if isinstance(stated, int) and isinstance(actual, int) and stated != actual:
            raise LayerInputMismatch(inputs, "axis", stated, actual, first + index)
