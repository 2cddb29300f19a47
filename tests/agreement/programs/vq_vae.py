"""A vector-quantized autoencoder: code book, straight-through gradients, code usage."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class VectorQuantizer(layers.Layer):
    def __init__(self, num_embeddings, embedding_dim, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.embedding_dim = embedding_dim
        self.num_embeddings = num_embeddings
        self.beta = beta
        initial = tf.random_uniform_initializer()
        self.embeddings = tf.Variable(
            initial_value=initial(shape=(self.embedding_dim, self.num_embeddings), dtype="float32"),
            trainable=True,
        )

    def call(self, x):
        input_shape = tf.shape(x)
        flattened = tf.reshape(x, [-1, self.embedding_dim])
        encoding_indices = self.get_code_indices(flattened)
        encodings = tf.one_hot(encoding_indices, self.num_embeddings)
        quantized = tf.matmul(encodings, self.embeddings, transpose_b=True)
        quantized = tf.reshape(quantized, input_shape)
        commitment_loss = tf.reduce_mean((tf.stop_gradient(quantized) - x) ** 2)
        codebook_loss = tf.reduce_mean((quantized - tf.stop_gradient(x)) ** 2)
        self.add_loss(self.beta * commitment_loss + codebook_loss)
        return x + tf.stop_gradient(quantized - x)

    def get_code_indices(self, flattened_inputs):
        similarity = tf.matmul(flattened_inputs, self.embeddings)
        distances = (
            tf.reduce_sum(flattened_inputs**2, axis=1, keepdims=True)
            + tf.reduce_sum(self.embeddings**2, axis=0)
            - 2 * similarity
        )
        return tf.argmin(distances, axis=1)


class Encoder(keras.Model):
    def __init__(self, latent_dim):
        super().__init__()
        self.convs = [layers.Conv2D(width, 3, strides=2, padding="same", activation="relu") for width in (8, 16)]
        self.project = layers.Conv2D(latent_dim, 1, padding="same")

    def call(self, x):
        for conv in self.convs:
            x = conv(x)
        return self.project(x)


class Decoder(keras.Model):
    def __init__(self):
        super().__init__()
        self.ups = [layers.Conv2DTranspose(width, 3, strides=2, padding="same", activation="relu") for width in (16, 8)]
        self.out = layers.Conv2DTranspose(1, 3, padding="same")

    def call(self, x):
        for up in self.ups:
            x = up(x)
        return self.out(x)


def blobs(count, size=16, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.uniform(4, size - 4, size=(count, 2))
    rows, columns = np.mgrid[0:size, 0:size]
    squared = (rows[None] - centres[:, 0, None, None]) ** 2 + (columns[None] - centres[:, 1, None, None]) ** 2
    return np.exp(-squared / 8.0).astype("float32")[..., np.newaxis]


keras.utils.set_random_seed(1)
images = blobs(48)
variance = np.var(images)
dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(48, seed=3).batch(16, drop_remainder=True)
encoder, quantizer, decoder = Encoder(4), VectorQuantizer(12, 4, name="quantizer"), Decoder()
optimizer = keras.optimizers.Adam(1e-3)
reconstruction_metric = keras.metrics.Mean()


def train_step(x):
    with tf.GradientTape() as tape:
        codes = encoder(x)
        quantized = quantizer(codes)
        reconstructions = decoder(quantized)
        reconstruction_loss = tf.reduce_mean((x - reconstructions) ** 2) / variance
        total = reconstruction_loss + sum(quantizer.losses)
    variables = encoder.trainable_variables + [quantizer.embeddings] + decoder.trainable_variables
    grads = tape.gradient(total, variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, variables) if g is not None])
    reconstruction_metric.update_state(reconstruction_loss)
    return total


for batch in dataset:
    total = train_step(batch)
mean_loss = reconstruction_metric.result()

outputs = encoder(images[:6])
flat = tf.reshape(outputs, (-1, outputs.shape[-1]))
indices = quantizer.get_code_indices(flat)
code_map = tf.reshape(indices, outputs.shape[:-1])
counts = tf.math.bincount(tf.cast(indices, tf.int32), minlength=12)
usage = tf.cast(counts, tf.float32) / tf.cast(tf.size(indices), tf.float32)
perplexity = tf.exp(-tf.reduce_sum(usage * tf.math.log(usage + 1e-10)))
one_hot = tf.one_hot(code_map, 12)
looked_up = tf.einsum("bhwk,dk->bhwd", one_hot, quantizer.embeddings)
restored = decoder(looked_up)
clipped = tf.clip_by_value(restored, 0.0, 1.0).numpy()
difference = np.abs(clipped - images[:6]).mean(axis=(1, 2, 3))
worst = images[:6][np.argmax(difference)]
