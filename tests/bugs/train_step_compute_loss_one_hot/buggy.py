# runs: tensorflow 2
"""A step of one's own hands class numbers to a loss of one-hot rows."""
import numpy as np
import tensorflow as tf


class Classifier(tf.keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)  # BUG: TFG209
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}


inputs = tf.keras.Input((20,))
outputs = tf.keras.layers.Dense(5, activation="softmax")(tf.keras.layers.Dense(16, activation="relu")(inputs))
model = Classifier(inputs, outputs)
model.compile(optimizer="adam", loss="categorical_crossentropy")
x = np.random.rand(64, 20).astype("float32")
y = np.random.randint(0, 5, 64)
model.fit(x, y, epochs=1, verbose=0)
