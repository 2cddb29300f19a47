# runs: tensorflow 1
"""A conditional generator joins noise of rank 2 with labels of rank 1."""
import tensorflow as tf

BATCH, Z_DIM, Y_DIM = 64, 100, 10


class CGAN(object):
    def __init__(self, sess):
        self.sess = sess
        self.build_model()

    def generator(self, z, y):
        inputs = tf.concat([z, tf.one_hot(y, Y_DIM)], 1)
        w = tf.get_variable("g_w", [inputs.get_shape()[1], 784])
        return tf.nn.sigmoid(tf.matmul(inputs, w))

    def build_model(self):
        self.z = tf.placeholder(tf.float32, [BATCH, Z_DIM], name="z")
        self.y = tf.placeholder(tf.int32, [BATCH], name="y")
        self.G = self.generator(self.z, self.y)


with tf.Session() as sess:
    gan = CGAN(sess)
