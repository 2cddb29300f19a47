"""Comments that silence findings, and those that silence nothing."""

from __future__ import annotations

import pytest

from tflint_gemm import engine
from tflint_gemm.config import Config
from tflint_gemm.findings import Edit, Span
from tflint_gemm.syntax import edits, suppressions
from tflint_gemm.syntax.source import Source


def source(text: str) -> Source:
    return Source("a.py", text)


def silenced(text: str, line: int = 1, end_line: int | None = None, code: str = "TFG101") -> bool:
    found = suppressions.find(source(text))
    return found.silences(Span(line, 1, end_line or line, 2), code)


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "#noqa",
        "# NOQA",
        "# noqa: TFG101",
        "# noqa:TFG101",
        "# noqa: E501,TFG101",
        "# noqa: E501 TFG101",
        "# noqa: tfg101",
        "# noqa: TFG1",
        "# type: ignore # noqa: TFG101",
        "# noqa: TFG101 since the wrapper casts",
        "# tflint-gemm: ignore",
        "# tflint-gemm: ignore[TFG101]",
        "# tflint-gemm:ignore[TFG102, TFG101]",
        "# tflint-gemm: ignore[TFG102, TFG101,]",
    ],
)
def test_forms_that_silence(comment):
    assert silenced(f"x = f()  {comment}\n")


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: TFG102",
        "# noqa: E501",
        "# noqapple",
        "# nothing",
        "# tflint-gemm: ignore[TFG102]",
        "# tflint-gemm: ignored",
        "# tflint: ignore[TFG101]",
    ],
)
def test_forms_that_do_not(comment):
    assert not silenced(f"x = f()  {comment}\n")


def test_text_in_a_string_is_no_comment():
    assert not silenced('x = f("# noqa")\n')
    assert not silenced('x = """\n# noqa: TFG101\n"""\n', line=1, end_line=3)


CALL = "x = f(  # {0}\n    a,  # {1}\n    b,  # {2}\n)  # {3}\n"


@pytest.mark.parametrize(("where", "expected"), [(0, True), (1, False), (2, True), (3, True)])
def test_the_lines_of_a_finding_that_count(where, expected):
    """The first and the last line of the finding, and the last line of its statement."""
    marks = ["-"] * 4
    marks[where] = "noqa: TFG101"
    assert silenced(CALL.format(*marks), line=1, end_line=3) is expected


def test_a_finding_inside_a_statement_ends_with_its_statement():
    assert silenced("x = f(\n    a,\n    b,\n)  # noqa: TFG101\n", line=2)
    assert not silenced("x = 1\ny = f(a)\nz = 2  # noqa: TFG101\n", line=2)
    assert silenced("x = a + \\\n    b  # noqa: TFG101\n", line=1)
    assert silenced("for x in (\n    f(a)\n):  # noqa: TFG101\n    pass\n", line=2)


def test_a_whole_file():
    text = "# tflint-gemm: ignore-file[TFG101]\nimport tensorflow\n\nx = f()\n"
    assert silenced(text, line=4)
    assert not silenced(text, line=4, code="TFG102")
    assert silenced("x = f()\n# tflint-gemm: ignore-file\n", line=1)


