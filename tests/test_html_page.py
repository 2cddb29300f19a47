"""The HTML page as text: what it holds, that nothing in a source can break out of it, and what the graphs say.

How it looks and behaves in a browser is in test_html_browser.py.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.imported import modules_of
from tflint_gemm.cli import FILES_DRAWN, main
from tflint_gemm.config import Config
from tflint_gemm.engine import analyse, check_source
from tflint_gemm.picture import Flow, Picture
from tflint_gemm.report import html_format
from tflint_gemm.report.html import picture
from tflint_gemm.report.html.markup import data, escape, tag
from tflint_gemm.results import FileReport
from tflint_gemm.syntax.source import Source

ROOT = Path(__file__).parent.parent
PROGRAMS = ROOT / "tests" / "agreement" / "programs"
IMPORT = "import tensorflow as tf\n"
MIXED = """\
import numpy as np
import tensorflow as tf
a = tf.zeros([2, 3])
b = tf.constant(np.ones((3, 4)))
c = tf.matmul(a, b)
"""


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text of each id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag == name]


def page(folder: Path, *options: str, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    paths = [str(folder / f"{name}.py") for name in files]
    done = CliRunner().invoke(main, [*paths, "--isolated", "--no-cache", "--format", "html", *options])
    assert done.exit_code in (0, 1), done.output
    return done.stdout


def drawn(text: str) -> Picture:
    source = Source("a.py", text)
    return picture.of(analyse(source, Config(), record_facts=True, record_memory=True), {})


def flow(text: str, name: str = "<module>") -> Flow:
    found = [one.flow for one in drawn(text).functions if one.name == name]
    assert found[0] is not None
    return found[0]


def edges(graph: Flow) -> set[tuple[str, str, str]]:
    return {(graph.nodes[one.source].label, graph.nodes[one.target].label, one.text) for one in graph.edges}


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_needs_nothing_from_elsewhere(tmp_path):
    found = Elements(page(tmp_path, a=MIXED)).found
    addresses = [
        value
        for name, attributes in found
        for key, value in attributes.items()
        if key in ("src", "href", "srcset", "data", "action", "poster") or (name == "link")
    ]
    assert addresses
    assert all(address is not None and address.startswith("#") for address in addresses), addresses
    policy = next(one for name, one in found if name == "meta" and one.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in (policy["content"] or "")


def test_a_page_of_three_hundred_lines_is_small_and_plain(tmp_path):
    model = (PROGRAMS / "transformer_translation.py").read_text("utf-8")
    text = model + "\n" + MIXED * 5
    assert text.count("\n") > 300
    shown = page(tmp_path, model=text)
    assert shown.isascii()
    assert len(shown) < 2_000_000
    assert len(shown) < html_format.BUDGET


def test_links_lead_somewhere_and_ids_are_unique(tmp_path):
    found = Elements(page(tmp_path, a=MIXED, b=MIXED.replace("4", "5"))).found
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(attributes["href"] or "")[1:] for name, attributes in found if name == "a"}
    assert targets
    assert targets <= set(ids)


HOSTILE = "</script><script>document.title='gone'</script><!--<img src=x onerror=alert(1)>&lt;'\""


def test_a_source_cannot_break_out(tmp_path):
    text = MIXED.replace("c =", f"s = {HOSTILE!r}\nd = tf.zeros([1], name={HOSTILE!r})  # {HOSTILE} \u202e\x07\nc =")
    shown = page(tmp_path, a=text)
    found = Elements(shown)
    assert not found.named("img")
    assert len(found.named("script")) == len(Elements(page(tmp_path, b=MIXED)).named("script"))
    assert "\\x202e" in shown
    assert "\\x07" in shown


def test_the_message_of_a_finding_cannot_break_out(tmp_path):
    shown = page(tmp_path, a=MIXED.replace("(a, b)", '(a, {"<b>": b}["<b>"])'))
    assert "&lt;b&gt;" in shown
    assert '{"<b>"' not in shown


@pytest.mark.parametrize("text", ["<", "&amp;", '"', "\u00e9", "\ud800", "a\u2028b", "\x00"])
def test_escape_gives_text_that_is_read_as_it_was(text):
    read: list[str] = []
    parser = HTMLParser(convert_charrefs=True)
    parser.handle_data = read.append  # type: ignore[method-assign]
    parser.feed(tag("p", text, title=text))
    parser.close()
    assert escape(text).isascii()
    assert "".join(read) in (
        text,
        f"\\x{ord(text[len(text) // 2]):02x}".join(text.split(text[len(text) // 2])),
        "\ufffd",
    )


def test_data_cannot_end_its_script():
    value = {"label": "</script><!--", "bytes": [1, None]}
    block = data(value)
    assert block.count("<") == 2
    assert json.loads(re.sub(r"</?script[^>]*>", "", block)) == value


def test_nothing_found_is_said(tmp_path):
    shown = page(tmp_path, a="import tensorflow as tf\na = tf.zeros([2])\n")
    assert "Nothing found" in shown
    assert "float32 [2]" in shown
    assert "Nothing found" in page(tmp_path, b="print(1)\n")


def test_what_is_not_python_is_shown_with_its_finding(tmp_path):
    shown = page(tmp_path, a="import tensorflow as tf\nif:\n    x = 'never closed\n")
    assert "TFG000" in shown
    assert 'id="f1-L2"' in shown


def test_a_file_that_cannot_be_read_has_its_finding(tmp_path):
    (tmp_path / "a.py").write_bytes(b"import tensorflow\n\xff\n")
    options = ["--isolated", "--no-cache", "--format", "html"]
    shown = CliRunner().invoke(main, [str(tmp_path / "a.py"), *options]).stdout
    assert 'id="f1-F1"' in shown
    assert "not utf-8 text" in shown


def test_a_failure_is_not_nothing_found():
    shown = html_format.render([FileReport("<a>.py", failure="internal error: ValueError: <b>")])
    assert "&lt;a&gt;.py: internal error: ValueError: &lt;b&gt;" in shown


def test_python_2_is_shown(tmp_path):
    assert "float32 [2]" in page(tmp_path, a="import tensorflow as tf\na = tf.zeros([2])\nprint 'x', a\n")


def test_notebooks_have_cells(tmp_path):
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for source in ("%matplotlib inline\nimport tensorflow as tf", "a = tf.zeros([2, 3])\na @ a")
    ]
    book = {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "a.ipynb").write_text(json.dumps(book))
    done = CliRunner().invoke(main, [str(tmp_path / "a.ipynb"), "--isolated", "--no-cache", "--format", "html"])
    assert "Cell 2" in done.stdout
    assert "cell 2, line 2" in done.stdout
    assert "float32 [2, 3]" in done.stdout


def test_many_files_show_those_with_findings(tmp_path):
    fine = {f"fine{index}": "import tensorflow as tf\nz = tf.zeros([7, 7, 7])\n" for index in range(FILES_DRAWN)}
    shown = page(tmp_path, bad=MIXED, **fine)
    assert "bad.py" in shown
    assert "fine1.py" not in shown
    assert "[7, 7, 7]" in page(tmp_path, bad=MIXED, fine=fine["fine1"])


def test_beyond_the_budget_only_the_lines_of_findings_are_shown(tmp_path, monkeypatch):
    long = "import tensorflow as tf\n" + "x = tf.zeros([9, 9])\n" * 20 + "y = x @ tf.zeros([8, 8])\n"
    monkeypatch.setattr(html_format, "BUDGET", 1)
    shown = page(tmp_path, a=MIXED, b=long, c="import tensorflow as tf\nw = tf.zeros([6, 6])\n")
    assert 'id="f1-L1"' in shown
    assert 'id="f2-L1"' not in shown
    assert 'id="f2-L22"' in shown
    assert "[6, 6]" not in shown
    assert "c.py" in shown
    found = Elements(shown).found
    ids = {attributes["id"] for _, attributes in found if "id" in attributes}
    assert {(attributes["href"] or "")[1:] for name, attributes in found if name == "a"} - ids <= {"f2-L2"}


def test_other_formats_pay_nothing():
    loaded = modules_of(["check", "examples/dtype_mismatch.py", "--no-cache", "--format", "concise"])
    assert [name for name in loaded if "report.html" in name] == []
    assert "tflint_gemm.report.concise_format" in loaded


def test_what_comes_from_npm_is_named_with_its_licence():
    assets = ROOT / "tflint_gemm" / "report" / "html" / "assets"
    licences = (assets / "vendor.LICENSES.txt").read_text("ascii")
    bundle = (assets / "vendor.min.js").read_text("ascii")
    wanted = json.loads((ROOT / "tools" / "web" / "package.json").read_text("utf-8"))["dependencies"]
    for name, version in wanted.items():
        assert f"{name} {version} (" in licences
    assert "Copyright" in licences
    assert licences.replace("*/", "* /") in bundle


# --- inlays -----------------------------------------------------------------------------------------------------------


def inlays(text: str, *, news: bool) -> list[tuple[str, str]]:
    source = Source("a.py", text)
    return [(source.segment(one.span), one.text) for one in drawn(text).inlays if one.is_news or not news]


def test_every_tensor_expression_has_an_inlay():
    assert sorted(inlays("import tensorflow as tf\na = tf.zeros([2])\nb = a + tf.exp(a)\n", news=False)) == [
        ("a", "float32 [2]"),
        ("a", "float32 [2]"),
        ("a", "float32 [2]"),
        ("a + tf.exp(a)", "float32 [2]"),
        ("b", "float32 [2]"),
        ("tf.exp(a)", "float32 [2]"),
        ("tf.zeros([2])", "float32 [2]"),
    ]


def test_news_is_what_the_lines_above_do_not_say():
    text = IMPORT + "a, b = tf.zeros([2]), tf.ones([3])\nc = a * 2\na = tf.cast(a, tf.int32)\nprint(a, b)\n"
    assert inlays(text, news=True) == [
        ("a", "float32 [2]"),
        ("b", "float32 [3]"),
        ("c", "float32 [2]"),
        ("a", "int32 [2]"),
    ]
    assert inlays(IMPORT + "def f(x):\n    return tf.exp(x)\n", news=True) == []
    assert inlays("import tensorflow as tf\nfor x in [tf.zeros([2])]:\n    print(tf.exp(x))\n", news=True) == [
        ("tf.zeros([2])", "float32 [2]"),
        ("x", "float32 [2]"),
        ("tf.exp(x)", "float32 [2]"),
    ]


# --- the graph --------------------------------------------------------------------------------------------------------


def test_operands_go_into_ops():
    graph = flow(IMPORT + "a = tf.zeros([2, 3])\nb = tf.ones([3, 4])\nc = tf.nn.relu(a @ b)\n")
    assert edges(graph) == {
        ("tf.zeros", "@", "float32 [2, 3]"),
        ("tf.ones", "@", "float32 [3, 4]"),
        ("@", "tf.nn.relu", "float32 [2, 4]"),
        ("tf.nn.relu", "c", "float32 [2, 4]"),
    }


def test_edges_know_their_bytes():
    graph = flow(IMPORT + "a = tf.zeros([1024, 1024], tf.float64)\ntf.exp(a)\n")
    (edge,) = graph.edges
    assert (edge.nbytes, edge.magnitude) == ("8.0 MiB", 8 * 2**20)


def test_a_call_of_the_program_is_one_box_and_its_function_has_a_graph_of_its_own():
    text = IMPORT + "def f(x):\n    return tf.exp(x)\na = tf.zeros([2])\nb = tf.sin(f(a))\n"
    assert edges(flow(text)) == {
        ("tf.zeros", "f(…)", "float32 [2]"),
        ("f(…)", "tf.sin", "float32 [2]"),
        ("tf.sin", "b", "float32 [2]"),
    }
    assert edges(flow(text, "f")) == {("x", "tf.exp", "float32 [2]"), ("tf.exp", "return", "float32 [2]")}


def test_a_layer_says_its_class_and_methods_their_class():
    text = (
        IMPORT + "class L(tf.keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
        "        self.d = tf.keras.layers.Dense(4)\n    def call(self, x):\n        return self.d(x)\n"
        "y = L()(tf.zeros([2, 3]))\n"
    )
    graph = flow(text, "L.call")
    assert ("self.d", "Dense") in {(node.label, node.detail) for node in graph.nodes}


def test_a_function_that_hands_on_its_argument_does_not_take_its_place():
    text = IMPORT + "a = tf.zeros([2])\nb = tf.identity(a)\nc = tf.exp(a)\nd = tf.sin(b)\n"
    found = edges(flow(text))
    assert ("tf.zeros", "tf.exp", "float32 [2]") in found
    assert ("tf.identity", "tf.sin", "float32 [2]") in found


def test_where_paths_meet_both_lead_on():
    text = IMPORT + (
        "def f(x, training):\n    y = tf.exp(x)\n    if training:\n        y = tf.sin(y)\n    return tf.cos(y)\n"
        "f(tf.zeros([2]), input())\n"
    )
    found = {(source, target) for source, target, _ in edges(flow(text, "f"))}
    assert {("tf.exp", "tf.cos"), ("tf.sin", "tf.cos"), ("tf.exp", "tf.sin")} <= found


def test_what_the_text_does_not_show_is_no_box():
    """A property is called where it is read, not by a call in the text."""
    text = """\
