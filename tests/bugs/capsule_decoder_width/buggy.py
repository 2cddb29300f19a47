# runs: tensorflow 2
"""The decoder is made for capsules of 16 numbers whatever their length."""
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models


class Mask(layers.Layer):
    """The capsule of the true class, or of the longest vector; the others are zero."""

    def call(self, inputs):
        if type(inputs) is list:
            inputs, mask = inputs
        else:
            lengths = tf.sqrt(tf.reduce_sum(tf.square(inputs), -1))
            mask = tf.one_hot(indices=tf.argmax(lengths, 1), depth=lengths.shape[1])
        return tf.reshape(inputs * tf.expand_dims(mask, -1), [-1, inputs.shape[1] * inputs.shape[2]])

    def compute_output_shape(self, input_shape):
        first = input_shape[0] if type(input_shape[0]) is tuple else input_shape
        return (None, first[1] * first[2])


def capsule_network(shape, classes, length):
    images = layers.Input(shape=shape)
    features = layers.Conv2D(16, 9, strides=2, activation="relu")(images)
    capsules = layers.Reshape((classes, length))(layers.Dense(classes * length)(layers.Flatten()(features)))
    decoder = models.Sequential(name="decoder")
    decoder.add(layers.Dense(64, activation="relu", input_dim=16 * classes))
    decoder.add(layers.Dense(int(np.prod(shape)), activation="sigmoid"))
    decoder.add(layers.Reshape(shape))
    reconstructed = decoder(Mask()(capsules))  # BUG: TFG208
    return models.Model(images, [capsules, reconstructed])


capsule_network((28, 28, 1), classes=10, length=17).summary()
