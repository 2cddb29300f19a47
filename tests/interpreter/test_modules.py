"""Other modules of a project: what they bind is known, what they do wrong is reported at the call, nothing is run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tflint_gemm.config import Config
from tflint_gemm.domain.values import Tensor
from tflint_gemm.engine import check_source
from tflint_gemm.interpreter import analyse
from tflint_gemm.syntax.source import Source, decode

CONFIG = "WIDTH = 4 * 8\nSHAPE = (2, WIDTH)\nOPTIONS = {'units': 7}\nopen(__file__ + '.trace', 'w')\n"


def _project(folder: Path) -> Path:
    (folder / "package" / "inner").mkdir(parents=True)
    for part in ("package", "package/inner"):
        (folder / part / "__init__.py").touch()
    (folder / "config.py").write_text(CONFIG)
    (folder / "order.py").write_text("from config import *\nFIRST = WIDTH // 4\nWIDTH = 4\n")
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
        ("main.py", "from order import FIRST\ntf.zeros([FIRST])", (8,)),
        ("main.py", "import config\nconfig.WIDTH = int(input())\ntf.zeros([config.WIDTH])", (None,)),
    ],
)
def test_constants_are_read(tmp_path: Path, where: str, code: str, shape: tuple[int | None, ...]) -> None:
    folder = _project(tmp_path)
    found = _last(folder / where, code)
    assert found is not None
    assert found.shape == shape
    assert not (folder / "config.py.trace").exists()


@pytest.mark.parametrize(
    ("modules", "code", "shape"),
    [
        (
            {"helpers.py": "def make(n):\n    return 3 * n\n"},
            "from helpers import make\ntf.zeros([make(2), 2])",
            (6, 2),
        ),
        ({"a.py": "from b import *\n", "b.py": "N = 5\n_M = 6\n"}, "from a import *\ntf.zeros([N])", (5,)),
        ({"a.py": "from b import *\n", "b.py": "__all__ = ['N']\nN = 5\nM = 6\n"}, "import a\ntf.zeros([a.N])", (5,)),
        (
            {"p/__init__.py": "from .q import q\n", "p/q.py": "def q():\n    return 4\n"},
            "from p import q\ntf.zeros([q()])",
            (4,),
        ),
        ({"p/__init__.py": "from . import q\n", "p/q.py": "N = 4\n"}, "from p import q\ntf.zeros([q.N])", (4,)),
        ({"p/q.py": "N = 4\n"}, "import p.q\ntf.zeros([p.q.N])", (4,)),
        ({"a.py": "import b\n", "b.py": "import b\nN = 4\n"}, "import a\ntf.zeros([a.b.b.N])", (4,)),
        (
            {"a.py": "import b\nN = b.M + 1\n", "b.py": "import a\nM = 2\ndef f():\n    return a.N\n"},
            "import b\ntf.zeros([b.f()])",
            (3,),
        ),
        (
            {"a.py": "SIZES = {}\nSIZES['n'] = 3\nSIZES.update(m=4)\n"},
            "from a import SIZES\ntf.zeros([SIZES['n'], SIZES['m']])",
            (3, 4),
        ),
        (
            {"a.py": "try:\n    import nothing\n    N = 1\nexcept ImportError:\n    N = 1\n"},
            "import a\ntf.zeros([a.N])",
            (1,),
        ),
        ({"a.py": "if __name__ == '__main__':\n    N = 1\nelse:\n    N = 2\n"}, "import a\ntf.zeros([a.N])", (2,)),
        ({"a.py": "import argparse\nN = 1\nN = N + 1\n"}, "import a\ntf.zeros([a.N])", (2,)),
        (
            {
                "a.py": "import tensorflow as t\nclass A(t.Module):\n    def __init__(self, n):\n        self.n = n\n",
            },
            "from a import A\nclass B(A):\n    def make(self):\n        return tf.zeros([self.n])\nB(9).make()",
            (9,),
        ),
        (
            {"a.py": "def f():\n    N = []\n    for i in range(3):\n        N.append(i)\n    return N\nN = f()\n"},
            "from a import N\ntf.zeros([len(N)])",
            (3,),
        ),
        (
            {
                "a.py": "import numpy as np\nimport tensorflow as tf\ntf.random.set_seed(1)\n"
                "def log(x):\n    np.random.seed(0)\n    tf.print(x)\n    global k\n"
                "def f(n):\n    return tf.zeros([n]) + np.ones(n)\n"
            },
            "from a import f\nf(3)",
            (3,),
        ),
    ],
)
def test_definitions_are_followed(
    tmp_path: Path, modules: dict[str, str], code: str, shape: tuple[int | None, ...]
) -> None:
    for name, text in modules.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = _last(tmp_path / "main.py", code)
    assert found is not None
    assert found.shape == shape


def test_a_package_is_found_from_within_though_its_folders_have_no_init(tmp_path: Path) -> None:
    (tmp_path / "library" / "projects" / "one").mkdir(parents=True)
    (tmp_path / "library" / "sizes.py").write_text("N = 4\n")
    found = _last(tmp_path / "library" / "projects" / "one" / "main.py", "from library.sizes import N\ntf.zeros([N])")
    assert found is not None
    assert found.shape == (4,)


@pytest.mark.parametrize(
    "module",
    [
        "N = (\n",
        "N = 1\ndef f():\n    global N\n    N = 2\n",
        "from main import N\n",
        "def N(): ...\n",
        "import N\n",
        "LOG = []\ndef add():\n    LOG.append(1)\nadd()\nN = len(LOG)\n",
        "LOG = []\ndef add():\n    lengths = [LOG for LOG in [[1]]]\n    LOG.append(1)\nadd()\nN = len(LOG)\n",
        "from os import path as N\ndef f():\n    global N\n    N = 3\nf()\n",
        "def f():\n    N = 1\n    def g():\n        global N\n        N = 3\n    g()\nN = 2\nf()\n",
    ],
)
def test_what_is_not_known_is_unknown(tmp_path: Path, module: str) -> None:
    (tmp_path / "other.py").write_text(module)
    found = _last(tmp_path / "main.py", "from other import N\ntf.zeros([N])")
    assert found is not None
    assert found.shape == (None,)


def test_facts_are_those_of_the_file(tmp_path: Path) -> None:
    lines = "\n" * 20
    (tmp_path / "other.py").write_text(f"import tensorflow as tf\n{lines}def make(x):\n    y = x + 1\n    return y\n")
    source = Source(str(tmp_path / "main.py"), "import tensorflow as tf\nfrom other import make\nmake(tf.zeros([2]))\n")
    analysis = analyse(source, ast.parse(source.text), record_facts=True)
    assert {node.lineno for node in analysis.facts} == {3}


def test_a_fault_in_another_module_is_reported_at_the_call(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("import tensorflow as tf\n\ndef product(a, b):\n    return tf.matmul(a, b)\n")
    (tmp_path / "main.py").write_text(
        "import tensorflow as tf\nfrom other import product\n\nx = tf.zeros([2, 3])\nproduct(x, x)\n"
    )
    config = Config()
    (finding,) = check_source(decode(str(tmp_path / "main.py"), (tmp_path / "main.py").read_bytes()), config)
    assert (finding.code, finding.span.line, finding.fix) == ("TFG201", 5, None)
    assert "in other.py, line 4, which is called here" in finding.message
    assert not check_source(decode(str(tmp_path / "other.py"), (tmp_path / "other.py").read_bytes()), config)


@pytest.mark.parametrize(
    ("body", "reported"),
    [
        ("    return tf.matmul(a, b)\n", True),
        ("    if flag:\n        return tf.matmul(a, b)\n", False),
        ("    if flag:\n        return a\n    return tf.matmul(a, b)\n", False),
        ("    if flag:\n        raise ValueError\n    return tf.matmul(a, b)\n", True),
        ("    if flag:\n        a = a + 1\n    return tf.matmul(a, b)\n", True),
        ("    return tf.matmul(a, b) if flag else a\n", False),
        ("    for i in flag:\n        if i:\n            continue\n        tf.matmul(a, b)\n", False),
        ("    try:\n        flag()\n    except KeyError:\n        tf.matmul(a, b)\n", False),
        ("    match flag:\n        case 1:\n            tf.matmul(a, b)\n", False),
    ],
)
def test_a_call_is_to_blame_only_if_it_certainly_leads_to_the_fault(tmp_path: Path, body: str, reported: bool) -> None:
    (tmp_path / "other.py").write_text(f"import tensorflow as tf\n\ndef product(a, b, flag):\n{body}")
    text = (
        "import tensorflow as tf\nfrom other import product\n\nx = tf.zeros([2, 3])\n"
        "def use(flag):\n    product(x, x, flag)\n"
    )
    found = check_source(Source(str(tmp_path / "main.py"), text), Config())
    assert [finding.span.line for finding in found] == ([6] if reported else [])


def test_steps_in_other_modules_are_bounded(tmp_path: Path) -> None:
    body = "".join(f"    x = x + {i}\n" for i in range(400))
    (tmp_path / "other.py").write_text(f"def slow(x):\n{body}    return slow(x + 1) if x < 9**9 else x\n")
    calls = "".join(f"slow({i})\n" for i in range(400))
    path = tmp_path / "main.py"
    source = Source(str(path), f"import tensorflow as tf\nfrom other import slow\n{calls}tf.zeros([2])\n")
    analysis = analyse(source, ast.parse(source.text), record_facts=True)
    assert not analysis.exhausted
    assert any(tensor.shape == (2,) for tensor in analysis.facts.values())


def test_objects_of_a_call_that_is_left_are_not_known(tmp_path: Path) -> None:
    work = "".join(f"        self.x = [{i}, {i}, {i}, {i}, {i}, {i}, {i}, {i}, {i}, {i}]\n" for i in range(400))
    (tmp_path / "other.py").write_text(
        "import tensorflow as tf\nclass Parent:\n    def __init__(self):\n        self.table = tf.zeros([2, 3])\n"
        f"class Child(Parent):\n    def __init__(self):\n        super().__init__()\n{work}"
        "        self.table = tf.zeros([5, 6])\n"
    )
    found = _last(tmp_path / "main.py", "from other import Child, Parent\nchild = Child()\nchild.table")
    assert found is None or found.shape is None
    found = _last(tmp_path / "main.py", "from other import Child, Parent\nParent().table")
    assert found is not None
    assert found.shape == (2, 3)


def test_unpacking_in_another_module_is_reported_at_the_call(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("def use(pair):\n    a, b = pair\n    return a\n")
    text = "import tensorflow as tf\nfrom other import use\nuse([tf.zeros([2]), tf.zeros([2]), tf.zeros([3])])\n"
    found = check_source(Source(str(tmp_path / "main.py"), text), Config())
    assert [(finding.span.line, finding.code) for finding in found] == [(3, "TFG216")]


def test_facts_are_those_of_the_analysed_file(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("\n" * 50 + "def twice(x):\n    y = x + x\n    return y\n")
    text = "import tensorflow as tf\nfrom other import twice\n\ntwice(tf.zeros([2]))\n"
    source = Source(str(tmp_path / "main.py"), text)
    analysis = analyse(source, ast.parse(text), record_facts=True)
    assert {node.lineno for node in analysis.facts} == {4}
