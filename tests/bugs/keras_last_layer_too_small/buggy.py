# runs: tensorflow 2
"""Ten classes, nine outputs."""
import numpy as np
import tensorflow as tf

NUM_CLASSES = 10


class Net(tf.keras.Model):
    def __init__(self, hidden, outputs):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(hidden, activation="relu")
        self.out = tf.keras.layers.Dense(outputs, activation="softmax")

    def call(self, x):
        return self.out(self.hidden(x))


x = np.random.rand(64, 30).astype(np.float32)
y = tf.keras.utils.to_categorical(np.random.randint(0, NUM_CLASSES, 64), NUM_CLASSES)
model = Net(32, NUM_CLASSES - 1)
model.compile(optimizer="sgd", loss=tf.keras.losses.CategoricalCrossentropy())
model.fit(x, y, epochs=1, verbose=0)  # BUG: TFG209
