"""The heap: every write to a mutable value goes through here, so that paths can be undone and joined.

A *journal* remembers what slots held when it began.  ``rollback`` restores that and returns the *delta*: what the path
wrote.  Alternative paths are deltas from one common state, and ``merge`` moves to the join of all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tflint_gemm.domain import dims
from tflint_gemm.domain.join import join, join_all
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiObject,
    Constant,
    IterableValue,
    ListValue,
    Mutable,
    Tensor,
    TupleValue,
    Value,
)

Key = tuple[int, object]
Journal = dict[Key, tuple[Mutable, object, Value]]
"""What slots held when it began: the id of a target and the slot, then both and the value."""


class _Missing(Value):
    """Stands for a slot that is not there."""

    __slots__ = ()


MISSING = _Missing()
BUILT = "(built)"
"""The slot of a layer that has been built, in which stand the attributes that building it assigned: (name, value)."""


class Delta:
    """What a path wrote, as final values by slot (``MISSING`` for a deletion)."""

    __slots__ = ("writes",)

    def __init__(self) -> None:
        self.writes: dict[Key, tuple[Mutable, object, Value]] = {}

    def without(self, target: Mutable) -> "Delta":
        """What the path wrote to anything but ``target``."""
        rest = Delta()
        rest.writes = {entry: write for entry, write in self.writes.items() if write[0] is not target}
        return rest


class Heap:
    """Writes to slots, with journals that nest."""

    def __init__(self) -> None:
        self._journals: list[Journal] = []
        self.epoch = 0
        """Counts writes to anything but the local variables of functions; while it stands still, what a call of a
        function depends on besides its arguments has not changed."""

    def detach(self) -> list[Journal]:
        """What is written from now on stays, whatever becomes of the paths that are being followed: see ``attach``."""
        journals, self._journals = self._journals, []
        return journals

    def attach(self, journals: list[Journal]) -> None:
        """Go on with the journals that ``detach`` put aside."""
        self._journals = journals

    @property
    def depth(self) -> int:
        """The number of open journals: a mark for ``delta_since``."""
        return len(self._journals)

    def write(self, target: Mutable, key: object, value: Value) -> None:
        """Set a slot; ``MISSING`` deletes it."""
        if not target.is_local:
            self.epoch += 1
            target.written = self.epoch
        if self._journals:
            self._journals[-1].setdefault((id(target), key), (target, key, target.slots.get(key, MISSING)))
        if target.__class__ is ListValue and ListValue.SEVERAL in target.slots and key == ListValue.CONTENT:
            value = _join_item_contents(target.slots[ListValue.CONTENT], value)  # the others stay as they are
        _set(target, key, value)

    def begin(self) -> int:
        """Open a journal; returns the mark of the state now."""
        self._journals.append({})
        return len(self._journals) - 1

    def commit(self) -> None:
        """Close the innermost journal and keep what was written."""
        journal = self._journals.pop()
        if self._journals:
            outer = self._journals[-1]
            if not outer:
                self._journals[-1] = journal
                return
            for key, entry in journal.items():
                outer.setdefault(key, entry)

    def forget(self, scope: Mutable) -> None:
        """``scope`` was made since the innermost journal began, and nothing refers to it any more: it has no state."""
        journal = self._journals[-1]
        for key in scope.slots:
            journal.pop((id(scope), key), None)

    def rollback(self) -> Delta:
        """Close the innermost journal, undo what was written and return it."""
        delta = self.delta_since(self.depth - 1)
        self.epoch += 1
        for target, key, old in self._journals.pop().values():
            _set(target, key, old)
            target.written = self.epoch
        return delta

    def delta_since(self, mark: int) -> Delta:
        """What has been written since ``begin`` returned ``mark``."""
        delta = Delta()
        for journal in self._journals[mark:]:
            for entry, (target, key, _) in journal.items():
                delta.writes[entry] = (target, key, target.slots.get(key, MISSING))
        return delta

    def apply(self, delta: Delta) -> None:
        """Write everything that a path wrote."""
        for target, key, value in delta.writes.values():
            self.write(target, key, value)

    def merge(self, alternatives: Iterable[Delta], since: float = math.inf) -> bool:
        """Move from the state in which all ``alternatives`` began to their join.

        True if a slot changed of something that was there before the birth ``since``.
        """
        paths = list(alternatives)
        if len(paths) == 1:
            self.apply(paths[0])
            return bool(paths[0].writes)
        changed = False
        slots = {key: (target, name) for path in paths for key, (target, name, _) in path.writes.items()}
        building = {id(target) for target, name in slots.values() if name == BUILT and BUILT not in target.slots}
        # What was made on a path has its contents back before it is joined with what another path put in its place.
        for entry, (target, name) in sorted(slots.items(), key=_youngest_first):
            before = target.slots.get(name, MISSING)
            if id(target) in building and _is_set_by_building(paths, target, name):
                before = MISSING
            values = [path.writes[entry][2] if entry in path.writes else before for path in paths]
            value = _join_slots(target, values)
            different = value is not before and value != before
            if different or (value is not before and isinstance(value, Tensor)):  # another tensor of that kind
                self.write(target, name, value)
            changed = changed or (different and target.birth < since)
        return changed


def _youngest_first(slot: tuple[Key, tuple[Mutable, object]]) -> int:
    return -slot[1][0].birth


def _is_set_by_building(paths: list[Delta], target: Mutable, name: object) -> bool:
    """Whether the slot of a layer holds on one of the paths what building it put there.

    On a path on which the layer is not built yet, it will be by the time it is used.
    """
    for path in paths:
        _, _, record = path.writes.get((id(target), BUILT), (None, None, MISSING))
        _, _, value = path.writes.get((id(target), name), (None, None, MISSING))
        if (
            isinstance(record, TupleValue)
            and isinstance(name, str)
            and TupleValue((Constant(name), value)) in record.items
        ):
            return True
    return False


def _set(target: Mutable, key: object, value: Value) -> None:
    if value is MISSING:
        target.slots.pop(key, None)
    else:
        target.slots[key] = value


def _join_slots(target: Mutable, values: list[Value]) -> Value:
    """The join of what a slot holds on several paths; a path on which it is not bound has no say in its value.

    A library object is an exception: a layer built on one path only may be built for anything else later.
    """
    present = [value for value in values if value is not MISSING]
    if not present or (isinstance(target, ApiObject) and len(present) < len(values)):
        return MISSING
    result = present[0]
    for value in present[1:]:
        result = _join_contents(result, value) if isinstance(target, ListValue) else join_values(result, value)
    return result


def join_values(left: Value, right: Value) -> Value:
    """The join of two values, of which containers and instances made on different paths are joined by content.

    The result is ``left`` itself where it already covers ``right``, so that loops settle.
    """
    if left is right or not isinstance(left, Mutable) or type(left) is not type(right):
        return join(left, right)
    assert isinstance(right, Mutable)
    if isinstance(left, ListValue):
        content = _join_contents(left.slots[ListValue.CONTENT], right.slots[ListValue.CONTENT])
        if content == left.slots[ListValue.CONTENT]:
            return left
        if not isinstance(content, (TupleValue, IterableValue)):
            return UNKNOWN
        joined = ListValue(content)
        for mark in (ListValue.LIMIT, ListValue.SEVERAL):
            if mark in left.slots:
                joined.slots[mark] = left.slots[mark]
        return joined
    blank = left.sibling(right)
    if blank is None:
        return UNKNOWN
    slots = _join_slot_tables(left, right)
    if slots == left.slots:
        return left
    blank.slots.update(slots)
    return blank


def _join_slot_tables(left: Mutable, right: Mutable) -> dict[object, Value]:
    """Slot by slot; what only one side has may or may not be there, and is kept."""
    slots: dict[object, Value] = dict(right.slots)
    for key, value in left.slots.items():
        slots[key] = join(value, right.slots[key]) if key in right.slots else value
    return slots


def _join_contents(left: Value, right: Value) -> Value:
    """The join of the contents of one list on two paths."""
    if left == right:
        return left
    if isinstance(left, TupleValue) and isinstance(right, TupleValue) and len(left.items) == len(right.items):
        return join(left, right)
    elements = [element for element in (any_item(left), any_item(right)) if element is not None]
    lengths = [one.length if isinstance(one, IterableValue) else None for one in (left, right)]
    return IterableValue(join_elements(elements), dims.join(*lengths))


def join_elements(elements: Sequence[Value]) -> Value:
    """What any item of a list is: of lists, one that stands for all of them."""
    if not elements:
        return UNKNOWN
    result = elements[0]
    for element in elements[1:]:
        result = _join_items(result, element)
    return result


def _join_items(left: Value, right: Value) -> Value:
    """``left`` itself where it stands for several lists and covers ``right``, so that loops settle."""
    if left is right or not isinstance(left, ListValue) or not isinstance(right, ListValue):
        return join(left, right)
    if ListValue.LIMIT in left.slots or ListValue.LIMIT in right.slots:
        return UNKNOWN
    before = left.slots[ListValue.CONTENT]
    content = _join_item_contents(before, right.slots[ListValue.CONTENT])
    if content == before and ListValue.SEVERAL in left.slots:
        return left
    if not isinstance(content, (TupleValue, IterableValue)):
        return UNKNOWN
    joined = ListValue(content)
    joined.slots[ListValue.SEVERAL] = Constant(True)
    return joined


def _join_item_contents(before: Value, after: Value) -> Value:
    """The join of the contents of two lists that are items of one list."""
    if isinstance(before, TupleValue) and isinstance(after, TupleValue) and len(before.items) == len(after.items):
        items = tuple(_join_items(a, b) for a, b in zip(before.items, after.items))
        return before if items == before.items else TupleValue(items)
    return _join_contents(before, after)


def any_item(content: Value) -> Value | None:
    """``element_of`` for a list that is about to hold any of its items: lists among them are joined."""
    return join_elements(content.items) if isinstance(content, TupleValue) and content.items else element_of(content)


def element_of(content: Value) -> Value | None:
    """What any element of a list's content or a tuple is; None where it certainly has none."""
    if isinstance(content, IterableValue):
        return content.element
    if isinstance(content, TupleValue):
        return join_all(content.items) if content.items else None
    return UNKNOWN
