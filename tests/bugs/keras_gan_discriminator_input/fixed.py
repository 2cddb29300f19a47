# runs: tensorflow 2
"""The discriminator was built for flat images, the generator makes square ones."""
import tensorflow as tf
from tensorflow import keras

LATENT = 64
generator = keras.Sequential([
    keras.Input((LATENT,)),
    keras.layers.Dense(784, activation="tanh"),
    keras.layers.Reshape((28, 28)),
])
discriminator = keras.Sequential([
    keras.Input((28, 28)),
    keras.layers.Flatten(),
    keras.layers.Dense(128, activation="relu"),
    keras.layers.Dense(1),
])
bce = keras.losses.BinaryCrossentropy(from_logits=True)


def train_step(real):
    noise = tf.random.normal([real.shape[0], LATENT])
    with tf.GradientTape() as tape:
        fake = generator(noise, training=True)
        fake_score = discriminator(fake, training=True)
        loss = bce(tf.ones_like(fake_score), fake_score)
    grads = tape.gradient(loss, generator.trainable_variables)
    return loss, grads


train_step(tf.zeros((8, 28, 28)))
