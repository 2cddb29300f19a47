"""The memory of known accelerators, as it is published, for ``device-memory``.

What a program gets is some percent less: the driver, the CUDA context and error correction take their part.
"""

from __future__ import annotations

import re

_NVIDIA = "https://docs.nvidia.com/nim/"
_GITHUB = "https://github.com/"
_HUB = "https://huggingface.co/"
_TPU = "https://docs.cloud.google.com/tpu/docs/"

# By the page on which it was read: the names without blanks and dashes, and the GiB of one device (of a TPU: of one
# chip).  Published gigabytes count as GiB, of which the cards report one or two percent less.
_PUBLISHED: dict[str, dict[str, int]] = {
    _NVIDIA + "bionemo/boltz2/1.8.0/support-matrix.html": {"b200": 180, "a100-80gb": 80},
    _NVIDIA + "medical/maisi/latest/support-matrix.html": {
        "h100": 80, "h100-80gb": 80, "h100-sxm": 80, "h100-pcie": 80, "l40s": 48, "rtx-6000-ada": 48,
    },
    _NVIDIA + "vision-language-models/2.0.11-variant/support-matrix.html": {"a100-40gb": 40, "a10g": 24},
    "https://raw.githubusercontent.com/mlcommons/inference_results_v4.1/main/closed/NVIDIA/systems/"
    "H200-SXM-141GBx8_TRT_MaxQ.json": {"h200": 141},
    "https://massivegrid.com/blog/nvidia-h100-vs-h200-key-differences-in-performance-memory-ai-power": {
        "h100-nvl": 94
    },
    _HUB + "spaces/lambdabrendan/Lambda-LLM-Calculator/blame/main/data/gpu_specs.csv": {
        "v100-16gb": 16, "v100-32gb": 32,
    },
    "https://www.mintlify.com/modal-labs/modal-client/api/python/gpu": {"t4": 16, "l4": 24},
    _GITHUB + "pulumiverse/katwalk/blob/main/doc/runpod/README.md": {
        "a30": 24, "a40": 48, "l40": 48, "rtx-a4000": 16, "rtx-a5000": 24, "rtx-a6000": 48,
        "rtx-4090": 24, "rtx-4080": 16, "rtx-4070-ti": 12, "rtx-3090": 24, "rtx-3070": 8,
    },
    _GITHUB + "CYBIRD-D/How-to-Choose-your-LLM-Model-for-translation/blob/main/Nvidia_GPU_Specification.md": {
        "rtx-4070": 12, "rtx-4060": 8, "rtx-3080-10gb": 10, "rtx-3080-12gb": 12, "rtx-3060-12gb": 12,
    },
    "https://www.tweaktown.com/news/102469/nvidia-geforce-rtx-50-series-specs-pricing-and-performance-plan-that-"
    "upgrade-today/index.html": {"rtx-5090": 32, "rtx-5080": 16, "rtx-5070-ti": 16, "rtx-5070": 12},
    "https://gist.github.com/vassvik/300a9b921f69a58ff2f422ae8f010c43": {
        "rtx-2080-ti": 11, "rtx-2080": 8, "rtx-2070": 8, "rtx-2060-6gb": 6,
        "gtx-1080-ti": 11, "gtx-1070": 8, "gtx-1660": 6,
    },
    "https://gist.github.com/Fuwn/7e5d286b08ff801e86d57a138e90d710": {"gtx-1080": 8},
    "the names that NVIDIA's driver reports: Tesla P100-PCIE-12GB, Tesla P100-PCIE-16GB": {
        "p100-12gb": 12, "p100-16gb": 16,
    },
    _HUB + "spaces/optimum/llm-perf-leaderboard/blame/d2401bdfdf5d857e255a1877f54b9fd846ad1b11/hardware.yml": {
        "a10": 24,
    },
    _GITHUB + "GoogleCloudPlatform/professional-services/blob/main/tools/instance_mapper/cmd/instance_mapper/"
    "gpu-mapping.yaml": {"k80": 12},
    _TPU + "v3": {"tpu-v3": 32},
    _TPU + "v4": {"tpu-v4": 32},
    _TPU + "v5e": {"tpu-v5e": 16},
    _TPU + "v5p": {"tpu-v5p": 95},
    _TPU + "v6e": {"tpu-v6e": 32},
}  # fmt: skip


def _key(name: str) -> str:
    short = re.sub(r"[\s_-]", "", name.lower())
    return re.sub(r"^(?:nvidia|geforce|tesla|google|cloud)+", "", short)


def _table() -> dict[str, int]:
    return {_key(name): size * 2**30 for cards in _PUBLISHED.values() for name, size in cards.items()}


def memory_of(name: str) -> int | None:
    """The bytes of a card by its name (``A100-40GB``, ``rtx 4090``); None for one that is not known."""
    return _table().get(_key(name))


def names() -> tuple[str, ...]:
    """The names of the cards that are known."""
    return tuple(name.upper().replace("TPU-V", "TPU-v") for cards in _PUBLISHED.values() for name in cards)
