"""A convolutional variational autoencoder under the mixed_float16 policy, with a loss-scaled training loop."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers, mixed_precision

policy = mixed_precision.Policy("mixed_float16")
mixed_precision.set_global_policy(policy)
print("Compute dtype: %s, variable dtype: %s" % (policy.compute_dtype, policy.variable_dtype))

latent_dim = 4
image_shape = (16, 16, 1)


class Sampling(layers.Layer):
    """Uses (z_mean, z_log_var) to sample z."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        z_mean, z_log_var = inputs
        batch = tf.shape(z_mean)[0]
        dim = tf.shape(z_mean)[1]
        epsilon = tf.random.normal(shape=(batch, dim), dtype=z_mean.dtype)
        return z_mean + tf.exp(0.5 * z_log_var) * epsilon


encoder_inputs = keras.Input(shape=image_shape)
x = layers.Conv2D(8, 3, activation="relu", strides=2, padding="same")(encoder_inputs)
x = layers.Conv2D(16, 3, activation="relu", strides=2, padding="same")(x)
x = layers.Flatten()(x)
x = layers.Dense(16, activation="relu")(x)
z_mean = layers.Dense(latent_dim, name="z_mean")(x)
z_log_var = layers.Dense(latent_dim, name="z_log_var")(x)
z = Sampling()([z_mean, z_log_var])
encoder = keras.Model(encoder_inputs, [z_mean, z_log_var, z], name="encoder")

latent_inputs = keras.Input(shape=(latent_dim,))
x = layers.Dense(4 * 4 * 16, activation="relu")(latent_inputs)
x = layers.Reshape((4, 4, 16))(x)
x = layers.Conv2DTranspose(16, 3, activation="relu", strides=2, padding="same")(x)
x = layers.UpSampling2D(2)(x)
x = layers.Conv2D(1, 3, padding="same")(x)
decoder_outputs = layers.Activation("sigmoid", dtype="float32")(x)
decoder = keras.Model(latent_inputs, decoder_outputs, name="decoder")


class VAE(keras.Model):
    def __init__(self, encoder, decoder, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.beta = beta
        self.total_loss_tracker = keras.metrics.Mean(name="total_loss")
        self.kl_loss_tracker = keras.metrics.Mean(name="kl_loss")

    @property
    def metrics(self):
        return [self.total_loss_tracker, self.kl_loss_tracker]

    def elbo(self, data):
        z_mean, z_log_var, z = self.encoder(data)
        reconstruction = self.decoder(z)
        reconstruction_loss = tf.reduce_mean(
            tf.reduce_sum(keras.losses.binary_crossentropy(data, reconstruction), axis=(1, 2))
        )
        z_mean, z_log_var = tf.cast(z_mean, tf.float32), tf.cast(z_log_var, tf.float32)
        kl_loss = -0.5 * (1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var))
        kl_loss = tf.reduce_mean(tf.reduce_sum(kl_loss, axis=1))
        return reconstruction_loss + self.beta * kl_loss, kl_loss

    def train_step(self, data):
        with tf.GradientTape() as tape:
            total_loss, kl_loss = self.elbo(data)
            scaled = self.optimizer.scale_loss(total_loss)
        grads = tape.gradient(scaled, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.total_loss_tracker.update_state(total_loss)
        self.kl_loss_tracker.update_state(kl_loss)
        return {"loss": self.total_loss_tracker.result(), "kl_loss": self.kl_loss_tracker.result()}


def blobs(count, seed=0):
    rng = np.random.RandomState(seed)
    centers = rng.uniform(3, 13, size=(count, 2))
    yy, xx = np.mgrid[:16, :16]
    distance = (yy[None] - centers[:, 0, None, None]) ** 2 + (xx[None] - centers[:, 1, None, None]) ** 2
    return np.exp(-distance / 8.0)[..., np.newaxis].astype("float32"), centers


images, centers = blobs(24)
vae = VAE(encoder, decoder, beta=0.5)
vae.compile(optimizer=keras.optimizers.Adam(1e-3))
vae.fit(images, epochs=1, batch_size=8, verbose=0)

mean, log_var, sample = vae.encoder(images[:6])
print(mean.dtype, sample.dtype, mean.shape)
decoded = vae.decoder(sample)
total, kl = vae.elbo(tf.constant(images[:6]))
print(decoded.dtype, float(total), float(kl))

first, last = mean[:1], mean[-1:]
ratios = tf.linspace(0.0, 1.0, 5)
path = tf.cast(first, tf.float32) + ratios[:, tf.newaxis] * tf.cast(last - first, tf.float32)
frames = vae.decoder(path)
print(path.dtype, frames.shape)

dense = layers.Dense(3)
half = dense(tf.ones([2, 4]))
print(half.dtype, dense.kernel.dtype, dense(np.ones((2, 4))).dtype)
head = layers.Dense(2, dtype="float32")
logits = head(half)
probabilities = tf.nn.softmax(logits)
print(logits.dtype, probabilities.shape, tf.cast(probabilities, tf.bfloat16).dtype)

grid_x = np.linspace(-1.5, 1.5, 3)
grid_y = np.linspace(-1.5, 1.5, 3)[::-1]
figure = np.zeros((16 * 3, 16 * 3))
for i, yi in enumerate(grid_y):
    for j, xi in enumerate(grid_x):
        z_sample = np.array([[xi, yi, 0.0, 0.0]])
        x_decoded = vae.decoder.predict(z_sample, verbose=0)
        digit = x_decoded[0].reshape(16, 16)
        figure[i * 16 : (i + 1) * 16, j * 16 : (j + 1) * 16] = digit
print(figure.shape, figure.dtype)

codes = vae.encoder.predict(images, verbose=0)[0]
design = np.hstack([codes.astype(np.float64), np.ones((len(codes), 1))])
solution, residuals, rank, singular = np.linalg.lstsq(design, centers, rcond=None)
predicted = design @ solution
r2 = 1 - ((centers - predicted) ** 2).sum(0) / ((centers - centers.mean(0)) ** 2).sum(0)
print(codes.dtype, solution.shape, r2.shape)
mixed_precision.set_global_policy("float32")
