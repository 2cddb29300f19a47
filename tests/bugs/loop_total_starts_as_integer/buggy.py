# runs: tensorflow 2
"""In a loop of the graph the total is a tensor from the start, of integers."""
import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Input((6,)), tf.keras.layers.Dense(3)])
loss_of = tf.keras.losses.MeanSquaredError()


@tf.function
def total_loss(inputs, targets):
    total = 0
    for index in tf.range(tf.shape(inputs)[0]):
        predicted = model(inputs[index : index + 1])
        total += loss_of(targets[index : index + 1], predicted)  # BUG: TFG102
    return total


rows = tf.constant(np.random.rand(8, 6), tf.float32)
answers = tf.constant(np.random.rand(8, 3), tf.float32)
print(total_loss(rows, answers))
