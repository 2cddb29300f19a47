# runs: compat.v1
"""sparse_softmax_cross_entropy_with_logits wants class numbers, the labels are one-hot."""
import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

flags = {"hidden": 64, "classes": 3, "lr": 1e-3}


def build(flags):
    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.placeholder(tf.int32, [None, flags["classes"]])
    w1 = tf.Variable(tf.random_normal([4, flags["hidden"]], stddev=0.1))
    w2 = tf.Variable(tf.random_normal([flags["hidden"], flags["classes"]], stddev=0.1))
    logits = tf.matmul(tf.nn.sigmoid(tf.matmul(x, w1)), w2)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=y))  # BUG: TFG209
    return x, y, tf.train.RMSPropOptimizer(flags["lr"]).minimize(loss), loss


x, y, train, loss = build(flags)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    data = np.random.rand(150, 4)
    target = np.eye(3)[np.random.randint(0, 3, 150)]
    sess.run([train, loss], {x: data, y: target})
