"""A generator and a discriminator, both trained by one step in a graph."""

import tensorflow as tf

layers = tf.keras.layers
generator = tf.keras.Sequential(
    [
        tf.keras.Input([64]),
        layers.Dense(7 * 7 * 64, activation="relu"),
        layers.Reshape([7, 7, 64]),
        layers.Conv2DTranspose(32, 4, 2, "same", activation="relu"),
        layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh"),
    ]
)
discriminator = tf.keras.Sequential(
    [
        tf.keras.Input([28, 28, 1]),
        layers.Conv2D(32, 4, 2, "same"),
        layers.LeakyReLU(),
        layers.Conv2D(64, 4, 2, "same"),
        layers.LeakyReLU(),
        layers.Flatten(),
        layers.Dense(1),
    ]
)
optimizers = tf.keras.optimizers.Adam(1e-4), tf.keras.optimizers.Adam(1e-4)
entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)


@tf.function
def step(real):
    noise = tf.random.normal([512, 64])
    with tf.GradientTape() as first, tf.GradientTape() as second:
        fake = generator(noise, training=True)
        judged, deceived = discriminator(real, training=True), discriminator(fake, training=True)
        gain = entropy(tf.ones_like(deceived), deceived)
        loss = entropy(tf.ones_like(judged), judged) + entropy(tf.zeros_like(deceived), deceived)
    for tape, target, model, optimizer in zip((first, second), (gain, loss), (generator, discriminator), optimizers):
        gradients = tape.gradient(target, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))


images = tf.random.normal([512, 28, 28, 1])
for _ in range(2):
    step(images)
