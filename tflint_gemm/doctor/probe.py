"""The child that loads TensorFlow and multiplies: run by the project's interpreter, which need not have ours.

It answers requests, JSON objects one a line: ``{"ask": "facts"}``, and ``{"ask": "product", ...}`` (``product``).
Whatever happens to it, a crash included, its parent is left to tell.
"""

from __future__ import annotations

import ctypes
import glob
import json
import os
import sys
import time
from typing import Any

CORNER = 16  # rows and columns that are compared
REPEATS, ENOUGH_SECONDS = 3, 0.2


def facts() -> dict[str, Any]:
    """TensorFlow's version and build, its devices with their memory, and the libraries that it can load."""
    import tensorflow as tf  # before NumPy, which it brings along: what is missing is TensorFlow

    import numpy as np  # isort: skip
    from tensorflow.python.client import device_lib

    build = {name: value for name, value in tf.sysconfig.get_build_info().items() if value is not None}
    seen = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in seen]
    devices = [
        {"name": f"/{device.device_type}:{device.name.rpartition(':')[2]}", "memory": device.memory_limit}
        for device in device_lib.list_local_devices()
        if device.device_type in ("CPU", "GPU")
    ]
    return {
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "blas": _blas(np),
        "build": {name: _plain(value) for name, value in build.items()},
        "gpus": [{key: _plain(value) for key, value in one.items()} for one in details],
        "devices": devices,
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
        "libraries": libraries(build) if build.get("is_cuda_build") else {},
    }


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _blas(np: Any) -> str:
    try:
        return str(np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"])
    except (AttributeError, KeyError, TypeError):
        return ""  # NumPy 1


def libraries(build: dict[str, Any]) -> dict[str, str | None]:
    """The libraries that a build for CUDA loads, each with why it cannot be (None: it can)."""
    cuda = str(build.get("cuda_version", "")).partition(".")[0]
    cudnn = str(build.get("cudnn_version", "")).partition(".")[0]
    names = ["libcuda.so.1", f"libcudnn.so.{cudnn}"]
    names += [f"lib{name}.so.{cuda}" for name in ("cudart", "cublas", "cublasLt")]
    return {name: _load(name) for name in names}


def _load(name: str) -> str | None:
    # Where pip puts them; TensorFlow finds them there by its rpath.
    packaged = [path for folder in sys.path for path in glob.glob(os.path.join(folder, "nvidia", "*", "lib", name))]
    problem = None
    for path in (name, *packaged):
        try:
            ctypes.CDLL(path)
        except OSError as error:
            problem = str(error)
        else:
            return None
    return problem


def product(job: dict[str, Any]) -> dict[str, Any]:
    """Multiplies made-up matrices, ``job`` = device, dtype, m, k, n: how long it takes, and how far off it is.

    ``error`` is the greatest |c - c'| / (|a| |b|) over two corners of the result; c' is the product in NumPy's float64.
    """
    import tensorflow as tf

    dtype = tf.as_dtype(job["dtype"])
    with tf.device(job["device"]):
        a, b = _made(tf, dtype, (job["m"], job["k"]), 1), _made(tf, dtype, (job["k"], job["n"]), 2)
        tf.matmul(a[:1], b[:, :1]).numpy()  # what the first product alone takes is not its time
        best, spent = float("inf"), 0.0
        for _ in range(REPEATS):
            start = time.perf_counter()
            c = tf.matmul(a, b)
            c[-1, -1].numpy()  # a GPU has finished only then
            seconds = time.perf_counter() - start
            best, spent = min(best, seconds), spent + seconds
            if spent > ENOUGH_SECONDS:
                break
        placed = c.device.rpartition("/device:")[2]
        error = max(
            _error(a[:CORNER].numpy(), b[:, :CORNER].numpy(), c[:CORNER, :CORNER].numpy()),
            _error(a[-CORNER:].numpy(), b[:, -CORNER:].numpy(), c[-CORNER:, -CORNER:].numpy()),
        )
    return {"seconds": best, "error": error, "placed": placed}


def _made(tf: Any, dtype: Any, shape: tuple[int, int], seed: int) -> Any:
    """A matrix with values between -1 and 1, whole ones between -9 and 9."""
    if dtype.is_complex:
        parts = [tf.random.stateless_uniform(shape, (seed, i), -1, 1, dtype.real_dtype) for i in (0, 1)]
        return tf.complex(*parts)
    low, high = (-9, 10) if dtype.is_integer else (-1, 1)
    return tf.random.stateless_uniform(shape, (seed, 0), low, high, dtype)


def _error(a: Any, b: Any, c: Any) -> float:
    import numpy as np

    wide = np.complex128 if np.iscomplexobj(c) else np.float64
    a, b, c = a.astype(wide), b.astype(wide), c.astype(wide)
    difference = np.abs(c - a @ b)
    if not np.all(np.isfinite(difference)):
        return float("inf")
    return float(np.max(difference / np.maximum(np.abs(a) @ np.abs(b), np.finfo(np.float64).tiny)))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What is asked, or what was raised on the way to it."""
    try:
        return facts() if request["ask"] == "facts" else product(request)
    except ImportError as error:
        missing = getattr(error, "name", None)
        return {"missing": missing if missing in ("tensorflow", "numpy") else None, "message": str(error)}
    except MemoryError:
        return {"raised": "MemoryError", "message": "Python has no memory left"}
    except Exception as error:  # whatever TensorFlow raises is what the parent wants to hear
        return {"raised": type(error).__name__, "message": str(error)}


def main() -> None:
    """Answers until the input ends; what else is written to the standard output goes nowhere."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        replies.write(json.dumps(answer(json.loads(line))) + "\n")
        replies.flush()
    os._exit(0)  # unloading CUDA may take long, and may crash


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != here]
    main()
