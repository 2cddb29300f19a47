# runs: tensorflow 2
"""map_fn is given a function with two results, and not told of the second."""
import tensorflow as tf

boxes = tf.random.uniform([6, 4])


def centre_and_area(box):
    top, left, bottom, right = tf.unstack(box)
    return tf.stack([(top + bottom) / 2.0, (left + right) / 2.0]), (bottom - top) * (right - left)


centres, areas = tf.map_fn(centre_and_area, boxes, fn_output_signature=(tf.float32, tf.float32))
print(tf.reduce_mean(centres, axis=0), tf.reduce_max(areas))
