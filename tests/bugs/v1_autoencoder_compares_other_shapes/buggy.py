# runs: compat.v1
"""The reconstruction is a row, the target an image."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

images = tf.placeholder(tf.float32, [None, 28, 28], name="images")
flat = tf.reshape(images, [-1, 28 * 28])


def dense(x, size, name, activation=tf.nn.relu):
    with tf.variable_scope(name):
        w = tf.get_variable("w", [x.shape[1], size])
        return activation(tf.matmul(x, w))


code = dense(dense(flat, 256, "enc1"), 32, "enc2")
decoded = dense(dense(code, 256, "dec1"), 784, "dec2", tf.nn.sigmoid)
loss = tf.reduce_mean(tf.square(images - decoded))  # BUG: TFG204
train_op = tf.train.AdamOptimizer(1e-3).minimize(loss)
