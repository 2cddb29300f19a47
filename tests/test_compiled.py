"""What ``hatch_build.py`` makes of the source before mypyc compiles it; ``make compiled`` runs tests on the outcome."""

import ast
import copy
import dataclasses
import importlib
import itertools
import pickle
import shutil
from pathlib import Path

import pytest

from tools.compiled import build

ROOT = Path(__file__).parent.parent
hatch_build = build()


def written_out(source, tmp_path, monkeypatch, name):
    """The module of that source, as it is and with its dataclasses written out."""
    modules = []
    for kind in ("plain", "written"):
        path = tmp_path / f"{name}_{kind}.py"
        path.write_text(source, "utf-8")
        if kind == "written":
            hatch_build.write_out_dataclasses([path])
            assert path.read_text("utf-8") != source
        monkeypatch.syspath_prepend(tmp_path)
        modules.append(importlib.import_module(path.stem))
    return modules


SOURCE = '''
from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Point:
    """A point."""

    x: int
    y: float = 0.5
    label: object = field(default=None, compare=False, repr=False)
    marks: dict[str, int] = field(default_factory=dict, hash=False)

    @property
    def sum(self) -> float:
        return self.x + self.y


@dataclass(frozen=True)
class Dot(Point):
    size: int = 1

    def __hash__(self) -> int:
        return 7


@dataclass(eq=False)
class Counted:
    items: list[int] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.count = len(self.items)


@dataclass
class Nothing:
    pass
'''


def test_dataclasses_are_what_they_were(tmp_path, monkeypatch):
    plain, written = written_out(SOURCE, tmp_path, monkeypatch, "shapes")
    made = []
    for module in (plain, written):
        points = [
            module.Point(1),
            module.Point(1, 0.5, "label"),
            module.Point(y=2.0, x=1),
            module.Point(1, marks={"a": 1}),
            module.Dot(1),
            module.Dot(1, size=2),
            module.Nothing(),
            module.Nothing(),
        ]
        same = [[one == other for other in points] for one in points]
        hashes = [hash(one) == hash(other) for one, other in itertools.product(points[:4], points[:4])]
        changed = dataclasses.replace(points[0], x=5)
        counted = module.Counted([1, 2])
        made.append((same, hashes, list(map(repr, points)), repr(changed), counted.count, hash(points[4])))
        assert module.Counted() != module.Counted()
        assert module.Counted().items is not module.Counted().items
        assert points[0] != 1
        assert [copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point for point in points] == [True] * 8
        with pytest.raises(TypeError):
            module.Point()
    assert made[0] == made[1]


def test_a_field_of_a_kind_that_is_not_written_out_is_refused(tmp_path):
    path = tmp_path / "odd.py"
    path.write_text("@dataclass\nclass Odd:\n    x: int = field(init=False)\n", "utf-8")
    with pytest.raises(NotImplementedError, match="init"):
        hatch_build.write_out_dataclasses([path])


def test_all_that_is_compiled_can_be_written_out(tmp_path):
    copies = []
    for path in hatch_build.compiled_modules(ROOT):
        copies.append(tmp_path / path.relative_to(ROOT))
        copies[-1].parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copies[-1])
    hatch_build.write_out_dataclasses(copies)
    texts = [path.read_text("utf-8") for path in copies]
    assert sum("@dataclass(init=False, eq=False)" in text for text in texts) > 15
    for text in texts:
        ast.parse(text)
        assert "@dataclass(frozen" not in text


@pytest.mark.parametrize("path", hatch_build.compiled_modules(ROOT), ids=lambda path: path.stem)
def test_nothing_is_used_that_mypyc_does_otherwise_than_python(path):
    """It computes a cached property each time, and fails on ``x in (*a, b)`` and on a zip that leaves a generator."""
    tree = ast.parse(path.read_text("utf-8"))
    generators = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in ast.walk(node))
    }
    for node in ast.walk(tree):
        assert not (isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node).endswith("cached_property"))
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            sought = node.comparators[0]
            assert not any(isinstance(item, ast.Starred) for item in getattr(sought, "elts", ())), node.lineno
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "zip":
            called = {ast.unparse(one.func).rpartition(".")[2] for one in node.args if isinstance(one, ast.Call)}
            assert not called & generators, node.lineno
