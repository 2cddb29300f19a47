"""Runs programs one after the other in this process and says on which of their lines each of them raised.

Standard input: a JSON list of paths.  Standard output: one JSON list per program, ``[path, line or null, error]``.
``--graph`` runs them as TensorFlow 1 did: ``import tensorflow`` gives its old namespace, and graphs are built.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import re
import sys
import traceback
import types
import warnings

import numpy as np
import tensorflow as tf


def _as_tensorflow_1() -> None:
    import tensorflow.compat.v1 as v1

    v1.disable_v2_behavior()
    sys.modules["tensorflow"] = v1


def _without_network() -> None:
    """MNIST's shapes and dtypes in the place of its images."""

    def load_data(path: str = "mnist.npz") -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        def split(count: int) -> tuple[np.ndarray, np.ndarray]:
            return np.zeros((count, 28, 28), np.uint8), np.zeros(count, np.uint8)

        return split(60000), split(10000)

    tf.keras.datasets.mnist.load_data = load_data


def _fresh() -> None:
    tf.compat.v1.reset_default_graph()
    if tf.executing_eagerly():
        tf.keras.backend.clear_session()
        tf.keras.mixed_precision.set_global_policy("float32")
    gc.collect()


def _line(path: str, error: Exception) -> int | None:
    """The program's own innermost line; AutoGraph and sessions tell it in the message."""
    told = re.findall(rf'File "{re.escape(path)}", line (\d+)', str(error))
    if told and "You must feed" not in str(error):  # which names the placeholder, not who left it out
        return int(told[-1])
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return frames[-1].lineno if frames else None


def _run(path: str) -> tuple[str, int | None, str]:
    _fresh()
    module = types.ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module  # dataclasses look their module up
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, module.__dict__)
    except SystemExit:  # tf.app.run ends so
        return path, None, ""
    except Exception as error:  # whatever TensorFlow raises; its line is what counts
        return path, _line(path, error) or 0, f"{type(error).__name__}: {error}"
    return path, None, ""


def main() -> None:
    paths = json.load(sys.stdin)
    sys.argv = ["program"]
    _without_network()
    if "--graph" in sys.orig_argv:
        _as_tensorflow_1()
    for path in paths:
        print(json.dumps(_run(path)), flush=True)


if __name__ == "__main__":
    main()
