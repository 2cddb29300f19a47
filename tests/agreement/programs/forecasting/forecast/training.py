import tensorflow as tf

from . import losses
from .config import Config
from .losses import interval_coverage


class Trainer:
    def __init__(self, model: tf.keras.Model, config: Config):
        self.model, self.config = model, config
        self.optimizer = tf.keras.optimizers.Adam(config.learning_rate)

    @tf.function
    def step(self, inputs, targets):
        with tf.GradientTape() as tape:
            forecast = self.model(inputs, training=True)
            loss = losses.quantile_loss(targets, forecast, self.config.quantiles)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables))
        return loss

    def fit(self, dataset):
        history = []
        for _ in range(self.config.epochs):
            total = tf.zeros([])
            for inputs, targets in dataset:
                total += self.step(inputs, targets)
            history.append(total)
        return history


def evaluate(model, dataset, config: Config):
    scores = tf.keras.metrics.Mean()
    coverage = []
    for inputs, targets in dataset:
        forecast = model(inputs)
        scores.update_state(losses.quantile_loss(targets, forecast, config.quantiles))
        coverage.append(interval_coverage(targets, forecast[..., 0], forecast[..., -1]))
    return scores.result(), tf.reduce_mean(tf.stack(coverage), axis=0)
