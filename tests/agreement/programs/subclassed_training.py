"""Image classification with a subclassed residual network, a custom training loop, metrics and early stopping."""

import argparse
import datetime
import os
import time
from collections import defaultdict

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers, regularizers

NUM_CLASSES = 5
IMAGE_SIZE = 16
SHUFFLE_BUFFER = 64


def parse_args(argv=None):
    parser = argparse.ArgumentParser(description="Train a small residual network")
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--learning_rate", type=float, default=1e-2)
    parser.add_argument("--weight_decay", type=float, default=1e-4)
    parser.add_argument("--filters", type=int, nargs="+", default=[8, 16])
    return parser.parse_args(argv)


def load_data(num_train=32, num_test=16, seed=42):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, size=(num_train + num_test, IMAGE_SIZE, IMAGE_SIZE, 3), dtype=np.uint8)
    labels = rng.integers(0, NUM_CLASSES, size=num_train + num_test)
    # Make the classes tell themselves apart by brightness.
    images = (images * ((labels + 1) / NUM_CLASSES)[:, None, None, None]).astype("uint8")
    x_train, x_test = images[:num_train], images[num_train:]
    y_train, y_test = labels[:num_train], labels[num_train:]
    return (x_train, y_train), (x_test, y_test)


def preprocess(image, label):
    image = tf.cast(image, tf.float32) / 255.0
    image = (image - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return image, label


def augment(image, label):
    image = tf.image.random_flip_left_right(image)
    image = tf.pad(image, [[2, 2], [2, 2], [0, 0]], mode="REFLECT")
    image = tf.image.random_crop(image, [IMAGE_SIZE, IMAGE_SIZE, 3])
    image = tf.image.random_brightness(image, 0.1)
    return image, label


def make_dataset(images, labels, batch_size, training):
    ds = tf.data.Dataset.from_tensor_slices((images, labels))
    if training:
        ds = ds.shuffle(SHUFFLE_BUFFER, seed=1)
    ds = ds.map(preprocess, num_parallel_calls=tf.data.AUTOTUNE)
    if training:
        ds = ds.map(augment, num_parallel_calls=tf.data.AUTOTUNE)
    return ds.batch(batch_size, drop_remainder=training).prefetch(tf.data.AUTOTUNE)


class ConvBlock(layers.Layer):
    def __init__(self, filters, kernel_size=3, strides=1, activation="relu", weight_decay=0.0, **kwargs):
        super(ConvBlock, self).__init__(**kwargs)
        self.conv = layers.Conv2D(
            filters,
            kernel_size,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_regularizer=regularizers.l2(weight_decay),
        )
        self.bn = layers.BatchNormalization(momentum=0.9)
        self.activation = layers.Activation(activation) if activation else None

    def call(self, inputs, training=None):
        x = self.conv(inputs)
        x = self.bn(x, training=training)
        if self.activation is not None:
            x = self.activation(x)
        return x


class ResidualBlock(layers.Layer):
    def __init__(self, filters, strides=1, activation="relu", weight_decay=0.0, **kwargs):
        super(ResidualBlock, self).__init__(**kwargs)
        self.filters = filters
        self.strides = strides
        self.conv1 = ConvBlock(filters, strides=strides, activation=activation, weight_decay=weight_decay)
        self.conv2 = ConvBlock(filters, activation=None, weight_decay=weight_decay)
        self.act = layers.Activation(activation)
        self.projection = None

    def build(self, input_shape):
        if self.strides != 1 or input_shape[-1] != self.filters:
            self.projection = layers.Conv2D(self.filters, 1, strides=self.strides, use_bias=False)
        super().build(input_shape)

    def call(self, inputs, training=None):
        residual = inputs if self.projection is None else self.projection(inputs)
        x = self.conv1(inputs, training=training)
        x = self.conv2(x, training=training)
        return self.act(layers.add([x, residual]))


class SqueezeExcite(layers.Layer):
    def __init__(self, ratio=4):
        super().__init__()
        self.ratio = ratio
        self.pool = layers.GlobalAveragePooling2D(keepdims=True)

    def build(self, input_shape):
        channels = int(input_shape[-1])
        self.reduce = layers.Dense(max(channels // self.ratio, 1), activation="relu")
        self.expand = layers.Dense(channels, activation="sigmoid")

    def call(self, x):
        return x * self.expand(self.reduce(self.pool(x)))


class SmallResNet(keras.Model):
    def __init__(self, filters=(8, 16), num_classes=NUM_CLASSES, activation="relu", weight_decay=1e-4):
        super().__init__(name="small_resnet")
        self.stem = ConvBlock(filters[0], activation=activation, weight_decay=weight_decay)
        self.blocks = []
        for i, f in enumerate(filters):
            self.blocks.append(ResidualBlock(f, 1 if i == 0 else 2, activation, weight_decay, name=f"block_{i}"))
        self.attention = SqueezeExcite()
        self.pool = layers.GlobalAveragePooling2D()
        self.dropout = layers.Dropout(0.2)
        self.classifier = layers.Dense(num_classes)

    def call(self, inputs, training=False):
        x = self.stem(inputs, training=training)
        for block in self.blocks:
            x = block(x, training=training)
        x = self.attention(x)
        features = self.pool(x)
        return self.classifier(self.dropout(features, training=training))


class MeanPerClassAccuracy(keras.metrics.Metric):
    def __init__(self, num_classes, name="mean_per_class_accuracy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.num_classes = num_classes
        self.confusion = self.add_weight(name="confusion", shape=(num_classes, num_classes), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        predicted = tf.argmax(y_pred, axis=-1)
        matrix = tf.math.confusion_matrix(y_true, predicted, self.num_classes, dtype=tf.float32)
        self.confusion.assign_add(matrix)

    def result(self):
        diagonal = tf.linalg.diag_part(self.confusion)
        per_class = tf.math.divide_no_nan(diagonal, tf.reduce_sum(self.confusion, axis=1))
        return tf.reduce_mean(per_class)

    def reset_state(self):
        self.confusion.assign(tf.zeros_like(self.confusion))


class Trainer:
    def __init__(self, model, args, steps_per_epoch):
        self.model = model
        self.args = args
        schedule = keras.optimizers.schedules.CosineDecay(args.learning_rate, steps_per_epoch * args.epochs)
        self.optimizer = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True)
        self.loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.train_loss = keras.metrics.Mean(name="train_loss")
        self.train_acc = keras.metrics.SparseCategoricalAccuracy(name="train_acc")
        self.test_loss = keras.metrics.Mean(name="test_loss")
        self.test_acc = keras.metrics.SparseCategoricalAccuracy(name="test_acc")
        self.per_class = MeanPerClassAccuracy(NUM_CLASSES)
        self.history = defaultdict(list)

    @tf.function
    def train_step(self, images, labels):
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            loss = self.loss_fn(labels, logits)
            total = loss + tf.add_n(self.model.losses)
        grads = tape.gradient(total, self.model.trainable_variables)
        grads, norm = tf.clip_by_global_norm(grads, 5.0)
        self.optimizer.apply_gradients(zip(grads, self.model.trainable_variables))
        self.train_loss.update_state(loss)
        self.train_acc.update_state(labels, logits)
        return total, norm

    @tf.function
    def test_step(self, images, labels):
        logits = self.model(images, training=False)
        loss = self.loss_fn(labels, logits)
        self.test_loss(loss)
        self.test_acc(labels, logits)
        self.per_class.update_state(labels, logits)
        return tf.nn.softmax(logits)

    def fit(self, train_ds, test_ds):
        best, patience = 0.0, 2
        for epoch in range(self.args.epochs):
            start = time.time()
            for metric in (self.train_loss, self.train_acc, self.test_loss, self.test_acc, self.per_class):
                metric.reset_state()
            for step, (images, labels) in enumerate(train_ds):
                total, norm = self.train_step(images, labels)
                if step % 2 == 0:
                    tf.print("step", step, "total", total, "norm", norm, output_stream="file:///dev/null")
            for images, labels in test_ds:
                self.test_step(images, labels)
            result = self.per_class.result()
            accuracy = float(self.test_acc.result())
            self.history["loss"].append(self.train_loss.result().numpy())
            self.history["val_loss"].append(self.test_loss.result().numpy())
            self.history["per_class"].append(float(result))
            template = "Epoch {}, Loss: {:.4f}, Accuracy: {:.2f}, Test: {:.4f} ({:.1f}s)"
            print(
                template.format(
                    epoch + 1,
                    self.train_loss.result(),
                    self.train_acc.result() * 100,
                    self.test_loss.result(),
                    time.time() - start,
                )
            )
            if accuracy >= best:
                best = accuracy
            else:
                patience -= 1
                if patience == 0:
                    break
        return self.history


def main():
    args = parse_args([])
    tf.keras.utils.set_random_seed(7)
    (x_train, y_train), (x_test, y_test) = load_data()
    print("train", x_train.shape, x_train.dtype, "mean", np.mean(x_train, axis=(0, 1, 2)))
    train_ds = make_dataset(x_train, y_train, args.batch_size, training=True)
    test_ds = make_dataset(x_test, y_test, args.batch_size, training=False)
    run_name = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    print(os.path.join("logs", run_name))

    model = SmallResNet(args.filters, activation="swish", weight_decay=args.weight_decay)
    trainer = Trainer(model, args, steps_per_epoch=len(x_train) // args.batch_size)
    history = trainer.fit(train_ds, test_ds)
    losses = np.array(history["loss"])
    print("improved by", losses[0] - losses[-1])

    sample = tf.expand_dims(preprocess(x_test[0], y_test[0])[0], axis=0)
    logits = model(sample)
    probabilities = tf.nn.softmax(logits, axis=-1)[0]
    order = tf.argsort(probabilities, direction="DESCENDING")
    for rank, index in enumerate(order[:3].numpy()):
        print(rank, index, f"{probabilities[index]:.3f}")
    total_parameters = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    print("parameters", total_parameters)


if __name__ == "__main__":
    main()
