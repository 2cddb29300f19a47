"""Programs that nobody writes by hand, each with what its analysis may cost: steps and megabytes.

``ends`` is False where it takes more than these steps, and is to say so.
"""
# ruff: noqa: E501

from __future__ import annotations

import sys
import textwrap
from dataclasses import dataclass

HEAD = "import tensorflow as tf\nimport numpy as np\n"
PARAMETERS = "import sys\nn = len(sys.argv)\n"  # something that nobody knows


@dataclass(frozen=True)
class Program:
    """A program, and the most that its analysis may take."""

    text: str
    steps: int = 20_000
    megabytes: int = 64
    ends: bool = True


PROGRAMS: dict[str, Program] = {}


def add(name: str, *parts: str, steps: int = 20_000, megabytes: int = 64, ends: bool = True) -> None:
    text = HEAD + "".join(textwrap.dedent(part) for part in parts)
    PROGRAMS[name] = Program(text, steps, megabytes, ends)


def _nested(head: str, depth: int, body: str = "x = tf.ones([2])", foot: str = "") -> str:
    """``head`` within itself, ``{}`` being the depth; ``foot`` closes each."""
    lines = [" " * level + head.format(level) for level in range(depth)]
    lines.append(" " * depth + body)
    lines.extend(" " * level + line for level in reversed(range(depth)) for line in foot.splitlines())
    return "\n".join(lines) + "\n"


# Nested a thousand deep, or as deep as Python's tokenizer allows.
add("brackets", f"x = tf.constant({'[' * 190}1{']' * 190})\ny = tf.reduce_sum(x)\n")
add("calls within calls", f"x = {'tf.nn.relu(' * 190}tf.ones([2]){')' * 190}\n")
add("a sum", "x = ", " + ".join(["tf.ones([2])"] * 1000), "\n")
add("a sum from the right", "x = ", "tf.ones([2]) + (" * 190, "1", ")" * 190, "\n")
add("powers", "x = ", "2 ** " * 1000, "1\n")
add("signs", "x = ", "-" * 1000, "tf.ones([2])\ny = ", "not " * 1000, "x\n")
add("attributes", "x = tf.ones([2])", ".real" * 1000, "\n")
add("methods", "x = tf.data.Dataset.range(3)", ".map(lambda v: v)" * 1000, "\n")
add("subscripts", "x = tf.ones([2])", "[0]" * 1000, "\n")
add("conditions", PARAMETERS, "x = ", "1 if n else " * 1000, "2\n")
add("lambdas", "x = ", "lambda: " * 1000, "2\nx()()()()\n")
add("and", "x = ", " and ".join(["tf.ones([2])"] * 10_000), "\n", steps=60_000)
add(
    "an and of more than are followed",
    "x = ",
    " and ".join(["tf.ones([2])"] * 40_000),
    "\n",
    steps=200_000,
    megabytes=200,
    ends=False,
)
add("comparisons", "x = ", " < ".join(["1"] * 10_000), "\n")
add("elif", PARAMETERS, "if n == 0:\n  x = 1\n",
    "".join(f"elif n == {i}:\n  x = tf.ones([{i}])\n" for i in range(1, 1000)), "y = x + 1\n")  # fmt: skip
add("blocks", PARAMETERS, _nested("if n > {}:", 95))
add("loops", _nested("for i{} in range(30):", 19), ends=False)
add("loops over what nobody knows", PARAMETERS, _nested("for i{} in open(n):", 19))
add(
    "while loops that assign",
    PARAMETERS,
    _nested("while n > {}:", 15, "x = tf.concat([tf.ones([n]), x], 0)"),
    steps=400_000,
)
add("with", PARAMETERS, _nested("with open(n) as f{}:", 19))
add("try", _nested("try:", 19, foot="except ValueError:\n pass\n"))
add("functions", _nested("def f{0}(a{0}=1):", 95))
add("classes", _nested("class C{}:", 95))
add("comprehensions", "x = ", "[" * 18, "1", "".join(f" for a{i} in range(50)]" for i in range(18)), "\n", ends=False)
add("clauses of a comprehension", "x = [1 ", "".join(f" for a{i} in range(20)" for i in range(18)), "]\n")
add("f-strings", "x = 'a'\n", "x = f'{x}{x!r:>{10}}'\n" * 1000)

