# runs: tensorflow 2
"""fit is given a dataset that nobody batched."""
import numpy as np
import tensorflow as tf

features = np.random.rand(64, 10).astype("float32")
labels = np.random.randint(0, 2, size=(64, 1))

dataset = tf.data.Dataset.from_tensor_slices((features, labels))
dataset = dataset.shuffle(64)

model = tf.keras.Sequential([
    tf.keras.layers.Dense(8, activation="relu", input_shape=(10,)),
    tf.keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=1, verbose=0)  # BUG: TFG208
