"""A deep convolutional GAN on tiny synthetic images, with a WGAN-GP variant, checkpoint bookkeeping and a training class."""

import collections
import contextlib
import enum
import time
from abc import ABC, abstractmethod

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models

SIZE = 16
LATENT = 10


class Objective(enum.Enum):
    MINIMAX = "minimax"
    WASSERSTEIN = "wasserstein"


class Phase(enum.IntEnum):
    WARMUP = 0
    MAIN = 1


def make_generator(latent_dim=LATENT):
    model = tf.keras.Sequential(name="generator")
    model.add(layers.Input(shape=(latent_dim,)))
    model.add(layers.Dense(4 * 4 * 16, use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((4, 4, 16)))
    assert model.output_shape == (None, 4, 4, 16)
    model.add(layers.Conv2DTranspose(8, (5, 5), strides=(2, 2), padding="same", use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Conv2DTranspose(1, (5, 5), strides=(2, 2), padding="same", activation="tanh"))
    return model


def make_discriminator():
    image = layers.Input(shape=(SIZE, SIZE, 1))
    x = image
    for filters in (8, 16):
        x = layers.Conv2D(filters, 5, strides=2, padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        x = layers.Dropout(0.3)(x)
    x = layers.Flatten()(x)
    return models.Model(image, layers.Dense(1)(x), name="discriminator")


def real_images(count, seed=0):
    """Bright Gaussian bumps at random places, in [-1, 1]."""
    rng = np.random.default_rng(seed)
    grid = np.arange(SIZE, dtype=np.float32)
    centers = rng.uniform(4, SIZE - 4, size=(count, 2)).astype(np.float32)
    dy = grid[None, :, None] - centers[:, 0][:, None, None]
    dx = grid[None, None, :] - centers[:, 1][:, None, None]
    bumps = np.exp(-(dy**2 + dx**2) / 8.0)
    return (bumps * 2.0 - 1.0)[..., np.newaxis].astype("float32")


@contextlib.contextmanager
def timed(name, registry):
    start = time.time()
    try:
        yield
    finally:
        registry[name].append(time.time() - start)


class Losses(ABC):
    @abstractmethod
    def generator(self, fake_output):
        raise NotImplementedError

    @abstractmethod
    def discriminator(self, real_output, fake_output):
        raise NotImplementedError

    def penalty(self, discriminator, real, fake):
        return tf.constant(0.0)


class MinimaxLosses(Losses):
    def __init__(self, smoothing=0.0):
        self.smoothing = smoothing
        self.cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)

    def generator(self, fake_output):
        return self.cross_entropy(tf.ones_like(fake_output), fake_output)

    def discriminator(self, real_output, fake_output):
        real_loss = self.cross_entropy(tf.ones_like(real_output) - self.smoothing, real_output)
        fake_loss = self.cross_entropy(tf.zeros_like(fake_output), fake_output)
        return real_loss + fake_loss


class WassersteinLosses(Losses):
    def __init__(self, weight=10.0):
        self.weight = weight

    def generator(self, fake_output):
        return -tf.reduce_mean(fake_output)

    def discriminator(self, real_output, fake_output):
        return tf.reduce_mean(fake_output) - tf.reduce_mean(real_output)

    def penalty(self, discriminator, real, fake):
        alpha = tf.random.uniform([tf.shape(real)[0], 1, 1, 1], 0.0, 1.0)
        interpolated = real + alpha * (fake - real)
        with tf.GradientTape() as tape:
            tape.watch(interpolated)
            scores = discriminator(interpolated, training=True)
        gradients = tape.gradient(scores, [interpolated])[0]
        norms = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=[1, 2, 3]) + 1e-12)
        return self.weight * tf.reduce_mean((norms - 1.0) ** 2)


LOSSES = {Objective.MINIMAX: MinimaxLosses, Objective.WASSERSTEIN: WassersteinLosses}


