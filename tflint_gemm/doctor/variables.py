"""The environment variables that decide how TensorFlow multiplies matrices, and whether they say what they should."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from tflint_gemm.doctor.lines import Line

_ALLOCATORS = ("cuda_malloc_async", "cuda_malloc", "memory_guard")
HIDING = ("", "-1", "NoDevFiles")  # values of CUDA_VISIBLE_DEVICES that leave none
_DEVICE = re.compile(r"-?\d+|GPU-[0-9a-fA-F-]+|MIG-\S+")
_LIBRARY = re.compile(r"lib(cudnn|cublas|cudart)\.so\.(\d+)")


def look(variables: Mapping[str, str], gpus: int | None) -> Iterator[Line]:
    """The lines about ``variables``; ``gpus`` is how many the driver knows, None where that cannot be told."""
    found = [
        line
        for line in (
            _visible(variables.get("CUDA_VISIBLE_DEVICES"), gpus),
            _growth(variables.get("TF_FORCE_GPU_ALLOW_GROWTH")),
            _allocator(variables.get("TF_GPU_ALLOCATOR")),
            _tensor_float(variables.get("NVIDIA_TF32_OVERRIDE")),
            _onednn(variables.get("TF_ENABLE_ONEDNN_OPTS")),
            *_library_path(variables.get("LD_LIBRARY_PATH", "")),
        )
        if line is not None
    ]
    yield from found or [Line("environment", "ok", "no variable changes how TensorFlow multiplies matrices")]


def _said(name: str, value: str, text: str) -> Line:
    return Line("environment", "ok", f"{name}={value}: {text}", data={name: value})


def _wrong(name: str, value: str, text: str, advice: str) -> Line:
    return Line("environment", "problem", f"{name}={value}: {text}", advice, {name: value})


def _visible(value: str | None, gpus: int | None) -> Line | None:
    """CUDA reads the list up to the first entry that names no device, and ignores the rest."""
    name = "CUDA_VISIBLE_DEVICES"
    if value is None:
        return None
    if value.strip() in HIDING:
        if gpus:
            return _wrong(name, value, f"hides {_counted(gpus)} from TensorFlow", f"unset {name} to compute there")
        return _said(name, value, "TensorFlow sees no GPU")
    for entry in value.split(","):
        if not _DEVICE.fullmatch(entry.strip()):
            advice = f"unset {name}, or list numbers (0,1) or the UUIDs that the driver shows (GPU-...)"
            return _wrong(name, value, f"{entry.strip()!r} names no GPU, and what follows it is ignored", advice)
        number = int(entry) if re.fullmatch(r"\s*-?\d+\s*", entry) else 0
        if gpus is not None and not 0 <= number < max(gpus, 1):
            here = f"there {'is' if gpus == 1 else 'are'} {_counted(gpus)} here" if gpus else "there is no GPU here"
            advice = f"unset {name}" + (f", or use 0 to {gpus - 1}" if gpus > 1 else ", or use 0" if gpus else "")
            return _wrong(name, value, f"there is no GPU number {number}: {here}", advice)
    return _said(name, value, "TensorFlow sees these GPUs only" if gpus else "without a GPU it has no effect")


def _counted(gpus: int) -> str:
    return "1 GPU" if gpus == 1 else f"{gpus} GPUs"


def _growth(value: str | None) -> Line | None:
    name = "TF_FORCE_GPU_ALLOW_GROWTH"
    if value is None:
        return None
    if value not in ("true", "false"):
        return _wrong(name, value, "TensorFlow reads 'true' and 'false' only, and ignores this", f"export {name}=true")
    takes = "takes GPU memory as it needs it" if value == "true" else "takes nearly all GPU memory when it starts"
    return _said(name, value, f"TensorFlow {takes}")


def _allocator(value: str | None) -> Line | None:
    name = "TF_GPU_ALLOCATOR"
    if value is None:
        return None
    if value not in _ALLOCATORS:
        advice = f"unset {name}, or export {name}=cuda_malloc_async"
        return _wrong(name, value, "TensorFlow does not know it, and uses its own allocator", advice)
    return _said(
        name, value, "GPU memory is allocated by " + ("the driver" if value != "memory_guard" else "a checker")
    )


def _tensor_float(value: str | None) -> Line | None:
    name = "NVIDIA_TF32_OVERRIDE"
    if value is None:
        return None
    if value == "0":
        return _said(name, value, "products of float32 have all their digits, and no TF32 speed")
    return _said(name, value, "no effect: only 0 switches TF32 off")


def _onednn(value: str | None) -> Line | None:
    name = "TF_ENABLE_ONEDNN_OPTS"
    if value is None:
        return None
    if value not in ("0", "1", "true", "false"):
        return _wrong(name, value, "TensorFlow reads 0 and 1", f"unset {name}")
    return _said(
        name, value, "products on the CPU run " + ("with" if value in ("1", "true") else "without") + " oneDNN"
    )


def _library_path(value: str) -> Iterator[Line]:
    folders = [folder for folder in value.split(os.pathsep) if folder]
    if not folders:
        return
    name = "LD_LIBRARY_PATH"
    missing = [folder for folder in folders if not os.path.isdir(folder)]
    libraries = libraries_in(folders)
    holds = ", ".join(f"{library} {version}" for library, version in libraries.items()) or "no library of CUDA"
    if missing:
        advice = "take out the folders that are gone, unless TensorFlow finds its libraries all the same"
        text = f"{name}: there is no folder {missing[0]}; the others hold {holds}"
        yield Line("environment", "cannot tell", text, advice, {name: value})
    else:
        yield Line("environment", "ok", f"{name}={value} holds {holds}", data={name: value, **libraries})


def libraries_in(folders: Sequence[str]) -> dict[str, int]:
    """The major versions of CUDA's libraries that the loader finds first in ``folders``."""
    found: dict[str, int] = {}
    for folder in filter(None, folders):
        try:
            files = sorted(os.listdir(folder))
        except OSError:
            continue
        for match in filter(None, map(_LIBRARY.match, files)):
            found.setdefault(match[1], int(match[2]))
    return found
