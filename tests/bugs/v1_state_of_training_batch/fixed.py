# runs: tensorflow 1 with tf_keras
"""The state has the size of a training batch, and the whole test set is fed."""
import numpy as np
import tensorflow as tf
rnn = tf.nn.rnn_cell

n_steps, n_input, n_hidden, n_classes = 20, 9, 16, 6
batch_size = 50
training_iters = 2


def load(n):
    return np.random.randn(n, n_steps, n_input).astype(np.float32), np.eye(n_classes)[np.random.randint(0, n_classes, n)]


X_train, Y_train = load(500)
X_test, Y_test = load(123)

Xin = tf.placeholder(tf.float32, [None, n_steps, n_input], name="Xin")
Ytrue = tf.placeholder(tf.float32, [None, n_classes], name="Ytrue")
W = tf.Variable(tf.random_normal([n_hidden, n_classes]))
b = tf.Variable(tf.random_normal([n_classes]))

cell = rnn.BasicLSTMCell(n_hidden, forget_bias=1.0)
initial_state = cell.zero_state(tf.shape(Xin)[0], tf.float32)
outputs, states = tf.nn.dynamic_rnn(cell, Xin, initial_state=initial_state)
pred = tf.matmul(outputs[:, -1, :], W) + b
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=Ytrue))
optimizer = tf.train.AdamOptimizer(0.01).minimize(cost)
correct = tf.equal(tf.argmax(pred, 1), tf.argmax(Ytrue, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(training_iters):
        start = i * batch_size
        batch_x, batch_y = X_train[start:start + batch_size], Y_train[start:start + batch_size]
        sess.run(optimizer, feed_dict={Xin: batch_x, Ytrue: batch_y})
    print("test", sess.run(accuracy, feed_dict={Xin: X_test, Ytrue: Y_test}))
