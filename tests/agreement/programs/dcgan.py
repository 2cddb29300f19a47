"""A deep convolutional GAN with a conditional variant: transposed convolutions, two optimizers, image grids."""

import os
import time

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

BUFFER_SIZE = 64
BATCH_SIZE = 8
EPOCHS = 2
noise_dim = 10
num_examples_to_generate = 4
NUM_CLASSES = 3

rng = np.random.RandomState(1)
train_images = rng.randint(0, 256, size=(20, 28, 28)).astype("uint8")
train_labels = rng.randint(0, NUM_CLASSES, size=(20,))
train_images = train_images.reshape(train_images.shape[0], 28, 28, 1).astype("float32")
train_images = (train_images - 127.5) / 127.5  # Normalize the images to [-1, 1]
train_dataset = tf.data.Dataset.from_tensor_slices((train_images, train_labels)).shuffle(BUFFER_SIZE).batch(BATCH_SIZE)


def make_generator_model():
    model = tf.keras.Sequential()
    model.add(layers.Dense(7 * 7 * 16, use_bias=False, input_shape=(noise_dim + NUM_CLASSES,)))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())

    model.add(layers.Reshape((7, 7, 16)))
    assert model.output_shape == (None, 7, 7, 16)  # Note: None is the batch size

    model.add(layers.Conv2DTranspose(8, (5, 5), strides=(1, 1), padding="same", use_bias=False))
    assert model.output_shape == (None, 7, 7, 8)
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())

    model.add(layers.Conv2DTranspose(4, (5, 5), strides=(2, 2), padding="same", use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())

    model.add(layers.Conv2DTranspose(1, (5, 5), strides=(2, 2), padding="same", use_bias=False, activation="tanh"))
    assert model.output_shape == (None, 28, 28, 1)
    return model


def make_discriminator_model():
    image = tf.keras.Input((28, 28, 1))
    label = tf.keras.Input((NUM_CLASSES,))
    planes = layers.RepeatVector(28 * 28)(label)
    planes = layers.Reshape((28, 28, NUM_CLASSES))(planes)
    x = layers.Concatenate()([image, planes])
    for filters in (4, 8):
        x = layers.Conv2D(filters, (5, 5), strides=(2, 2), padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        x = layers.Dropout(0.3)(x)
    x = layers.Flatten()(x)
    return tf.keras.Model([image, label], layers.Dense(1)(x))


generator = make_generator_model()
discriminator = make_discriminator_model()
cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)


def discriminator_loss(real_output, fake_output):
    real_loss = cross_entropy(tf.ones_like(real_output) * 0.9, real_output)
    fake_loss = cross_entropy(tf.zeros_like(fake_output), fake_output)
    total_loss = real_loss + fake_loss
    return total_loss


def generator_loss(fake_output):
    return cross_entropy(tf.ones_like(fake_output), fake_output)


generator_optimizer = tf.keras.optimizers.Adam(1e-4)
discriminator_optimizer = tf.keras.optimizers.Adam(1e-4, beta_1=0.5)
checkpoint = tf.train.Checkpoint(
    generator_optimizer=generator_optimizer,
    discriminator_optimizer=discriminator_optimizer,
    generator=generator,
    discriminator=discriminator,
)

# We will reuse this seed overtime
seed = tf.random.normal([num_examples_to_generate, noise_dim])
seed_labels = tf.one_hot(tf.range(num_examples_to_generate) % NUM_CLASSES, NUM_CLASSES)


@tf.function
def train_step(images, labels):
    batch_size = tf.shape(images)[0]
    one_hot = tf.one_hot(labels, NUM_CLASSES)
    noise = tf.random.normal([batch_size, noise_dim])

    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        generated_images = generator(tf.concat([noise, one_hot], axis=1), training=True)
        real_output = discriminator([images, one_hot], training=True)
        fake_output = discriminator([generated_images, one_hot], training=True)
        gen_loss = generator_loss(fake_output)
        disc_loss = discriminator_loss(real_output, fake_output)

    gradients_of_generator = gen_tape.gradient(gen_loss, generator.trainable_variables)
    gradients_of_discriminator = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients_of_generator, generator.trainable_variables))
    discriminator_optimizer.apply_gradients(zip(gradients_of_discriminator, discriminator.trainable_variables))
    return gen_loss, disc_loss


def image_grid(images, rows=2):
    """The images side by side as one picture."""
    count, height, width, channels = images.shape
    columns = count // rows
    grid = images.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return grid.reshape(rows * height, columns * width, channels)


def generate_images(model, test_input):
    # Notice `training` is set to False.
    predictions = model(test_input, training=False)
    pixels = np.clip(predictions.numpy() * 127.5 + 127.5, 0, 255).astype(np.uint8)
    return image_grid(pixels)


def train(dataset, epochs):
    history = {"gen": [], "disc": []}
    for epoch in range(epochs):
        start = time.time()
        for image_batch, label_batch in dataset:
            gen_loss, disc_loss = train_step(image_batch, label_batch)
            history["gen"].append(gen_loss)
            history["disc"].append(disc_loss)
        picture = generate_images(generator, tf.concat([seed, seed_labels], axis=1))
        print("Time for epoch {} is {:.1f} sec".format(epoch + 1, time.time() - start), picture.shape)
    return {name: np.array([float(value) for value in values]) for name, values in history.items()}


noise = tf.random.normal([1, noise_dim])
generated_image = generator(tf.concat([noise, seed_labels[:1]], -1), training=False)
decision = discriminator([generated_image, seed_labels[:1]])
print(generated_image.shape, decision.numpy().shape)
curves = train(train_dataset, EPOCHS)
print({name: (values.shape, round(values.mean(), 2)) for name, values in curves.items()})

# --- moving through the latent space ---------------------------------------------------------------------------------


def slerp(val, low, high):
    omega = tf.acos(tf.clip_by_value(tf.tensordot(low / tf.norm(low), high / tf.norm(high), axes=1), -1.0, 1.0))
    so = tf.sin(omega)
    return tf.sin((1.0 - val) * omega) / so * low + tf.sin(val * omega) / so * high


steps = tf.stack([slerp(t, seed[0], seed[1]) for t in np.linspace(0, 1, 5).astype(np.float32)])
frames = generator(tf.concat([steps, tf.tile(seed_labels[:1], [5, 1])], axis=1))
frames = tf.image.resize(frames, (14, 14), method="bilinear")
differences = tf.reduce_mean(tf.abs(frames[1:] - frames[:-1]), axis=(1, 2, 3))
print(frames.shape, differences.shape)

with tf.GradientTape() as tape:
    images = tf.constant(train_images[:3])
    conditions = tf.one_hot(train_labels[:3], NUM_CLASSES)
    tape.watch(images)
    outputs = discriminator([images, conditions])
gradients = tape.gradient(outputs, images)
slopes = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=[1, 2, 3]))
print("slopes", slopes.shape, os.path.basename(__file__) != "")
