# runs: tensorflow 2
"""Keras 3: ops.matmul of two branches that do not fit."""
import numpy as np
import keras
from keras import layers, ops


class CrossAttention(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.q = layers.Dense(units)
        self.k = layers.Dense(units)
        self.v = layers.Dense(units)
        self.units = units

    def call(self, x, context):
        q, k, v = self.q(x), self.k(context), self.v(context)
        scores = ops.matmul(q, k)  # BUG: TFG201
        scores = scores / ops.sqrt(ops.cast(self.units, "float32"))
        return ops.matmul(ops.softmax(scores), v)


a = keras.Input((10, 32))
b = keras.Input((20, 48))
y = CrossAttention(64)(a, b)
y = layers.GlobalAveragePooling1D()(y)
model = keras.Model([a, b], layers.Dense(1)(y))
