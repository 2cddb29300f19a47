"""Write `docs/coverage.md`: which of the names that public code calls most have a model, and which share of all names.

How a name is served is computed from the registry of models and from what the interpreter registers. Of a name of
which there is nothing to know, `tools/data/no_tensor.tsv` says why, with a call that a test runs.
With ``--check`` only say whether the page is current.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tflint_gemm import api, ops
from tflint_gemm.interpreter import builtins, definitions, machine, variable_scopes
from tflint_gemm.ops import registry
from tflint_gemm.ops.layers import LayerModel

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "coverage.md"
FREQUENCY = ROOT / "tools" / "data" / "api_frequency.tsv"
NO_TENSOR = ROOT / "tools" / "data" / "no_tensor.tsv"
V1_MARK = "tensorflow(v1)"
NOT_MODELLED = "not modelled"
assert machine.__name__  # importing it registers every function that the interpreter knows
_DECORATORS = definitions.TRACING | definitions.TRANSPARENT


@dataclass(frozen=True)
class Row:
    """One of the names that public code calls most: how often, and how it is served."""

    name: str
    canonical: str | None
    calls: int
    served: str

    @property
    def modelled(self) -> bool:
        return self.served != NOT_MODELLED and not self.reasoned

    @property
    def reasoned(self) -> bool:
        return self.served.startswith("nothing to know: ")


@dataclass(frozen=True)
class Reason:
    """Why nothing can be known of what a name gives; ``call`` shows it, and is empty where there is nothing to run."""

    text: str
    call: str


@cache
def reasons() -> dict[str, Reason]:
    """The names of which there is nothing to know: canonical, or as written where there is no canonical one."""
    with NO_TENSOR.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["name"]: Reason(row["reason"], row["call"] or "") for row in rows}


@cache
def _members() -> Counter[str]:
    """How many members of a class have a model, by the class's canonical name."""
    return Counter(name.rpartition(".")[0] for name in registry.MODELS if "." in name)


def served(canonical: str | None, path: str = "") -> str:
    """How a call of a name is served; ``path`` is how the program writes it."""
    # Python's own random.uniform is no model of TensorFlow's, which has the same canonical name.
    named = (path, canonical) if canonical is not None and canonical.startswith("keras.") else (path,)
    if any(builtins.is_modelled(name) for name in named) or any(name in _DECORATORS for name in (canonical, path)):
        return "interpreter"
    if canonical is None:
        return NOT_MODELLED
    entry = api.entry(canonical)
    if entry is not None and entry.kind == "dtype":
        return "dtype"
    if registry.find(canonical) is not None:
        return "op model"
    if isinstance(registry.find(f"{canonical}.__call__"), LayerModel):
        return "layer"
    if canonical == variable_scopes.SCOPE:
        return "interpreter"
    own = sum(_members()[name] for name in (canonical, *(entry.bases if entry is not None else ())))
    if entry is not None and entry.kind == "class" and own:
        return f"class with {own} modelled member{'s' * (own > 1)}"
    return NOT_MODELLED


def _served_or_reason(canonical: str | None, path: str) -> str:
    found = served(canonical, path)
    reason = reasons().get(canonical or path)
    return f"nothing to know: {reason.text}" if found == NOT_MODELLED and reason is not None else found


def frequent() -> list[Row]:
    """The rows of the frequency table."""
    ops.load()
    rows = []
    with FREQUENCY.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t"):
            name, v1 = line["name"], line["name"].startswith(V1_MARK)
            path = name.replace(V1_MARK, "tensorflow")
            canonical = api.resolve(path, v1) or api.resolve(path, True)
            rows.append(Row(name, canonical, int(line["calls"]), _served_or_reason(canonical, path)))
    return rows


def share(rows: list[Row]) -> tuple[float, float]:
    """The percentage of all calls whose name is modelled, and of those of which there is nothing to know."""
    total = sum(row.calls for row in rows)
    return (
        100 * sum(row.calls for row in rows if row.modelled) / total,
        100 * sum(row.calls for row in rows if row.reasoned) / total,
    )


def namespaces() -> Iterator[tuple[str, int, int]]:
    """Each namespace of canonical names with its public callables: how many there are, how many are modelled."""
    ops.load()
    there: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for canonical in api.canonical_names():
        entry = api.entry(canonical)
        if entry is None or entry.kind not in ("function", "class"):
            continue
        library = "" if canonical.startswith(("numpy.", "keras.")) else "tf."
        namespace = f"{library}{canonical}".rpartition(".")[0]
        there[namespace] += 1
        done[namespace] += served(canonical) != NOT_MODELLED
    yield from ((name, done[name], there[name]) for name in sorted(there))


def page() -> str:
    """The text of the page."""
    rows = frequent()
    modelled, reasoned = share(rows)
    lines = [
        "# Coverage",
        "",
        f"Of the {len(rows)} names of TensorFlow, Keras and NumPy that nine public code bases call most, "
        f"{modelled:.1f} % (by calls) are modelled; of further {reasoned:.1f} % there is nothing to know.",
        "Written by `tools/coverage.py` (`make coverage`).",
        "",
        "* **op model**: a function of `ops/` gives the result's dtype and shape. **layer**: of calls of a layer.",
        "* **class with n modelled members**: the object remembers what it was made with; n of its methods and",
        "  properties (inherited ones included) are modelled.",
        "* **interpreter**: the interpreter itself knows it, as it does decorators.",
        "* **nothing to know**: no tensor comes out; the call changes no dtype and no shape.",
        "",
        "## The names that are called most",
        "",
        "| name | canonical name | served by | calls | % so far |",
        "|---|---|---|---:|---:|",
    ]
    total, so_far = sum(row.calls for row in rows), 0
    for row in rows:
        so_far += row.calls
        canonical = "" if row.canonical is None else f"`{row.canonical}`"
        lines.append(f"| `{row.name}` | {canonical} | {row.served} | {row.calls} | {100 * so_far / total:.1f} |")
    lines += [
        "",
        "## By namespace",
        "",
        "How many of the public functions and classes are modelled, aliases counted once.",
        "",
        "| namespace | modelled | of | |",
        "|---|---:|---:|---:|",
    ]
    counted = list(namespaces())
    lines += [f"| `{name}` | {done} | {there} | {100 * done // there} % |" for name, done, there in counted if done]
    lines += [
        "",
        f"Nothing is modelled of {', '.join(f'`{name}` ({there})' for name, done, there in counted if not done)}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say whether the page is current")
    parser.add_argument("--gaps", action="store_true", help="print the names that are not modelled")
    arguments = parser.parse_args()
    if arguments.gaps:
        for row in frequent():
            if row.served == NOT_MODELLED:
                print(f"{row.calls:5}  {row.name}  ({row.canonical})")
        return 0
    written = page()
    current = PAGE.exists() and PAGE.read_text("utf-8") == written
    if not current and not arguments.check:
        PAGE.write_text(written, "utf-8")
    return int(not current and arguments.check)


if __name__ == "__main__":
    sys.exit(main())
