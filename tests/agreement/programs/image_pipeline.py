"""A tf.data pipeline with augmentation and batching that feeds a small convolutional network."""

import functools
import itertools
from pathlib import Path
from typing import Dict, Iterator, Tuple

import numpy as np
import tensorflow as tf

AUTOTUNE = tf.data.AUTOTUNE
IMAGE_SIZE = 24
CROP_SIZE = 20
CHANNELS = 3
CLASS_NAMES = ["circle", "square", "stripe"]
BATCH_SIZE = 8


def draw(kind: str, rng: np.random.Generator) -> np.ndarray:
    """A noisy image of one shape."""
    image = rng.integers(0, 40, size=(IMAGE_SIZE, IMAGE_SIZE, CHANNELS))
    ys, xs = np.mgrid[0:IMAGE_SIZE, 0:IMAGE_SIZE]
    center = IMAGE_SIZE / 2
    if kind == "circle":
        mask = (ys - center) ** 2 + (xs - center) ** 2 < 49
    elif kind == "square":
        mask = (np.abs(ys - center) < 6) & (np.abs(xs - center) < 6)
    else:
        mask = (ys // 3) % 2 == 0
    color = rng.integers(120, 255, size=CHANNELS)
    image[mask] = color
    return np.clip(image, 0, 255).astype(np.uint8)


def generate(count: int, seed: int) -> Iterator[Tuple[np.ndarray, int]]:
    rng = np.random.default_rng(seed)
    kinds = itertools.cycle(enumerate(CLASS_NAMES))
    for label, kind in itertools.islice(kinds, count):
        yield draw(kind, rng), label


def from_generator(count: int, seed: int) -> tf.data.Dataset:
    return tf.data.Dataset.from_generator(
        lambda: generate(count, seed),
        output_signature=(
            tf.TensorSpec(shape=(IMAGE_SIZE, IMAGE_SIZE, CHANNELS), dtype=tf.uint8),
            tf.TensorSpec(shape=(), dtype=tf.int32),
        ),
    )


def preprocess(image: tf.Tensor, label: tf.Tensor, training: bool) -> Tuple[tf.Tensor, tf.Tensor]:
    image = tf.image.convert_image_dtype(image, tf.float32)
    if training:
        image = tf.image.random_flip_left_right(image)
        image = tf.image.random_crop(image, [CROP_SIZE, CROP_SIZE, CHANNELS])
        image = tf.image.random_brightness(image, max_delta=0.1)
        image = tf.clip_by_value(image, 0.0, 1.0)
    else:
        image = tf.image.resize_with_crop_or_pad(image, CROP_SIZE, CROP_SIZE)
    return image, label


def standardize(image, label):
    mean, variance = tf.nn.moments(image, axes=[0, 1])
    return (image - mean) / tf.sqrt(variance + 1e-5), label


def mixup(batch_a, batch_b, alpha=0.2):
    images_a, labels_a = batch_a
    images_b, labels_b = batch_b
    weight = tf.random.uniform([], 1.0 - alpha, 1.0)
    depth = len(CLASS_NAMES)
    images = weight * images_a + (1.0 - weight) * images_b
    labels = weight * tf.one_hot(labels_a, depth) + (1.0 - weight) * tf.one_hot(labels_b, depth)
    return images, labels


def make_dataset(count: int, training: bool, seed: int = 0) -> tf.data.Dataset:
    dataset = from_generator(count, seed)
    dataset = dataset.map(functools.partial(preprocess, training=training), num_parallel_calls=AUTOTUNE)
    dataset = dataset.map(standardize, num_parallel_calls=AUTOTUNE)
    if training:
        dataset = dataset.shuffle(32, seed=seed).batch(BATCH_SIZE, drop_remainder=True)
        shuffled = dataset.shuffle(4, seed=seed + 1)
        dataset = tf.data.Dataset.zip((dataset, shuffled)).map(mixup)
    else:
        dataset = dataset.batch(BATCH_SIZE)
        dataset = dataset.map(lambda image, label: (image, tf.one_hot(label, len(CLASS_NAMES))))
    return dataset.prefetch(AUTOTUNE)


def build_network() -> tf.keras.Sequential:
    return tf.keras.Sequential(
        [
            tf.keras.Input((CROP_SIZE, CROP_SIZE, CHANNELS)),
            tf.keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.SeparableConv2D(12, 3, activation="relu"),
            tf.keras.layers.GlobalAveragePooling2D(),
            tf.keras.layers.Dense(len(CLASS_NAMES)),
        ]
    )


def summarize(dataset: tf.data.Dataset) -> Dict[str, float]:
    count = 0
    total = tf.zeros([CHANNELS])
    for images, labels in dataset:
        count += int(images.shape[0])
        total = total + tf.reduce_sum(tf.reduce_mean(images, axis=[1, 2]), axis=0)
    means = (total / count).numpy()
    return {f"mean_{name}": float(value) for name, value in zip("rgb", means)}


def saliency(network, images, labels):
    """The gradient of the correct score with respect to the image, one value per pixel."""
    images = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        scores = network(images)
        chosen = tf.reduce_sum(scores * labels, axis=1)
    gradient = tape.gradient(chosen, images)
    magnitude = tf.reduce_max(tf.abs(gradient), axis=-1)
    low = tf.reduce_min(magnitude, axis=[1, 2], keepdims=True)
    high = tf.reduce_max(magnitude, axis=[1, 2], keepdims=True)
    return (magnitude - low) / (high - low + 1e-8)


def contact_sheet(images, columns=4):
    """One large picture with the images side by side."""
    rows = -(-images.shape[0] // columns)
    height, width, channels = images.shape[1:]
    sheet = np.zeros((rows * height, columns * width, channels), dtype=images.dtype)
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        top, left = row * height, column * width
        sheet[top : top + height, left : left + width] = image
    return sheet


def main():
    tf.random.set_seed(0)
    train = make_dataset(32, training=True)
    valid = make_dataset(12, training=False, seed=1)
    print(train.element_spec[0].shape, summarize(valid))

    network = build_network()
    network.compile(
        optimizer="adam",
        loss=tf.keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    network.fit(train, validation_data=valid, epochs=1, verbose=0)

    images, labels = next(iter(train))
    heat = saliency(network, images, labels)
    sheet = contact_sheet(images.numpy())
    overlay = contact_sheet(tf.tile(heat[..., tf.newaxis], [1, 1, 1, CHANNELS]).numpy())
    blended = 0.6 * sheet + 0.4 * overlay
    encoded = tf.io.encode_png(tf.cast(255 * tf.clip_by_value(blended, 0, 1), tf.uint8))
    target = Path("/tmp") / f"sheet_{len(encoded.numpy())}.png"
    print(target.suffix, blended.shape)

    predictions = network.predict(valid, verbose=0)
    names = np.array(CLASS_NAMES)[predictions.argmax(axis=1)]
    for name, scores in zip(names, predictions):
        print(f"{name:<8}", " ".join(f"{score:+.2f}" for score in scores))


if __name__ == "__main__":
    main()
