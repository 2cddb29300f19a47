# runs: tensorflow 2
"""Masked loss of a translation model: the mask has integers."""
import tensorflow as tf

loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")


def loss_function(real, pred):
    mask = tf.math.logical_not(tf.math.equal(real, 0))
    loss_ = loss_object(real, pred)
    mask = tf.cast(mask, dtype=loss_.dtype)
    loss_ *= mask
    return tf.reduce_sum(loss_) / tf.cast(tf.reduce_sum(mask), loss_.dtype)


real = tf.random.uniform((16, 10), maxval=100, dtype=tf.int64)
pred = tf.random.normal((16, 10, 100))
print(loss_function(real, pred))
