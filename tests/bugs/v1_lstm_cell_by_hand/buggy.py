# runs: compat.v1
"""Gates of a cell written by hand: four of them, not three."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


class Cell:
    def __init__(self, input_size, hidden):
        self.hidden = hidden
        self.W = tf.Variable(tf.random_normal([input_size + hidden, 3 * hidden]))
        self.b = tf.Variable(tf.zeros([4 * hidden]))

    def __call__(self, x, state):
        c, h = state
        gates = tf.matmul(tf.concat([x, h], 1), self.W) + self.b  # BUG: TFG204
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = c * tf.sigmoid(f) + tf.sigmoid(i) * tf.tanh(j)
        return tf.tanh(c) * tf.sigmoid(o), (c, h)


cell = Cell(20, 50)
zero = tf.zeros([8, 50])
out, state = cell(tf.placeholder(tf.float32, [8, 20]), (zero, zero))
