"""The memory of known accelerators, as their makers publish it, for ``device-memory``.

What a program gets is some percent less: the driver, the CUDA context and error correction take their part.
"""

from __future__ import annotations

import re

_CARDS = "https://www.nvidia.com/en-us/geforce/graphics-cards/"
_CENTER = "https://www.nvidia.com/en-us/data-center/"
_WORK = "https://www.nvidia.com/en-us/design-visualization/"
_TPU = "https://cloud.google.com/tpu/docs/system-architecture-tpu-vm"

# By maker's page: the names without blanks and dashes, and the GiB of one device (of a TPU: of one chip).
_PUBLISHED: dict[str, dict[str, int]] = {
    _CENTER + "h100/": {"h100": 80, "h100-80gb": 80, "h100-sxm": 80, "h100-pcie": 80, "h100-nvl": 94},
    _CENTER + "h200/": {"h200": 141},
    _CENTER + "dgx-b200/": {"b200": 180},
    _CENTER + "a100/": {"a100-40gb": 40, "a100-80gb": 80},
    _CENTER + "v100/": {"v100-16gb": 16, "v100-32gb": 32},
    _CENTER + "tesla-p100/": {"p100": 16, "p100-12gb": 12, "p100-16gb": 16},
    _CENTER + "tesla-t4/": {"t4": 16},
    _CENTER + "l4/": {"l4": 24},
    _CENTER + "l40s/": {"l40": 48, "l40s": 48},
    _CENTER + "products/a10-gpu/": {"a10": 24, "a10g": 24},
    _CENTER + "products/a30-gpu/": {"a30": 24},
    _CENTER + "a40/": {"a40": 48},
    "https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/tesla-product-literature/TeslaK80-datasheet.pdf": {
        "k80": 12
    },
    _WORK + "rtx-a4000/": {"rtx-a4000": 16},
    _WORK + "rtx-a5000/": {"rtx-a5000": 24},
    _WORK + "rtx-a6000/": {"rtx-a6000": 48},
    _WORK + "rtx-6000/": {"rtx-6000-ada": 48},
    _CARDS + "compare/": {
        "rtx-5090": 32, "rtx-5080": 16, "rtx-5070-ti": 16, "rtx-5070": 12,
        "rtx-4090": 24, "rtx-4080": 16, "rtx-4070-ti": 12, "rtx-4070": 12, "rtx-4060": 8,
        "rtx-3090": 24, "rtx-3080-10gb": 10, "rtx-3080-12gb": 12, "rtx-3070": 8, "rtx-3060-12gb": 12,
        "rtx-2080-ti": 11, "rtx-2080": 8, "rtx-2070": 8, "rtx-2060-6gb": 6,
        "gtx-1080-ti": 11, "gtx-1080": 8, "gtx-1070": 8, "gtx-1660": 6,
    },
    _TPU: {"tpu-v2": 16, "tpu-v3": 32, "tpu-v4": 32, "tpu-v5e": 16, "tpu-v5p": 95, "tpu-v6e": 32},
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


def sources() -> dict[str, str]:
    """The page on which the memory of each card is published, by the card's name."""
    return {name: page for page, cards in _PUBLISHED.items() for name in cards}
