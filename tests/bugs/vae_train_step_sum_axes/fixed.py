# runs: tensorflow 2
"""VAE: the reconstruction loss is summed over axes that the loss has not."""
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class VAE(keras.Model):
    def __init__(self, latent=2, **kwargs):
        super().__init__(**kwargs)
        self.encoder = keras.Sequential([layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(latent * 2)])
        self.decoder = keras.Sequential([layers.Dense(784, activation="sigmoid"), layers.Reshape((28, 28, 1))])
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        mean, logvar = tf.split(self.encoder(x), 2, axis=1)
        eps = tf.random.normal(tf.shape(mean))
        z = mean + tf.exp(0.5 * logvar) * eps
        return self.decoder(z), mean, logvar

    def train_step(self, data):
        with tf.GradientTape() as tape:
            recon, mean, logvar = self(data)
            bce = keras.losses.binary_crossentropy(data, recon)
            rec = tf.reduce_mean(tf.reduce_sum(bce, axis=(1, 2)))
            kl = -0.5 * (1 + logvar - tf.square(mean) - tf.exp(logvar))
            loss = rec + tf.reduce_mean(tf.reduce_sum(kl, axis=1))
        grads = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


(x_train, _), _ = keras.datasets.mnist.load_data()
x_train = x_train[:128, ..., None].astype("float32") / 255
vae = VAE()
vae.compile(optimizer="adam")
vae.fit(x_train, epochs=1, batch_size=64, verbose=0)
