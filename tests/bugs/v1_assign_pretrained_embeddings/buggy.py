# runs: compat.v1
"""The pretrained matrix has one row less than the variable: no row for padding."""
import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def load_vectors(vocab, dim):
    return np.random.uniform(-0.25, 0.25, (len(vocab), dim)).astype(np.float32)


vocab = {"the": 1, "cat": 2, "sat": 3}
embedding_dim = 50
W = tf.Variable(tf.zeros([len(vocab) + 1, embedding_dim]), trainable=False, name="W")
vectors = load_vectors(vocab, embedding_dim)
init_embedding = tf.assign(W, vectors)  # BUG: TFG212
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(init_embedding)
