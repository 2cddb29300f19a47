# runs: tensorflow 2
"""The loss for one-hot rows is called with class numbers."""
import tensorflow as tf


class Trainer:
    def __init__(self, num_classes):
        self.num_classes = num_classes
        self.model = tf.keras.Sequential([
            tf.keras.layers.Embedding(500, 16),
            tf.keras.layers.GlobalAveragePooling1D(),
            tf.keras.layers.Dense(num_classes, activation="softmax"),
        ])
        self.criterion = tf.keras.losses.CategoricalCrossentropy()

    @tf.function
    def step(self, tokens, labels):
        probabilities = self.model(tokens)
        return self.criterion(labels, probabilities)  # BUG: TFG209


trainer = Trainer(4)
loss = trainer.step(tf.ones((8, 30), tf.int32), tf.zeros((8,), tf.int32))
