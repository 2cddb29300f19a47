"""What is kept for those who ask again."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tflint_gemm.kept import Kept


@given(st.lists(st.integers(0, 12), max_size=60), st.integers(1, 30))
def test_it_answers_as_what_makes_does_and_keeps_those_asked_for_last(keys: list[int], room: int) -> None:
    kept: Kept[int, str] = Kept(room)
    made: list[int] = []

    def make(key: int) -> str:
        made.append(key)
        return str(key)

    held: list[int] = []  # the last asked for at the end
    for key in keys:
        before = len(made)
        assert kept.get(key, lambda one: one, lambda key=key: make(key)) == str(key)  # type: ignore[misc]
        assert (len(made) == before) == (key in held)
        held = [one for one in held if one != key] + ([key] if key <= room else [])
        while sum(held) > room:
            held.pop(0)


def test_what_cannot_be_made_is_asked_for_again() -> None:
    kept: Kept[str, int] = Kept(10)

    def fails() -> int:
        raise ValueError

    for _ in range(2):
        try:
            kept.get("a", len, fails)
        except ValueError:
            continue
        raise AssertionError
    assert kept.get("a", len, lambda: 1) == 1


def test_nothing_is_kept_after_clear() -> None:
    kept: Kept[str, float] = Kept(10)
    first = kept.get("a", len, random.random)
    assert kept.get("a", len, random.random) == first
    kept.clear()
    assert kept.get("a", len, random.random) != first
