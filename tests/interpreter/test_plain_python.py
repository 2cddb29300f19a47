"""Constants of other modules of a project are read, and nothing of them is executed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tflint_gemm.domain.values import Tensor
from tflint_gemm.interpreter import analyse
from tflint_gemm.syntax.source import Source

CONFIG = "WIDTH = 4 * 8\nSHAPE = (2, WIDTH)\nOPTIONS = {'units': 7}\nopen(__file__ + '.trace', 'w')\n"


def _project(folder: Path) -> Path:
    (folder / "package" / "inner").mkdir(parents=True)
    for part in ("package", "package/inner"):
        (folder / part / "__init__.py").touch()
    (folder / "config.py").write_text(CONFIG)
    (folder / "package" / "sizes.py").write_text("HIDDEN = 99\n")
    return folder


def _last(path: Path, code: str) -> Tensor | None:
    """What the last statement of the program at ``path`` is."""
    source = Source(str(path), "import tensorflow as tf\n" + code)
    analysis = analyse(source, ast.parse(source.text), record_facts=True)
    statement = analysis.tree.body[-1]
    assert isinstance(statement, ast.Expr)
    return analysis.facts.get(statement.value)


@pytest.mark.parametrize(
    ("where", "code", "shape"),
    [
        ("main.py", "from config import SHAPE\ntf.zeros(SHAPE)", (2, 32)),
        ("main.py", "import config as c\ntf.zeros([c.WIDTH + 1, c.OPTIONS['units']])", (33, 7)),
        ("main.py", "from package import sizes\ntf.zeros([sizes.HIDDEN])", (99,)),
        ("package/inner/model.py", "from ..sizes import HIDDEN as H\ntf.zeros([H])", (99,)),
        ("package/inner/model.py", "from config import WIDTH\ntf.zeros([WIDTH])", (32,)),
        ("main.py", "from config import MISSING\ntf.zeros([MISSING, 3])", (None, 3)),
        ("main.py", "import config\nconfig.WIDTH = int(input())\ntf.zeros([config.WIDTH])", (None,)),
    ],
)
def test_constants_are_read(tmp_path: Path, where: str, code: str, shape: tuple[int | None, ...]) -> None:
    folder = _project(tmp_path)
    found = _last(folder / where, code)
    assert found is not None
    assert found.shape == shape
    assert not (folder / "config.py.trace").exists()


def test_a_function_of_another_module_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("def make():\n    return 3\n")
    found = _last(tmp_path / "main.py", "from helpers import make\ntf.zeros([make(), 2])")
    assert found is not None
    assert found.shape == (None, 2)


def test_a_broken_module_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("WIDTH = (\n")
    found = _last(tmp_path / "main.py", "from broken import WIDTH\ntf.zeros([WIDTH])")
    assert found is not None
    assert found.shape == (None,)
