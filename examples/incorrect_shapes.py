import tensorflow as tf

a = tf.constant([[1.0, 2.0], [3.0, 4.0]])
b = tf.constant([[5.0, 6.0], [7.0, 8.0], [9.0, 10.0]])  # Incompatible shapes

try:
    c = tf.matmul(a, b)
    print(c)
except ValueError as e:
    print(f"ValueError: {e}")
