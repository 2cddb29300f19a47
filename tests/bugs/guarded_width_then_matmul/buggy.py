# runs: tensorflow 2
"""A guard lets only pictures of 784 pixels through, and the weights are made for 28 columns."""
import numpy as np
import tensorflow as tf

weights = tf.Variable(tf.random.normal([28, 10]))


def predict(path, images):
    images = tf.io.parse_tensor(path, tf.float32) if path else images
    if len(images.shape) != 2:
        raise ValueError("a batch of flat images is expected")
    if images.shape[1] != 784:
        raise ValueError("an image has 784 pixels")
    return tf.nn.softmax(tf.matmul(images, weights))  # BUG: TFG201


if __name__ == "__main__":
    stored = tf.io.serialize_tensor(tf.constant(np.random.rand(5, 784).astype("float32")))
    print(predict(stored, None).shape)
