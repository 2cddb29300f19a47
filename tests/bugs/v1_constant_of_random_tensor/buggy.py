# runs: tensorflow 1
"""A constant is made of numbers; what a random op gives is a tensor of the graph."""
import tensorflow as tf

noise = tf.constant(tf.random_normal([2, 2], stddev=0.5))  # BUG: TFG213
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    print(sess.run(tf.matmul(noise, noise)))
