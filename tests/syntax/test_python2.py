"""Python 2's statements are read, in place; what is neither Python 3 nor 2 is an error at the place where it is."""

from __future__ import annotations

import ast

import pytest

from tflint_gemm.syntax import python2
from tflint_gemm.syntax.source import Source, SourceError, parse


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('print "hello"', 'print("hello")'),
        ('print "a %d" % x, y  # note', 'print("a %d" % x, y)  # note'),
        ("if x: print x,", "if x: print(x,)"),
        ("print x; y = 1", "print(x); y = 1"),
        ('print"x"', 'print("x")'),
        ("print (a,\n   b), c", None),
        ('print "a", f(1,\n  2)', 'print("a", f(1,\n  2))'),
        ('print >>sys.stderr, "x"', 'print(  sys.stderr, "x")'),
        ("try:\n    x\nexcept (A, B), e:\n    pass", "try:\n    x\nexcept (A, B) as e:\n    pass"),
        ('raise ValueError, "no"', "raise ValueError"),
        ("x = 10L + 2", "x = 10  + 2"),
        ("f(async=1, x=self.async)", "f(Async=1, x=self.Async)"),
        ("async def f():\n    async with x: pass\n    return [y async for y in z]", None),
        ("print(x)\nprint\nprinted = print", None),
        ('text = """\nprint "x"\n"""', None),
    ],
)
def test_statements_are_rewritten_in_place(old: str, new: str | None) -> None:
    assert python2.modernized(old) == new
    ast.parse(new or old)


def test_an_old_program_is_read() -> None:
    tree = parse(Source("old.py", 'import tensorflow as tf\nprint "loss", tf.zeros([2])\n'))
    call = tree.body[1].value  # type: ignore[attr-defined]
    assert (call.args[1].lineno, call.args[1].col_offset) == (2, 14)


@pytest.mark.parametrize("text", ['print "x\n', "x = (\nprint 1\n", "def f(:\n", 'print "x"\nx = = 2\n'])
def test_what_is_not_python_is_an_error(text: str) -> None:
    with pytest.raises(SourceError):
        parse(Source("broken.py", text))
