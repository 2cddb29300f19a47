"""The oracle in place of a model: as if the op had none, TensorFlow is asked what comes out of a call."""

from __future__ import annotations

import json

from tflint_gemm import api
from tflint_gemm.domain.values import UNKNOWN, ApiObject
from tflint_gemm.interpreter import oracle
from tflint_gemm.ops import context
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.verify.child import inference

from .check import Answer, Given


def is_askable(name: str) -> bool:
    """Whether the oracle may be asked about a function or a layer."""
    owner = api.entry(name.removesuffix(".__call__")) if name.endswith(".__call__") else None
    return api.is_pure(name) or (owner is not None and "keras.Layer" in owner.bases)


def ask_tensorflow(model: OpModel, given: Given, mode: context.Mode) -> Answer:
    """What the oracle says, of which the model knows nothing: what it finds by evaluation where values are known."""
    question = None
    if given.complete and given.receiver is None:
        question = oracle.question_for(model.name, given.positional, given.keywords)
    elif given.complete and isinstance(given.receiver, ApiObject) and model.name.endswith(".__call__"):
        question = oracle.question_for_layer(given.receiver, given.positional, given.keywords)
    if given.complete and given.receiver is None and mode == "eager":
        exact = oracle.evaluation_of(model.name, given.positional, given.keywords)
        evaluated = None if exact is None else inference.answer(json.loads(exact))
        if evaluated is not None:
            return Answer(oracle.result_of(evaluated))
    if question is None:
        return Answer(UNKNOWN)
    return Answer(oracle.result_of(inference.answer(json.loads(question))))
