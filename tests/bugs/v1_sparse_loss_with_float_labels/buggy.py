# runs: compat.v1
"""Class numbers in a float placeholder."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def inputs():
    x = tf.placeholder(tf.float32, shape=[None, 100])
    y = tf.placeholder(tf.float32, shape=[None])
    return x, y


x, y = inputs()
logits = tf.matmul(x, tf.get_variable("W", [100, 20])) + tf.get_variable("b", [20])
losses = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=y)  # BUG: TFG105
loss = tf.reduce_mean(losses)
