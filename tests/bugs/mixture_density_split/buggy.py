# runs: tensorflow 2
"""tf.split of channels in a mixture density network."""
import numpy as np
import tensorflow as tf

K_MIX = 5


def mdn_loss(y_true, params):
    pi, mu, sigma = tf.split(params, num_or_size_splits=3, axis=1)  # BUG: TFG213
    pi = tf.nn.softmax(pi)
    sigma = tf.exp(sigma)
    dist = tf.exp(-0.5 * tf.square((y_true - mu) / sigma)) / (sigma * np.sqrt(2 * np.pi))
    return -tf.reduce_mean(tf.math.log(tf.reduce_sum(pi * dist, axis=1)))


net = tf.keras.Sequential([
    tf.keras.layers.Dense(20, activation="tanh"),
    tf.keras.layers.Dense(K_MIX * 2 + 1),
])
x = np.random.uniform(-10, 10, (100, 1)).astype(np.float32)
y = np.sin(x) + np.random.normal(size=(100, 1))
with tf.GradientTape() as tape:
    loss = mdn_loss(tf.cast(y, tf.float32), net(x))
print(loss)
