# runs: tensorflow 2
"""The noise is drawn in another size than the generator was built for."""
import argparse

import tensorflow as tf


def parse_args(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--z-dim", type=int, default=128, help="size of the noise")
    parser.add_argument("--batch-size", type=int, default=16)
    return parser.parse_args(argv)


def build_generator(z_dim=100):
    z = tf.keras.Input(shape=(z_dim,))
    h = tf.keras.layers.Dense(256, activation="relu")(z)
    return tf.keras.Model(z, tf.keras.layers.Dense(784, activation="sigmoid")(h))


args = parse_args([])
generator = build_generator(args.z_dim)
noise = tf.random.normal([args.batch_size, args.z_dim])
samples = generator(noise)