class Trainer:
    def __init__(self, objective=Objective.MINIMAX, learning_rate=1e-3, critic_steps=1, **loss_options):
        self.generator = make_generator()
        self.discriminator = make_discriminator()
        self.losses = LOSSES[objective](**loss_options)
        self.critic_steps = critic_steps
        self.generator_optimizer = tf.keras.optimizers.Adam(learning_rate, beta_1=0.5)
        self.discriminator_optimizer = tf.keras.optimizers.Adam(learning_rate, beta_1=0.5)
        self.timings = collections.defaultdict(list)
        self.history = collections.OrderedDict(generator=[], discriminator=[])

    def _train_discriminator(self, images):
        noise = tf.random.normal([tf.shape(images)[0], LATENT])
        with tf.GradientTape() as tape:
            fakes = self.generator(noise, training=True)
            real_output = self.discriminator(images, training=True)
            fake_output = self.discriminator(fakes, training=True)
            loss = self.losses.discriminator(real_output, fake_output)
            loss += self.losses.penalty(self.discriminator, images, fakes)
        variables = self.discriminator.trainable_variables
        self.discriminator_optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    def _train_generator(self, batch_size):
        noise = tf.random.normal([batch_size, LATENT])
        with tf.GradientTape() as tape:
            loss = self.losses.generator(self.discriminator(self.generator(noise, training=True), training=True))
        variables = self.generator.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.generator_optimizer.apply_gradients(zip(gradients, variables))
        return loss

    def train_step(self, images):
        with timed("discriminator", self.timings):
            for _ in range(self.critic_steps):
                discriminator_loss = self._train_discriminator(images)
        with timed("generator", self.timings):
            generator_loss = self._train_generator(images.shape[0])
        self.history["generator"].append(generator_loss.numpy())
        self.history["discriminator"].append(discriminator_loss.numpy())
        return generator_loss, discriminator_loss

    def fit(self, dataset, epochs=1):
        for epoch in range(epochs):
            phase = Phase.WARMUP if epoch == 0 else Phase.MAIN
            for images in dataset:
                self.train_step(images)
            means = {name: np.mean(values) for name, values in self.history.items()}
            print(f"epoch {epoch} ({phase.name}): " + " ".join(f"{k}={v:.3f}" for k, v in means.items()))
        return self

    def sample(self, seed):
        images = self.generator(seed, training=False)
        return tf.cast(tf.round((images + 1.0) * 127.5), tf.uint8)


def mosaic(images, rows, columns):
    """A (rows * SIZE, columns * SIZE) picture of the given images."""
    grid = tf.reshape(images, [rows, columns, SIZE, SIZE])
    return tf.reshape(tf.transpose(grid, [0, 2, 1, 3]), [rows * SIZE, columns * SIZE])


def interpolate(generator, start, end, steps=4):
    ratios = tf.linspace(0.0, 1.0, steps)[:, tf.newaxis]
    latents = (1.0 - ratios) * start + ratios * end
    return generator(latents, training=False)


def main():
    tf.keras.utils.set_random_seed(4)
    images = real_images(16)
    dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(16).batch(8)

    options = {
        Objective.MINIMAX: dict(smoothing=0.1),
        Objective.WASSERSTEIN: dict(weight=5.0, critic_steps=2),
    }
    for objective, extra in options.items():
        trainer = Trainer(objective, **extra).fit(dataset)
        seed = tf.random.normal([6, LATENT])
        samples = trainer.sample(seed)
        picture = mosaic(samples, 2, 3)
        first, last = seed[0], seed[-1]
        walk = interpolate(trainer.generator, first, last)
        change = tf.reduce_mean(tf.abs(walk[1:] - walk[:-1]), axis=[1, 2, 3])
        scores = tf.sigmoid(trainer.discriminator(images[:4], training=False))
        print(objective.value, picture.shape, change.numpy().round(3), float(tf.reduce_mean(scores)))
        print({name: len(times) for name, times in trainer.timings.items()})


if __name__ == "__main__":
    main()
