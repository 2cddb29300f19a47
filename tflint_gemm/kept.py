"""What is kept for those who ask again, as much as fits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Kept(Generic[Key, Made]):
    """What was made for the keys asked for last, of at most ``room`` in all: files that lie together share imports."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._made: OrderedDict[Key, tuple[Made, int]] = OrderedDict()
        self._taken = 0

    def get(self, key: Key, size_of: Callable[[Key], int], make: Callable[[], Made]) -> Made:
        """What ``make`` gives (or raises), which takes up ``size_of(key)``; ``key`` tells what is made apart."""
        found = self._made.get(key)
        if found is not None:
            self._made.move_to_end(key)
            return found[0]
        made, size = make(), size_of(key)
        if size <= self._room:
            self._made[key] = made, size
            self._taken += size
        while self._taken > self._room:
            _, (_, gone) = self._made.popitem(last=False)
            self._taken -= gone
        return made

    def clear(self) -> None:
        """Keep nothing of it."""
        self._made.clear()
        self._taken = 0
