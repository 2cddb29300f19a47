# runs: tensorflow 2
"""NumPy's random numbers are float64, the variables float32."""
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
X = rng.standard_normal((100, 3))
true_w = np.array([[1.5], [-2.0], [0.5]])
Y = X @ true_w + 0.1 * rng.standard_normal((100, 1))

w = tf.Variable(tf.random.normal((3, 1)))
b = tf.Variable(tf.zeros((1,)))
optimizer = tf.keras.optimizers.SGD(0.05)


def predict(x):
    return tf.matmul(x, w) + b  # BUG: TFG101


for step in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(predict(X) - Y))
    grads = tape.gradient(loss, [w, b])
    optimizer.apply_gradients(zip(grads, [w, b]))
