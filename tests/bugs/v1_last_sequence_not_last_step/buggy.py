# runs: tensorflow 1 with tf_keras
"""outputs[-1] of dynamic_rnn is the last sequence of the batch, not the last step of each."""
import numpy as np
import tensorflow as tf

steps, features, hidden, classes = 12, 6, 32, 4
x = tf.placeholder(tf.float32, [None, steps, features])
y = tf.placeholder(tf.float32, [None, classes])
outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(hidden), x, dtype=tf.float32)
last = outputs[-1]
logits = tf.matmul(last, tf.Variable(tf.random_normal([hidden, classes])))
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits))  # BUG: TFG209
train = tf.train.AdamOptimizer().minimize(cost)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(train, {x: np.random.rand(50, steps, features), y: np.eye(classes)[np.random.randint(0, classes, 50)]})
