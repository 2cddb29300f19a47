# runs: tensorflow 2
"""The generator's dense layer has too few units for the image that they are to become."""
import tensorflow as tf
from tensorflow.keras import layers


def make_generator_model(noise_dim=100):
    model = tf.keras.Sequential()
    model.add(layers.Dense(7 * 7 * 128, use_bias=False, input_shape=(noise_dim,)))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((7, 7, 256)))  # BUG: TFG205
    model.add(layers.Conv2DTranspose(64, (5, 5), strides=(2, 2), padding="same", use_bias=False))
    model.add(layers.Conv2DTranspose(1, (5, 5), strides=(2, 2), padding="same", activation="tanh"))
    return model


generator = make_generator_model()
