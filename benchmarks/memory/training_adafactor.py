"""A large matrix under Adafactor, which keeps its second moments by row and column, and a slot of the whole shape."""

import tensorflow as tf

table = tf.Variable(tf.random.normal([4096, 2048], stddev=0.02))
optimizer = tf.keras.optimizers.Adafactor(1e-2)
x = tf.random.normal([256, 4096])
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.matmul(x, table)))
    gradient = tape.gradient(loss, table)
    optimizer.apply([gradient], [table])
