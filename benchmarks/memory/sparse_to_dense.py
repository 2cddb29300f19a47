"""A sparse matrix, which takes what its values take, and the dense one made of it."""

import numpy as np
import tensorflow as tf

rows = np.arange(20000) // 10
columns = np.random.randint(0, 900, size=20000) * 10 + np.arange(20000) % 10
indices = np.stack([rows, columns], axis=1)
sparse = tf.sparse.reorder(tf.SparseTensor(indices, tf.ones([20000]), [2000, 9000]))
dense = tf.sparse.to_dense(sparse)
w = tf.random.normal([9000, 64])
y = tf.matmul(dense, w)
