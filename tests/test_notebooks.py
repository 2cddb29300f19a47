"""Notebooks: what is read of them, where findings are said to be, and that fixing leaves everything else alone."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tflint_gemm import repair
from tflint_gemm.cli import main
from tflint_gemm.config import Config
from tflint_gemm.engine import check_source
from tflint_gemm.findings import Edit, Span
from tflint_gemm.syntax import edits, notebook
from tflint_gemm.syntax.source import Source, SourceError, faults, parse

MIXED = [
    "import tensorflow as tf\nimport numpy as np",
    "a = tf.constant([[1.0, 2.0]], dtype=tf.float32)\nb = tf.constant([[5.0], [6.0]], dtype=tf.float64)\n",
    "%matplotlib inline\nc = tf.matmul(a, b)",
]


def cell(source: str | list[str], kind: str = "code", **more: object) -> dict[str, object]:
    output = {"output_type": "stream", "name": "stdout", "text": ["é <b>1.0</b>\n"]}
    outputs = {"execution_count": 1, "outputs": [output]} if kind == "code" else {}
    lines = source.splitlines(keepends=True) if isinstance(source, str) else source
    return {"cell_type": kind, "metadata": {}, **outputs, "source": lines, **more}


def written(*cells: dict[str, object] | str, metadata: object = None, **options: object) -> bytes:
    """A notebook file, as Jupyter writes it unless ``options`` of ``json.dumps`` say otherwise."""
    made = [cell(one) if isinstance(one, str) else one for one in cells]
    document = {"cells": made, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}
    layout: dict[str, object] = {"indent": 1, "ensure_ascii": False, **options}
    return (json.dumps(document, **layout) + "\n").encode("utf-8", "surrogatepass")  # type: ignore[arg-type]


def source_of(*cells: dict[str, object] | str, **options: object) -> Source:
    return notebook.read("n.ipynb", written(*cells, **options))


def run(*arguments: str, stdin: bytes | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*arguments], input=stdin)
    return result.exit_code, result.output


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("n.ipynb").write_bytes(written(cell("# tensorflow", "markdown"), *MIXED))
    return Path("n.ipynb")


# ------------------------------------------------------------------------------------------------- what is read


def test_code_cells_make_one_program() -> None:
    source = source_of(cell("# hi", "markdown"), "x = 1\n", cell("raw", "raw"), "y = x")
    assert source.text == "x = 1\n\ny = x\n"
    assert source.located(Span(3, 1, 3, 6)) == Span(1, 1, 1, 6, cell=4)
    assert source.where(1) == "cell 2, line 1"


def test_the_source_of_a_cell_may_be_one_string() -> None:
    document = written({"cell_type": "code", "source": "x = 1\ny = 2"})
    assert notebook.read("n.ipynb", document).text == "x = 1\ny = 2\n"


def test_old_notebooks_have_worksheets() -> None:
    cells = [{"cell_type": "code", "input": ["x = 1\n", "y"], "language": "python"}, {"cell_type": "heading"}]
    document = {"worksheets": [{"cells": cells}, {"cells": [{"cell_type": "code", "input": "z"}]}], "nbformat": 3}
    source = notebook.read("n.ipynb", json.dumps(document).encode())
    assert source.text == "x = 1\ny\nz\n"
    assert source.located(Span(3, 1, 3, 2)).cell == 3


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"language": "R", "name": "ir"}},
        {"language_info": {"name": "julia"}},
        {"kernelspec": {"name": "julia-1.9"}},
    ],
)
def test_notebooks_in_other_languages_are_passed_over(metadata: object) -> None:
    assert source_of("x <- tf$ones(2)", metadata=metadata).text == ""


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"name": "conda-env-tensorflow"}},
        {"kernelspec": {"language": "python", "name": "x"}, "language_info": {"name": "python"}},
        {"kernelspec": {"name": "python3"}, "language_info": {"name": "ipython"}},
    ],
)
def test_what_may_be_python_is_read(metadata: object) -> None:
    assert source_of("x = 1", metadata=metadata).text == "x = 1\n"


def test_a_cell_of_another_language_is_left_out() -> None:
    other = cell("SELECT 1", metadata={"vscode": {"languageId": "sql"}})
    assert source_of("x = 1", other, "%%bash\nls", "\n%%html\n<b>", "%%time\ny = 1").text == "x = 1\n%%time\ny = 1\n"


@pytest.mark.parametrize(
    ("content", "said", "line"),
    [
        (b"import tensorflow as tf", "invalid JSON", 1),
        (b'{"cells": [],\n "tensorflow": }', "invalid JSON", 2),
        (b'["tensorflow"]', "without a list of cells", 1),
        (b'{"cells": 1}', "without a list of cells", 1),
        (b'{"cells": [\n1]}', "a cell is no JSON object", 2),
        (b'{"cells": [{"cell_type": "code",\n"source": 1}]}', "the source of cell 1 is neither", 2),
        (b'{"cells": ["\xff"]}', "not utf-8", 1),
        (b"[" * 100_000, "nested too deeply", 1),
        (b" " * (notebook.MAX_NOTEBOOK_BYTES + 1), "bytes are not analysed", 1),
    ],
)
def test_what_is_no_notebook_is_said_to_be_none(content: bytes, said: str, line: int) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        notebook.read("n.ipynb", content)
    assert caught.value.line == line


def test_what_is_no_notebook_is_one_finding(file: Path) -> None:
    file.write_text("import tensorflow as tf\n")
    assert run("--format", "concise", "n.ipynb") == (
        1,
        "n.ipynb:1:1: TFG000 not a notebook: invalid JSON: Expecting value\n",
    )


# ------------------------------------------------------------------------------------------------- what is found


def test_the_concise_format_names_cell_line_and_column(file: Path) -> None:
    status, output = run("--format", "concise", "n.ipynb")
    assert status == 1
    assert output.startswith("n.ipynb:cell 4:2:5: TFG101 [*] tf.matmul multiplies float32 'a' by float64 'b'")
    assert "(float64 since tf.constant, cell 3, line 2)" in output


def test_the_text_format_shows_the_lines_of_each_cell(file: Path) -> None:
    output = run("n.ipynb")[1]
    assert " --> n.ipynb:cell 4:2:5\n" in output
    assert "2 | c = tf.matmul(a, b)\n" in output
    file.write_bytes(written(*MIXED[:2], "def f(x):\n    return tf.matmul(x, b)", "f(a)"))
    output = run("n.ipynb")[1]
    assert "::: cell 3\n2 |     return tf.matmul(x, b)" in output
    assert "::: cell 4\n1 | f(a)" in output


def test_json_and_infer_have_the_cell(file: Path) -> None:
    (row,) = json.loads(run("--format", "json", "n.ipynb")[1])
    assert (row["cell"], row["line"], row["column"], row["end_line"]) == (4, 2, 5, 2)
    assert {edit["cell"] for edit in row["fix"]["edits"]} == {4}
    rows = json.loads(run("infer", "--format", "json", "n.ipynb")[1])
    assert (rows[0]["cell"], rows[0]["line"], rows[0]["dtype"]) == (3, 1, "float32")
    assert "n.ipynb:cell 4:2:15: a : tensor float32 [1, 2]\n" in run("infer", "n.ipynb")[1]


def test_formats_for_services_speak_of_the_lines_of_the_file(file: Path) -> None:
    wanted = file.read_text("utf-8").splitlines().index('    "c = tf.matmul(a, b)"') + 1
    output = run("--format", "github", "n.ipynb")[1]
    assert f"file=n.ipynb,line={wanted},endLine={wanted}::n.ipynb:cell 4:2:5: TFG101" in output
    (result,) = json.loads(run("--format", "sarif", "n.ipynb")[1])["runs"][0]["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": wanted, "endLine": wanted}
    assert location["logicalLocations"] == [{"name": "cell 4", "fullyQualifiedName": "cell 4:2:5"}]


def test_a_cell_that_is_not_python_hides_nothing(file: Path) -> None:
    file.write_bytes(written(*MIXED[:2], "def (:\n  pass", MIXED[2]))
    lines = run("--format", "concise", "n.ipynb")[1].splitlines()
    assert lines[0].startswith("n.ipynb:cell 3:1:5: TFG000 not Python")
    assert lines[1].startswith("n.ipynb:cell 4:2:5: TFG101")
    status, output = run("infer", "n.ipynb")
    assert status == 1
    assert "n.ipynb:cell 3:1:5: not Python" in output


def test_what_a_broken_cell_assigns_is_not_known_any_more() -> None:
    source = source_of(*MIXED[:2], "a = tf.cast(a, tf.float64) oops", MIXED[2])
    assert [finding.code for finding in check_source(source, Config())] == ["TFG000"]


def test_a_cell_that_is_meant_to_raise_is_not_reported() -> None:
    tagged = cell(MIXED[2], metadata={"tags": ["raises-exception"]})
    assert check_source(source_of(*MIXED[:2], tagged), Config()) == []


def test_timed_statements_are_code() -> None:
    for line in ("%time c = tf.matmul(a, b)", "%timeit -n 10 tf.matmul(a, b)", "c = %time tf.matmul(a, b)"):
        (finding,) = check_source(source_of(*MIXED[:2], line), Config())
        assert finding.span.column == line.index("tf.") + 1
    assert check_source(source_of(*MIXED[:2], "a = %timeit -o 1\ntf.matmul(a, b)"), Config()) == []


def test_what_timeit_assigns_is_gone_afterwards() -> None:
    cells = (*MIXED[:2], "%%timeit\nb = tf.zeros([5, 5])", "tf.matmul(tf.cast(a, tf.float64), b)")
    assert check_source(source_of(*cells), Config()) == []


def test_comments_silence_findings_in_cells(file: Path) -> None:
    source = source_of(*MIXED[:2], "!broken 'quote\nc = tf.matmul(a, b)  # noqa: TFG101")
    assert check_source(source, Config()) == []
    (finding,) = check_source(source_of(MIXED[0], "!ls\nx = 1  # noqa: TFG101"), Config())
    assert (finding.code, finding.span.line) == ("TFG001", 4)
    assert run("--add-noqa", "n.ipynb")[0] == 0
    after = json.loads(file.read_text("utf-8"))["cells"][3]["source"]
    assert after == ["%matplotlib inline\n", "c = tf.matmul(a, b)  # noqa: TFG101"]
    assert run("n.ipynb")[0] == 0


def test_markdown_that_mentions_tensorflow_does_no_harm(file: Path) -> None:
    file.write_bytes(written(cell("tensorflow", "markdown"), "x = 1"))
    assert run("n.ipynb")[0] == 0


def test_folders_are_searched_for_notebooks(file: Path) -> None:
    assert "n.ipynb:cell 4:2:5" in run("--format", "concise", ".")[1]


def test_verify_proves_findings_in_cells(file: Path) -> None:
    pytest.importorskip("tensorflow")
    assert "(confirmed)" in run("--verify", "--format", "concise", "n.ipynb")[1]


# ------------------------------------------------------------------------------------------------- what is written

LAYOUTS = [
    {"indent": 1},
    {"indent": 2, "sort_keys": True},
    {"indent": None},
    {"indent": None, "separators": (",", ":")},
    {"indent": "\t", "ensure_ascii": True},
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("joined", [False, True])
def test_fixing_touches_one_line_of_the_file(file: Path, layout: dict[str, object], joined: bool) -> None:
    cells = [MIXED[0], MIXED[1] + "s = 'é <b> 𝄞'", MIXED[2]]
    whole = [{**cell(one), "source": one} if joined else cell(one) for one in cells]
    before = written(cell("é", "markdown"), *whole, **layout).replace(b"<b>", b"\\u003cb>")
    file.write_bytes(before)
    assert run("--fix", "n.ipynb")[0] == 0
    wanted = before.replace(b"[6.0]], dtype=tf.float64)", b"[6.0]], dtype=tf.float64)")
    after = file.read_bytes()
    assert after != before
    assert after.replace(b"tf.matmul(a, tf.cast(b, tf.float32))", b"tf.matmul(a, b)") == wanted


def test_lines_that_are_added_are_laid_out_as_the_others(file: Path) -> None:
    file.write_bytes(written(*MIXED, ensure_ascii=True))
    source = notebook.read("n.ipynb", file.read_bytes())
    made = Edit(Span(3, 1, 3, 1), "# é\nimport os\n")
    after = notebook.content(edits.apply(source, [[made]]))
    assert b'"source": [\n    "# \\u00e9\\n",\n    "import os\\n",\n    "a = ' in after
    assert b'"import tensorflow as tf\\n",\n    "import numpy as np"\n' in after


def test_an_edit_over_the_border_of_two_cells_is_not_made() -> None:
    source = source_of("x = 1", "y = 2")
    assert edits.apply(source, [[Edit(Span(1, 3, 2, 2), "")]]).text == source.text


def test_the_last_line_of_a_cell_can_be_removed(file: Path) -> None:
    redundant = "x = tf.ones([2])\nx = tf.cast(x, tf.float32)"
    file.write_bytes(written("import tensorflow as tf", redundant, "y = x"))
    assert run("--fix", "n.ipynb")[0] == 0
    assert file.read_bytes() == written("import tensorflow as tf", "x = tf.ones([2])", "y = x")


def test_a_diff_is_shown_per_cell(file: Path) -> None:
    before = file.read_bytes()
    status, output = run("--diff", "n.ipynb")
    assert status == 1
    assert output.startswith("--- a/n.ipynb:cell 4\n+++ b/n.ipynb:cell 4\n@@ -1,2 +1,2 @@\n %matplotlib inline\n-c = ")
    assert file.read_bytes() == before


def test_a_notebook_on_standard_input(file: Path) -> None:
    command = [sys.executable, "-m", "tflint_gemm", "check", "-", "--stdin-filename", "x.ipynb", "--fix"]
    done = subprocess.run(command, input=file.read_bytes(), capture_output=True, check=False)
    assert json.loads(done.stdout)["cells"][3]["source"][1] == "c = tf.matmul(a, tf.cast(b, tf.float32))"
    assert run("-", "--stdin-filename", "x.ipynb", "--format", "concise", stdin=file.read_bytes())[1].startswith(
        "x.ipynb:cell 4:2:5"
    )


TEXT = st.text(alphabet=st.sampled_from(list("ab=1 #'\n\t\"\\é𝄞\r\u2028<")), max_size=20)


@settings(deadline=None, max_examples=150)
@given(st.lists(TEXT, min_size=1, max_size=5), st.data(), st.sampled_from(LAYOUTS), st.booleans())
def test_an_edit_changes_its_cell_only(texts: list[str], data: st.DataObject, layout: dict, joined: bool) -> None:
    document = written(*({**cell(text), "source": text} if joined else cell(text) for text in texts), **layout)
    source = notebook.read("n.ipynb", document)
    assert source.cells is not None
    assert source.cells.texts(source.text) == texts
    assert notebook.content(source) == document
    index = data.draw(st.integers(0, len(texts) - 1))
    start = data.draw(st.integers(0, len(texts[index])))
    end = data.draw(st.integers(start, len(texts[index])))
    new = data.draw(TEXT)
    low, high = (_place(source, source.cells.cells[index].start + offset) for offset in (start, end))
    changed = edits.apply(source, [[Edit(Span(*low, *high), new)]])
    wanted = [*texts[:index], texts[index][:start] + new + texts[index][end:], *texts[index + 1 :]]
    again = json.loads(notebook.content(changed))
    assert ["".join(one["source"]) for one in again["cells"]] == wanted
    before = json.loads(document)
    for one, text in zip(before["cells"], wanted):
        one["source"] = text
    for one in again["cells"]:
        one["source"] = "".join(one["source"])
    assert again == before


def _place(source: Source, offset: int) -> tuple[int, int]:
    line = max(number for number, begin in enumerate(source.line_starts, 1) if begin <= offset)
    return line, offset - source.line_starts[line - 1] + 1


PROGRAM = [
    "import tensorflow as tf", "a = tf.constant([[1.0, 2.0]])", "b = tf.ones([2, 1], tf.float64)", "c = (",
    "    tf.matmul(a, b)", ")", "d = tf.cast(c, tf.float32)", "for i in range(2):", "    d = d + b",
    "e = tf.ones([3]) @ a",
]  # fmt: skip
WHOLE = (0, 1, 2, 3, 6, 7, 9, 10)  # where statements begin


@settings(deadline=None, max_examples=40)
@given(st.sets(st.sampled_from(WHOLE[1:-1])))
def test_how_a_program_is_split_into_cells_changes_nothing(splits: set[int]) -> None:
    plain = Source("n.ipynb", "\n".join(PROGRAM) + "\n")
    bounds = [0, *sorted(splits), len(PROGRAM)]
    cells = ["\n".join(PROGRAM[low:high]) for low, high in pairwise(bounds)]
    source = source_of(*cells)
    assert source.text == plain.text
    wanted, found = check_source(plain, Config()), check_source(source, Config())
    assert [(one.span, one.code) for one in found] == [(one.span, one.code) for one in wanted]
    for one in found:
        place = source.located(one.span)
        assert place.cell is not None
        assert bounds[place.cell - 1] + place.line == one.span.line
    done = repair.repair(source, lambda item: check_source(item, Config()), unsafe=False)
    assert done.source.text == repair.repair(plain, lambda item: check_source(item, Config()), unsafe=False).source.text
    after = ["".join(one["source"]) for one in json.loads(notebook.content(done.source))["cells"]]
    assert "\n".join(after) + "\n" == done.source.text


def test_every_cell_keeps_its_positions() -> None:
    source = source_of(
        "?x\nx = !ls\n", "%%capture out\n    \nif x:\n    %cd y\nelse:\n    z = 'é'; await w", "  a\n  b"
    )
    assert faults(source) == []
    tree = parse(source)
    assert source.segment(source.span(tree.body[-1])) == "b"
    assert source.segment(source.span(tree.body[-3])) == source.text[source.text.index("if x") :].split("\n  a")[0]
