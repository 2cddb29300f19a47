"""Features of twelve batches, collected and joined."""

import tensorflow as tf

weights = tf.random.normal([1024, 512])
features = []
for _ in range(12):
    batch = tf.random.uniform([1024, 1024])
    features.append(tf.nn.relu(tf.matmul(batch, weights)))
everything = tf.stack(features)
print(everything.shape, float(tf.reduce_mean(everything)))
