# runs: tensorflow 1
"""The result of a while loop grows, its shape may not."""
import tensorflow as tf

steps = tf.constant(5)
batch_size, size = 4, 8
first = tf.random_normal([batch_size, 1, size])
w = tf.get_variable("w", [size, size])


def cond(i, outputs):
    return i < steps


def body(i, outputs):
    last = outputs[:, -1, :]
    nxt = tf.tanh(tf.matmul(last, w))
    outputs = tf.concat([outputs, tf.expand_dims(nxt, 1)], axis=1)
    return i + 1, outputs


i0 = tf.constant(0)
_, result = tf.while_loop(cond, body, [i0, first], shape_invariants=[i0.get_shape(), tf.TensorShape([batch_size, None, size])])
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    print(sess.run(result).shape)
