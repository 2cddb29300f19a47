"""A block of attention and its feed-forward network, trained with a tape."""

import tensorflow as tf

layers = tf.keras.layers
inputs = tf.keras.Input([256, 128])
attended = layers.MultiHeadAttention(num_heads=4, key_dim=32)(inputs, inputs)
hidden = layers.LayerNormalization()(inputs + attended)
wide = layers.Dense(512, activation="relu")(hidden)
outputs = layers.LayerNormalization()(hidden + layers.Dense(128)(wide))
block = tf.keras.Model(inputs, outputs)
optimizer = tf.keras.optimizers.Adam(1e-3)

x = tf.random.normal([16, 256, 128])
target = tf.random.normal([16, 256, 128])
for _ in range(3):
    with tf.GradientTape() as tape:
        prediction = block(x, training=True)
        loss = tf.reduce_mean(tf.square(prediction - target))
    gradients = tape.gradient(loss, block.trainable_variables)
    optimizer.apply_gradients(zip(gradients, block.trainable_variables))
    print(float(loss))
