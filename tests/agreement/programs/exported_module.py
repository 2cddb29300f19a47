"""Modules with tf.function, input signatures, state in variables, and a round trip through saved weights."""

import tempfile
from functools import lru_cache, reduce
from operator import mul
from typing import Callable, NamedTuple, Sequence

import numpy as np
import tensorflow as tf


class Statistics(NamedTuple):
    mean: tf.Tensor
    variance: tf.Tensor
    count: tf.Tensor


class RunningNorm(tf.Module):
    """Keeps running moments of what it sees (Welford, in batches)."""

    def __init__(self, size: int, name: str = "running_norm"):
        super().__init__(name=name)
        self.mean = tf.Variable(tf.zeros([size]), trainable=False)
        self.m2 = tf.Variable(tf.zeros([size]), trainable=False)
        self.count = tf.Variable(0, dtype=tf.int64, trainable=False)

    def update(self, batch: tf.Tensor) -> Statistics:
        batch_count = tf.shape(batch, out_type=tf.int64)[0]
        batch_mean = tf.reduce_mean(batch, axis=0)
        delta = batch_mean - self.mean
        total = self.count + batch_count
        ratio = tf.cast(batch_count, tf.float32) / tf.cast(total, tf.float32)
        self.m2.assign_add(
            tf.reduce_sum((batch - batch_mean) ** 2, axis=0) + delta**2 * ratio * tf.cast(self.count, tf.float32)
        )
        self.mean.assign_add(delta * ratio)
        self.count.assign(total)
        return self.statistics()

    def statistics(self) -> Statistics:
        denominator = tf.maximum(tf.cast(self.count, tf.float32), 1.0)
        return Statistics(self.mean.read_value(), self.m2 / denominator, self.count.read_value())

    def __call__(self, batch: tf.Tensor) -> tf.Tensor:
        mean, variance, _ = self.statistics()
        return (batch - mean) * tf.math.rsqrt(variance + 1e-6)


class Dense(tf.Module):
    def __init__(self, in_features, out_features, activation: Callable = None, name=None):
        super().__init__(name=name)
        initial = tf.random.truncated_normal([in_features, out_features], stddev=in_features**-0.5)
        self.w = tf.Variable(initial, name="w")
        self.b = tf.Variable(tf.zeros(out_features), name="b")
        self.activation = activation or tf.identity

    @tf.Module.with_name_scope
    def __call__(self, x):
        return self.activation(x @ self.w + self.b)


class Policy(tf.Module):
    """A normalised multilayer perceptron with exported entry points."""

    def __init__(self, sizes: Sequence[int], name="policy"):
        super().__init__(name=name)
        self.norm = RunningNorm(sizes[0])
        self.layers = []
        *hidden, out = sizes[1:]
        width = sizes[0]
        for size in hidden:
            self.layers.append(Dense(width, size, tf.nn.elu))
            width = size
        self.layers.append(Dense(width, out))
        self.temperature = tf.Variable(1.0, trainable=False)

    def logits(self, x):
        x = self.norm(x)
        return reduce(lambda value, layer: layer(value), self.layers, x)

    @tf.function(input_signature=[tf.TensorSpec([None, 6], tf.float32, name="observations")])
    def act(self, observations):
        scaled = self.logits(observations) / self.temperature
        probabilities = tf.nn.softmax(scaled)
        greedy = tf.argmax(probabilities, axis=-1)
        best = tf.gather(probabilities, greedy, axis=1, batch_dims=1)
        return {"probabilities": probabilities, "action": greedy, "confidence": best}

    @tf.function(
        input_signature=[
            tf.TensorSpec(shape=[None, 6], dtype=tf.float32),
            tf.TensorSpec(shape=[None], dtype=tf.int32),
            tf.TensorSpec(shape=[], dtype=tf.float32),
        ]
    )
    def learn(self, observations, actions, rate):
        self.norm.update(observations)
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.logits(observations)
            chosen = tf.one_hot(actions, tf.shape(logits)[1])
            log_likelihood = tf.reduce_sum(tf.nn.log_softmax(logits) * chosen, axis=1)
            loss = -tf.reduce_mean(log_likelihood)
        gradients = tape.gradient(loss, variables)
        for variable, gradient in zip(variables, gradients):
            variable.assign_sub(rate * gradient)
        return loss, tf.linalg.global_norm(gradients)

    @property
    def num_parameters(self):
        return sum(reduce(mul, v.shape.as_list(), 1) for v in self.trainable_variables)


