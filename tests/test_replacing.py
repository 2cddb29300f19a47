"""Our ``replace`` does what ``dataclasses.replace`` does."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

from tflint_gemm import replacing


def _dataclasses() -> Iterator[type]:
    for package in ("domain", "interpreter", "ops"):
        folder = importlib.import_module(f"tflint_gemm.{package}")
        for found in pkgutil.iter_modules(folder.__path__):
            module = importlib.import_module(f"tflint_gemm.{package}.{found.name}")
            for value in vars(module).values():
                if isinstance(value, type) and dataclasses.is_dataclass(value) and dataclasses.fields(value):
                    yield value


@pytest.mark.parametrize("kind", sorted(set(_dataclasses()), key=lambda kind: kind.__qualname__))
def test_each_field_of_each_dataclass_is_replaced_as_python_does_it(kind: type) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    one = kind(*(f"value of {name}" for name in names))
    for name in names:
        theirs, ours = dataclasses.replace(one, **{name: 1}), replacing.replace(one, **{name: 1})
        assert type(ours) is kind
        assert [getattr(ours, field) for field in names] == [getattr(theirs, field) for field in names]
    assert replacing.replace(one) is not one


def test_a_field_that_is_not_there_is_an_error() -> None:
    from tflint_gemm.domain.values import Tensor

    with pytest.raises(KeyError, match="shpae"):
        replacing.replace(Tensor(), shpae=())  # type: ignore[call-arg]


def test_the_package_was_looked_through() -> None:
    assert len(set(_dataclasses())) > 40
