# runs: tensorflow 2
"""Strings go straight to an Embedding."""
import tensorflow as tf

texts = tf.constant(["a good film", "a bad film", "boring", "wonderful acting"])
labels = tf.constant([1, 0, 0, 1])
vectorize = tf.keras.layers.TextVectorization(max_tokens=100, output_mode="int", output_sequence_length=8)
vectorize.adapt(texts)
embedding = tf.keras.layers.Embedding(100, 16)
dense = tf.keras.layers.Dense(1)
tokens = texts
x = embedding(tokens)  # BUG: TFG105
x = tf.reduce_mean(x, axis=1)
print(dense(x).shape)
