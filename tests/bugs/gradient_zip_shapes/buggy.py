# runs: tensorflow 2
"""Moving averages are assigned to weights in another order."""
import tensorflow as tf


class Target:
    def __init__(self, sizes):
        self.weights = [tf.Variable(tf.random.normal((a, b))) for a, b in zip(sizes, sizes[1:])]

    def update(self, other, tau=0.01):
        for mine, theirs in zip(self.weights, reversed(other.weights)):
            mine.assign(tau * theirs + (1 - tau) * mine)  # BUG: TFG204


online, target = Target([4, 32, 2]), Target([4, 32, 2])
target.update(online)
