"""What the doctor says: lines, each of which is fine, a problem, or something that cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["ok", "problem", "cannot tell"]
Topic = Literal["machine", "environment", "GPU", "TensorFlow", "products"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at.  ``advice`` is what to do about it, ``data`` the bare figures."""

    topic: Topic
    status: Status
    text: str
    advice: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


def verdict(lines: Sequence[Line]) -> Status:
    """The status of all lines together: a problem if there is one; what cannot be told is none."""
    return "problem" if any(line.status == "problem" for line in lines) else "ok"
