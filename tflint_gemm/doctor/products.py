"""Really multiplies matrices: every device and dtype, tiny to large, aligned and not, against NumPy's float64."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tflint_gemm import api
from tflint_gemm.doctor.lines import Line, Status
from tflint_gemm.doctor.runtime import PRODUCT_SECONDS, Runtime
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType

TINY, MEDIUM = ((1, 1, 1), (8, 8, 8), (7, 5, 3)), ((512, 512, 512), (509, 511, 507))
LARGE_SECONDS = 0.3
SHARE = 0.25  # of the free memory, for the two operands and the result
LARGEST = 32_768
ALIGNMENT = 64
UNIT = {dtypes.FLOAT16: 2.0**-11, dtypes.BFLOAT16: 2.0**-8, dtypes.FLOAT32: 2.0**-24, dtypes.FLOAT64: 2.0**-53,
        dtypes.COMPLEX64: 2.0**-24, dtypes.COMPLEX128: 2.0**-53}  # fmt: skip
TF32_UNIT = 2.0**-11
_ADVICE = (
    (r"OOM|ResourceExhausted|out of memory|failed to allocate|MemoryError",
     "memory is short: see above what limits it and who holds it, and use smaller batches"),
    (r"[Bb]las(Xgemm|Gemm)|CUBLAS|Blas GEMM|cublas|BLAS support",
     "cuBLAS could not start, mostly for lack of GPU memory: end the process that holds it, or set "
     "TF_FORCE_GPU_ALLOW_GROWTH=true in all of them"),
    (r"CUDNN|cudnn", "cuDNN does not fit the build or has no memory left: see the libraries above"),
    (r"ILLEGAL_ADDRESS|illegal memory", "a kernel crashed: update TensorFlow and the driver"),
    (r"Could not find device for node|no kernel|not in the list of allowed", "cast to a dtype that the device has"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Product:
    """A product that was tried: its sizes, and what the child said of it."""

    sizes: tuple[int, int, int]
    answer: Mapping[str, Any]

    @property
    def shown(self) -> str:
        m, k, n = self.sizes
        return f"[{m}, {k}] by [{k}, {n}]"

    @property
    def seconds(self) -> float | None:
        return self.answer.get("seconds")

    @property
    def rate(self) -> float:
        """Multiplications and additions in a second; 0 where it did not run."""
        m, k, n = self.sizes
        return 2.0 * m * k * n / self.seconds if self.seconds else 0.0


def look(runtime: Runtime, facts: Mapping[str, Any], free_memory: int) -> Iterator[Line]:
    """A line for each device and dtype of which TensorFlow has a kernel."""
    for device in facts["devices"]:
        kind = device["name"].strip("/").partition(":")[0]
        free = free_memory if kind == "CPU" else int(device["memory"])
        for dtype in kernels(kind):
            yield _line(device["name"], dtype, _tried(runtime, device["name"], dtype, free), facts)


def kernels(device: str) -> Sequence[DType]:
    """The dtypes that ``device`` ("CPU", "GPU") multiplies matrices of."""
    names = api.kernel_dtypes("MatMul", device) or frozenset()
    return [dtype for dtype in dtypes.ALL_DTYPES if dtype.name in names & (api.op_dtypes("MatMul") or names)]


def _tried(runtime: Runtime, device: str, dtype: DType, free: int) -> list[Product]:
    """The products, up to the first that goes wrong."""
    tried: list[Product] = []
    for sizes in (*TINY, *MEDIUM):
        tried.append(_multiply(runtime, device, dtype, sizes))
        if "seconds" not in tried[-1].answer:
            runtime.stop()
            return tried
    large = _large(dtype, max(product.rate for product in tried), free)
    if large > MEDIUM[0][0]:
        for sizes in ((large, large, large), (large - 1, large - 3, large - 5)):
            tried.append(_multiply(runtime, device, dtype, sizes))
            if "seconds" not in tried[-1].answer:
                runtime.stop()
                break
    return tried


def _multiply(runtime: Runtime, device: str, dtype: DType, sizes: tuple[int, int, int]) -> Product:
    m, k, n = sizes
    job = {"ask": "product", "device": device, "dtype": dtype.name, "m": m, "k": k, "n": n}
    return Product(sizes, runtime.ask(job, PRODUCT_SECONDS))


def _large(dtype: DType, rate: float, free: int) -> int:
    """The rows of square matrices that fill a good part of the memory, if that takes no longer than a moment."""
    by_memory = (free * SHARE / 3 / dtype.size) ** (1 / 2)
    by_time = (LARGE_SECONDS * rate / 2) ** (1 / 3)
    return int(min(by_memory, by_time, LARGEST)) // ALIGNMENT * ALIGNMENT


def bound(dtype: DType, k: int) -> float:
    """The greatest |c - c'| / (|a| |b|) of a product over ``k``: each sum in its precision, the result rounded once.

    Half precision is summed in float32, as TensorFlow does, and bfloat16 may be cut off; whole numbers are exact.
    """
    if dtype not in UNIT:
        return 0.0
    unit = UNIT[dtype]
    summed = UNIT[dtypes.FLOAT32] if dtype.size == 2 else unit
    rounded = 2 * unit if dtype == dtypes.BFLOAT16 else unit
    return (4 if dtype.is_complex else 1) * (rounded + (k + 1) * summed)


def _line(device: str, dtype: DType, tried: Sequence[Product], facts: Mapping[str, Any]) -> Line:
    name = f"{device.strip('/')} {dtype}"
    data = {
        "device": device, "dtype": dtype.name,
        "products": [{"sizes": product.sizes, **product.answer} for product in tried],
    }  # fmt: skip
    last = tried[-1]
    if "seconds" not in last.answer:
        return Line("products", "problem", *_failure(name, last), data)
    wrong = next((product for product in tried if product.answer["error"] > bound(dtype, product.sizes[1])), None)
    best = max(tried, key=lambda product: product.rate)
    shown = (
        f"{name}: right from {tried[0].shown} to {last.shown} ({last.seconds:.2f} s); {best.rate / 1e9:,.0f} GFLOP/s"
    )
    if wrong is not None:
        status, text, advice = _inexact(name, dtype, wrong, facts)
        return Line("products", status, f"{text}; {best.rate / 1e9:,.0f} GFLOP/s", advice, data)
    if last.answer["placed"] not in device:
        text = f"{name} was computed on {last.answer['placed']}"
        return Line("products", "problem", text, "see the GPU's lines above", data)
    aligned = next((product for product in tried if product.sizes[0] == last.sizes[0] + 1), last)
    if last.rate < aligned.rate / 2:
        slower = f", {aligned.rate / last.rate:.1f} times less where sizes are no multiples of 8"
        return Line("products", "ok", shown + slower, "pad the sizes to multiples of 8", data)
    return Line("products", "ok", shown, data=data)


def _failure(name: str, product: Product) -> tuple[str, str]:
    """What went wrong, and what to do about it."""
    answer = product.answer
    if "died" in answer:
        return f"{name}: {product.shown}: {answer['died']}", str(answer["advice"])
    lines = re.sub(r"\{\{.*?\}\} ?| \[Op:.*", "", str(answer.get("message", ""))).strip().splitlines()
    message = lines[0] if lines else "it does not say why"
    said = f"{answer.get('raised', 'ImportError')}: {message}"
    advice = next((text for pattern, text in _ADVICE if re.search(pattern, said)), "search for the message")
    return f"{name}: {product.shown}: {said}", advice


def _inexact(name: str, dtype: DType, wrong: Product, facts: Mapping[str, Any]) -> tuple[Status, str, str]:
    error = float(wrong.answer["error"])
    reduced = dtype == dtypes.FLOAT32 and error <= 2 * TF32_UNIT + bound(dtype, wrong.sizes[1])
    if reduced and facts.get("tf32") and "GPU" in name:
        advice = "where the digits matter: tf.config.experimental.enable_tensor_float_32_execution(False)"
        return "ok", f"{name}: computed in TF32, which has 11 bits (error {error:.1e})", advice
    explained = f"{bound(dtype, wrong.sizes[1]):.1e} is what rounding explains"
    text = f"{name}: wrong: the error of {wrong.shown} is {error:.1e}, and {explained}"
    return "problem", text, "do not trust this device: update the driver and TensorFlow, and test its memory"
