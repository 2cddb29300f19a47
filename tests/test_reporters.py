"""The formats: what people read, and what other programs rely on."""

from __future__ import annotations

import json

import click
import pytest

from tflint_gemm.findings import Edit, Finding, Fix, Note, Span, Verdict
from tflint_gemm.report import FORMATS, render
from tflint_gemm.report.printable import Label, underlined
from tflint_gemm.results import FileReport
from tflint_gemm.syntax.source import Source

TEXT = """\
import tensorflow as tf
a = tf.constant([[1.0]])
b = tf.constant([[1.0]], tf.float64)
c = tf.matmul(a, b)
"""
CAST = Fix("safe", "cast `b` to float32", (Edit(Span(4, 18, 4, 19), "tf.cast(b, tf.float32)"),))
FINDING = Finding(
    path="src/a.py",
    span=Span(4, 5, 4, 20),
    code="TFG001",
    name="mixed",
    severity="error",
    message="the operands differ",
    notes=(
        Note(Span(4, 15, 4, 16), "`a` is float32"),
        Note(Span(4, 18, 4, 19), "`b` is float64"),
        Note(Span(3, 5, 3, 37), "its dtype was written here"),
        Note(None, "TensorFlow never promotes"),
    ),
    help="cast one of them",
    fix=CAST,
    verdict=Verdict("confirmed", "InvalidArgumentError: cannot compute MatMul\nas input #1"),
)


def report(finding: Finding, text: str = TEXT) -> list[FileReport]:
    return [FileReport(finding.path, [finding], Source(finding.path, text))]


def plain(text: str) -> str:
    return click.unstyle(text)


def variant(**changes: object) -> Finding:
    keys = ("path", "span", "code", "name", "severity", "message", "notes", "help", "fix", "verdict")
    return Finding(**{**{key: getattr(FINDING, key) for key in keys}, **changes})  # type: ignore[arg-type]


def test_text_shows_the_line_its_operands_and_where_they_come_from():
    assert (
        plain(render(report(FINDING), "text"))
        == """\
error[TFG001] mixed: the operands differ
 --> src/a.py:4:5
  |
3 | b = tf.constant([[1.0]], tf.float64)
  |     --------------------------------
  |     its dtype was written here
4 | c = tf.matmul(a, b)
  |               ^  ^
  |               |  `b` is float64
  |               `a` is float32
  |
  = note: TensorFlow never promotes
  = help: cast one of them
  = fix: --fix: cast `b` to float32
  = verified: confirmed: InvalidArgumentError: cannot compute MatMul as input #1

Found 1 error in 1 of 1 file. 1 can be repaired with --fix.
"""
    )


def test_text_without_notes_underlines_the_finding_to_the_end_of_its_first_line():
    bare = variant(notes=(), help=None, fix=None, verdict=None, span=Span(1, 1, 2, 5), severity="warning")
    assert "1 | import tensorflow as tf\n  | ^^^^^^^^^^^^^^^^^^^^^^^\n" in plain(render(report(bare), "text"))


def test_text_of_nothing():
    assert render([FileReport("a.py"), FileReport("b.py")], "text") == "Nothing found in 2 files.\n"
    assert render([], "text") == "No Python files or notebooks to check.\n"


def test_text_says_why_a_fix_is_unsafe():
    unsafe = variant(fix=Fix("unsafe", "cast `b`", CAST.edits, "it drops a comment"))
    shown = plain(render(report(unsafe), "text"))
    assert "= fix: --unsafe-fixes: cast `b` (unsafe: it drops a comment)" in shown
    assert "1 can be repaired with --unsafe-fixes." in shown


