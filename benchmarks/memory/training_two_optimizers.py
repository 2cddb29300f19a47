"""Two variables in a tape, one under Adam, the other under SGD with momentum."""

import tensorflow as tf

x = tf.random.normal([2048, 512])
encoder = tf.Variable(tf.random.normal([512, 4096], stddev=0.02))
head = tf.Variable(tf.random.normal([4096, 512], stddev=0.02))
first = tf.keras.optimizers.Adam(1e-3)
second = tf.keras.optimizers.SGD(1e-2, momentum=0.9)
for _ in range(3):
    with tf.GradientTape() as tape:
        hidden = tf.nn.relu(x @ encoder)
        loss = tf.reduce_mean(tf.square(hidden @ head - x))
    grads = tape.gradient(loss, [encoder, head])
    first.apply_gradients([(grads[0], encoder)])
    second.apply_gradients([(grads[1], head)])
