# runs: tensorflow 2
"""tf.matmul takes no SparseTensor."""
import numpy as np
import tensorflow as tf


def adjacency(edges, count):
    return tf.sparse.reorder(tf.SparseTensor(edges, tf.ones([len(edges)]), [count, count]))


class GraphConvolution(tf.keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.dense = tf.keras.layers.Dense(units)

    def propagate(self, nodes, links):
        return tf.nn.relu(tf.sparse.sparse_dense_matmul(links, self.dense(nodes)))


edges = np.array([[0, 1], [1, 0], [1, 2], [2, 1]], dtype=np.int64)
layer = GraphConvolution(8)
print(layer.propagate(tf.random.normal([3, 6]), adjacency(edges, 3)).shape)