def test_a_file_cannot_send_escape_sequences_to_the_terminal():
    hostile = variant(span=Span(1, 1, 1, 2), notes=(), path="a\x1b[2J.py", message="evil \x1b[31m\u202e text")
    shown = plain(render(report(hostile, "x = '\x1b[31m' # \u202e\n"), "text"))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\x1b[2J" not in render(report(hostile, "x = 1\n"), "concise")


@pytest.mark.parametrize(
    ("line", "start", "end", "shown", "marks"),
    [
        ("ab cd", 3, 5, "ab cd", "   ^^"),
        ("\tx = y", 5, 6, "    x = y", "        ^"),
        ("名 = f(x)", 6, 7, "名 = f(x)", "       ^"),
        ("é = e\u0301x", 6, 7, "é = e\u0301x", "     ^"),
        ("ab", 2, 2, "ab", "  ^"),
    ],
)
def test_marks_stand_below_what_they_mark(line, start, end, shown, marks):
    assert underlined(line, [Label(start, end, "^")]) == (shown, [marks])


def test_labels_are_led_to_their_marks():
    labels = [Label(0, 1, "^", "one"), Label(2, 3, "-", "two"), Label(4, 5, "^", "three"), Label(4, 5, "^", "four")]
    assert underlined("a b c", labels)[1] == ["^ - ^", "| | three", "| | four", "| two", "one"]


def test_a_very_long_line_is_cropped_around_the_mark():
    shown, (marks,) = underlined("x" * 5000 + "HERE" + "y" * 5000, [Label(5000, 5004, "^")])
    assert len(shown) < 200
    assert shown[marks.index("^") : marks.index("^") + 4] == "HERE"
    assert marks.count("^") == 4


def test_concise():
    assert plain(render(report(FINDING), "concise")) == ("src/a.py:4:5: TFG001 [*] the operands differ (confirmed)\n")


def test_json_has_exactly_the_promised_keys():
    (row,) = json.loads(render(report(FINDING), "json"))
    assert row == {
        "path": "src/a.py",
        "code": "TFG001",
        "name": "mixed",
        "severity": "error",
        "message": "the operands differ",
        "cell": None,
        "line": 4,
        "column": 5,
        "end_line": 4,
        "end_column": 20,
        "fix": {
            "safety": "safe",
            "message": "cast `b` to float32",
            "edits": [
                {
                    "cell": None,
                    "line": 4,
                    "column": 18,
                    "end_line": 4,
                    "end_column": 19,
                    "replacement": "tf.cast(b, tf.float32)",
                }
            ],
        },
        "verdict": {"outcome": "confirmed", "reason": "InvalidArgumentError: cannot compute MatMul\nas input #1"},
    }
    (row,) = json.loads(render(report(variant(fix=None, verdict=None)), "json"))
    assert row["fix"] is None
    assert row["verdict"] is None
    assert json.loads(render([], "json")) == []


def test_json_survives_file_names_that_are_no_text():
    (row,) = json.loads(render(report(variant(path="a\udcff.py")), "json"))
    assert row["path"] == "a\udcff.py"


def test_github_annotations_are_escaped():
    odd = variant(path="a,b:c.py", message="100% of\r\nit: x, y")
    assert render(report(odd), "github") == (
        "::error title=TFG001 mixed,file=a%2Cb%3Ac.py,line=4,col=5,endLine=4,endColumn=20"
        "::a,b:c.py:4:5: TFG001 100%25 of%0D%0Ait: x, y"
        " (confirmed: InvalidArgumentError: cannot compute MatMul%0Aas input #1)\n"
    )


def test_github_has_no_columns_over_several_lines_and_calls_advice_a_notice():
    shown = render(report(variant(span=Span(2, 5, 4, 2), severity="info")), "github")
    assert shown.startswith("::notice title=TFG001 mixed,file=src/a.py,line=2,endLine=4::")


def test_sarif_has_what_the_standard_demands():
    log = json.loads(render(report(variant(path="src/a b.py")), "sarif"))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "TFG001"
    assert rule["shortDescription"]["text"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "src/a%20b.py"
    assert place["region"] == {"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 20}
    assert len(result["relatedLocations"]) == 3
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "tf.cast(b, tf.float32)"}
    assert json.loads(render([], "sarif"))["runs"][0]["results"] == []


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_renders_every_finding(form):
    corners = [
        FINDING,
        variant(notes=(), help=None, fix=None, verdict=None),
        variant(span=Span(1, 1, 1, 1)),
        variant(span=Span(5, 1, 5, 1)),
        variant(span=Span(900, 7, 900, 9)),
        variant(span=Span(1, 1, 1, 2, cell=3)),
    ]
    for finding in corners:
        assert "TFG001" in render(report(finding), form)
        assert "TFG001" in render([FileReport(finding.path, [finding], None)], form)
