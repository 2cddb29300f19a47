"""A physics-informed network for Burgers' equation: nested tapes, collocation points, two optimizers."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

DTYPE = tf.float32
VISCOSITY = 0.01 / np.pi


class PINN(keras.Model):
    def __init__(self, lower, upper, hidden=2, units=8):
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.hidden = [
            keras.layers.Dense(units, activation="tanh", kernel_initializer="glorot_normal") for _ in range(hidden)
        ]
        self.out = keras.layers.Dense(1)

    def call(self, x):
        z = 2.0 * (x - self.lower) / (self.upper - self.lower) - 1.0
        for layer in self.hidden:
            z = layer(z)
        return self.out(z)


def initial(x):
    return -tf.sin(np.pi * x)


def boundary(t, x):
    return tf.zeros((x.shape[0], 1), dtype=DTYPE)


def residual_of(model, points):
    t, x = points[:, 0:1], points[:, 1:2]
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(t)
        outer.watch(x)
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(t)
            inner.watch(x)
            u = model(tf.concat([t, x], axis=1))
        u_x = inner.gradient(u, x)
        u_t = inner.gradient(u, t)
    u_xx = outer.gradient(u_x, x)
    del inner, outer
    return u_t + u * u_x - VISCOSITY * u_xx


def losses(model, points, data, values):
    residual = residual_of(model, points)
    parts = [tf.reduce_mean(tf.square(residual))]
    for place, value in zip(data, values):
        predicted = model(place)
        parts.append(tf.reduce_mean(tf.square(value - predicted)))
    return tf.add_n(parts), parts


lower = tf.constant([0.0, -1.0], dtype=DTYPE)
upper = tf.constant([1.0, 1.0], dtype=DTYPE)
keras.utils.set_random_seed(0)
t_0 = tf.ones((20, 1), dtype=DTYPE) * lower[0]
x_0 = tf.random.uniform((20, 1), lower[1], upper[1], dtype=DTYPE)
start = tf.concat([t_0, x_0], axis=1)
u_0 = initial(x_0)
t_b = tf.random.uniform((16, 1), lower[0], upper[0], dtype=DTYPE)
x_b = lower[1] + (upper[1] - lower[1]) * keras.backend.cast(tf.random.uniform((16, 1)) > 0.5, "float32")
edge = tf.concat([t_b, x_b], axis=1)
u_b = boundary(t_b, x_b)
t_r = tf.random.uniform((64, 1), lower[0], upper[0], dtype=DTYPE)
x_r = tf.random.uniform((64, 1), lower[1], upper[1], dtype=DTYPE)
inside = tf.concat([t_r, x_r], axis=1)

model = PINN(lower, upper)
model(inside[:1])
schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1000, 3000], [1e-2, 1e-3, 5e-4])
optimizer = keras.optimizers.Adam(learning_rate=schedule)


@tf.function
def train_step():
    with tf.GradientTape() as tape:
        loss, parts = losses(model, inside, [start, edge], [u_0, u_b])
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss, parts


history = []
for step in range(3):
    loss, parts = train_step()
    history.append(loss.numpy())
best = min(history)

grid_t, grid_x = np.meshgrid(np.linspace(0.0, 1.0, 11), np.linspace(-1.0, 1.0, 21))
grid = np.vstack([grid_t.flatten(), grid_x.flatten()]).T
surface = model(tf.cast(grid, DTYPE))
picture = surface.numpy().reshape(21, 11)
error = np.linalg.norm(picture - picture.mean(axis=0, keepdims=True)) / np.sqrt(picture.size)
weights = tf.concat([tf.reshape(variable, [-1]) for variable in model.trainable_variables], axis=0)
flat = weights.numpy().astype(np.float64)
