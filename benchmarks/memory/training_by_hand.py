"""Two layers of variables, their loss and stochastic gradient descent with momentum."""

import tensorflow as tf

x = tf.random.normal([1024, 1024])
y = tf.random.uniform([1024], maxval=10, dtype=tf.int32)
first = tf.Variable(tf.random.normal([1024, 2048], stddev=0.02))
second = tf.Variable(tf.random.normal([2048, 10], stddev=0.02))
optimizer = tf.keras.optimizers.SGD(0.01, momentum=0.9)
for _ in range(4):
    with tf.GradientTape() as tape:
        hidden = tf.nn.relu(tf.matmul(x, first))
        logits = tf.matmul(hidden, second)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        loss = tf.reduce_mean(losses)
    gradients = tape.gradient(loss, [first, second])
    optimizer.apply_gradients(zip(gradients, [first, second]))
