# runs: tensorflow 1
"""Dropout's placeholder is fed in training, and forgotten in the evaluation."""
import numpy as np
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 30])
y = tf.placeholder(tf.float32, [None, 4])
keep_prob = tf.placeholder(tf.float32)
hidden = tf.nn.relu(tf.matmul(x, tf.Variable(tf.truncated_normal([30, 16]))))
logits = tf.matmul(tf.nn.dropout(hidden, keep_prob), tf.Variable(tf.truncated_normal([16, 4])))
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits))
train_step = tf.train.AdamOptimizer(1e-3).minimize(loss)
correct = tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

sess = tf.InteractiveSession()
sess.run(tf.global_variables_initializer())
features, targets = np.random.rand(200, 30), np.eye(4)[np.random.randint(0, 4, 200)]
for _ in range(5):
    train_step.run({x: features, y: targets, keep_prob: 0.5})
print(accuracy.eval({x: features, y: targets, keep_prob: 1.0}))
