"""A flow of coupling layers on two moons: log-densities by hand, forward and back."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import regularizers


def moons(count, seed=0):
    rng = np.random.default_rng(seed)
    half = count // 2
    angle = np.linspace(0, np.pi, half)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    data = np.concatenate([upper, lower]) + rng.normal(scale=0.05, size=(count, 2))
    return ((data - data.mean(axis=0)) / data.std(axis=0)).astype("float32")


def coupling(input_dim, units=16):
    inputs = keras.layers.Input(shape=(input_dim,))
    t = keras.layers.Dense(units, activation="relu", kernel_regularizer=regularizers.l2(0.01))(inputs)
    t = keras.layers.Dense(input_dim, activation="linear", kernel_regularizer=regularizers.l2(0.01))(t)
    s = keras.layers.Dense(units, activation="relu", kernel_regularizer=regularizers.l2(0.01))(inputs)
    s = keras.layers.Dense(input_dim, activation="tanh", kernel_regularizer=regularizers.l2(0.01))(s)
    return keras.Model(inputs=inputs, outputs=[s, t])


class RealNVP(keras.Model):
    def __init__(self, num_coupling_layers):
        super().__init__()
        self.num_coupling_layers = num_coupling_layers
        self.masks = np.array([[0, 1], [1, 0]] * (num_coupling_layers // 2), dtype="float32")
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.layers_list = [coupling(2) for _ in range(num_coupling_layers)]

    def call(self, x, training=True):
        log_det_inv = 0
        direction = -1 if training else 1
        for i in range(self.num_coupling_layers)[::direction]:
            x_masked = x * self.masks[i]
            reversed_mask = 1 - self.masks[i]
            s, t = self.layers_list[i](x_masked)
            s *= reversed_mask
            t *= reversed_mask
            gate = (direction - 1) / 2
            x = reversed_mask * (x * tf.exp(direction * s) + direction * t * tf.exp(gate * s)) + x_masked
            log_det_inv += gate * tf.reduce_sum(s, [1])
        return x, log_det_inv

    def log_loss(self, x):
        y, logdet = self(x)
        log_prob = -0.5 * tf.reduce_sum(tf.square(y), axis=1) - np.log(2 * np.pi)
        log_likelihood = log_prob + logdet
        return -tf.reduce_mean(log_likelihood)


data = moons(200)
model = RealNVP(num_coupling_layers=4)
optimizer = keras.optimizers.Adam(learning_rate=0.001)
batches = tf.data.Dataset.from_tensor_slices(data).shuffle(200).batch(50)
for batch in batches:
    with tf.GradientTape() as tape:
        loss = model.log_loss(batch)
    g = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(g, model.trainable_variables))
    model.loss_tracker.update_state(loss)
mean = model.loss_tracker.result()

z, log_det = model(data)
samples = tf.random.normal((30, 2))
x, _ = model(samples, training=False)
back, _ = model(x, training=True)
gap = tf.reduce_max(tf.abs(back - samples), axis=0)
covariance = tf.matmul(z - tf.reduce_mean(z, 0), z - tf.reduce_mean(z, 0), transpose_a=True) / tf.cast(
    tf.shape(z)[0] - 1, tf.float32
)
chol = tf.linalg.cholesky(covariance + 1e-3 * tf.eye(2))
whitened = tf.linalg.triangular_solve(chol, tf.transpose(z))
histogram, _, _ = np.histogram2d(x.numpy()[:, 0], x.numpy()[:, 1], bins=5)
