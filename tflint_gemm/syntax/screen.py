"""Tells from a file's bytes whether it can concern us; nearly all files of nearly all projects end here."""

from __future__ import annotations

import re

# Either library's name (``tf_keras`` has one in it), the customary alias imported from elsewhere (``from common import
# tf``), or one of our rule codes, since a suppression may have become stale.
_MARKERS = re.compile(rb"\btf\b|TFG[0-9]|tflint-gemm:")


def concerns(data: bytes) -> bool:
    """Whether a file of these bytes may hold tensors or speak of our rules."""
    return b"tensorflow" in data or b"keras" in data or _MARKERS.search(data) is not None
