# runs: no, Python 2
"""TensorFlow 0.x and Python 2: the second product has its operands in the wrong order."""
import numpy as np
import tensorflow as tf

num_puppies = 20
num_points = 2000
X = tf.placeholder("float", [None, 6])
Y = tf.placeholder("float", [None, 1])

def init_weights(shape):
    return tf.Variable(tf.random_normal(shape, stddev=0.01))

w_h = init_weights([6, 10])
w_o = init_weights([10, 1])

def model(X, w_h, w_o):
    h = tf.nn.sigmoid(tf.matmul(X, w_h))
    both = tf.pack([h, tf.neg(h)])
    out = tf.batch_matmul(both, tf.pack([w_o, w_o]))
    return tf.reduce_mean(out, 0)

py_x = model(X, w_h, w_o)
cost = tf.reduce_mean(tf.square(tf.sub(Y, py_x)))
train_op = tf.train.GradientDescentOptimizer(0.05).minimize(cost)
sess = tf.Session()
sess.run(tf.initialize_all_variables())
writer = tf.train.SummaryWriter("/tmp/logs", sess.graph_def)
trX = np.random.rand(num_points, 6)
trY = np.random.rand(num_points, 1)
for i in xrange(10):
    for start, end in zip(range(0, len(trX), 128), range(128, len(trX), 128)):
        sess.run(train_op, feed_dict={X: trX[start:end], Y: trY[start:end]})
    print i, sess.run(cost, feed_dict={X: trX, Y: trY})
