# runs: tensorflow 2
"""One image is predicted without a batch dimension."""
import numpy as np
import tensorflow as tf

model = tf.keras.models.Sequential([
    tf.keras.layers.Conv2D(8, 3, activation="relu", input_shape=(64, 64, 3)),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(2, activation="softmax"),
])
photo = np.random.randint(0, 255, (64, 64, 3)).astype("float32") / 255.0
prediction = model.predict(photo, verbose=0)  # BUG: TFG208
print(["cat", "dog"][int(np.argmax(prediction[0]))])
