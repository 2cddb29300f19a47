# runs: compat.v1
"""A vector of 100 features does not split into three equal parts."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def experts(x, count=4):
    parts = tf.split(x, count, axis=1)
    outputs = []
    for i, part in enumerate(parts):
        w = tf.get_variable("w%d" % i, [part.get_shape().as_list()[1], 10])
        outputs.append(tf.matmul(part, w))
    return tf.add_n(outputs)


mixture = experts(tf.placeholder(tf.float32, [None, 100]))
