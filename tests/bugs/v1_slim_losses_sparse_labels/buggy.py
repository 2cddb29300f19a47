# runs: no, contrib is gone
"""slim's loss wants one-hot labels."""
import tensorflow as tf

slim = tf.contrib.slim


def lenet(images, num_classes=10):
    with slim.arg_scope([slim.conv2d, slim.fully_connected], activation_fn=tf.nn.relu):
        net = slim.conv2d(images, 32, [5, 5], scope="conv1")
        net = slim.max_pool2d(net, [2, 2], 2, scope="pool1")
        net = slim.flatten(net)
        net = slim.fully_connected(net, 256, scope="fc1")
        return slim.fully_connected(net, num_classes, activation_fn=None, scope="fc2")


images = tf.placeholder(tf.float32, [32, 28, 28, 1])
labels = tf.placeholder(tf.int32, [32])
logits = lenet(images)
loss = tf.losses.softmax_cross_entropy(onehot_labels=labels, logits=logits)  # BUG: TFG209
train_op = slim.learning.create_train_op(loss, tf.train.AdamOptimizer(0.001))
