# runs: tensorflow 1
"""One example is fed without its batch dimension."""
import numpy as np
import tensorflow as tf


class Classifier(object):
    def __init__(self, n_inputs, n_classes):
        self.x = tf.placeholder(tf.float32, shape=(None, n_inputs), name="x")
        w = tf.get_variable("w", [n_inputs, n_classes])
        b = tf.get_variable("b", [n_classes], initializer=tf.zeros_initializer())
        self.prediction = tf.argmax(tf.matmul(self.x, w) + b, 1)


test_images = np.random.rand(100, 784)
model = Classifier(784, 10)
sess = tf.InteractiveSession()
sess.run(tf.global_variables_initializer())
num = np.random.randint(0, test_images.shape[0])
img = test_images[3]
result = sess.run(model.prediction, feed_dict={model.x: img})  # BUG: TFG212
print("predicted", result)
