"""The HTML page in a real browser without a screen: what is drawn, filters, keys, narrow screens, both colour schemes.

Any Chromium that is installed will do (``apt-get install chromium``); without one these tests are skipped.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tflint_gemm.cli import main

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
HOSTILE = "</script><script>window.broken=1</script><img src=x onerror='window.broken=2'>"
MODEL = f'''\
"""{HOSTILE}"""
import numpy as np
import tensorflow as tf


def similar(x):
    squares = tf.square(x[:, None, :] - x[None, :, :])
    return tf.reduce_sum(squares, axis=-1)


def head(x):
    weights = tf.constant(np.random.rand(256, 10))
    return tf.matmul(x, weights)


features = tf.random.normal([1024, 256])
near = similar(features)
small = tf.zeros([4, 256])
both = tf.concat([features, small], axis=0)
logits = head(both)
names = tf.constant({HOSTILE!r})
near = tf.cast(near, tf.float32)
'''


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if executable is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("page"), model=MODEL)


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    paths = [str(folder / f"{name}.py") for name in files]
    done = CliRunner().invoke(main, [*paths, "--isolated", "--no-cache", "--format", "html"])
    assert done.exit_code == 1, done.output
    shown = folder / "page.html"
    shown.write_text(done.stdout, "ascii")
    return shown


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Any]:
    with_page = Opened(browser)
    yield with_page.open(file)
    with_page.close()


class Opened:
    """A page, what it asked for, and what went wrong in it."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.context.set_offline(True)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda message: self.wrong.append(message.text))

    def open(self, file: Path) -> Any:
        self.page.goto(file.as_uri())
        return self.page

    def close(self) -> None:
        self.context.close()
        assert self.wrong == []


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.id"))


def test_it_opens_from_a_file_without_a_network(browser, file):
    opened = Opened(browser)
    page = opened.open(file)
    assert page.locator(".graph svg").count() >= 1
    assert page.locator(".chart svg").count() >= 1
    assert opened.asked == [file.as_uri()]
    opened.close()


def test_the_source_is_text(opened):
    assert opened.evaluate("window.broken") is None
    assert HOSTILE in opened.locator("#f1-L1 code").inner_text()
    assert opened.locator("img").count() == 0


# --- findings ---------------------------------------------------------------------------------------------------------


def test_the_list_filters_by_severity_and_rule(opened):
    items = opened.locator("#finding-list > li")
    rules = set(items.evaluate_all("all => all.map(one => one.dataset.rule)"))
    assert {"TFG101", "TFG301"} <= rules
    opened.get_by_role("checkbox", name="warning").uncheck()
    opened.get_by_role("checkbox", name="info").uncheck()
    severities = items.evaluate_all("all => all.filter(one => !one.hidden).map(one => one.dataset.severity)")
    assert severities == ["error"]
    assert opened.locator("#shown").inner_text() == f"1 of {items.count()} findings"
    opened.get_by_role("button", name="Show all").click()
    opened.get_by_role("checkbox", name="TFG301").uncheck()
    shown = items.evaluate_all("all => all.filter(one => !one.hidden).map(one => one.dataset.rule)")
    assert "TFG301" not in shown
    assert "TFG101" in shown


def test_a_finding_leads_to_its_line(opened):
    opened.get_by_role("link", name="TFG101").click()
    card = opened.locator(".card:target")
    assert "TFG101" in card.inner_text()
    assert "float64" in card.inner_text()
    above, below = opened.locator("#f1-L13").bounding_box(), card.bounding_box()
    assert 0 <= above["y"] < below["y"] < 900


# --- inlays -----------------------------------------------------------------------------------------------------------


def test_shapes_stand_at_expressions_as_the_reader_asks(opened):
    line = opened.locator("#f1-L18")
    assert line.inner_text().split("\n")[-1].strip().startswith("small")
    assert line.locator(".t:visible").all_inner_texts() == ["float32 [4, 256]"] * 2
    opened.get_by_label("where they are new").check()
    assert line.locator(".t:visible").all_inner_texts() == ["float32 [4, 256]"]
    assert opened.locator("#f1-L13 .t:visible").count() == 3  # on the line of a finding everything stays
    opened.get_by_label("hidden").check()
    assert opened.locator(".t:visible").count() == 0


