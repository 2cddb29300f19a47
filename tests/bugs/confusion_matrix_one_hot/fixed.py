# runs: tensorflow 2
"""The confusion matrix counts class numbers; the labels were made one-hot for training."""
import numpy as np
import tensorflow as tf

x_test = np.random.rand(50, 20).astype("float32")
y_test = tf.keras.utils.to_categorical(np.random.randint(0, 4, 50), 4)
model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="softmax")])
predicted = np.argmax(model.predict(x_test, verbose=0), axis=1)
table = tf.math.confusion_matrix(np.argmax(y_test, axis=1), predicted)
print(table.numpy())
