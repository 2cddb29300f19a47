# runs: tensorflow 2
"""Under mixed_float16 a layer gives float16, a variable of one's own is float32."""
import tensorflow as tf
from tensorflow.keras import mixed_precision

mixed_precision.set_global_policy("mixed_float16")

hidden = tf.keras.layers.Dense(64, activation="relu")
projection = tf.Variable(tf.random.normal((64, 10)))


def forward(x):
    h = hidden(x)
    return tf.matmul(tf.cast(h, tf.float32), projection)


logits = forward(tf.random.normal((8, 32)))
