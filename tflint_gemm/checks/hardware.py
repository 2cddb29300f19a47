"""What hardware makes of a program: large indices (TFG305), tensor cores (TFG401, TFG404), memory layout (TFG402)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from tflint_gemm.checks import devices, text
from tflint_gemm.checks.text import Part
from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import BFLOAT16, FLOAT16, FLOAT32
from tflint_gemm.domain.values import Constant, Kind, Tensor, Value
from tflint_gemm.findings import Finding
from tflint_gemm.fixes import contraction
from tflint_gemm.fixes.contraction import last_name
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import Call

_HALF = (FLOAT16, BFLOAT16)
_PRODUCTS = frozenset({"linalg.matmul", "Tensor.__matmul__"})

# ------------------------------------------------------------------------------------------------- indices

_MOST = 2**31 - 1
# What is reported to fail beyond; the page has the sources.
_REDUCTIONS = frozenset({"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod"})
_CONVOLUTIONS = frozenset({"conv2d", "conv", "convolution"})
_OTHERS = ("numpy.", "keras.", "pandas.", "sklearn.")


def large_indices(program: Program) -> Iterator[Finding]:
    """TFG305: more elements than some of the GPU's kernels can count, in ops of which that is known."""
    seen: set[ast.AST] = set()
    for call in program.analysis.calls:
        what = None if call.node in seen or call.api.startswith(_OTHERS) else _beyond(call)
        if what is not None and devices.kind_at(program, call) != "CPU":
            seen.add(call.node)
            message = f"{text.shown_api(call.display)} {what}: more than the {_MOST:,} that the 32-bit indices of its "
            message += "GPU kernel can count"
            advice = "work in parts, each with fewer elements, or on the CPU"
            yield text.finding(program, "TFG305", call, message, help=advice)


def _beyond(call: Call) -> str | None:
    found = contraction.operands(call)
    result = call.result
    if not found or not isinstance(result, Tensor) or result.kind is not Kind.TENSOR:
        return None
    made = shapes.num_elements(result.shape)
    given = shapes.num_elements(found[0][1].shape)
    name = last_name(call)
    if isinstance(made, int) and made > _MOST and len(found) == 2 and _stretches(found[0][1], found[1][1], result):
        return f"makes {made:,} elements by broadcasting"
    if not isinstance(given, int) or given <= _MOST:
        return None
    if name in _REDUCTIONS and result.shape == ():
        return f"reduces {given:,} elements at once"
    if name == "clip_by_value":
        return f"clips {given:,} elements"
    return f"convolves {given:,} elements" if name in _CONVOLUTIONS else None


def _stretches(one: Tensor, other: Tensor, result: Tensor) -> bool:
    """Whether broadcasting an operand that is no scalar makes the result."""
    shape, fails = shapes.broadcast(one.shape, other.shape)
    if fails or shape != result.shape or () in (one.shape, other.shape):
        return False
    return one.shape != result.shape or other.shape != result.shape


# ------------------------------------------------------------------------------------------------- tensor cores

_TILE = 8
_WORTH_PADDING = 64  # a smaller dimension costs little, aligned or not


def misaligned_products(program: Program) -> Iterator[Finding]:
    """TFG401: products in half precision with a dimension that is no multiple of 8."""
    seen: set[ast.AST] = set()
    for call in program.analysis.calls:
        sizes = None if call.node in seen else _sizes(call)
        if sizes is None:
            continue
        odd = {what: size for what, size in sizes.items() if isinstance(size, int) and size % _TILE}
        small = any(isinstance(size, int) and size < _WORTH_PADDING for size in sizes.values())
        if odd and not small and devices.kind_at(program, call) != "CPU":
            seen.add(call.node)
            yield _misaligned(program, call, odd)


def _sizes(call: Call) -> dict[str, Dim] | None:
    """The dimensions of a product in half precision, by what they are; None for other calls."""
    if call.api == "keras.layers.Dense":
        units = call.arguments.get("units")
        dtype = call.arguments.get("dtype")
        chosen = dtype.value if isinstance(dtype, Constant) else None if dtype is not None else call.policy
        half = chosen in ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16")
        return {"units": units.value} if half and isinstance(units, Constant) and isinstance(units.value, int) else None
    result = call.result
    operands = [value for _, value in contraction.operands(call)]
    if call.api not in _PRODUCTS or len(operands) < 2 or not isinstance(result, Tensor) or result.dtype not in _HALF:
        return None
    if not result.shape or not operands[0].shape or min(len(result.shape), len(operands[0].shape)) < 2:
        return None
    turned = call.arguments.get("transpose_a", Constant(False)), call.arguments.get("adjoint_a", Constant(False))
    if not all(isinstance(flag, Constant) for flag in turned):
        return None
    inner = -2 if Constant(True) in turned else -1
    return {"rows": result.shape[-2], "columns": result.shape[-1], "inner dimension": operands[0].shape[inner]}


