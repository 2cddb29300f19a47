"""The building blocks of fixes: which characters an edit touches, and what happens where two meet."""

from __future__ import annotations

import ast

import pytest

from tflint_gemm.findings import Edit, Span
from tflint_gemm.syntax import edits
from tflint_gemm.syntax.source import Source


def _insert(column: int, text: str, line: int = 1) -> Edit:
    return Edit(Span(line, column, line, column), text)


def _call(text: str) -> tuple[Source, ast.Call]:
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.Expr)
    assert isinstance(node.value, ast.Call)
    return Source("x.py", text), node.value


# ------------------------------------------------------------------------------------------------- applying


def test_groups_apart_are_all_made() -> None:
    groups = [[_insert(1, "("), _insert(4, ")")], [Edit(Span(1, 6, 1, 7), "z")]]
    assert edits.apply(Source("x.py", "abc, d\n"), groups).text == "(abc), z\n"


def test_of_overlapping_groups_the_first_is_made() -> None:
    groups = [[Edit(Span(1, 1, 1, 4), "x")], [Edit(Span(1, 3, 1, 6), "y"), _insert(7, "!")]]
    assert edits.apply(Source("x.py", "abcdef\n"), groups).text == "xdef\n"


def test_different_insertions_in_one_place_exclude_each_other() -> None:
    assert edits.apply(Source("x.py", "a\n"), [[_insert(1, "x")], [_insert(1, "y")]]).text == "xa\n"


def test_the_same_edit_of_two_groups_is_made_once() -> None:
    groups = [[_insert(1, "import t; "), _insert(2, "1")], [_insert(1, "import t; "), _insert(3, "2")]]
    assert edits.apply(Source("x.py", "abc\n"), groups).text == "import t; a1b2c\n"


def test_insertions_of_one_group_keep_their_order() -> None:
    assert edits.apply(Source("x.py", "a\n"), [[_insert(2, "x"), _insert(2, "y")]]).text == "axy\n"


# ------------------------------------------------------------------------------------------------- keyword arguments


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()", "f(d=1)"),
        ("f( )", "f( d=1)"),
        ("f(a)", "f(a, d=1)"),
        ("f(a,)", "f(a, d=1,)"),
        ("f((a))", "f((a), d=1)"),
        ("f(a, b=c)", "f(a, b=c, d=1)"),
        ("f(*a, **b)", "f(*a, **b, d=1)"),
        ("f(a)(b)", "f(a)(b, d=1)"),
        ("f(\n    a\n)", "f(\n    a, d=1\n)"),
        ("f(\n    a,\n)", "f(\n    a,\n    d=1,\n)"),
        ("f(\n    a,\n    b\n)", "f(\n    a,\n    b,\n    d=1\n)"),
        ("f(\n\ta,  # one\n\tb,  # two\n\n\t# end\n)", "f(\n\ta,  # one\n\tb,  # two\n\n\t# end\n\td=1,\n)"),
        ("f(a,\n  b)", "f(a,\n  b,\n  d=1)"),
        ('f("é", "x")', 'f("é", "x", d=1)'),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_keyword_stands_as_the_other_arguments_do(before: str, after: str, ending: str) -> None:
    source, call = _call(before.replace("\n", ending))
    edit = edits.add_keyword(source, call, "d", "1")
    assert edit is not None
    changed = edits.apply(source, [[edit]]).text
    assert changed == after.replace("\n", ending)
    ast.parse(changed)


def test_a_generator_takes_no_company() -> None:
    source, call = _call("f(x for x in y)")
    assert edits.add_keyword(source, call, "d", "1") is None


# ------------------------------------------------------------------------------------------------- an import of its own


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n", "import t\nx = 1\n"),
        (
            "#!/bin/python\n# -*- coding: utf-8 -*-\nx = 1\n",
            "#!/bin/python\n# -*- coding: utf-8 -*-\nimport t\nx = 1\n",
        ),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\nimport t\nx = 1\n'),
        ('"""Doc."""; x = 1\n', '"""Doc."""; import t; x = 1\n'),
        (
            '"""Doc."""\nfrom __future__ import annotations\nimport os\n',
            '"""Doc."""\nfrom __future__ import annotations\nimport t\nimport os\n',
        ),
        ("@d\ndef f(): pass\n", "import t\n@d\ndef f(): pass\n"),
        ("x = 1\r\n", "import t\r\nx = 1\r\n"),
        ("import os; import re\n", "import t\nimport os; import re\n"),
    ],
)
def test_an_import_comes_first_but_not_too_early(before: str, after: str) -> None:
    source = Source("x.py", before)
    assert edits.apply(source, [[edits.add_import(source, ast.parse(before), "import t")]]).text == after
