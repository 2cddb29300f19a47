# runs: tensorflow 2
"""A loss object for class numbers is called with one-hot rows."""
import numpy as np
import tensorflow as tf

NUM = 7
model = tf.keras.Sequential([tf.keras.layers.Dense(32, activation="relu"), tf.keras.layers.Dense(NUM)])
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam()
x = np.random.rand(64, 12).astype(np.float32)
y = np.random.randint(0, NUM, 64)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)

for step, (batch_x, batch_y) in enumerate(dataset):
    with tf.GradientTape() as tape:
        logits = model(batch_x, training=True)
        loss = loss_fn(batch_y, logits)
    gradients = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
    if step % 2 == 0:
        print(step, float(loss))
