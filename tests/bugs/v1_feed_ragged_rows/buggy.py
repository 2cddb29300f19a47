# runs: compat.v1
"""Sentences of different lengths are fed as they are."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

sentences = [[4, 1, 7], [2, 9], [3, 3, 8, 5]]
words = tf.placeholder(tf.int32, [None, None])
table = tf.get_variable("table", [10, 6])
means = tf.reduce_mean(tf.nn.embedding_lookup(table, words), axis=1)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    print(sess.run(means, feed_dict={words: sentences}))  # BUG: TFG213
