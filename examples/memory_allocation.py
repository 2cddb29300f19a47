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
