# runs: tensorflow 2
"""The training images were flattened, those for validation were not."""
import numpy as np
import tensorflow as tf

images = np.random.rand(120, 28, 28).astype("float32")
labels = np.random.randint(0, 10, 120)
x_train, x_val = images[:100], images[100:]
y_train, y_val = labels[:100], labels[100:]
x_train = x_train.reshape(len(x_train), -1)
x_val = x_val.reshape(len(x_val), -1)

model = tf.keras.Sequential([
    tf.keras.layers.Input((784,)),
    tf.keras.layers.Dense(32, activation="relu"),
    tf.keras.layers.Dense(10),
])
model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=1, verbose=0)
