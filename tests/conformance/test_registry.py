"""The registry: every model is of something that exists, and asks for parameters that it has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tflint_gemm import api, ops
from tflint_gemm.domain.values import UNKNOWN, ApiObject
from tflint_gemm.ops import context, layers, registry
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.registry import MODELS

from .models import FOREIGN

ops.load()
MEMBERS_WITHOUT_ENTRY = (
    "Tensor.",
    "Variable.",
    "TensorShape.",
    "dtypes.DType.",
    "numpy.ndarray.",
    "numpy.generic.",
    "numpy.dtype.",
)
"""Properties and operators, which the API table leaves out."""


@pytest.mark.parametrize("name", sorted(name for name in MODELS if not name.startswith(FOREIGN)))
def test_model_is_of_something_public(name: str) -> None:
    owner, _, member = name.rpartition(".")
    if name.startswith(MEMBERS_WITHOUT_ENTRY) or MODELS[name].property or member.startswith("__"):
        assert api.entry(owner) is not None, f"{owner} is not in the API table"
    else:
        assert api.entry(name) is not None or _inherits(owner, member), f"{name} is not in the API table"


def _inherits(owner: str, member: str) -> bool:
    cls = api.entry(owner)
    return cls is not None and any(api.entry(f"{base}.{member}") is not None for base in cls.bases)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_model_asks_for_parameters_of_the_api(name: str) -> None:
    model = MODELS[name]
    entry = api.entry(name)
    if isinstance(model, layers.LayerModel) or entry is None or entry.signature is None:
        assert model.parameters is not None  # every annotation can be converted
        return
    if any(parameter.kind == "var_keyword" for parameter in entry.signature):
        return
    known = {parameter.name for parameter in entry.signature}
    # A model that serves several names may ask for what only some of them have; what it needs, all must have.
    anywhere = known | {p.name for other in _siblings(model) for p in (api.entry(other) or entry).signature or ()}
    wanted = {p.name: p.required for p in model.parameters[model.by_position :] if not p.variadic and p.name != "self"}
    missing = [name for name, required in wanted.items() if name not in (known if required else anywhere)]
    assert not missing, f"{name} has no parameters {missing}, but {sorted(known)}"


def _siblings(model: OpModel) -> list[str]:
    """The names that the function of ``model`` serves, however often a factory made it."""
    return [other.name for other in MODELS.values() if other.function.__qualname__ == model.function.__qualname__]


@pytest.mark.parametrize("mode", ["eager", "graph", "unknown"])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_nothing_known_is_nothing_said(name: str, mode: context.Mode) -> None:
    """With nothing known about any argument there is no violation, and no exception."""
    model = MODELS[name]
    names = _names(model)
    with context.use(context.CallContext(mode=mode)):
        registry.invoke(model, registry.Arguments(dict.fromkeys(names, UNKNOWN), names=tuple(names)))
        registry.invoke(model, registry.Arguments({}, complete=False, names=tuple(names)))
        if "self" in names:
            owner = ApiObject(name.rpartition(".")[0], {})
            registry.invoke(
                model, registry.Arguments({**dict.fromkeys(names, UNKNOWN), "self": owner}, names=tuple(names))
            )


def _names(model: OpModel) -> list[str]:
    empty = registry.Arguments({})
    return [empty.name_for(model, index) for index, p in enumerate(model.parameters) if not p.variadic]


def test_models_do_not_import_the_libraries() -> None:
    code = "import sys; from tflint_gemm import ops; ops.load(); print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert not {"tensorflow", "keras", "numpy"} & set(loaded)


def test_index_of_the_models_is_current() -> None:
    done = subprocess.run([sys.executable, "-m", "tools.index_models", "--check"], check=False)
    assert done.returncode == 0, "run: make models"


def test_models_of_new_and_changed_modules_are_found_without_another_step(tmp_path: Path) -> None:
    index = json.loads(ops.INDEX.read_text("utf-8"))
    index["linalg"] = "00000000 nothing"
    del index["image"]
    stale = tmp_path / "models.json"
    stale.write_text(json.dumps(index), "utf-8")
    code = (
        "import sys, pathlib; from tflint_gemm import ops; from tflint_gemm.ops import registry\n"
        f"ops.INDEX = pathlib.Path({str(stale)!r})\n"
        "print(all(map(registry.find, ('linalg.cross', 'image.resize', 'compat.v1.nn.relu'))))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "True"
