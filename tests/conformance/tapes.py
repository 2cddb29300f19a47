"""Tapes that have recorded something, with what they recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


class Tape(tf.GradientTape):  # type: ignore[misc]
    """A tape that knows the ``source`` that it watched, and the ``target`` that was computed from it."""

    source: Any
    target: Any


def taped(function: Callable[[Any], Any], source: Any) -> Tape:
    """A persistent tape of ``function(source)``."""
    with Tape(persistent=True) as tape:
        tape.watch(source)
        tape.source, tape.target = source, function(source)
    return tape