# Literals of a million elements.  The syntax tree takes a kilobyte for each.
MILLION = 1_000_000
add("a list of a million", "x = [", "1," * MILLION, "]\ny = tf.constant(x)\nz = tf.reshape(y, [7])\n", megabytes=1500)
add("a table of half a million", "x = tf.constant([", "[1.0]," * (MILLION // 2), "])\n", megabytes=1500)
add("a dict of 200,000", "x = {", "".join(f"{i}:1," for i in range(MILLION // 5)), "}\n", megabytes=1000, steps=900_000)
add(
    "a text of five million",
    f"x = '{'a' * 5 * MILLION}'\ny = x + x\nz = x.split('a')\nw = x.replace('a', x)\n",
    megabytes=200,
)
add(
    "a call with 100,000 arguments", "def f(*a, **k): return a\nf(", "1," * 100_000, ")\n", steps=300_000, megabytes=400
)
add("100,000 targets", ", ".join(f"a{i}" for i in range(100_000)), " = range(100_000)\n", steps=300_000, megabytes=400)

add("an f-string of many fields", "x = 1\ny = f'", "{x}" * 19_000, "'\n", steps=100_000, megabytes=100)
add("an equation of many operands", "x = tf.ones([2, 2])\ny = tf.einsum('", ",".join(["ab"] * 5000), "->ab', *[x] * 5000)\n",
    "z = np.einsum('", ",".join(["ab"] * 5000), "', *[x] * 5000)\nw = tf.einsum('", "->" * 1000, "', x)\n")  # fmt: skip
add("100,000 names of arguments", "def f(**k): return k\nf(", "".join(f"a{i}=1, " for i in range(100_000)), ")\n",
    steps=300_000, megabytes=250)  # fmt: skip

# What doubles at each step.
add("x = x + x, a list", "x = [1]\n", "x = x + x\n" * 2000)
add("x = x + x, a text", "x = 'ab'\n", "x = x + x\n" * 2000, "x %= x\n")
add("x = x + x, an f-string", "x = 'ab'\n", "x = f'{x}{x}'\n" * 2000)
add("x = x + x, a size", "def f(x):\n  n = x.shape[0]\n", "  n = n + n\n" * 2000, "  return tf.ones([n])\n")
add("x = [x, x]", "x = [1]\n", "x = [x, x]\n" * 500, "y = tf.constant(x)\nz = x == x\nlen(x)\n")
add("x = (x, x)", "x = (1,)\n", "x = (x, x)\n" * 500, "y = tf.constant(x)\nz = x == x\n{x: x}\n")
add(
    "x = {x, x}",
    "x = {}\n",
    "x = {'a': x, 'b': x}\n" * 500,
    "y = tf.nest.flatten(x)\ntf.nest.map_structure(tf.abs, x)\n",
)
add("x.append(x)", "x = []\nx.append(x)\nx.append(x)\ntf.constant(x)\nprint(x == x, tf.nest.flatten(x))\nx = x + x\n")
add("x = concat(x, x)", "x = tf.ones([2])\n", "x = tf.concat([x, x], 0)\n" * 1000)
add("a polynomial", "@tf.function(input_signature=[tf.TensorSpec([None] * 8)])\ndef f(x):\n  s = tf.shape(x)\n",
    "  n = (s[0] + s[1]) * (s[2] + s[3]) + s[4] * s[5] + 1\n", "  n = n * n + s[6]\n" * 60, "  return tf.reshape(x, [n])\n")  # fmt: skip
add("sizes within sizes", "def f(x: tf.Tensor):\n  n, m = tf.shape(x)[0], tf.shape(x)[1]\n",
    "  n, m = n // (m + 1) + n % 7, tf.maximum(n, m) * m\n" * 200, "  return tf.reshape(x, [n, m])\n")  # fmt: skip

# Calls and classes.
add("each function calls the one before twice", "def f0(x): return x\n",
    "".join(f"def f{i}(x): return f{i - 1}(x) + f{i - 1}(x * {i})\n" for i in range(1, 60)), "f59(tf.ones([2]))\n")  # fmt: skip
add("functions made of functions", "f = lambda x: x\n", "f = (lambda g: lambda x: g(g(x)))(f)\n" * 60, "f(tf.ones([2]))\n",
    steps=100_000)  # fmt: skip
add("mutual recursion", "def a(x): return b(x) + c(x)\ndef b(x): return c(x) + a(x)\ndef c(x): return a(x) + b(x)\na(1)\n",
    steps=100_000)  # fmt: skip
add("Ackermann", """\
    def A(m, n):
        if m == 0:
            return n + 1
        return A(m - 1, 1) if n == 0 else A(m - 1, A(m, n - 1))
    x = tf.ones([A(4, 4)])
    """)  # fmt: skip
add("a function of itself", """\
    w = lambda x: x(x)
    w(w)
    Y = lambda f: (lambda x: f(lambda v: x(x)(v)))(lambda x: f(lambda v: x(x)(v)))
    Y(lambda s: lambda n: s(n + 1))(tf.ones([2]))
    """)  # fmt: skip
add("a chain of classes", "class C0(tf.keras.Model): pass\n",
    "".join(f"class C{i}(C{i - 1}):\n  def call(self, x): return super().call(x)\n" for i in range(1, 500)),
    "C499()(tf.ones([2]))\n", steps=60_000)  # fmt: skip
add("diamonds of classes", "class A0: pass\nclass B0: pass\n",
    "".join(f"class A{i}(A{i - 1}, B{i - 1}): pass\nclass B{i}(A{i - 1}, B{i - 1}): pass\n" for i in range(1, 60)),
    "A59().foo\nclass M(A59, tf.Module): pass\nM().foo()\n")  # fmt: skip
add("a class of 2,000 bases", "class A: pass\n", "".join(f"class B{i}(A): pass\n" for i in range(2000)),
    "class C(", ", ".join(f"B{i}" for i in range(2000)), "): pass\nC().x\n")  # fmt: skip
add("a function decorated 1,000 times", "def d(f):\n  def w(*a): return f(*a)\n  return w\n", "@d\n" * 1000, "def g(x): return x\n",
    "g(tf.ones([2]))\n")  # fmt: skip
add("an annotation that calls its function", """\
    from jaxtyping import Float, jaxtyped
    from beartype import beartype
    @jaxtyped(typechecker=beartype)
    def f(x: Float[print(f(tf.ones([2]))), "a"], y: f(1) = f) -> Float[f(2), "a"]: return f(x)
    f(tf.ones([2]))
    """, ends=False)  # fmt: skip
add("a model that is a layer of itself", """\
    m = tf.keras.Sequential()
    m.add(m)
    m.add(tf.keras.layers.Dense(10))
    m.compile(optimizer='sgd', loss='mse')
    m.fit(tf.ones([8, 4]), tf.ones([8, 10]))
    m(tf.ones([2, 4]))
    n = tf.keras.Sequential([m, tf.keras.Sequential([m, m])])
    m.add(n)
    n.build([None, 4])
    """, megabytes=100, ends=False)  # fmt: skip
add("a class of itself", "class A: pass\nclass A(A): pass\nA().x\nclass B(B): pass\nB().f()\n")
add("attributes of everything", """\
    class C(tf.keras.Model):
        def __getattr__(self, name): return getattr(self, name + 'x')
        def __getitem__(self, key): return self[key + 1]
        def __call__(self, *a, **k): return self(*a, a=self, **k)
        def __iter__(self): return iter(self)
        def __eq__(self, other): return other == self
        def __bool__(self): return not self
    c = C()
    c.a, c[0], c(1), list(c), c == c, not c, len(c), tf.constant(c), [*c], {**c}
    for x in c: print(x)
    """)  # fmt: skip

# Numbers and shapes beyond all sizes.
_SIZES = ("10**30", "-10**30", "2**63", "2**64", "10**10**9", "10**10**10**10", "1 << 10**9", "1 << 10**30", "10**-10**30",
          f"0x{'f' * 100_000}", "(10**30)**(10**30)", "-1", "10**400 / 3", "1e308 * 10", "float('nan')")  # fmt: skip
_TAKERS = ("tf.ones([{}])", "np.zeros({})", "np.zeros(({}, 0))", "tf.range({})", "np.arange({})", "np.arange(0, 1, {})",
           "tf.eye({})", "tf.tile([1], [{}])", "np.repeat(1, {})", "tf.reshape(tf.ones([4]), [{}])", "tf.ones([4])[{}]",
           "tf.ones([4])[{0}:{0}:{0}]", "np.ones(4)[::{}]", "tf.split(tf.ones([2]), {})", "tf.unstack(tf.ones([2]), {})",
           "tf.one_hot([1], {})", "tf.keras.layers.Dense({})(tf.ones([2, 2]))", "tf.data.Dataset.range({0}).batch({0})",
           "tf.reduce_sum(tf.ones([2] * 20), axis={})", "tf.expand_dims(1, {})", "tf.pad([1], [[{0}, {0}]])", "[0] * {}",
           "() * {}", "'a' * {}", "b'' * {}", "range({})[0]", "list(range({}))", "sum(range({}))", "len(range({}))", "-{} % 7",
           "round({0}, {0})", "pow(2, {})", "pow({0}, {0}, 7)", "divmod({}, 3)", "chr({})", "bytes({})", 'f"{{{}}}"',
           "'%d' % ({})", "str({})", "int({})", "float({})", "range({0})[{0}:{0}]", "tf.constant({})", "np.int8({})",
           "tf.keras.Input(({},))", "tf.fill([2] * 300, {})", "x.ljust({})", "tf.TensorShape([{}])", "math.factorial({})",
           "math.comb({0}, 2)", "math.isqrt({})", "[i for i in range({})]", "max(range({}))", "tf.image.resize(y, [{0}, {0}])",
           "itertools.islice(itertools.count(), {})", "np.linspace(0, 1, {})", "tf.cast({}, tf.int8)", "abs({})")  # fmt: skip
for _size in _SIZES:
    add(f"sizes: {_size[:20]}", "import math, itertools\nx = 'x'\ny = tf.ones([1, 8, 8, 3])\n",
        "".join(taker.format(f"({_size})") + "\n" for taker in _TAKERS))  # fmt: skip
add("format", "x = '%1000000000d' % 3\ny = '{:1000000000}'.format(3)\nz = f'{3:1000000000}'\nw = '%*d' % (10**9, 3)\n")

_TIMES = ("itertools.product([1, 2], repeat={})", "itertools.product(itertools.count(), repeat={})", "itertools.product([], repeat={})",
          "itertools.permutations([1, 2], {})", "itertools.combinations(itertools.count(), {})", "itertools.repeat(1, {})",
          "itertools.islice([1, 2, 3], 0, 3, {})", "itertools.chain(*[[1]] * {})", "tf.TensorShape(None).with_rank({})",
          "tf.RaggedTensor.from_value_rowids(tf.ones([2]), [0, {}])", "tf.sparse.split(tf.sparse.eye(4), {}, 0)",
          "tf.RaggedTensor.from_uniform_row_length(tf.ones([{}]), 1)",
          "tf.RaggedTensor.from_row_splits(tf.ones([9]), [0, {}]).value_rowids()")  # fmt: skip
add("iterators of any length", "import itertools\n", "".join(
    f"list({taker.format(times)})\n" for taker in _TIMES for times in ("10**18", "10**9", "0", "-1", "None")))  # fmt: skip
add("generators without end", """\
    import itertools
    def g():
        while True: yield from g()
    def h(x=tf.ones([2])):
        while True:
            yield x
            x = tf.concat([x, x], 0)
    list(g()), list(h()), sum(h()), [a for a in h() for b in h()], next(h()), list(zip(h(), itertools.count()))
    a, *b = h()
    print(*h())
    """)  # fmt: skip
add("a product of loops in comprehensions", "x = [", "(a, b, c, d)", "".join(f" for {a} in range(24)" for a in "abcd"),
    "]\ny = {a: b for a in range(24) for b in range(24) for c in range(24)}\n")  # fmt: skip

# Names that are not what they seem.
add("names that shadow everything", """\
    def tf(np): return tf(tf)
    np = tf = np = tf(np)
    tf.ones = np.ones = range = len = list = print = super = object = Exception = tf
    class tf(tf.tf, metaclass=tf):
        tf = tf
        def __init__(tf, self=tf): tf.self = self
    for tf in tf: tf = tf(tf)
    with tf as (tf, tf[tf]): del tf
    import tensorflow as len
    from tensorflow import *
    len.ones(len)
    [tf := tf for np in tf]
    global np
    def __import__(*a): return tf
    True_, __name__, __builtins__, __file__ = tf, tf, tf, tf
    """)  # fmt: skip
add("code made at run time", """\
    exec('import tensorflow as tf')
    eval('tf.ones([2])')
    exec(compile('x = 1', '', 'exec'), globals(), locals())
    globals()['tf'] = locals()['np'] = vars()['x'] = None
    tf.ones([2]) + tf.ones([3])
    __import__('tensorflow').ones
    type('C', (tf.Module,), {'f': lambda self: tf})().f().ones([2])
    """)  # fmt: skip
add("decorators and metaclasses", """\
    def d(f): return d
    @d
    @d(d)
    @(lambda f: f)
    @tf.function(jit_compile=d, **{'x': 1})
    def f(x): return x
    class Meta(type):
        def __call__(cls, *a): return cls
        def __new__(mcs, *a, **k): return mcs
    @f
    class C(metaclass=Meta, **{'k': 1}): pass
    C()(C)(f(C()))
    """)  # fmt: skip
add("match", """\
    match tf.ones([2]), {'k': [1]}:
        case (tf.Tensor(shape=[x, *_]) as t, {'k': [1 | 2 as y, *z], **rest}) if (t := x): print(t, y, z, rest)
        case [*_] | {} | _: pass
    """)  # fmt: skip
if sys.version_info >= (3, 11):
    add(
        "except*", "try:\n  tf.ones([2])\nexcept* ValueError as e:\n  raise e\nexcept* (TypeError, OSError):\n  x = 1\n"
    )
if sys.version_info >= (3, 12):
    add("type parameters", "type T[*A, **P, B: int] = dict[A, T[B]]\ndef f[T: (int, str)](x: T) -> T: return x\nf(1)\n",
        "class C[T](tf.Module):\n  def f[U](self, x: U = tf.ones([2])) -> T: return x\nC[int]().f()\n")  # fmt: skip
