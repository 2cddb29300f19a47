"""A Wasserstein GAN with gradient penalty on two-dimensional data, with a custom train_step and a callback."""

import math

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def swiss_roll(count, seed=0):
    rng = np.random.default_rng(seed)
    t = 1.5 * np.pi * (1 + 2 * rng.random(count))
    points = np.stack([t * np.cos(t), t * np.sin(t)], axis=1)
    points += rng.normal(0.0, 0.25, size=points.shape)
    return (points / 10.0).astype(np.float32)


def critic_network(units=16):
    inputs = keras.Input(shape=(2,))
    x = inputs
    for _ in range(2):
        x = layers.Dense(units)(x)
        x = layers.LeakyReLU(0.2)(x)
    return keras.Model(inputs, layers.Dense(1)(x), name="critic")


def generator_network(latent_dim, units=16):
    return keras.Sequential(
        [
            keras.Input(shape=(latent_dim,)),
            layers.Dense(units, activation="relu"),
            layers.Dense(units, activation=tf.nn.leaky_relu),
            layers.Dense(2),
        ],
        name="generator",
    )


class WGAN(keras.Model):
    def __init__(self, critic, generator, latent_dim, critic_steps=2, gp_weight=10.0):
        super().__init__()
        self.critic = critic
        self.generator = generator
        self.latent_dim = latent_dim
        self.critic_steps = critic_steps
        self.gp_weight = gp_weight

    def compile(self, critic_optimizer, generator_optimizer, **kwargs):
        super().compile(**kwargs)
        self.critic_optimizer = critic_optimizer
        self.generator_optimizer = generator_optimizer
        self.critic_metric = keras.metrics.Mean(name="critic_loss")
        self.generator_metric = keras.metrics.Mean(name="generator_loss")

    @property
    def metrics(self):
        return [self.critic_metric, self.generator_metric]

    def call(self, inputs):
        return self.generator(inputs)

    def gradient_penalty(self, real, fake):
        batch_size = tf.shape(real)[0]
        alpha = tf.random.uniform([batch_size, 1], 0.0, 1.0)
        interpolated = real + alpha * (fake - real)
        with tf.GradientTape() as gp_tape:
            gp_tape.watch(interpolated)
            pred = self.critic(interpolated, training=True)
        grads = gp_tape.gradient(pred, [interpolated])[0]
        norm = tf.sqrt(tf.reduce_sum(tf.square(grads), axis=1))
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real):
        if isinstance(real, tuple):
            real = real[0]
        batch_size = tf.shape(real)[0]
        for _ in range(self.critic_steps):
            noise = tf.random.normal(shape=(batch_size, self.latent_dim))
            with tf.GradientTape() as tape:
                fake = self.generator(noise, training=True)
                fake_logits = self.critic(fake, training=True)
                real_logits = self.critic(real, training=True)
                cost = tf.reduce_mean(fake_logits) - tf.reduce_mean(real_logits)
                penalty = self.gradient_penalty(real, fake)
                critic_loss = cost + self.gp_weight * penalty
            grads = tape.gradient(critic_loss, self.critic.trainable_variables)
            self.critic_optimizer.apply_gradients(zip(grads, self.critic.trainable_variables))
        with tf.GradientTape() as tape:
            generated = self.generator(tf.random.normal((batch_size, self.latent_dim)), training=True)
            generator_loss = -tf.reduce_mean(self.critic(generated, training=True))
        grads = tape.gradient(generator_loss, self.generator.trainable_variables)
        self.generator_optimizer.apply_gradients(zip(grads, self.generator.trainable_variables))
        self.critic_metric.update_state(critic_loss)
        self.generator_metric.update_state(generator_loss)
        return {m.name: m.result() for m in self.metrics}


class Monitor(keras.callbacks.Callback):
    def __init__(self, latent_dim, count=6):
        super().__init__()
        self.fixed = tf.random.normal([count, latent_dim])
        self.spreads = []

    def on_epoch_end(self, epoch, logs=None):
        samples = self.model.generator(self.fixed, training=False)
        self.spreads.append(tf.math.reduce_std(samples, axis=0).numpy())


def maximum_mean_discrepancy(x, y, bandwidths=(0.1, 1.0)):
    def kernel(a, b):
        squared = tf.reduce_sum(tf.math.squared_difference(a[:, None], b[None]), axis=-1)
        total = tf.zeros_like(squared)
        for bandwidth in bandwidths:
            total += tf.exp(-squared / (2.0 * bandwidth**2))
        return total / len(bandwidths)

    return tf.reduce_mean(kernel(x, x)) + tf.reduce_mean(kernel(y, y)) - 2 * tf.reduce_mean(kernel(x, y))


latent = 3
points = swiss_roll(48)
dataset = tf.data.Dataset.from_tensor_slices(points).shuffle(48).batch(16)
gan = WGAN(critic_network(), generator_network(latent), latent)
gan.compile(
    critic_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.9),
    generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.9),
)
monitor = Monitor(latent)
gan.fit(dataset, epochs=1, callbacks=[monitor], verbose=0)
real = tf.constant(points[:12])
fake = gan(tf.random.normal([12, latent]))
mmd = maximum_mean_discrepancy(real, fake)
penalty = gan.gradient_penalty(real, fake)
print("mmd", float(mmd), "penalty", math.sqrt(float(penalty)), np.array(monitor.spreads).shape)

grid = np.stack(np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 4)), axis=-1)
scores = gan.critic.predict(grid.reshape(-1, 2), verbose=0).reshape(grid.shape[:2])
row, column = np.unravel_index(np.argmax(scores), scores.shape)
print(scores.shape, grid[row, column])
hist, x_edges, y_edges = np.histogram2d(points[:, 0], points[:, 1], bins=(4, 3))
density = hist / hist.sum()
entropy = -np.sum(density[density > 0] * np.log(density[density > 0]))
print(density.shape, x_edges.shape, y_edges.shape, entropy)
