"""Devices, indices, alignment, layout and the limit of constants: what is reported where, and what is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from tflint_gemm.config import Config
from tflint_gemm.engine import check_source
from tflint_gemm.syntax.source import Source
from tflint_gemm.verify.sandbox import available_memory

HEAD = "import numpy as np\nimport tensorflow as tf\n"


def found(code: str, text: str, head: str = HEAD) -> list[str]:
    """The messages of ``code``."""
    findings = check_source(Source("x.py", head + text), Config(extend_select=(code,)))
    return [finding.message for finding in findings if finding.code == code]


# ------------------------------------------------------------------------------------------------- constants

BIG = "big = np.zeros((2**31,), np.uint8)\nsmall = np.zeros((2**31 - 2**20,), np.uint8)\n"
IN_GRAPH = [
    "tf.constant(big)",
    "tf.convert_to_tensor(big)",
    "tf.reduce_max(big)",
    "x + big",
    "tf.constant(small, dtype=tf.float16)",
]
OUT_OF_GRAPH = ["tf.reduce_max(small)", "np.max(big)", "tf.zeros([2**31], tf.uint8)", "eager[0]", "tf.constant(1)"]
TRACED = HEAD + BIG + "eager = tf.constant(big)\n@tf.function\ndef f(x):\n    return {}\nf(tf.constant(1, tf.uint8))\n"


@pytest.mark.parametrize("expression", IN_GRAPH)
def test_an_array_that_is_too_large_for_a_graph(expression: str) -> None:
    (message,) = found("TFG304", TRACED.format(expression), "")
    assert "a constant of the graph" in message


@pytest.mark.parametrize("expression", OUT_OF_GRAPH)
def test_what_is_no_large_constant_of_a_graph(expression: str) -> None:
    assert found("TFG304", TRACED.format(expression), "") == []


def test_a_program_of_tensorflow_1_is_a_graph() -> None:
    head = "import numpy as np\nimport tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
    assert len(found("TFG304", BIG + "tf.constant(big)\ntf.get_variable('v', initializer=big)\n", head)) == 2
    assert found("TFG304", BIG + "p = tf.placeholder(tf.uint8)\ntf.Session().run(p, {p: big})\n", head) == []


@pytest.mark.slow
@pytest.mark.skipif(available_memory() < 12 << 30, reason="the arrays have 2 GiB")
@pytest.mark.parametrize("expression", ["tf.reduce_max(big)", "x + big", "eager[0]"])
def test_tensorflow_agrees_about_large_constants(expression: str) -> None:
    pytest.importorskip("tensorflow")
    names: dict[str, Any] = {}
    if expression not in IN_GRAPH:
        exec(TRACED.format(expression), names)
        return
    with pytest.raises((ValueError, NotImplementedError), match=r"larger than 2GB|to a numpy array"):
        exec(TRACED.format(expression), names)


# ------------------------------------------------------------------------------------------------- indices


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("tf.ones([65536, 1]) + tf.ones([1, 32769])", "2,147,549,184 elements by broadcasting"),
        ("tf.reduce_max(tf.ones([2**16, 2**15]))", "reduces 2,147,483,648 elements at once"),
        ("tf.clip_by_value(tf.ones([2**16, 2**15]), 0.0, 1.0)", "clips 2,147,483,648 elements"),
        ("tf.nn.conv2d(tf.ones([2**11, 2**10, 2**10, 1]), tf.ones([3, 3, 1, 1]), 1, 'SAME')", "convolves"),
    ],
)
def test_more_elements_than_a_kernel_can_count(expression: str, words: str) -> None:
    (message,) = found("TFG305", f"x = {expression}\n")
    assert words in message
    assert found("TFG305", f"with tf.device('/CPU:0'):\n    x = {expression}\n") == []


@pytest.mark.parametrize(
    "expression",
    [
        "tf.ones([65536, 1]) + tf.ones([1, 32767])",
        "tf.ones([2**16, 2**15]) + tf.ones([2**16, 2**15])",
        "tf.ones([2**16, 2**15]) * 2.0",
        "tf.math.log(tf.ones([2**16, 2**15]))",
        "tf.reduce_max(tf.ones([2**16, 2**15]), axis=1)",
        "np.ones([2**16, 1]) + np.ones([1, 2**16])",
    ],
)
def test_what_counts_with_64_bits_or_less_elements(expression: str) -> None:
    assert found("TFG305", f"x = {expression}\n") == []


# ------------------------------------------------------------------------------------------------- tensor cores

HALF = "a = tf.zeros([64, {}], tf.float16)\nb = tf.zeros([{}, {}], tf.float16)\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HALF.format(100, 100, 128) + "a @ b", "inner dimension 100 is no multiple"),
        (HALF.format(128, 128, 100) + "tf.matmul(a, b)", "columns 100 is no multiple"),
        (HALF.format(100, 101, 100) + "tf.matmul(a, b, transpose_b=True)", "columns 101 and inner dimension 100 are"),
        ("a = tf.zeros([100, 65], tf.bfloat16)\ntf.matmul(a, a, transpose_a=True)", "rows 65, columns 65 and inner"),
        ("tf.keras.layers.Dense(1001, dtype='mixed_float16')", "units 1001"),
        ("tf.keras.mixed_precision.set_global_policy('mixed_bfloat16')\ntf.keras.layers.Dense(1001)", "units 1001"),
    ],
)
def test_misaligned_products(text: str, words: str) -> None:
    (message,) = found("TFG401", text + "\n")
    assert words in message


@pytest.mark.parametrize(
    "text",
    [
        HALF.format(128, 128, 256) + "a @ b",
        HALF.format(128, 128, 10) + "a @ b",  # a head of ten classes
        "tf.zeros([64, 100]) @ tf.zeros([100, 101])",
        "tf.keras.layers.Dense(1001)",
        "tf.keras.layers.Dense(10, dtype='mixed_float16')",
        "tf.keras.mixed_precision.set_global_policy('mixed_float16')\ntf.keras.layers.Dense(1001, dtype='float32')",
        "with tf.device('/CPU:0'):\n    tf.keras.layers.Dense(1001, dtype='mixed_float16')",
    ],
)
def test_products_that_are_aligned_small_or_no_half(text: str) -> None:
    assert found("TFG401", text + "\n") == []


def test_tf32_is_told_once_and_only_where_nothing_chooses() -> None:
    product = "x = tf.ones([8, 8])\ny = x @ x\nz = x @ y\n"
    assert len(found("TFG404", product)) == 1
    assert found("TFG404", product.replace("[8, 8]", "[8, 8], tf.float64")) == []
    assert found("TFG404", "tf.config.experimental.enable_tensor_float_32_execution(True)\n" + product) == []
    assert found("TFG404", "import os\nos.environ['NVIDIA_TF32_OVERRIDE'] = '0'\n" + product) == []


# ------------------------------------------------------------------------------------------------- layout

ARRAY = "a = np.zeros((2048, 2052), np.float32)\nimages = np.zeros((64, 3, 256, 256), np.float32)\n"


@pytest.mark.parametrize(
    "expression",
    [
        "tf.constant(a.T)",
        "tf.convert_to_tensor(np.transpose(a))",
        "tf.constant(a.transpose(1, 0), dtype=tf.float32)",
        "tf.Variable(a.swapaxes(0, 1))",
        "tf.constant(np.asfortranarray(a))",
        "tf.constant(np.ones((2048, 2048), order='F'))",
        "tf.constant(a.copy(order='F'))",
        "tf.matmul(a.T, a)",
        "tf.add(a.T, 1.0)",
        "tf.constant(images.transpose(0, 2, 3, 1))",
        "tf.constant(np.moveaxis(images, 1, -1))",
    ],
)
def test_permuted_arrays_that_become_tensors(expression: str) -> None:
    (message,) = found("TFG402", f"{ARRAY}x = {expression}\n")
    assert "element by element" in message


@pytest.mark.parametrize(
    "expression",
    [
        "tf.constant(a)",
        "tf.constant(a[::2])",
        "tf.constant(a[:, :2000])",
        "tf.constant(a[:100].T)",
        "tf.transpose(tf.constant(a))",
        "tf.constant(np.ascontiguousarray(a.T))",
        "tf.constant(a.reshape(-1, 1).T)",
        "tf.constant(a.T.copy())",
        "a.T + a.T",
    ],
)
def test_arrays_in_order_and_small_ones(expression: str) -> None:
    assert found("TFG402", f"{ARRAY}x = {expression}\n") == []


# ------------------------------------------------------------------------------------------------- devices


def test_memory_growth_is_asked_for_once_where_a_gpu_is_used() -> None:
    place = "with tf.device('/GPU:0'):\n    x = tf.ones([2])\nwith tf.device('/GPU:1'):\n    y = tf.ones([2])\n"
    assert len(found("TFG403", place)) == 1
    assert len(found("TFG403", "strategy = tf.distribute.MirroredStrategy()\n")) == 1
    assert found("TFG403", place.replace("GPU", "CPU")) == []
    growth = (
        "for gpu in tf.config.list_physical_devices('GPU'):\n    tf.config.experimental.set_memory_growth(gpu, True)\n"
    )
    assert found("TFG403", growth + place) == []
    assert found("TFG403", "import os\nos.environ['TF_FORCE_GPU_ALLOW_GROWTH'] = 'true'\n" + place) == []


WHOLE = "n = tf.ones([4, 4], tf.int32)\nf = tf.ones([4, 4])\nc = tf.ones([4, 4], tf.complex64)\n"
STRICT = "tf.config.set_soft_device_placement(False)\n"


@pytest.mark.parametrize(
    "expression", ["n @ n", "tf.matmul(n, n)", "tf.argmax(n)", "tf.linalg.svd(c)", "tf.reduce_mean(n)"]
)
def test_ops_that_a_gpu_has_no_kernel_for(expression: str) -> None:
    text = f"{WHOLE}with tf.device('/GPU:0'):\n    x = {expression}\n"
    (message,) = found("TFG405", text)
    assert "on the GPU: TensorFlow computes it on the CPU" in message
    assert found("TFG105", text) == []
    assert found("TFG405", STRICT + text) == []
    assert len(found("TFG105", STRICT + text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "with tf.device('/GPU:0'):\n    x = f @ f\n",
        "with tf.device('/GPU:0'):\n    x = n + n, tf.cast(n, tf.float32), n[0], tf.reduce_sum(n)\n",
        "with tf.device('/GPU:0'):\n    with tf.device('/CPU:0'):\n        x = n @ n\n",
        "with tf.device('/CPU:0'):\n    x = n @ n\n",
        "with tf.device(where):\n    x = n @ n\n",
        "x = n @ n\n",
    ],
)
def test_ops_with_a_kernel_where_they_are_placed(text: str) -> None:
    assert found("TFG405", WHOLE + text) == []


def test_a_function_that_is_called_on_a_gpu_is_placed_there() -> None:
    text = f"{WHOLE}def product(a):\n    return a @ a\n"
    assert len(found("TFG405", text + "with tf.device('/GPU:0'):\n    product(n)\n")) == 1
    assert found("TFG405", text + "product(n)\n") == []


ON_GPU = "n = tf.ones([4, 4], tf.int32)\nwith tf.device('/GPU:0'):\n    tf.matmul(n, n)\n"


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        (STRICT + ON_GPU, True),
        (ON_GPU + STRICT, False),
        ("if strict:\n" + indented(STRICT) + ON_GPU, False),
        ("if __name__ == '__main__':\n" + indented(STRICT + ON_GPU), True),
        ("def main():\n" + indented(STRICT + ON_GPU), True),
        ("def setup():\n" + indented(STRICT) + "def main():\n" + indented(ON_GPU), False),
        ("def main():\n" + indented(ON_GPU) + STRICT, True),
        ("def main():\n" + indented(ON_GPU) + "main()\n" + STRICT, False),
    ],
)
def test_only_what_follows_the_switch_raises(text: str, strict: bool) -> None:
    assert (len(found("TFG105", text)), len(found("TFG405", text))) == ((1, 0) if strict else (0, 1))
