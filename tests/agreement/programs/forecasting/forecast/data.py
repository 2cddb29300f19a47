"""Series, their windows, and datasets of them."""

import numpy as np
import tensorflow as tf

from .config import SEED, Config


def make_series(config: Config, length: int) -> np.ndarray:
    rng = np.random.default_rng(SEED)
    t = np.arange(length, dtype=np.float32)[:, None]
    periods = np.linspace(5, 9, config.features, dtype=np.float32)
    noise = rng.normal(scale=0.1, size=(length, config.features))
    return (np.sin(2 * np.pi * t / periods) + noise).astype(np.float32)


def split(series, fraction):
    at = int(len(series) * fraction)
    return series[:at], series[at:]


def statistics(series):
    return series.mean(axis=0), series.std(axis=0)


def scale(series, mean, std):
    return (series - mean) / std


def windows(series, config: Config):
    starts = range(len(series) - config.window + 1)
    stacked = np.stack([series[start : start + config.window] for start in starts])
    return stacked[:, : config.history], stacked[:, config.history :]


def make_dataset(series, config: Config, training: bool = False) -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices(windows(series, config))
    if training:
        dataset = dataset.shuffle(32, seed=config.seed)
    return dataset.batch(config.batch_size, drop_remainder=training).prefetch(1)
