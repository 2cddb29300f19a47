# runs: tensorflow 2
"""Targets of a dataset are float64, predictions float32."""
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 200).reshape(-1, 1)
y = x ** 3 + 0.1 * np.random.randn(200, 1)
train_ds = tf.data.Dataset.from_tensor_slices((x, y.astype("float32"))).batch(20)

model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="tanh"), tf.keras.layers.Dense(1)])
opt = tf.keras.optimizers.Adam(0.01)


def train_step(inputs, targets):
    with tf.GradientTape() as tape:
        predictions = model(inputs, training=True)
        loss = tf.reduce_mean((predictions - targets) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for epoch in range(2):
    for inputs, targets in train_ds:
        train_step(inputs, targets)
