"""A forward pass through three dense layers."""

import tensorflow as tf

hidden = tf.keras.layers.Dense(2048, activation="relu")
narrow = tf.keras.layers.Dense(512, activation="gelu")
output = tf.keras.layers.Dense(10)
x = tf.random.normal([2048, 1024])
y = hidden(x)
z = narrow(y)
logits = output(z)
print(tf.argmax(logits, axis=1).shape)
