# runs: tensorflow 2
"""An encoder of rows of 784 numbers, trained in a step of its own on images of 28 by 28."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class VAE(keras.Model):
    def __init__(self, latent_dim=2, **kwargs):
        super().__init__(**kwargs)
        self.encoder = keras.Sequential([
            layers.Input((784,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(2 * latent_dim),
        ])
        self.decoder = keras.Sequential([
            layers.Input((latent_dim,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(784, activation="sigmoid"),
        ])
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def train_step(self, data):
        with tf.GradientTape() as tape:
            mean, log_var = tf.split(self.encoder(data), 2, axis=1)
            z = mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
            reconstruction = self.decoder(z)
            reconstruction_loss = tf.reduce_mean(keras.losses.binary_crossentropy(data, reconstruction))
            kl_loss = -0.5 * tf.reduce_mean(1 + log_var - tf.square(mean) - tf.exp(log_var))
            total_loss = reconstruction_loss + kl_loss
        grads = tape.gradient(total_loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.loss_tracker.update_state(total_loss)
        return {"loss": self.loss_tracker.result()}


(x_train, _), (x_test, _) = keras.datasets.mnist.load_data()
x_train = x_train[:128].reshape(-1, 784).astype("float32") / 255
vae = VAE()
vae.compile(optimizer=keras.optimizers.Adam())
vae.fit(x_train, epochs=1, batch_size=64, verbose=0)
