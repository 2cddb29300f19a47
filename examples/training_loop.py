"""A regression by gradient descent, as it is often written: the data come from NumPy, and NumPy's default is float64."""

import numpy as np
import tensorflow as tf

BATCH = 32
FEATURES = 16


def make_batch(rng):
    features = rng.normal(size=(BATCH, FEATURES))
    noise = rng.normal(size=(BATCH, 1))
    return features, features.sum(axis=1, keepdims=True) + 0.1 * noise


class Regression:
    def __init__(self):
        self.weights = tf.Variable(tf.random.normal([FEATURES, 1]))
        self.bias = tf.Variable(tf.zeros([1]))

    def predict(self, features):
        inputs = tf.constant(features)
        return tf.matmul(inputs, self.weights) + self.bias


def train(steps=100, learning_rate=0.05):
    rng = np.random.default_rng(0)
    model = Regression()
    for _ in range(steps):
        features, target = make_batch(rng)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model.predict(features) - tf.constant(target)))
        gradients = tape.gradient(loss, [model.weights, model.bias])
        model.weights.assign_sub(learning_rate * gradients[0])
        model.bias.assign_sub(learning_rate * gradients[1])
    return model


if __name__ == "__main__":
    train()
