# runs: tensorflow 2
"""The interpolation weights of WGAN-GP have too few axes."""
import tensorflow as tf
from tensorflow import keras


class WGAN(keras.Model):
    def __init__(self, discriminator, latent_dim, gp_weight=10.0):
        super().__init__()
        self.discriminator = discriminator
        self.latent_dim = latent_dim
        self.gp_weight = gp_weight

    def gradient_penalty(self, batch_size, real_images, fake_images):
        alpha = tf.random.normal([batch_size, 1], 0.0, 1.0)
        diff = fake_images - real_images
        interpolated = real_images + alpha * diff  # BUG: TFG204
        with tf.GradientTape() as gp_tape:
            gp_tape.watch(interpolated)
            pred = self.discriminator(interpolated, training=True)
        grads = gp_tape.gradient(pred, [interpolated])[0]
        norm = tf.sqrt(tf.reduce_sum(tf.square(grads), axis=[1, 2, 3]))
        return tf.reduce_mean((norm - 1.0) ** 2)


disc = keras.Sequential([
    keras.layers.Input((28, 28, 1)),
    keras.layers.Conv2D(8, 3, strides=2),
    keras.layers.Flatten(),
    keras.layers.Dense(1),
])
gan = WGAN(disc, 64)
real = tf.random.normal((16, 28, 28, 1))
fake = tf.random.normal((16, 28, 28, 1))
penalty = gan.gradient_penalty(16, real, fake)
print(penalty)
