# runs: tensorflow 2
"""Dataset.enumerate counts in int64, a TensorArray of a graph in int32."""
import tensorflow as tf

a = tf.random.uniform([10, 2])
d = tf.data.Dataset.from_tensor_slices(a).batch(2)


@tf.function
def accumulate(d):
    arr = tf.TensorArray(tf.float32, 1, dynamic_size=True, element_shape=tf.TensorShape([2, 2]))
    for idx, batch in d.enumerate():
        arr = arr.write(idx, batch)  # BUG: TFG111
    return arr.stack()


print(accumulate(d))
