# runs: no, tensorflow.examples is gone
"""The placeholder was made for images, next_batch gives rows."""
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

FLAGS = tf.app.flags.FLAGS
tf.app.flags.DEFINE_integer("batch_size", 128, "Batch size.")
tf.app.flags.DEFINE_string("data_dir", "/tmp/data", "Where the data is.")


def main(_):
    mnist = input_data.read_data_sets(FLAGS.data_dir, one_hot=True)
    x = tf.placeholder(tf.float32, shape=[None, 28, 28, 1])
    y = tf.placeholder(tf.float32, shape=[None, 10])
    w = tf.Variable(tf.truncated_normal([5, 5, 1, 32], stddev=0.1))
    conv = tf.nn.relu(tf.nn.conv2d(x, w, strides=[1, 1, 1, 1], padding="SAME"))
    pool = tf.nn.max_pool(conv, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
    flat = tf.reshape(pool, [-1, 14 * 14 * 32])
    logits = tf.matmul(flat, tf.Variable(tf.truncated_normal([14 * 14 * 32, 10], stddev=0.1)))
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits))
    train = tf.train.AdamOptimizer(1e-4).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(100):
            batch = mnist.train.next_batch(50)
            train.run(feed_dict={x: batch[0], y: batch[1]})  # BUG: TFG212


if __name__ == "__main__":
    tf.app.run()
