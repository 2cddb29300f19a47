# runs: tensorflow 2
"""A tf.Module whose layers do not chain."""
import tensorflow as tf


class DenseLayer(tf.Module):
    def __init__(self, in_features, out_features, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([in_features, out_features]), name="w")
        self.b = tf.Variable(tf.zeros([out_features]), name="b")

    def __call__(self, x):
        return tf.nn.relu(x @ self.w + self.b)  # BUG: TFG201


class MLP(tf.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [DenseLayer(sizes[0], size) for size in sizes[1:]]

    @tf.function
    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


mlp = MLP([10, 32, 16, 1])
print(mlp(tf.ones((4, 10))))
