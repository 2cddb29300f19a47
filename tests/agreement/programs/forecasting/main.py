"""Trains the forecaster of the package beside this file, and looks at what it learned."""

import numpy as np
import tensorflow as tf

from forecast import Config, Forecaster, data, load_config, losses
from forecast import utils as U
from forecast.layers import *
from forecast.training import Trainer, evaluate


def inspect_layers(config: Config, windows):
    """Runs the layers one by one on a batch."""
    encoding = PositionalEncoding(config.hidden, config.history)
    hidden = tf.keras.layers.Dense(config.hidden)(windows)
    encoded = encoding(hidden)
    gated = GatedLinearUnit(config.hidden)(encoded)
    normalized = RMSNorm()(gated)
    block = TemporalBlock(config.hidden, kernel_size=config.kernel_size, dilation=2)
    mixed = block(normalized)
    pooled = tf.reduce_mean(mixed, axis=1)
    return encoded, pooled


def main():
    config = load_config(history=12, blocks=2)
    print(config, config.window)
    tf.random.set_seed(config.seed)

    series = data.make_series(config, length=90)
    train, valid = data.split(series, fraction=0.75)
    mean, std = data.statistics(train)
    train_scaled, valid_scaled = data.scale(train, mean, std), data.scale(valid, mean, std)
    dataset = data.make_dataset(train_scaled, config, training=True)
    validation = data.make_dataset(valid_scaled, config)
    print(series.shape, train.dtype, mean.shape, dataset.element_spec)

    inputs, targets = data.windows(train_scaled, config)
    batch = tf.convert_to_tensor(inputs[: config.batch_size])
    encoded, pooled = inspect_layers(config, batch)
    print(encoded.shape, pooled.shape)

    model = Forecaster(config)
    forecast = model(batch)
    first = losses.quantile_loss(tf.constant(targets[: config.batch_size]), forecast, config.quantiles)
    print("before", forecast.shape, float(first))

    trainer = Trainer(model, config)
    history = trainer.fit(dataset)
    score, coverage = evaluate(model, validation, config)
    print("losses", [round(float(value), 3) for value in history], "score", float(score), coverage.numpy())

    forecast = model(batch, training=False)
    median = U.select_quantile(forecast, config.quantiles, 0.5)
    restored = U.unscale(median, mean, std)
    print(restored.shape, restored.dtype, U.count_parameters(model))

    errors = np.abs(restored.numpy() - U.unscale(targets[: config.batch_size], mean, std))
    per_step = errors.mean(axis=(0, 2))
    print(np.round(per_step, 2).tolist(), U.VERSION)
    return per_step


if __name__ == "__main__":
    main()
