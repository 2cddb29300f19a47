"""Backpropagation through time of a Keras LSTM outside of graphs."""

import tensorflow as tf

model = tf.keras.Sequential(
    [tf.keras.layers.Input([256, 64]), tf.keras.layers.LSTM(128, return_sequences=True), tf.keras.layers.Dense(1)]
)
x = tf.random.normal([32, 256, 64])
y = tf.random.normal([32, 256, 1])
optimizer = tf.keras.optimizers.Adam()
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(model(x) - y))
grads = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(grads, model.trainable_variables))
