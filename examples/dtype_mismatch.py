import tensorflow as tf

# Incorrect:  float64 data in a float32 tensor
a = tf.constant([[1.0, 2.0], [3.0, 4.0]], dtype=tf.float32)
b = tf.constant([[5.0, 6.0], [7.0, 8.0]], dtype=tf.float64) # Mismatched type

c = tf.matmul(a, b) # This will likely fail or produce incorrect results

print(c)
