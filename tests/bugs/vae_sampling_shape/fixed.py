# runs: tensorflow 2
"""The noise of a variational autoencoder has another size than its mean."""
import tensorflow as tf

INTERMEDIATE, LATENT = 64, 2


class Sampling(tf.keras.layers.Layer):
    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, inputs):
        mean, log_var = inputs
        epsilon = tf.random.normal(shape=(tf.shape(mean)[0], self.size))
        return mean + tf.exp(0.5 * log_var) * epsilon


encoder_inputs = tf.random.normal((16, 784))
h = tf.keras.layers.Dense(INTERMEDIATE, activation="relu")(encoder_inputs)
z_mean = tf.keras.layers.Dense(LATENT)(h)
z_log_var = tf.keras.layers.Dense(LATENT)(h)
z = Sampling(LATENT)([z_mean, z_log_var])
