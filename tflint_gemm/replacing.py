"""``dataclasses.replace``, in a third of its time: abstract values are never changed, so it is called for most ops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["replace"]

if TYPE_CHECKING:  # mypy checks the names and types of its keywords, and would not check those of another function
    from dataclasses import replace
else:
    from collections.abc import Callable
    from dataclasses import fields
    from functools import cache
    from operator import attrgetter

    def replace(instance: Any, /, **changes: Any) -> Any:
        """A dataclass's instance with other values in these fields; raises KeyError for a field that it has not."""
        kind = type(instance)
        values_of, places = _fields(kind)
        values = list(values_of(instance))
        for name, value in changes.items():
            values[places[name]] = value
        return kind(*values)

    @cache
    def _fields(kind: type[Any]) -> tuple[Callable[[object], tuple[object, ...]], dict[str, int]]:
        names = [field.name for field in fields(kind)]
        get = attrgetter(*names)
        places = {name: place for place, name in enumerate(names)}
        return (get, places) if len(names) > 1 else (lambda instance: (get(instance),), places)
