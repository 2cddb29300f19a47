"""Tells from a file's bytes whether it can concern us; nearly all files of nearly all projects end here."""

from __future__ import annotations

import re

# Either library's name (``tf_keras`` has one in it), the customary alias imported from elsewhere (``from common import
# tf``), or one of our rule codes, since a suppression may have become stale.
_MARKERS = re.compile(rb"\btf\b|TFG[0-9]|tflint-gemm:")
_BEGINNINGS = (b"tf", b"TFG")  # one of them is in all that it matches, and far sooner looked for


def concerns(data: bytes) -> bool:
    """Whether a file of these bytes may hold tensors or speak of our rules."""
    if b"tensorflow" in data or b"keras" in data:
        return True
    return any(beginning in data for beginning in _BEGINNINGS) and _MARKERS.search(data) is not None
