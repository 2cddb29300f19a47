"""What is inferred for a program agrees with what TensorFlow computes at every expression of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tflint_gemm import checks
from tflint_gemm.config import Config

PROGRAMS = sorted(
    path
    for path in (Path(__file__).parent / "programs").iterdir()
    if path.suffix in (".py", ".ipynb") or (path / "main.py").is_file()
)
SUFFICIENT = 0.9
"""The share of a program's tensor-valued expressions whose dtype and full shape must be known."""
LESS = {
    # The rank of what a numpy_function gives, and so of a TensorArray of that.
    "actor_critic.py": 0.85,
    # How long what a generator yields is, how many elements a dataset has.
    "data_pipeline.py": 0.75,
    # What the loss and the metrics of a compiled model are called with, what fit returns, the dtype of to_categorical.
    "functional_branches.py": 0.7,
    "functional_recommender.py": 0.8,
    # Collections, the variables that an optimizer finds, sizes that come in with the feeds.
    "graph_mode_mlp.py": 0.8,
    # Slices of a length that is known, from places that are not; which variables are trainable.
    "session_sine_lstm.py": 0.85,
    # What a model's losses are, the size of a histogram of unknown values.
    "vq_vae.py": 0.85,
    # How many characters and words a text has.
    "text_generation.py": 0.5,
}
"""Programs of which less is known, with what is missing there."""


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_inferred_agrees_with_computed(program: Path) -> None:
    from tests.agreement import comparison

    analysed = comparison.analyses(program)
    for analysis in analysed:
        assert not analysis.violations
        assert not analysis.exhausted
        assert not [finding for finding in checks.run(analysis, Config()) if finding.severity == "error"]
    counts, differences = comparison.verdicts(program, analysed)
    written = "\n".join(f"{file}:{line}: {text}" for file, line, text in differences)
    assert not sum(found["WRONG"] for found in counts.values()), written
    # Of other modules, which are looked at alone, what their functions are called with is not known.
    found = next(iter(counts.values()))
    assert found["exact"] >= LESS.get(program.name, SUFFICIENT) * found.total(), written
