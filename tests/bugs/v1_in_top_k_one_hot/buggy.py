# runs: tensorflow 1
"""in_top_k wants class numbers."""
import tensorflow as tf

n_classes = 10
x = tf.placeholder(tf.float32, [None, 64])
y = tf.placeholder(tf.int32, [None])
w = tf.Variable(tf.random_normal([64, n_classes]))
logits = tf.matmul(x, w)
one_hot = tf.one_hot(y, n_classes)
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=one_hot, logits=logits))


def evaluation(logits, labels):
    correct = tf.nn.in_top_k(logits, labels, 1)  # BUG: TFG215
    return tf.reduce_sum(tf.cast(correct, tf.int32))


eval_correct = evaluation(logits, tf.cast(one_hot, tf.int32))
