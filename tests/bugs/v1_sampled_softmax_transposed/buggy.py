# runs: tensorflow 1
"""sampled_softmax_loss wants a row of weights for each class."""
import tensorflow as tf

vocab_size, size, batch_size, num_samples = 5000, 64, 20, 100
targets = tf.placeholder(tf.int32, [batch_size])
hidden = tf.placeholder(tf.float32, [batch_size, size])

w = tf.get_variable("proj_w", [size, vocab_size])
w_t = tf.transpose(w)
b = tf.get_variable("proj_b", [vocab_size])


def sampled_loss(labels, inputs):
    labels = tf.reshape(labels, [-1, 1])
    return tf.nn.sampled_softmax_loss(w, b, labels, inputs, num_samples, vocab_size)  # BUG: TFG201


loss = tf.reduce_mean(sampled_loss(targets, hidden))
train_op = tf.train.AdagradOptimizer(0.5).minimize(loss)
