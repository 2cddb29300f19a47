# runs: tensorflow 1 with tf_keras
"""The dataset was never batched: a dense layer meets a vector."""
import numpy as np
import tensorflow as tf

features = np.random.rand(90, 4).astype(np.float32)
labels = np.random.randint(0, 3, 90)
dataset = tf.data.Dataset.from_tensor_slices((features, labels)).shuffle(90).repeat()
x, y = tf.data.make_one_shot_iterator(dataset).get_next()
hidden = tf.layers.dense(x, 10, activation=tf.nn.relu)  # BUG: TFG208
loss = tf.losses.sparse_softmax_cross_entropy(labels=y, logits=tf.layers.dense(hidden, 3))
