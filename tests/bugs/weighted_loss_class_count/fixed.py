# runs: tensorflow 2
"""A loss of one's own weighs four classes, the network knows three."""
import numpy as np
import tensorflow as tf


def weighted_cross_entropy(weights):
    weights = tf.constant(weights)

    def loss(y_true, y_pred):
        y_pred = tf.clip_by_value(y_pred, 1e-7, 1.0)
        return -tf.reduce_sum(y_true * tf.math.log(y_pred) * weights, axis=-1)

    return loss


model = tf.keras.Sequential([
    tf.keras.layers.Input((8,)),
    tf.keras.layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss=weighted_cross_entropy([0.2, 0.3, 0.5]))
x = np.random.rand(32, 8)
y = tf.keras.utils.to_categorical(np.random.randint(0, 3, 32), 3)
model.fit(x, y, epochs=1, verbose=0)