@tf.function
def power_iteration(matrix, steps=8):
    vector = tf.ones([tf.shape(matrix)[0], 1], dtype=matrix.dtype)
    for _ in range(steps):
        product = tf.linalg.matmul(matrix, vector)
        vector = product / tf.norm(product)
    value = tf.squeeze(tf.matmul(vector, matrix @ vector, transpose_a=True))
    return value, tf.squeeze(vector, axis=1)


@tf.function(jit_compile=False, reduce_retracing=True)
def pairwise_distances(left, right):
    squared_left = tf.reduce_sum(tf.square(left), axis=1, keepdims=True)
    squared_right = tf.reduce_sum(tf.square(right), axis=1)
    inner = tf.matmul(left, right, transpose_b=True)
    return tf.sqrt(tf.maximum(squared_left - 2.0 * inner + squared_right, 0.0))


@lru_cache(maxsize=None)
def hankel_indices(rows, columns):
    return tuple(tuple(i + j for j in range(columns)) for i in range(rows))


def hankel(signal, rows):
    columns = signal.shape[0] - rows + 1
    return tf.gather(signal, hankel_indices(rows, columns))


def synthetic(count, seed):
    rng = np.random.default_rng(seed)
    observations = rng.standard_normal((count, 6), dtype=np.float32) * np.linspace(0.5, 3.0, 6, dtype=np.float32)
    actions = (observations[:, 0] > observations[:, 1]).astype(np.int32) + (observations[:, 2] > 0)
    return observations, actions.astype(np.int32)


def save_and_restore(policy, sizes):
    clone = Policy(sizes, name="clone")
    with tempfile.TemporaryDirectory() as folder:
        path = tf.train.Checkpoint(model=policy).write(f"{folder}/weights")
        tf.train.Checkpoint(model=clone).read(path).assert_consumed()
    return clone


def main():
    tf.random.set_seed(5)
    sizes = (6, 16, 8, 3)
    policy = Policy(sizes)
    for step in range(4):
        observations, actions = synthetic(32, step)
        loss, norm = policy.learn(observations, actions, 0.1)
        print(f"step {step}: loss {loss.numpy():.4f} norm {norm:.3f}")

    observations, actions = synthetic(10, 99)
    result = policy.act(tf.constant(observations))
    hits = tf.equal(tf.cast(result["action"], tf.int32), actions)
    print("accuracy", tf.reduce_mean(tf.cast(hits, tf.float32)).numpy(), policy.num_parameters)

    clone = save_and_restore(policy, sizes)
    difference = tf.abs(clone.act(observations)["probabilities"] - result["probabilities"])
    tf.debugging.assert_less(tf.reduce_max(difference), 1e-5)

    statistics = policy.norm.statistics()
    correlation = tf.linalg.diag(statistics.variance) + 0.1 * tf.ones([6, 6])
    value, vector = power_iteration(correlation)
    residual = tf.norm(tf.linalg.matvec(correlation, vector) - value * vector)
    distances = pairwise_distances(tf.constant(observations[:4]), tf.constant(observations))
    nearest = tf.argsort(distances, axis=1)[:, 1]
    print(int(statistics.count), float(residual) < 1.0, nearest.numpy())

    wave = tf.sin(tf.range(12, dtype=tf.float32) * 0.7)
    trajectory = hankel(wave, 4)
    singular, u, v = tf.linalg.svd(trajectory)
    energy = tf.cumsum(singular**2) / tf.reduce_sum(singular**2)
    rank = int(tf.reduce_sum(tf.cast(energy < 0.999, tf.int32))) + 1
    approximation = u[:, :rank] @ tf.linalg.diag(singular[:rank]) @ tf.transpose(v[:, :rank])
    print(trajectory.shape, rank, float(tf.reduce_max(tf.abs(approximation - trajectory))))


if __name__ == "__main__":
    main()
