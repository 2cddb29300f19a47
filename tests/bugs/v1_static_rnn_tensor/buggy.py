# runs: tensorflow 1 with tf_keras
"""static_rnn wants a list of the steps."""
import tensorflow as tf

n_steps, n_inputs, n_neurons, n_outputs = 28, 28, 50, 10
X = tf.placeholder(tf.float32, [None, n_steps, n_inputs])
y = tf.placeholder(tf.int32, [None])
X_seqs = tf.unstack(tf.transpose(X, perm=[1, 0, 2]))
basic_cell = tf.nn.rnn_cell.BasicRNNCell(num_units=n_neurons)
outputs, states = tf.nn.static_rnn(basic_cell, X, dtype=tf.float32)  # BUG: TFG213
logits = tf.layers.dense(states, n_outputs)
xentropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
loss = tf.reduce_mean(xentropy)
training_op = tf.train.AdamOptimizer(learning_rate=0.001).minimize(loss)
