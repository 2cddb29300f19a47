"""Variables, updated in place, with momentum."""

import tensorflow as tf

weights = tf.Variable(tf.random.normal([2048, 2048]))
velocity = tf.Variable(tf.zeros([2048, 2048]))
for _ in range(5):
    gradient = 0.01 * weights + tf.random.normal([2048, 2048])
    velocity.assign(0.9 * velocity + gradient)
    weights.assign_sub(0.1 * velocity)
print(float(tf.norm(weights)))
