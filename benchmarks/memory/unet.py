"""A forward pass through a network with skipping connections."""

import tensorflow as tf

layers = tf.keras.layers


def block(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(x)


inputs = layers.Input((128, 128, 3))
first = block(inputs, 16)
second = block(layers.MaxPooling2D()(first), 32)
third = block(layers.MaxPooling2D()(second), 64)
up = layers.Conv2DTranspose(32, 2, strides=2, padding="same")(third)
up = block(layers.concatenate([up, second]), 32)
up = layers.Conv2DTranspose(16, 2, strides=2, padding="same")(up)
up = block(layers.concatenate([up, first]), 16)
model = tf.keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(up))
print(model(tf.random.uniform([16, 128, 128, 3])).shape)
