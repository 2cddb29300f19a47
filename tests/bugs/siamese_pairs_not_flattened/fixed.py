# runs: tensorflow 2
"""The network compares vectors of 784 pixels; the pairs that a loop gathers are images."""
import numpy as np
import tensorflow as tf


def create_pairs(images, classes):
    pairs, same = [], []
    for digit in range(10):
        members = np.where(classes == digit)[0]
        others = np.where(classes != digit)[0]
        for i in range(len(members) - 1):
            pairs += [[images[members[i]], images[members[i + 1]]]]
            pairs += [[images[members[i]], images[others[i]]]]
            same += [1, 0]
    return np.array(pairs), np.array(same).astype("float32")


def base_network():
    return tf.keras.Sequential([tf.keras.Input((784,)), tf.keras.layers.Dense(32, activation="relu")])


images = np.random.rand(80, 28, 28).astype("float32").reshape(80, 784)
pairs, same = create_pairs(images, np.arange(80) % 10)
network = base_network()
left, right = tf.keras.Input((784,)), tf.keras.Input((784,))
distance = tf.keras.layers.Dot(axes=1, normalize=True)([network(left), network(right)])
model = tf.keras.Model([left, right], distance)
model.compile(optimizer="rmsprop", loss="mse")
model.fit([pairs[:, 0], pairs[:, 1]], same, batch_size=16, epochs=1, verbose=0)
