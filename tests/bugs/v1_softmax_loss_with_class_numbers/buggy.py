# runs: compat.v1
"""softmax_cross_entropy_with_logits wants distributions, the labels are class numbers."""
import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

num_features, num_labels = 30, 4

features = tf.placeholder(tf.float32, [64, num_features], name="features")
labels = tf.placeholder(tf.int32, [64], name="labels")

with tf.name_scope("model"):
    weights = tf.get_variable("weights", [num_features, num_labels])
    bias = tf.get_variable("bias", [num_labels])
    logits = tf.matmul(features, weights) + bias

with tf.name_scope("loss"):
    loss = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)  # BUG: TFG209
    mean_loss = tf.reduce_mean(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    feed = {features: np.random.rand(64, num_features), labels: np.random.randint(0, num_labels, 64)}
    print(sess.run(mean_loss, feed))
