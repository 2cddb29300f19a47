"""One case, judged: does the model say what the real op does, and does knowing less never make it say more?"""

from __future__ import annotations

import contextlib
import enum
import random
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tflint_gemm.domain.values import UNKNOWN, ApiObject, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import context, registry
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.violations import Violation

from . import oracle, sessions, trained
from .abstraction import Symbols, abstract, forget, fresh, known_to_model, substitute
from .compare import describe, differences, knowledge
from .oracle import Case, Inputs

FORGETTINGS = 3  # less known versions of the arguments that each case is tried with


class Verdict(enum.Enum):
    EXACT = "exact"
    PARTLY = "partly unknown"
    UNKNOWN = "unknown"
    OBJECTED = "objected, as the real op"
    MISSED = "silent where the real op raises"
    SKIPPED = "the arguments cannot be made"


@dataclass
class Judgement:
    verdict: Verdict
    contradictions: list[str] = field(default_factory=list)
    raised: str = ""
    mode: oracle.Mode = "eager"  # in which the call was made in the end


@dataclass(frozen=True)
class Given:
    """Abstract arguments."""

    receiver: Value | None
    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]
    complete: bool = True  # False after ``*unknown`` or ``**unknown``


@dataclass(frozen=True)
class Answer:
    """What a model says: a value, a violation, or (``crash``) an exception that it must not raise."""

    value: Value | None = None
    violation: Violation | None = None
    crash: str = ""

    def __str__(self) -> str:
        if self.violation is not None:
            return f"{type(self.violation).__name__}({', '.join(map(describe, self.violation.operands))})"
        return describe(self.value) if self.value is not None else self.crash


def ask(model: OpModel, given: Given, mode: context.Mode = "eager") -> Answer:
    """What ``model`` says to ``given``."""
    with context.use(context.CallContext(mode=mode)):
        try:
            return Answer(_invoke(model, given))
        except Violation as violation:
            return Answer(violation=violation)
        except Exception:  # reported as a contradiction
            return Answer(crash=traceback.format_exc(limit=-3))


Asker = Callable[[OpModel, Given, context.Mode], Answer]
"""Who says what comes out of a call: a model, or TensorFlow's own inference in its stead (``asked``)."""


def _invoke(model: OpModel, given: Given) -> Value:
    """As the interpreter does it."""
    if given.receiver is None:
        arguments = registry.bind(model.name, model, given.positional, given.keywords)
    elif model.property:
        arguments = registry.Arguments({model.parameters[0].name: given.receiver})
    else:
        arguments = registry.bind_method(model.name, model, fresh(given.receiver), given.positional, given.keywords)
    if arguments is None or (arguments.missing and given.complete):
        return UNKNOWN  # Python raises TypeError
    if not given.complete:
        kept = {key: value for key, value in arguments.values.items() if key in arguments.given}
        arguments = registry.Arguments(kept, False, arguments.extra, arguments.given, arguments.names)
    result = registry.invoke(model, arguments)
    return TupleValue(tuple(result)) if isinstance(result, tuple) else result


def judge(model: OpModel, case: Case, asker: Asker = ask) -> Judgement:
    """What is wrong with the model's answers to ``case``, and how good its answer is.

    A call that the library refuses to make eagerly is made as TensorFlow 1 makes it.
    """
    inputs = oracle.inputs_of(case)
    if isinstance(inputs, Exception):
        return judge(model, _in_session(case), asker) if _wants_session(case, inputs) else Judgement(Verdict.SKIPPED)
    with inputs.place():
        given = _given(case, inputs)  # before the call, which may change a variable
    outcome = oracle.run(case, inputs)
    if _wants_session(case, outcome.error):
        return judge(model, _in_session(case), asker)
    answer = asker(model, given, _model_mode(case))
    judgement = _judge_answer(answer, outcome)
    judgement.mode = case.mode
    judgement.contradictions += [
        f"{complaint}\n  knowing less: {_show(less)}"
        for less, complaint in _less_known(model, given, answer, outcome, case, asker)
    ]
    return judgement


def _wants_session(case: Case, error: Exception | None) -> bool:
    return case.mode != "session" and sessions.is_wanted(error)


def _in_session(case: Case) -> Case:
    return replace(case, mode="session")


def _model_mode(case: Case) -> context.Mode:
    """What the model is told of where the call stands."""
    return "eager" if case.mode == "eager" else "graph"


def _given(case: Case, inputs: Inputs) -> Given:
    keywords = {name: seen(value) for name, value in inputs.keywords.items()}
    receiver = None
    if case.receiver is not None:
        receiver = seen(inputs.receiver) if case.receiver.owner is None else _constructed(case.receiver)
    return Given(receiver, tuple(map(seen, inputs.positional)), keywords)


