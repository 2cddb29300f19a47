"""Provenance: which call gave a value its dtype or its shape."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Origin:
    """The call that decided a dtype or a shape.

    ``api`` is the name a person would recognise (``np.random.rand``), ``line`` its 1-based line in ``path``.
    ``explicit`` tells whether somebody wrote the dtype down (``dtype=``, ``tf.cast``, ``.astype``); fixes never
    overrule a dtype written on purpose.  ``node`` is the syntax node of the call, opaque to the domain.
    """

    api: str
    path: str
    line: int
    explicit: bool = False
    node: object = field(default=None, compare=False, repr=False)
