# runs: tensorflow 2
"""The gate is coarser than what it is multiplied with."""
from tensorflow.keras import layers


def gate(x, g, filters):
    theta = layers.Conv2D(filters, 1, strides=2)(x)
    phi = layers.Conv2D(filters, 1)(g)
    psi = layers.Conv2D(1, 1, activation="sigmoid")(layers.Activation("relu")(layers.add([theta, phi])))
    psi = layers.UpSampling2D(2)(psi)
    return layers.multiply([x, psi])


x = layers.Input((64, 64, 32))
g = layers.Input((32, 32, 64))
out = gate(x, g, 16)
