"""Layers and models that have their weights already."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

UPDATE = (tf.eye(3)[:2], tf.ones((2, 3)) / 3)
"""The labels and predictions that ``updated`` metrics have seen."""


def built() -> Any:
    """A layer that was called on a symbolic input."""
    layer = keras.layers.Dense(4)
    layer(keras.Input((3,)))
    return layer


def compiled() -> Any:
    """A functional model from 3 to 2 numbers, ready to be trained."""
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    model.compile("sgd", "mse")
    return model


def called(layer: Any, *arguments: Any) -> Any:
    """``layer``, which was called on ``arguments`` and has its weights since."""
    layer(*arguments)
    return layer


class Cell:
    """A recurrent cell as TensorFlow 1 wants one, which Keras 3 has no class for."""

    output_size = state_size = 4

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        return tf.zeros((batch_size, self.state_size), dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        output = tf.nn.tanh(tf.reduce_sum(inputs, -1, keepdims=True) + state)
        return output, output


def updated(metric: Any) -> Any:
    """``metric`` after it has seen two samples of three classes."""
    metric.update_state(*UPDATE)
    return metric
