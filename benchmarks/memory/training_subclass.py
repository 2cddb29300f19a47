"""A model of the program's own with a residual, trained outside of graphs."""

import tensorflow as tf


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.first = tf.keras.layers.Dense(1024, activation="relu")
        self.second = tf.keras.layers.Dense(1024, activation="relu")
        self.last = tf.keras.layers.Dense(10)

    def call(self, x, training=False):
        h = self.first(x)
        return self.last(self.second(h) + h)


net = Net()
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
x = tf.random.normal([4096, 512])
y = tf.random.uniform([4096], maxval=10, dtype=tf.int32)
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = loss_of(y, net(x, training=True))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
