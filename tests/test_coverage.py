"""The page of what is modelled is current, and says that nothing is known only where that is so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tflint_gemm import api
from tools import coverage

REMOVED = "no longer has it"

PROGRAM = """
import importlib, json, os, sys, tempfile
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
import keras, numpy as np, tensorflow as tf
v1, internal = tf.compat.v1, importlib.import_module

kinds = tf.Tensor, tf.Variable, tf.RaggedTensor, tf.SparseTensor, keras.KerasTensor, np.ndarray, np.generic

def print_nothing(): pass

def tensors(value):
    if isinstance(value, (list, tuple, set)):
        return any(map(tensors, value))
    if isinstance(value, dict):
        return any(map(tensors, value.values()))
    return isinstance(value, kinds)

calls = json.load(sys.stdin)
os.chdir(tempfile.mkdtemp())
found = {}
for name, call in calls.items():
    try:
        found[name] = "a tensor" if tensors(eval(call)) else "no tensor"
    except ImportError as error:
        found[name] = "no tensor"
    except Exception as error:
        found[name] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""


def test_the_page_is_current() -> None:
    assert coverage.PAGE.read_text("utf-8") == coverage.page(), "run: make coverage"


def test_nearly_all_calls_are_modelled_or_have_a_reason() -> None:
    modelled, reasoned = coverage.share(coverage.frequent())
    assert modelled + reasoned >= 98
    assert modelled >= 94


def test_what_is_said_to_be_gone_is_gone() -> None:
    gone = [name for name, reason in coverage.reasons().items() if REMOVED in reason.text]
    assert gone
    assert [name for name in gone if name in api.canonical_names()] == []


def test_names_with_a_reason_give_no_tensor() -> None:
    pytest.importorskip("tensorflow")
    calls = {name: reason.call for name, reason in coverage.reasons().items() if reason.call}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=json.dumps(calls), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert {name: result for name, result in found.items() if result != "no tensor"} == {}
