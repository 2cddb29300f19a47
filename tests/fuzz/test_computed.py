"""A sample of what ``make fuzz`` does with programs that run, and whether it would notice a wrong model."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.fuzz.examination import Fault
from tests.fuzz.running import HEAD
from tflint_gemm.domain.dtypes import FLOAT32
from tflint_gemm.domain.values import Tensor, Value
from tflint_gemm.ops import registry
from tflint_gemm.ops.violations import RankTooLow

PROGRAM = f"{HEAD}v1 = tf.ones([2, 3])\nv2 = tf.reduce_sum(v1, axis=0)\nv3 = tf.constant([1.0]) + v2\n"


def test_what_is_inferred_of_made_up_programs_is_what_tensorflow_computes() -> None:
    from tests.fuzz.computed import examine_computed

    counts: Counter[str] = Counter()
    for number in range(24):
        counts.update(examine_computed(f"sample {number}"))
    known, others = counts["exact"], counts["partial"] + counts["unknown"]
    assert known > 300
    assert known > 4 * others
    assert counts["raised"] >= counts["found"] > 0


def _wrong_shape() -> Value:
    return Tensor(FLOAT32, (2,))


def _false_alarm() -> Value:
    raise RankTooLow(Tensor(FLOAT32, (2, 3)), 3)


@pytest.mark.parametrize(("model", "said"), [(_wrong_shape, r"WRONG: tf.reduce_sum"), (_false_alarm, "TFG215")])
def test_the_fuzzer_notices_a_wrong_model(monkeypatch: pytest.MonkeyPatch, model, said: str) -> None:
    from tests.fuzz.computed import compared

    assert compared(PROGRAM)["exact"] > 5
    true = registry.invoke
    monkeypatch.setattr(
        registry, "invoke", lambda asked, given: model() if asked.name == "math.reduce_sum" else true(asked, given)
    )
    with pytest.raises(Fault, match=said):
        compared(PROGRAM)
