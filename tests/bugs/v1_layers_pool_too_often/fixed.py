# runs: tensorflow 1 with tf_keras
"""Five pools of a small image leave less than a window."""
import tensorflow as tf

NUM_BLOCKS = 5


def encoder(x, filters=16):
    for block in range(NUM_BLOCKS):
        x = tf.layers.conv2d(x, filters * 2 ** block, 3, padding="same", activation=tf.nn.relu)
        x = tf.layers.max_pooling2d(x, 2, 2)
    return tf.layers.flatten(x)


features = encoder(tf.placeholder(tf.float32, [None, 32, 32, 3]))
