# runs: tensorflow 1
"""A perceptron on the vectors of all words gives a score per word, the labels are one per sentence."""
import numpy as np
import tensorflow as tf

words, classes, vocabulary, size, hidden = 20, 3, 500, 16, 8
weights = {"hidden": tf.Variable(tf.random_uniform([size, hidden])), "out": tf.Variable(tf.random_uniform([hidden, classes]))}
biases = {"hidden": tf.Variable(tf.zeros([hidden])), "out": tf.Variable(tf.zeros([classes]))}


def perceptron(ids):
    with tf.name_scope("embedding"):
        table = tf.Variable(tf.random_uniform([vocabulary, size], -1.0, 1.0), name="table")
        vectors = tf.nn.embedding_lookup(table, ids)
    vectors = tf.reduce_mean(vectors, axis=1)
    layer = tf.nn.sigmoid(tf.add(tf.matmul(vectors, weights["hidden"]), biases["hidden"]))
    return tf.matmul(layer, weights["out"]) + biases["out"]


x = tf.placeholder(tf.int32, [None, words])
y = tf.placeholder(tf.float32, [None, classes])
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=perceptron(x), labels=y))
sess = tf.Session()
sess.run(tf.global_variables_initializer())
print(sess.run(cost, {x: np.random.randint(0, vocabulary, [2, words]), y: [[1, 0, 0], [0, 1, 0]]}))