def test_a_file_that_cannot_be_tokenized_keeps_what_stands_before_the_fault():
    assert silenced("x = f()  # noqa: TFG101\ny = (\n")
    assert silenced("x = f()  # noqa: TFG101\n  y = 1\n z\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_endings(end):
    text = end.join(["x = 1", "y = f()  # noqa: TFG101", "z = 2"])
    assert silenced(text, line=2)
    assert not silenced(text, line=1)
    assert not silenced(text, line=3)


@pytest.mark.parametrize(
    ("before", "comment", "kept"),
    [
        ("", "# noqa", True),
        ("", "# noqa: TFG101", True),
        ("", "# noqa: TFG000", False),
        ("", "# tflint-gemm: ignore", False),
        ("# tflint-gemm: ignore-file\n", "", False),
    ],
)
def test_a_file_that_cannot_be_read_is_not_silenced_by_the_noqa_of_a_line(before: str, comment: str, kept: bool):
    data = f"{before}import tensorflow as tf  # noqa\nx = tf.ones((2, return))  {comment}\n".encode()
    report = engine.run_task(engine.Task("a.py", Config(), data=data))
    assert ("TFG000" in [finding.code for finding in report.findings]) is kept


def test_an_analysis_that_ends_early_is_not_silenced_by_the_noqa_of_a_line():
    data = b"import tensorflow as tf  # noqa\nx = tf.ones([2])  # noqa\ny = x + x  # noqa\n"
    report = engine.run_task(engine.Task("a.py", Config(max_steps=2), data=data))
    assert [finding.code for finding in report.findings] == ["TFG002"]


def test_noqa_may_be_left_to_flake8():
    found = suppressions.find(source("x = f()  # noqa: TFG101\ny = f()  # tflint-gemm: ignore[TFG101]\n"))
    assert not found.silences(Span(1, 1, 1, 2), "TFG101", noqa=False)
    assert found.silences(Span(2, 1, 2, 2), "TFG101", noqa=False)
    assert not list(found.unused()), "both were needed"


def applied(text: str, edits: tuple[Edit, ...]) -> str:
    before = source(text)
    for edit in edits:
        start = before.offset(edit.span.line, edit.span.column)
        end = before.offset(edit.span.end_line, edit.span.end_column)
        text = text[:start] + edit.replacement + text[end:]
    return text


@pytest.mark.parametrize(
    ("before", "codes", "after"),
    [
        ("x = 1  # noqa: TFG101\n", ("TFG101",), "x = 1\n"),
        ("x = 1  # noqa: TFG101", ("TFG101",), "x = 1"),
        ("x = 1  # noqa: TFG101\r\ny = 2\r\n", ("TFG101",), "x = 1\r\ny = 2\r\n"),
        ("x = 1  # noqa: E501, TFG101\n", ("TFG101",), "x = 1  # noqa: E501\n"),
        ("x = 1  # noqa: TFG101,E501\n", ("TFG101",), "x = 1  # noqa: E501\n"),
        ("x = 1  # noqa: TFG101 because of y\n", ("TFG101",), "x = 1  # because of y\n"),
        ("x = 1  # noqa: TFG101  # type: ignore\n", ("TFG101",), "x = 1  # type: ignore\n"),
        ("x = 1  # type: ignore # noqa: TFG101\n", ("TFG101",), "x = 1  # type: ignore\n"),
        ("x = 1\n    # noqa: TFG101\ny = 2\n", ("TFG101",), "x = 1\ny = 2\n"),
        ("# noqa: TFG101", ("TFG101",), ""),
        ("x = 1  # tflint-gemm: ignore\n", (), "x = 1\n"),
        ("x = 1  # tflint-gemm: ignore[TFG101, TFG102]\n", ("TFG101", "TFG102"), "x = 1\n"),
        ("# tflint-gemm: ignore-file[TFG101]\nx = 1\n", ("TFG101",), "x = 1\n"),
    ],
)
def test_what_silences_nothing_is_removed(before, codes, after):
    ((span, stale, fix),) = suppressions.find(source(before)).unused()
    assert stale == codes
    assert source(before).segment(span).startswith("#")
    assert fix.safety == "safe"
    assert applied(before, fix.edits) == after


def test_only_the_unused_code_goes():
    text = "x = f()  # tflint-gemm: ignore[TFG101, TFG102]\n"
    found = suppressions.find(source(text))
    assert found.silences(Span(1, 1, 1, 2), "TFG102")
    ((_, stale, fix),) = found.unused()
    assert stale == ("TFG101",)
    assert applied(text, fix.edits) == "x = f()  # tflint-gemm: ignore[TFG102]\n"


def test_what_is_not_ours_or_not_known_stays():
    assert not list(suppressions.find(source("x = 1  # noqa\ny = 2  # noqa: E501\n")).unused())
    assert not list(suppressions.find(source("x = 1  # noqa: TFG404\n")).unused(off={"TFG404"}))
    assert not list(suppressions.find(source("x = 1  # noqa: TFG4\n")).unused(off={"TFG404"}))


def with_noqa(text, findings):
    return edits.apply(source(text), [suppressions.add_noqa(source(text), findings)]).text


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        ("x = f()\n", 1, "x = f()  # noqa: TFG101\n"),
        ("x = f()", 1, "x = f()  # noqa: TFG101"),
        ("x = f()  \r\n", 1, "x = f()  # noqa: TFG101\r\n"),
        ("x = f()  # why\n", 1, "x = f()  # why  # noqa: TFG101\n"),
        ("x = f()  # noqa: E501\n", 1, "x = f()  # noqa: E501, TFG101\n"),
        ('x = f("""\n""")\n', 1, 'x = f("""\n""")  # noqa: TFG101\n'),
        ("x = a + \\\n    b\n", 1, "x = a + \\\n    b  # noqa: TFG101\n"),
        ("if x:\n    y = g(\n        f()\n    )\n", 3, "if x:\n    y = g(\n        f()\n    )  # noqa: TFG101\n"),
    ],
)
def test_adding_noqa_silences(before, line, after):
    text = with_noqa(before, [(Span(line, 1, line, 2), "TFG101")])
    assert text == after
    assert silenced(text, line=line)


def test_several_findings_of_one_statement_share_a_comment():
    spans = [(Span(1, 1, 1, 2), "TFG201"), (Span(2, 1, 2, 2), "TFG101"), (Span(2, 1, 2, 2), "TFG101")]
    assert with_noqa("x = f(\n    a)\n", spans) == "x = f(\n    a)  # noqa: TFG101, TFG201\n"