import tensorflow as tf


def once(function):
    @property
    def wrapper(self):
        return function(self)

    return wrapper


class Model:
    @once
    def scores(self):
        return tf.zeros([2, 3])

    @once
    def error(self):
        return tf.reduce_sum(self.scores + tf.zeros([4]))


Model().error
"""
    assert "<call>" not in str(drawn(text))
    assert {node.label for one in drawn(text).functions if one.flow for node in one.flow.nodes} > {"tf.zeros"}
    (finding,) = check_source(Source("a.py", text), Config())
    assert [(note.span.line, note.message) for note in finding.notes if "reached" in note.message] == [
        (7, "reached by the call in line 7")
    ]


def test_a_loop_is_marked_and_drawn_once():
    graph = flow(IMPORT + "x = tf.zeros([2])\nfor _ in range(3):\n    x = tf.exp(x)\n")
    (node,) = [node for node in graph.nodes if node.label == "tf.exp"]
    assert node.repeats
    after = edges(flow(IMPORT + "x = tf.zeros([2])\nfor _ in range(3):\n    x = tf.exp(x)\ny = tf.sin(x)\n"))
    assert {source for source, target, _ in after if target == "tf.sin"} == {"tf.exp"}
    assert ("tf.zeros", "tf.exp", "float32 [2]") in edges(graph)


def test_lists_of_operands_lead_into_the_op():
    graph = flow(IMPORT + "a = tf.zeros([2])\nb = tf.ones([3])\nc = tf.concat([a, b], 0)\n")
    assert {("tf.zeros", "tf.concat", "float32 [2]"), ("tf.ones", "tf.concat", "float32 [3]")} <= edges(graph)


def test_a_fault_is_in_the_graph_and_what_follows_goes_on_from_it():
    graph = flow(MIXED + "d = tf.exp(c)\n")
    assert ("tf.matmul", "tf.exp") in {(source, target) for source, target, _ in edges(graph)}
    blocks = re.findall(r'class="flow-data">(.*?)</script>', html_of(MIXED))
    nodes = json.loads(blocks[0])["nodes"]
    assert [node["label"] for node in nodes if node.get("fault") == "error"] == ["tf.matmul"]


def html_of(text: str) -> str:
    done = CliRunner().invoke(
        main, ["-", "--isolated", "--no-cache", "--format", "html", "--stdin-filename", "a.py"], input=text
    )
    return done.stdout


def test_the_memory_is_drawn_over_the_lines():
    shown = html_of(IMPORT + "a = tf.zeros([1024, 1024])\nb = tf.exp(a)\ndel a\nc = tf.zeros([1024])\n")
    chart = json.loads(re.findall(r'class="memory-data">(.*?)</script>', shown)[0])
    assert chart["peak"] == 3
    assert [(point[0], sum(point[1])) for point in chart["points"]][:2] == [(2, 4 * 2**20), (3, 8 * 2**20)]
    assert sum(chart["points"][-1][1]) < 8 * 2**20


def test_a_long_line_takes_time_in_proportion():
    numbers = ", ".join(str(index) for index in range(20_000))
    shown = html_of(f"import tensorflow as tf\nvalues = [{numbers}]\na = tf.constant([1.0, 2.0])\n")
    assert shown.count('<span class="m">') >= 20_000
    assert "float32 [2]" in shown
