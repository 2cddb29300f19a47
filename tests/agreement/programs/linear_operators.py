"""Linear operators: structured matrices, what they multiply and solve, and blocks of them."""

import numpy as np
import tensorflow as tf

diagonal = tf.linalg.LinearOperatorDiag([1.0, 2.0, 3.0])
full = tf.linalg.LinearOperatorFullMatrix(tf.ones([5, 3]))
batch = tf.linalg.LinearOperatorDiag(tf.ones([2, 3]))

right = tf.ones([3, 2])
product = full.matmul(right)
operator_product = diagonal @ right
adjoint_product = full.matmul(tf.ones([5, 4]), adjoint=True)
vectors = full.matvec(tf.ones([7, 3]))
solution = batch.solve(right)
solved_vector = diagonal.solvevec(tf.ones([3]))
dense = full.to_dense()
adjoint = full.H.to_dense()
inverse = diagonal.inverse().to_dense()
size = tf.zeros([diagonal.domain_dimension, full.shape[0]])

numbers = diagonal.trace() + diagonal.determinant() + diagonal.log_abs_determinant()
parts = batch.diag_part()
values = diagonal.eigvals()
condition = batch.cond()
shape = batch.shape_tensor()
batch_shape = batch.batch_shape_tensor()
rank = batch.tensor_rank_tensor()

kronecker = tf.linalg.LinearOperatorKronecker([diagonal, full]).to_dense()
blocks = tf.linalg.LinearOperatorBlockDiag([diagonal, full])
block_dense = blocks.to_dense()
block_product = blocks.matmul(tf.ones([6, 4]))
first, second = blocks.matmul([tf.ones([3, 2]), tf.ones([3, 2])])
composed = tf.linalg.LinearOperatorComposition([full, diagonal]).to_dense()
product_of_operators = full.matmul(diagonal).to_dense()

identity = tf.linalg.LinearOperatorIdentity(4, batch_shape=[2], dtype=tf.float64).to_dense()
scaled = tf.linalg.LinearOperatorScaledIdentity(3, tf.constant([2.0, 3.0])).to_dense()
zeros = tf.linalg.LinearOperatorZeros(3).matmul(right)
householder = tf.linalg.LinearOperatorHouseholder([1.0, 0.0]).to_dense()
permutation = tf.linalg.LinearOperatorPermutation([1, 0, 2]).matmul(right)
toeplitz = tf.linalg.LinearOperatorToeplitz([1.0, 2.0, 3.0], [1.0, 4.0, 5.0]).to_dense()
tridiagonal = tf.linalg.LinearOperatorTridiag(tf.ones([3, 4])).to_dense()
circulant = tf.linalg.LinearOperatorCirculant(tf.ones([4], tf.complex64)).to_dense()
circulant_2d = tf.linalg.LinearOperatorCirculant2D(tf.ones([2, 3], tf.complex64)).to_dense()
low_rank = tf.linalg.LinearOperatorLowRankUpdate(diagonal, tf.ones([3, 2])).to_dense()
triangular = tf.linalg.LinearOperatorLowerTriangular(tf.eye(3)).solve(right)
double = tf.linalg.LinearOperatorFullMatrix(np.eye(3)).matmul(np.ones([3, 1]))
lower = tf.linalg.LinearOperatorBlockLowerTriangular([[diagonal], [full, tf.linalg.LinearOperatorIdentity(5)]])
lower_dense = lower.to_dense()
lower_vector = lower.matvec(tf.ones([8]))
