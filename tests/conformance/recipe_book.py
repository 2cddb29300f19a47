"""Which arguments of which op are made in a way of their own."""

from __future__ import annotations

from . import receivers, recipes, recipes_data, recipes_files
from .recipes import Recipe

_TOGETHER = {**recipes_data.BY_OP, **recipes_files.BY_OP}


def recipe(name: str) -> Recipe:
    """The arguments of the op ``name`` that are made in a way of its own, or as those of its TensorFlow 2 namesake."""
    of_class = receivers.ARGUMENTS.get(name.rpartition(".")[0], {})
    own = {**of_class, **recipes.BY_OP.get(name, {}), **_TOGETHER.get(name, {})}
    return own or (recipe(name.removeprefix("compat.v1.")) if name.startswith("compat.v1.") else own)


def is_indivisible(name: str) -> bool:
    """Whether the recipe of the op ``name`` is of no use in parts."""
    return name in recipes.ALL_GIVEN or name.removeprefix("compat.v1.") in _TOGETHER
