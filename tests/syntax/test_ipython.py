"""What IPython has beyond Python is blanked, and every position stays."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tflint_gemm.syntax import ipython


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "0\nx = 1"),
        ("!pip install \\\n  --quiet 'x\ny = 1", "0\n\ny = 1"),
        ("if x:\n    %cd y\n    !ls", "if x:\n    0\n    0"),
        ("?x\nx.y??\n??z", "0\n0\n0"),
        ("files = !ls *.py\nout = %env HOME", "files = ᚠ\nout = ᚠ"),
        ("a, b = !ls", "a, b = ᚠ"),
        ("y = %time f(x)", "y =       f(x)"),
        ("y = %timeit -o f(x)", "y = ᚠ"),
        ("%time y = f(x)", "if 1: y = f(x)"),
        ("%timeit -n 10 -r3 f(x)", "if 1:             f(x)"),
        ("%timeit y = f(x)", "0"),
        ("%time", "0"),
        ("pip install x\nls -la", "0\n0"),
        ("%%time\nx = 1", "\nx = 1"),
        ("\n# why\n%%capture out\nx = 1", "\n# why\n\nx = 1"),
        ("x = ('%s'\n % y)\n!ls", "x = ('%s'\n % y)\n0"),
        ("x = '''\n!ls\n%cd\n'''\n!ls", "x = '''\n!ls\n%cd\n'''\n0"),
        ("x = y # z?\n!ls", "x = y # z?\n0"),
        ("x = a % b; y = 'what?'\n!ls", "x = a % b; y = 'what?'\n0"),
        ("f(x=1)\r\n%cd y\r\nz = 2\r\n", "f(x=1)\r\n0\r\nz = 2\r\n"),
    ],
)
def test_magics_are_blanked(cell: str, python: str) -> None:
    made = ipython.python_text(cell)
    assert [line.rstrip(" ") for line in re.split("(\r\n|\n)", made)] == re.split("(\r\n|\n)", python)
    ast.parse(made)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("x = 1", True),
        ("%%time\nx", True),
        ("%% time", False),
        ("%%timeit -n 1\nx", True),
        ("# a\n\n%%bash\nls", False),
        ("%%writefile a.py\nx = 1", False),
        ("%%python3\nx = 1", False),  # another process, another namespace
        ("x = 1\n%%bash", True),
    ],
)
def test_cells_that_run_here(cell: str, expected: bool) -> None:
    assert ipython.is_python(cell) is expected


def test_python_is_left_as_it_is() -> None:
    text = "x = [1\n%2]\nawait f()\nasync with g() as h:\n    pass\nreturn"
    assert ipython.python_text(text) == text


def test_the_indentation_of_the_first_line_is_that_of_the_cell() -> None:
    tree = ipython.parse("  x = 1\n  %cd y\n  z = 2", ast.parse)
    assert [(node.lineno, node.col_offset) for node in tree.body] == [(1, 2), (2, 2), (3, 2)]


PIECES = [
    "%time ",
    "%",
    "!",
    "?",
    "x",
    " = ",
    "'",
    '"""',
    "(",
    ")",
    "\n",
    "\r\n",
    "    ",
    "if x:",
    "#",
    "\\",
    "é",
    "%%",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_lines_keep_their_lengths(text: str) -> None:
    made = ipython.python_text(text)
    assert [len(line) for line in re.split("\r\n|\r|\n", made)] == [len(line) for line in re.split("\r\n|\r|\n", text)]
    assert re.findall("\r\n|\r|\n", made) == re.findall("\r\n|\r|\n", text)