def test_copied_code_is_code(opened):
    text = opened.evaluate(
        "(() => { const range = document.createRange(); range.selectNodeContents(document.getElementById('f1-L18'));"
        " getSelection().removeAllRanges(); getSelection().addRange(range); return getSelection().toString(); })()"
    )
    assert text.strip() == "small = tf.zeros([4, 256])"


# --- the graph --------------------------------------------------------------------------------------------------------


def graph(page: Any, name: str) -> Any:
    found = page.locator("details.function", has=page.locator(".name", has_text=name))
    if not found.evaluate("one => one.open"):
        found.locator("summary").first.click()
    return found.locator(".graph")


def test_the_graph_shows_ops_and_edges(opened):
    drawn = graph(opened, "head")
    boxes = drawn.locator(".box text:first-of-type").all_text_contents()
    assert {"x", "np.random.rand", "tf.constant", "\u2715 tf.matmul", "return"} <= set(boxes)
    labels = drawn.locator(".edge text").all_text_contents()
    assert {"float64 [256, 10]", "float32 [1028, 256]"} <= set(labels)


def test_faults_are_red_and_so_are_their_operands(opened):
    drawn = graph(opened, "head")
    fault = drawn.locator(".box.error rect")
    red = opened.evaluate(
        "(() => { const one = document.createElement('p'); one.style.color = 'var(--error)'; document.body.append(one);"
        " return getComputedStyle(one).color; })()"
    )
    assert fault.count() == 1
    assert fault.evaluate("one => getComputedStyle(one).stroke") == red
    assert drawn.locator(".edge.error").count() == 2
    assert drawn.locator(".edge.error path").first.evaluate("one => getComputedStyle(one).stroke") == red


def test_an_edge_is_as_thick_as_its_bytes(opened):
    drawn = graph(opened, "module")
    widths = drawn.locator(".edge").evaluate_all(
        "all => Object.fromEntries(all.map(one => [one.querySelector('text').textContent,"
        " +one.querySelector('path').getAttribute('stroke-width')]))"
    )
    assert widths["float32 [4, 256]"] < widths["float32 [1024, 256]"]


def test_boxes_do_not_overlap(opened):
    drawn = graph(opened, "similar")
    boxes = drawn.locator(".box rect").evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    for index, one in enumerate(boxes):
        for other in boxes[:index]:
            beside = one["right"] <= other["left"] or other["right"] <= one["left"]
            assert beside or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]


def test_arrow_keys_walk_along_the_edges(opened):
    drawn = graph(opened, "head")
    drawn.locator(".box[tabindex='0']").focus()
    label = "document.activeElement.getAttribute('aria-label')"
    assert opened.evaluate(label).startswith("tf.matmul line 13; error here; takes ")
    opened.keyboard.press("ArrowUp")
    above = opened.evaluate(label)
    assert above.startswith(("x; comes in", "tf.constant"))
    opened.keyboard.press("ArrowDown")
    assert opened.evaluate(label).startswith("tf.matmul")
    opened.keyboard.press("ArrowDown")
    assert opened.evaluate(label).startswith("return; goes out")
    opened.keyboard.press("ArrowUp")
    opened.keyboard.press("Enter")
    assert opened.evaluate("location.hash") == "#f1-L13"


# --- the memory -------------------------------------------------------------------------------------------------------


def test_the_memory_is_an_area_with_its_peak(opened):
    chart = opened.locator("details.function", has=opened.locator(".name", has_text="similar")).locator(".chart")
    opened.locator("summary", has_text="similar").first.evaluate("one => one.parentElement.open = true")
    chart.locator("svg").wait_for()
    assert chart.locator("[aria-label=area] path").count() >= 1
    assert chart.locator("text", has_text="peak").text_content().startswith("peak 2.0 GiB")
    before = chart.get_attribute("aria-valuetext")
    chart.focus()
    opened.keyboard.press("Home")
    opened.keyboard.press("ArrowRight")
    assert chart.get_attribute("aria-valuetext") != before or chart.get_attribute("aria-valuenow") == "2"
    opened.keyboard.press("Home")
    opened.keyboard.press("Enter")
    assert opened.evaluate("location.hash") == "#f1-L7"


# --- keys -------------------------------------------------------------------------------------------------------------


