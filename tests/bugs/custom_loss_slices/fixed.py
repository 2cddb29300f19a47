# runs: tensorflow 2
"""A loss of one's own compares boxes with boxes and scores."""
import numpy as np
import tensorflow as tf


def detection_loss(y_true, y_pred):
    boxes = y_true[..., :4]
    return tf.reduce_mean(tf.abs(boxes - y_pred[..., :4]))


model = tf.keras.Sequential([tf.keras.layers.Dense(32), tf.keras.layers.Dense(6)])
x = np.random.rand(8, 16).astype("float32")
y = np.random.rand(8, 5).astype("float32")
loss = detection_loss(tf.constant(y), model(x))
