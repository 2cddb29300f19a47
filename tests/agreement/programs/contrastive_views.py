"""Two views of each picture, a projection head, NT-Xent, a probe on the frozen features."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

AUTOTUNE = tf.data.AUTOTUNE
WIDTH, CLASSES, TEMPERATURE = 32, 4, 0.1


def make_pictures(count, seed):
    rng = np.random.RandomState(seed)
    labels = rng.randint(0, CLASSES, size=count)
    pictures = rng.rand(count, 24, 24, 3) * 0.3
    for i, label in enumerate(labels):
        pictures[i, label * 6 : label * 6 + 6] += 0.6
    return (np.clip(pictures, 0, 1) * 255).astype(np.uint8), labels.astype(np.int64)


def random_view(image):
    image = tf.image.resize_with_crop_or_pad(image, 28, 28)
    image = tf.image.random_crop(image, size=[24, 24, 3])
    image = tf.image.random_flip_left_right(image)
    image = tf.image.random_brightness(image, max_delta=0.2)
    noise = tf.random.normal(tf.shape(image), stddev=0.02)
    return tf.clip_by_value(image + noise, 0.0, 1.0)


def prepare(image):
    image = tf.image.convert_image_dtype(image, tf.float32)
    return random_view(image), random_view(image)


pictures, labels = make_pictures(64, 0)
views = tf.data.Dataset.from_tensor_slices(pictures).shuffle(64).map(prepare, num_parallel_calls=AUTOTUNE)
views = views.batch(16, drop_remainder=True).prefetch(AUTOTUNE)


def get_encoder():
    return keras.Sequential(
        [
            keras.Input(shape=(24, 24, 3)),
            layers.Conv2D(WIDTH, kernel_size=3, strides=2, activation="relu"),
            layers.Conv2D(WIDTH, kernel_size=3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(WIDTH, activation="relu"),
        ],
        name="encoder",
    )


class ContrastiveModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = get_encoder()
        self.projection_head = keras.Sequential(
            [keras.Input(shape=(WIDTH,)), layers.Dense(WIDTH, activation="relu"), layers.Dense(16)]
        )
        self.probe = keras.Sequential([layers.Input(shape=(WIDTH,)), layers.Dense(CLASSES)])

    def contrastive_loss(self, projections_1, projections_2):
        projections_1 = tf.math.l2_normalize(projections_1, axis=1)
        projections_2 = tf.math.l2_normalize(projections_2, axis=1)
        similarities = tf.matmul(projections_1, projections_2, transpose_b=True) / TEMPERATURE
        batch_size = tf.shape(projections_1)[0]
        contrastive_labels = tf.range(batch_size)
        loss_1_2 = keras.losses.sparse_categorical_crossentropy(contrastive_labels, similarities, from_logits=True)
        loss_2_1 = keras.losses.sparse_categorical_crossentropy(
            contrastive_labels, tf.transpose(similarities), from_logits=True
        )
        matches = tf.equal(tf.argmax(similarities, axis=1, output_type=tf.int32), contrastive_labels)
        return (loss_1_2 + loss_2_1) / 2, tf.reduce_mean(tf.cast(matches, tf.float32))


def nt_xent(z_i, z_j, temperature=0.5):
    z = tf.math.l2_normalize(tf.concat([z_i, z_j], axis=0), axis=-1)
    count = tf.shape(z)[0]
    similarity = tf.linalg.matmul(z, z, transpose_b=True) / temperature
    similarity = tf.linalg.set_diag(similarity, tf.fill([count], -1e9))
    half = count // 2
    positives = tf.concat([tf.range(half, count), tf.range(half)], axis=0)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=positives, logits=similarity)


model = ContrastiveModel()
optimizer = keras.optimizers.Adam()
accuracy = keras.metrics.SparseCategoricalAccuracy()
for first, second in views:
    with tf.GradientTape() as tape:
        projected_1 = model.projection_head(model.encoder(first, training=True))
        projected_2 = model.projection_head(model.encoder(second, training=True))
        loss, matched = model.contrastive_loss(projected_1, projected_2)
        loss = tf.reduce_mean(loss) + 0.1 * tf.reduce_mean(nt_xent(projected_1, projected_2))
    trained = model.encoder.trainable_weights + model.projection_head.trainable_weights
    gradients = tape.gradient(loss, trained)
    optimizer.apply_gradients(zip(gradients, trained))

features = model.encoder(tf.image.convert_image_dtype(pictures, tf.float32), training=False)
probe_optimizer = keras.optimizers.SGD(0.1)
for _ in range(2):
    with tf.GradientTape() as tape:
        class_logits = model.probe(features)
        probe_loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=class_logits))
    gradients = tape.gradient(probe_loss, model.probe.trainable_weights)
    probe_optimizer.apply_gradients(zip(gradients, model.probe.trainable_weights))
    accuracy.update_state(labels, class_logits)
score = accuracy.result()

normalized = tf.math.l2_normalize(features, axis=1)
neighbours = tf.math.top_k(tf.matmul(normalized, normalized, transpose_b=True), k=4)
near = tf.gather(tf.constant(labels), neighbours.indices)
same = tf.reduce_mean(tf.cast(near[:, 1:] == near[:, :1], tf.float32), axis=1)
centres = tf.math.unsorted_segment_mean(features, labels, CLASSES)
spread = tf.norm(features - tf.gather(centres, labels), axis=1)
confusion = tf.math.confusion_matrix(labels, tf.argmax(class_logits, axis=1), num_classes=CLASSES)
