"""The three programs of "Why did Blas GEMM in TensorFlow fail again?"."""

MISMATCHED = """\
import tensorflow as tf

# Incorrect:  float64 data in a float32 tensor
a = tf.constant([[1.0, 2.0], [3.0, 4.0]], dtype=tf.float32)
b = tf.constant([[5.0, 6.0], [7.0, 8.0]], dtype=tf.float64) # Mismatched type

c = tf.matmul(a, b) # This will likely fail or produce incorrect results

print(c)
"""

HUGE = """\
import tensorflow as tf
import numpy as np

try:
    # Simulating a potential memory error - not guaranteed to fail, but illustrative
    a = np.random.rand(10000, 10000).astype(np.float32)
    b = np.random.rand(10000, 10000).astype(np.float32)
    a_tensor = tf.convert_to_tensor(a)
    b_tensor = tf.convert_to_tensor(b)
    #Force OOM
    c = tf.matmul(a_tensor,b_tensor)
    print(c)
except tf.errors.ResourceExhaustedError as e:
    print(f"TensorFlow Resource Exhausted Error: {e}")
except Exception as e:
    print(f"An error occurred: {e}")
"""

MISSHAPEN = """\
import tensorflow as tf

a = tf.constant([[1.0, 2.0], [3.0, 4.0]])
b = tf.constant([[5.0, 6.0], [7.0, 8.0], [9.0, 10.0]])  # Incompatible shapes

try:
    c = tf.matmul(a, b)
    print(c)
except ValueError as e:
    print(f"ValueError: {e}")
"""