def seen(real: object) -> Value:
    """What a model may know of ``real``."""
    return known_to_model(abstract(real))


def _constructed(receiver: oracle.Receiver) -> Value:
    """The abstract object of a library class that was constructed from these arguments."""
    assert receiver.owner is not None
    positional = tuple(seen(oracle.evaluate(text)) for text in receiver.positional)
    keywords = {name: seen(oracle.evaluate(text)) for name, text in receiver.keywords}
    arguments = registry.bind(receiver.owner, None, positional, keywords)
    made = ApiObject(receiver.owner, {} if arguments is None else arguments.values)
    if receiver.called:  # the model of the call notes what the weights were made for
        _call(made, "__call__", tuple(seen(oracle.evaluate(text)) for text in receiver.called))
    if receiver.source.startswith("updated("):
        _call(made, "update_state", tuple(map(seen, trained.UPDATE)))
    return made


def _call(made: ApiObject, method: str, inputs: tuple[Value, ...]) -> None:
    """Let the model of a method note what calling it does to the object."""
    model = registry.find(f"{made.path}.{method}")
    bound = None if model is None else registry.bind_method(model.name, model, made, inputs, {})
    if model is not None and bound is not None:
        with context.use(context.CallContext()), contextlib.suppress(Violation):
            registry.invoke(model, bound)


def _judge_answer(answer: Answer, outcome: oracle.Outcome) -> Judgement:
    if answer.crash:
        return Judgement(Verdict.UNKNOWN, [f"the model crashed: {answer.crash}"])
    if outcome.value is None:
        verdict = Verdict.OBJECTED if answer.violation is not None else Verdict.MISSED
        return Judgement(verdict, raised=_first_line(outcome.error))
    if answer.value is None:
        return Judgement(Verdict.UNKNOWN, [f"objects: {answer}\n  really {describe(outcome.value)}"])
    found = list(differences(answer.value, outcome.value))
    known, total = knowledge(answer.value, outcome.value)
    verdict = Verdict.EXACT if known == total else Verdict.PARTLY if known else Verdict.UNKNOWN
    return Judgement(verdict, found)


def _first_line(error: Exception | None) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0][:160] if str(error).strip() else ''}"


def _less_known(
    model: OpModel, given: Given, answer: Answer, outcome: oracle.Outcome, case: Case, asker: Asker
) -> Iterator[tuple[Given, str]]:
    """Less known arguments with what is wrong about the answer to them."""
    choose = random.Random(case.seed)
    for _ in range(FORGETTINGS):
        symbols = Symbols()
        less = _forget_one(given, choose, symbols, case.name.startswith("operator."))
        again = asker(model, less, "unknown" if choose.random() < 0.2 else _model_mode(case))
        if again.crash:
            yield less, f"the model crashed: {again.crash}"
        elif again.violation is not None:
            if answer.violation is None and not answer.crash:
                yield less, f"objects only when it knows less: {again}"
        elif again.value is not None and outcome.value is not None:
            value = substitute(again.value, symbols.assignment)
            yield from ((less, complaint) for complaint in differences(value, outcome.value))


def _forget_one(given: Given, choose: random.Random, symbols: Symbols, is_operator: bool) -> Given:
    """``given`` with one or several of the arguments less known."""
    places = len(given.positional) + len(given.keywords) + (given.receiver is not None)
    chosen = {choose.randrange(places) for _ in range(choose.choice((1, 1, 2, 4)))} if places else set()
    counter = iter(range(places))

    def less(value: Value) -> Value:
        # Operators take what is not known for anything but a symbolic Keras tensor.
        symbolic = isinstance(value, Tensor) and value.kind is Kind.KERAS and is_operator
        return forget(value, choose, symbols) if next(counter) in chosen and not symbolic else value

    receiver = None if given.receiver is None else less(given.receiver)
    positional = tuple(map(less, given.positional))
    keywords = {name: less(value) for name, value in given.keywords.items()}
    if choose.random() < 0.1:  # f(a, **unknown)
        return Given(receiver, positional, {name: keywords[name] for name in keywords if choose.random() < 0.5}, False)
    return Given(receiver, positional, keywords)


def nothing_known(case: Case) -> Given:
    """The call's arguments with nothing known about any."""
    receiver = None if case.receiver is None else UNKNOWN
    return Given(receiver, (UNKNOWN,) * len(case.positional), {name: UNKNOWN for name, _ in case.keywords})


def _show(given: Given) -> str:
    parts = [describe(value) for value in given.positional]
    parts += [f"{name}={describe(value)}" for name, value in given.keywords.items()]
    receiver = "" if given.receiver is None else f"{describe(given.receiver)}."
    return f"{receiver}({', '.join(parts)}{'' if given.complete else ', **unknown'})"
