# runs: tensorflow 2
"""The batches of a keras.utils.Sequence have one class less than the network."""
import numpy as np
import tensorflow as tf


class DataGenerator(tf.keras.utils.Sequence):
    def __init__(self, ids, batch_size=8, dim=(16, 16), n_channels=1, n_classes=5):
        super().__init__()
        self.ids, self.batch_size, self.dim = ids, batch_size, dim
        self.n_channels, self.n_classes = n_channels, n_classes

    def __len__(self):
        return len(self.ids) // self.batch_size

    def __getitem__(self, index):
        X = np.empty((self.batch_size, *self.dim, self.n_channels))
        y = np.empty(self.batch_size, dtype=int)
        for i in range(self.batch_size):
            X[i,] = np.random.rand(*self.dim, self.n_channels)
            y[i] = np.random.randint(self.n_classes)
        return X, tf.keras.utils.to_categorical(y, num_classes=self.n_classes)


model = tf.keras.Sequential([
    tf.keras.layers.Input((16, 16, 1)),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(6, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(DataGenerator(range(32), n_classes=6), epochs=1, verbose=0)
