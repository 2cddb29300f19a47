"""A subclassed residual classifier trained with a custom loop on synthetic blobs."""

from __future__ import annotations

import argparse
import logging
import time

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

logger = logging.getLogger(__name__)


def parse_args(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num-classes", type=int, default=4)
    parser.add_argument("--features", type=int, default=12)
    parser.add_argument("--hidden", type=int, default=24)
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=1e-2)
    parser.add_argument("--clip-norm", type=float, default=1.0)
    return parser.parse_args(argv)


def make_blobs(num_samples, num_features, num_classes, seed=0):
    """Gaussian blobs, one per class."""
    rng = np.random.default_rng(seed)
    centers = rng.uniform(-3.0, 3.0, size=(num_classes, num_features))
    labels = rng.integers(0, num_classes, size=num_samples)
    noise = rng.normal(scale=0.7, size=(num_samples, num_features))
    features = (centers[labels] + noise).astype(np.float32)
    return features, labels.astype(np.int32)


def standardize(train, test):
    mean = train.mean(axis=0, keepdims=True)
    std = train.std(axis=0, keepdims=True) + 1e-6
    return (train - mean) / std, (test - mean) / std


class ResidualBlock(layers.Layer):
    """Dense - norm - relu - dense with a skip connection."""

    def __init__(self, units, dropout_rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.norm = layers.LayerNormalization()
        self.expand = layers.Dense(units * 2, activation="relu")
        self.project = layers.Dense(units)
        self.dropout = layers.Dropout(dropout_rate)

    def call(self, inputs, training=False):
        x = self.norm(inputs)
        x = self.expand(x)
        x = self.dropout(x, training=training)
        x = self.project(x)
        return inputs + x


class ScaledCosineHead(layers.Layer):
    """Class scores as scaled cosine similarities with learned class vectors."""

    def __init__(self, num_classes, initial_scale=10.0, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.initial_scale = initial_scale

    def build(self, input_shape):
        dim = int(input_shape[-1])
        self.prototypes = self.add_weight(
            name="prototypes", shape=(dim, self.num_classes), initializer="glorot_uniform", trainable=True
        )
        self.scale = self.add_weight(
            name="scale", shape=(), initializer=keras.initializers.Constant(self.initial_scale), trainable=True
        )
        super().build(input_shape)

    def call(self, inputs):
        normalized = tf.nn.l2_normalize(inputs, axis=-1)
        prototypes = tf.nn.l2_normalize(self.prototypes, axis=0)
        return self.scale * tf.matmul(normalized, prototypes)


class Classifier(keras.Model):
    def __init__(self, hidden, num_blocks, num_classes):
        super().__init__()
        self.stem = layers.Dense(hidden)
        self.blocks = [ResidualBlock(hidden, name=f"block_{i}") for i in range(num_blocks)]
        self.head = ScaledCosineHead(num_classes)

    def call(self, inputs, training=False):
        x = tf.nn.gelu(self.stem(inputs))
        for block in self.blocks:
            x = block(x, training=training)
        return self.head(x)


class Meter:
    """A running mean."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.total = 0.0
        self.count = 0

    def update(self, value, weight=1):
        self.total += float(value) * weight
        self.count += weight

    @property
    def value(self):
        return self.total / max(self.count, 1)


def loss_fn(labels, logits, num_classes, smoothing=0.1):
    targets = tf.one_hot(labels, num_classes)
    targets = targets * (1.0 - smoothing) + smoothing / num_classes
    per_example = tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    return tf.reduce_mean(per_example)


def train_step(model, optimizer, features, labels, num_classes, clip_norm):
    with tf.GradientTape() as tape:
        logits = model(features, training=True)
        loss = loss_fn(labels, logits, num_classes)
        penalty = tf.add_n([tf.nn.l2_loss(w) for w in model.trainable_variables if len(w.shape) == 2])
        total = loss + 1e-4 * penalty
    gradients = tape.gradient(total, model.trainable_variables)
    gradients, norm = tf.clip_by_global_norm(gradients, clip_norm)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    predictions = tf.argmax(logits, axis=-1, output_type=tf.int32)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(predictions, labels), tf.float32))
    return total, accuracy, norm


def iterate_minibatches(features, labels, batch_size, rng=None):
    indices = np.arange(len(features))
    if rng is not None:
        rng.shuffle(indices)
    for start in range(0, len(indices) - batch_size + 1, batch_size):
        batch = indices[start : start + batch_size]
        yield tf.constant(features[batch]), tf.constant(labels[batch])


def confusion_matrix(model, features, labels, num_classes):
    logits = model(tf.convert_to_tensor(features), training=False)
    predictions = tf.argmax(logits, axis=1)
    matrix = tf.math.confusion_matrix(labels, predictions, num_classes=num_classes)
    totals = tf.reduce_sum(matrix, axis=1, keepdims=True)
    recall = tf.linalg.diag_part(matrix / tf.maximum(totals, 1))
    return matrix.numpy(), recall


def main(argv=None):
    logging.basicConfig(level=logging.WARNING)
    args = parse_args(argv)
    tf.random.set_seed(7)
    features, labels = make_blobs(96, args.features, args.num_classes)
    split = int(0.75 * len(features))
    train_x, test_x = standardize(features[:split], features[split:])
    train_y, test_y = labels[:split], labels[split:]

    model = Classifier(args.hidden, args.blocks, args.num_classes)
    optimizer = keras.optimizers.Adam(args.learning_rate)
    losses, accuracies = Meter(), Meter()
    rng = np.random.default_rng(1)
    history = []
    for epoch in range(args.epochs):
        losses.reset()
        accuracies.reset()
        started = time.perf_counter()
        for batch_x, batch_y in iterate_minibatches(train_x, train_y, args.batch_size, rng):
            loss, accuracy, norm = train_step(model, optimizer, batch_x, batch_y, args.num_classes, args.clip_norm)
            losses.update(loss, len(batch_x))
            accuracies.update(accuracy, len(batch_x))
        elapsed = time.perf_counter() - started
        history.append({"epoch": epoch, "loss": losses.value, "accuracy": accuracies.value, "seconds": elapsed})
        logger.info("epoch %d: loss %.4f, gradient norm %.3f", epoch, losses.value, float(norm))

    matrix, recall = confusion_matrix(model, test_x, test_y, args.num_classes)
    best = int(np.argmax(recall))
    print(f"test accuracy {np.trace(matrix) / matrix.sum():.3f}, best class {best}")
    for row in history:
        print("{epoch:>3} {loss:.4f} {accuracy:.4f}".format(**row))
    return model


if __name__ == "__main__":
    main([])