def test_the_keyboard_reaches_everything_in_order(opened):
    opened.keyboard.press("Tab")
    assert focused(opened) == "#findings"
    assert opened.locator(".skip").first.bounding_box()["x"] >= 0
    opened.keyboard.press("Enter")
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.type") == "checkbox"
    links = opened.locator("#finding-list a")
    links.first.focus()
    opened.keyboard.press("ArrowDown")
    assert focused(opened) == links.nth(1).get_attribute("href")
    opened.keyboard.press("End")
    assert focused(opened) == links.last.get_attribute("href")
    opened.keyboard.press("Home")
    assert focused(opened) == links.first.get_attribute("href")
    outline = opened.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_there_is_no_trap_for_the_focus(opened):
    stops = set()
    for _ in range(80):
        opened.keyboard.press("Tab")
        stops.add(opened.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
        if opened.evaluate("document.activeElement === document.body"):
            break
    assert any("chart" in one for one in stops)
    assert any("box" in one for one in stops)
    assert opened.evaluate("document.activeElement === document.body")


# --- screens ----------------------------------------------------------------------------------------------------------

CONTRAST = """
() => {
  const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return parse("rgb(255, 255, 255)");
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const one = node.parentElement;
    if (!node.data.trim() || !one.checkVisibility() || one.closest("svg, script")) continue;
    const pair = [light(parse(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < 4.5) poor.push([contrast, one.className, node.data.slice(0, 30)]);
  }
  return poor;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(browser, file, scheme):
    opened = Opened(browser, color_scheme=scheme)
    page = opened.open(file)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    page.get_by_label("everywhere").check()
    assert page.evaluate(CONTRAST) == []
    opened.close()


def test_it_fits_a_phone(browser, file):
    opened = Opened(browser, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = opened.open(file)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.get_by_label("where they are new").is_checked()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_label("everywhere").check()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    small = page.locator("label:visible, .findings a").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height).filter(height => height < 24)"
    )
    assert small == []
    assert page.locator(".chart svg").first.bounding_box()["width"] <= 360
    opened.close()


def test_without_scripts_everything_can_be_read(browser, file):
    opened = Opened(browser, java_script_enabled=False)
    page = opened.open(file)
    assert page.locator("#finding-list > li:visible").count() >= 2
    assert page.locator("#filters:visible").count() == 0
    assert page.locator("#f1-L18 .t:visible").count() == 2
    page.get_by_text("The same as text").first.click()
    assert "float32 [1024, 256]" in page.locator("details[open].as-text").first.inner_text()
    assert page.locator("table.alive:visible").count() >= 1
    opened.close()


# --- several files ----------------------------------------------------------------------------------------------------


def test_a_folded_file_unfolds_on_the_way_to_its_finding(browser, tmp_path):
    files = {f"part{index}": MODEL.replace("256", str(300 + index)) for index in range(4)}
    opened = Opened(browser)
    page = opened.open(written(tmp_path, **files))
    assert page.locator("details.file[open]").count() == 1
    page.locator("#files").get_by_role("link", name="part3.py").click()
    assert page.locator("#f4[open]").count() == 1
    page.locator("#finding-list a[href='#f3-F1']").click()
    page.locator("#f3-F1").wait_for()
    assert page.locator("#f3-F1").bounding_box()["y"] < 900
    assert page.locator("#f3 .graph svg").count() >= 1
    opened.close()


def test_notebooks_say_cells(browser, tmp_path):
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for source in ("import tensorflow as tf\na = tf.zeros([512, 3])", "b = tf.exp(a)\nb @ a")
    ]
    book = {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "a.ipynb").write_text(json.dumps(book))
    done = CliRunner().invoke(main, [str(tmp_path / "a.ipynb"), "--isolated", "--no-cache", "--format", "html"])
    (tmp_path / "page.html").write_text(done.stdout, "ascii")
    opened = Opened(browser)
    page = opened.open(tmp_path / "page.html")
    assert page.locator(".cell").all_inner_texts() == ["Cell 1", "Cell 2"]
    assert "cell 2, line 2" in page.locator("#finding-list").inner_text()
    assert "cell 2, line 1" in page.locator(".chart").first.get_attribute("aria-valuetext")
    assert "1:2" in page.locator(".chart svg text").all_text_contents()
    opened.close()