def _misaligned(program: Program, call: Call, odd: Mapping[str, int]) -> Finding:
    shown = text.listed([f"{what} {size}" for what, size in odd.items()])
    message = f"{text.shown_api(call.display)} multiplies in half precision, and its {shown} "
    message += "is no multiple of 8" if len(odd) == 1 else "are no multiples of 8"
    padded = text.listed([f"{size} to {-(-size // _TILE) * _TILE}" for size in dict.fromkeys(odd.values())])
    advice = f"pad {padded}: tensor cores work on tiles of 16 bytes"
    return text.finding(program, "TFG401", call, message, help=advice)


def reduced_precision(program: Program) -> Iterator[Finding]:
    """TFG404: the first product of a file in float32, if nothing in the file speaks of TF32."""
    if devices.mentions(program, {"enable_tensor_float_32_execution", "NVIDIA_TF32_OVERRIDE"}):
        return
    for call in program.analysis.calls:
        result = call.result
        product = call.api in _PRODUCTS or last_name(call) in _CONVOLUTIONS
        if product and isinstance(result, Tensor) and result.dtype == FLOAT32 and result.kind is Kind.TENSOR:
            if devices.kind_at(program, call) == "CPU":
                continue
            message = (
                f"{text.shown_api(call.display)} runs in TF32 on recent GPUs, which keeps 11 of the 24 bits of float32"
            )
            advice = "where the digits matter: tf.config.experimental.enable_tensor_float_32_execution(False)"
            yield text.finding(program, "TFG404", call, message, help=advice)
            return


# ------------------------------------------------------------------------------------------------- layout

_WORTH_COPYING = 16 * 2**20  # bytes
_PERMUTES = frozenset({
    "numpy.ndarray.T", "numpy.ndarray.transpose", "numpy.transpose", "numpy.ndarray.swapaxes", "numpy.swapaxes",
    "numpy.moveaxis", "numpy.rollaxis",
})  # fmt: skip
_FORTRAN = "numpy.asfortranarray"


def permuted_entries(program: Program) -> Iterator[Finding]:
    """TFG402: a large array whose axes are permuted becomes a tensor, which copies it element by element."""
    made = {id(call.result): call for call in program.analysis.calls if call.api.startswith("numpy.")}
    seen: set[ast.AST] = set()
    for call in program.analysis.calls:
        result = call.result
        if call.node in seen or call.api.startswith(_OTHERS) or not isinstance(result, Tensor):
            continue
        if result.kind not in (Kind.TENSOR, Kind.VARIABLE):
            continue
        for name, array in contraction.operands(call):
            maker = made.get(id(array))
            if array.kind is Kind.ARRAY and maker is not None and _is_permuted(maker, array):
                seen.add(call.node)
                yield _permuted(program, call, Part(array, call.nodes.get(name)), maker)
                break


def _is_permuted(maker: Call, array: Tensor) -> bool:
    """Whether the elements of a large array lie in another order than its axes say."""
    count = shapes.num_elements(array.shape)
    if array.dtype is None or not isinstance(count, int) or count * array.dtype.size < _WORTH_COPYING:
        return False
    long = [size for size in array.shape or () if isinstance(size, int) and size > 1]
    if len(long) < 2:
        return False
    if maker.api in _PERMUTES:
        before = maker.arguments.get("self", maker.arguments.get("a"))
        return isinstance(before, Tensor) and _order(before, maker, array)
    order: Value | None = maker.arguments.get("order")
    return maker.api == _FORTRAN or order == Constant("F")


def _order(before: Tensor, maker: Call, array: Tensor) -> bool:
    """Whether the permutation moves axes that are longer than 1; that of equal sizes is taken to."""
    if before.shape is None or array.shape is None:
        return False
    one = [size for size in before.shape if size != 1]
    other = [size for size in array.shape if size != 1]
    if any(dims.equal(a, b) is not True for a, b in zip(one, other)):
        return True
    # All sizes stay where they were: axes of one size were swapped, or none at all.
    return len(set(one)) < len(one) and maker.api in ("numpy.ndarray.T", "numpy.ndarray.swapaxes", "numpy.swapaxes")


def _permuted(program: Program, call: Call, part: Part, maker: Call) -> Finding:
    array = part.tensor
    count = shapes.num_elements(array.shape)
    assert isinstance(count, int)
    assert array.dtype is not None
    size = text.bytes_text(count * array.dtype.size)
    message = f"{text.shown_api(call.display)} copies {size} of {text.named(program, part, 'an array')} element by "
    message += f"element, since {maker.display} leaves them in another order"
    advice = "transpose in TensorFlow, after the copy: tf.transpose, or transpose_a and transpose_b of tf.matmul"
    if maker.api not in _PERMUTES:
        advice = "make the array in NumPy's usual order ('C')"
    return text.finding(program, "TFG402", call, message, help=advice)
