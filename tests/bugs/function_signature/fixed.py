# runs: tensorflow 2
"""A tf.function with a signature is called with something else."""
import tensorflow as tf

w = tf.Variable(tf.random.normal((784, 10)))


@tf.function(input_signature=[tf.TensorSpec(shape=(None, 784), dtype=tf.float32)])
def serve(images):
    return tf.nn.softmax(tf.matmul(images, w))


batch = tf.random.uniform((16, 28, 28))
probabilities = serve(tf.reshape(batch, (-1, 784)))
