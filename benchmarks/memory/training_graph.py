"""A step of training in a graph, for a network with dropout under AdamW."""

import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.Input([512]),
        tf.keras.layers.Dense(1536, activation="gelu"),
        tf.keras.layers.Dropout(0.1),
        tf.keras.layers.Dense(512),
    ]
)
optimizer = tf.keras.optimizers.AdamW(1e-3)


@tf.function
def train(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


for _ in range(3):
    x = tf.random.normal([4096, 512])
    print(float(train(x, tf.roll(x, 1, axis=1))))
