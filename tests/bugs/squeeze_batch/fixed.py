# runs: tensorflow 2
"""squeeze of an axis that is not of size 1."""
import tensorflow as tf

model = tf.keras.Sequential([
    tf.keras.Input((10, 3)),
    tf.keras.layers.LSTM(8),
    tf.keras.layers.Dense(3),
])


@tf.function
def loss_fn(x, y):
    prediction = model(x)
    prediction = prediction[:, 0]
    return tf.reduce_mean(tf.abs(prediction - y))


print(loss_fn(tf.zeros((4, 10, 3)), tf.zeros((4,))))
