"""The rule pages are tests: of the checks, of the fixes, and of TensorFlow, which has the last word."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import re
import traceback
import warnings
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.rules.pages import Block, blocks
from tflint_gemm import fixes, rules
from tflint_gemm.config import Config
from tflint_gemm.engine import check_source
from tflint_gemm.findings import Finding
from tflint_gemm.repair import repair
from tflint_gemm.syntax.source import Source

PATH = "page.py"
BAD = [block for block in blocks() if block.kind == "bad"]
SILENT = [block for block in blocks() if block.kind != "bad"]
FIXED = [block for block in BAD if block.fixed is not None]
EXECUTED = [block for block in blocks() if block.skip is None]
SECTIONS = ("## Why is this bad?", "## Example", "## Fix safety")


def _id(block: Block) -> str:
    return block.name


def _config(block: Block) -> Config:
    """The defaults, and the block's own rule where it is off by default."""
    return Config(extend_select=(block.code,) if block.code > "TFG001" else ())


def _check(block: Block, text: str | None = None) -> list[Finding]:
    return check_source(Source(PATH, block.text if text is None else text), _config(block))


@pytest.mark.parametrize("code", rules.all_rules())
def test_a_page_has_every_part(code: str) -> None:
    rule = rules.rule(code)
    assert rule.page.startswith(f"# {code}: {rule.name}\n")
    assert all(section in rule.page for section in SECTIONS)
    mine = [block for block in blocks() if block.code == code]
    assert any(block.marks for block in mine)
    assert {"bad"} < {block.kind for block in mine}
    assert (rule.fix in ("safe", "unsafe")) == any(block.fixed for block in mine)


@pytest.mark.parametrize("block", BAD, ids=_id)
def test_bad_is_flagged_on_the_marked_lines(block: Block) -> None:
    findings = _check(block)
    assert sorted((f.span.line, f.code) for f in findings) == sorted((mark.line, mark.code) for mark in block.marks)
    assert all((f.name, f.severity) == (rules.rule(f.code).name, rules.rule(f.code).severity) for f in findings)
    for mark in block.marks:
        message = next(f.message for f in findings if (f.span.line, f.code) == (mark.line, mark.code))
        assert [piece for piece in mark.pieces if piece not in message] == [], message


@pytest.mark.parametrize("block", SILENT, ids=_id)
def test_good_and_fixed_are_silent(block: Block) -> None:
    assert [f"{f.span.line}: {f.code} {f.message}" for f in _check(block)] == []


@pytest.mark.parametrize("block", BAD, ids=_id)
def test_fixing_makes_the_fixed_block(block: Block) -> None:
    unsafe = rules.rule(block.code).fix == "unsafe"
    done = repair(Source(PATH, block.text), lambda source: check_source(source, _config(block)), unsafe=unsafe)
    assert done.source.text == (block.fixed if block.fixed is not None else block.text)
    if block.fixed is not None:
        ast.parse(done.source.text)
        again = repair(done.source, lambda source: check_source(source, _config(block)), unsafe=False)
        assert again.source.text == done.source.text
        assert not done.findings


@pytest.mark.parametrize("block", FIXED, ids=_id)
@pytest.mark.parametrize("ending", ["\r\n", "\r"], ids=["crlf", "cr"])
def test_fixing_keeps_line_endings(block: Block, ending: str) -> None:
    source = Source(PATH, block.text.replace("\n", ending))
    unsafe = rules.rule(block.code).fix == "unsafe"
    assert fixes.apply(source, _check(block, source.text), unsafe=unsafe).text == (block.fixed or "").replace(
        "\n", ending
    )


@pytest.mark.parametrize("block", [block for block in BAD if block.code > "TFG001"], ids=_id)
def test_noqa_silences_it(block: Block) -> None:
    lines = block.text.splitlines()
    for mark in block.marks:
        lines[mark.line - 1] += f"  # noqa: {mark.code}"
    assert _check(block, "\n".join(lines) + "\n") == []


# ------------------------------------------------------------------------------------------------- under TensorFlow


@pytest.fixture(scope="module")
def tensorflow() -> ModuleType:
    return pytest.importorskip("tensorflow")


@pytest.fixture
def policy(tensorflow: ModuleType) -> Iterator[None]:
    """Keras's global policy, which a block may set, is what it was for the next one."""
    yield
    tensorflow.keras.mixed_precision.set_global_policy("float32")


@pytest.mark.parametrize("block", EXECUTED, ids=_id)
@pytest.mark.usefixtures("policy")
def test_tensorflow_agrees(block: Block, tensorflow: ModuleType) -> None:
    tensorflow.random.set_seed(1)
    failed, printed = _execute(block)
    error = rules.rule(block.code).severity == "error"
    assert failed == (block.marks[0].line if block.kind == "bad" and error else None)
    assert printed == block.printed[: len(printed)]
    if failed is None:
        assert len(printed) == len(block.printed)


def _execute(block: Block) -> tuple[int | None, list[str]]:
    """The line on which the block raises (None: it does not), and what it prints."""
    output = io.StringIO()
    lines = block.text.splitlines(keepends=True)
    linecache.cache[PATH] = (len(block.text), None, lines, PATH)  # AutoGraph reads the source of what it rewrites
    try:
        with contextlib.redirect_stdout(output), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(block.text, PATH, "exec"), {"__name__": "page"})
    except SyntaxError as error:
        return error.lineno, []
    except Exception as error:  # whatever TensorFlow raises; its line is what counts
        frames = traceback.extract_tb(error.__traceback__)
        line = next(frame.lineno for frame in reversed(frames) if frame.filename == PATH)
        rewritten = re.findall(rf'File "{PATH}", line (\d+), in', str(error))
        return int(rewritten[-1]) if rewritten else line, output.getvalue().splitlines()
    return None, output.getvalue().splitlines()
