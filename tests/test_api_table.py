"""The shipped API table agrees with the installed TensorFlow, Keras and NumPy, and is read as it was written."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tflint_gemm import api

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tflint_gemm" / "data"


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The tables as the installed libraries would have them; what other tests imported has no say in it."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    folder = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-m", "tools.generate_api", "--output", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return {path.name: json.loads(path.read_text("utf-8")) for path in folder.iterdir()}


def shipped(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return table


def same_versions(generated: dict[str, dict[str, Any]]) -> None:
    here, there = generated["api.json"]["versions"], shipped("api.json")["versions"]
    if here != there:
        pytest.skip(f"the table is of {there}, installed are {here}")


@pytest.mark.parametrize("section", ["modules", "entries"])
def test_names_agree(generated: dict[str, dict[str, Any]], section: str) -> None:
    same_versions(generated)
    assert shipped("api.json")[section] == generated["api.json"][section]


@pytest.mark.parametrize("name", ["methods.json", "internal.json"])
def test_other_tables_agree(generated: dict[str, dict[str, Any]], name: str) -> None:
    same_versions(generated)
    assert shipped(name) == generated[name]


def test_kernels_agree_on_the_devices_of_the_installed_wheel(generated: dict[str, dict[str, Any]]) -> None:
    same_versions(generated)
    table, installed = shipped("kernels.json"), generated["kernels.json"]
    assert set(installed["devices"]) <= set(table["devices"])
    assert table["functions"] == installed["functions"]
    assert table["pure"] == installed["pure"]
    assert table["ops"].keys() == installed["ops"].keys()
    # A wheel without CUDA also lacks kernels that run on the host for a GPU and are registered for DEFAULT.
    devices = installed["devices"] if "GPU" in installed["devices"] else ["CPU"]
    for op, record in table["ops"].items():
        for device in devices:
            expected = installed["ops"][op]["kernels"].get(device)
            assert record["kernels"].get(device) == expected, (op, device)
        assert {**record, "kernels": None} == {**installed["ops"][op], "kernels": None}, op


@pytest.mark.parametrize(
    ("path", "v1", "canonical"),
    [
        ("tensorflow.matmul", False, "linalg.matmul"),
        ("tensorflow.linalg.matmul", False, "linalg.matmul"),
        ("tensorflow.compat.v1.linalg.matmul", False, "linalg.matmul"),
        ("tensorflow.compat.v2.matmul", False, "linalg.matmul"),
        ("tensorflow.matmul", True, "linalg.matmul"),
        ("tensorflow.python.ops.math_ops.matmul", False, "linalg.matmul"),
        ("tensorflow.reduce_sum", False, "math.reduce_sum"),
        ("tensorflow.reduce_sum", True, "compat.v1.reduce_sum"),
        ("tensorflow.compat.v1.reduce_sum", False, "compat.v1.reduce_sum"),
        ("tensorflow.compat.v1.math.reduce_sum", False, "compat.v1.reduce_sum"),
        ("tensorflow.exp", False, "math.exp"),
        ("tensorflow.concat", False, "concat"),
        ("tensorflow.nn.softmax", False, "nn.softmax"),
        ("tensorflow.placeholder", False, "compat.v1.placeholder"),
        ("tensorflow.log", False, "math.log"),
        ("tensorflow.mul", False, "math.multiply"),
        ("tensorflow.layers.dense", True, "compat.v1.layers.dense"),
        ("tensorflow.layers", False, "compat.v1.layers"),
        ("tensorflow.contrib.rnn.BasicLSTMCell", False, "compat.v1.nn.rnn_cell.BasicLSTMCell"),
        ("tensorflow.contrib.slim.arg_scope", False, "contrib.framework.arg_scope"),
        ("tensorflow.half", False, "float16"),
        ("tensorflow.Variable.assign", False, "Variable.assign"),
        ("tensorflow.keras.layers.Dense", False, "keras.layers.Dense"),
        ("tf_keras.layers.Dense", False, "keras.layers.Dense"),
        ("tensorflow.python.keras.layers.Dense", False, "keras.layers.Dense"),
        ("tensorflow.contrib.keras.layers.Dense", True, "keras.layers.Dense"),
        ("tensorflow.contrib.keras.api.keras.preprocessing.image.load_img", True, "keras.utils.load_img"),
        ("keras.layers.core.Dense", False, "keras.layers.Dense"),
        ("tensorflow.keras.layers.Dense.add_weight", False, "keras.Layer.add_weight"),
        ("tensorflow.losses.MSE", False, "keras.metrics.mean_squared_error"),
        ("tensorflow.losses.mean_squared_error", True, "compat.v1.losses.mean_squared_error"),
        ("keras.ops.matmul", False, "keras.ops.matmul"),
        ("numpy.random.rand", False, "numpy.random.rand"),
        ("numpy.absolute", False, "numpy.abs"),
        ("numpy.double", False, "numpy.float64"),
        ("numpy.int", False, "numpy.int64"),
        ("numpy.float32.astype", False, "numpy.generic.astype"),
        ("tensorflow.no_such_name", False, None),
        ("tensorflow.contrib.no_such_module.name", False, None),
        ("os.path", False, None),
    ],
)
def test_resolve(path: str, v1: bool, canonical: str | None) -> None:
    assert api.resolve(path, v1) == canonical


def test_modules() -> None:
    assert api.is_module("tensorflow.linalg")
    assert api.is_module("tensorflow.python.ops")
    assert api.is_module("tensorflow.contrib.layers")
    assert api.is_module("keras.layers.experimental.preprocessing")
    assert not api.is_module("tensorflow.matmul")
    assert not api.is_module("tensorflow.no_such_name")
    assert api.entry("linalg") == api.ApiEntry("linalg", "module")


def entry(canonical: str) -> api.ApiEntry:
    found = api.entry(canonical)
    assert found is not None, canonical
    return found


def signature(canonical: str) -> tuple[api.Parameter, ...]:
    found = entry(canonical).signature
    assert found is not None, canonical
    return found


def names(canonical: str) -> list[str]:
    return [parameter.name for parameter in signature(canonical)]


def test_signatures() -> None:
    assert names("linalg.matmul")[:4] == ["a", "b", "transpose_a", "transpose_b"]
    assert names("keras.layers.Dense")[:3] == ["units", "activation", "use_bias"]
    assert names("numpy.ndarray.astype")[0] == "dtype"
    assert signature("numpy.random.rand") == (api.Parameter("args", "var_positional"),)
    assert signature("zeros")[1] == api.Parameter("dtype", "positional", True, "float32")
    assert signature("raw_ops.MatMul")[0].kind == "keyword"


def test_deprecated_arguments() -> None:
    assert dict(entry("compat.v1.reduce_sum").aliases) == {"keep_dims": "keepdims", "reduction_indices": "axis"}
    assert entry("compat.v1.argmax").aliases["dimension"] == "axis"


def test_values() -> None:
    assert (entry("float32").kind, entry("float32").value) == ("dtype", "float32")
    assert entry("numpy.inf").value == float("inf")


def test_v2_equivalent() -> None:
    assert api.v2_equivalent("compat.v1.reduce_sum") == "math.reduce_sum"
    assert api.v2_equivalent("compat.v1.nn.conv2d") == "nn.conv2d"
    assert api.v2_equivalent("compat.v1.placeholder") is None
    # TF 2's tf.losses is Keras's, whose arguments and result differ.
    assert api.v2_equivalent("compat.v1.losses.mean_squared_error") is None
    assert api.v2_equivalent("math.reduce_sum") is None


def test_kernels() -> None:
    cpu = api.kernel_dtypes("MatMul", "CPU") or frozenset()
    gpu = api.kernel_dtypes("MatMul", "GPU") or frozenset()
    assert cpu >= {"int32", "float16", "float32"}
    assert gpu >= {"float16", "float32"}
    assert "int32" not in gpu
    assert api.kernel_dtypes("NoSuchOp", "CPU") is None
    assert api.kernel_dtypes("MatMul", "NoSuchDevice") is None
    assert api.op_inputs("MatMul") == {"a": "T", "b": "T"}
    assert api.raw_op("math.exp") == "Exp"


def test_every_entry_can_be_read() -> None:
    lines = {**shipped("api.json")["entries"], **shipped("removed.json")["entries"]}
    methods = [f"{owner}.{name}" for owner, found in shipped("methods.json").items() for name in found]
    for canonical in (*lines, *methods):
        assert api.entry(canonical) is not None, canonical


def test_every_name_has_an_entry_and_resolves_to_itself() -> None:
    for module in shipped("api.json")["modules"]:
        assert api.is_module(module)
        for name in api._members(module):
            canonical = api.resolve(f"{module}.{name}")
            assert canonical is not None, f"{module}.{name}"
            path = canonical if canonical.startswith(("keras.", "numpy.")) else f"tensorflow.{canonical}"
            assert entry(canonical).kind == "dtype" or api.resolve(path) == canonical, path


def test_removed_names_lead_somewhere() -> None:
    table = shipped("removed.json")
    for name, canonical in table["names"].items():
        assert api.entry(canonical) is not None, name
        assert api.resolve(name if name.startswith(("keras.", "numpy.")) else f"tensorflow.{name}") == canonical, name
    for name, target in table["modules"].items():
        assert api.is_module(target if target.startswith("keras") else f"tensorflow.{target}"), name
