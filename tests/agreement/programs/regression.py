"""Linear and logistic regression, a two-layer network by hand, and what surrounds them in a small project."""

import math
from collections import namedtuple

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

Split = namedtuple("Split", ["features", "labels"])

CONFIG = {"samples": 96, "features": 5, "hidden": (16, 8), "classes": 3, "steps": 4}
RATE = 1e-2


class Standardizer:
    """Remembers mean and deviation of what it was fitted on."""

    def __init__(self, epsilon=1e-6):
        self.epsilon = epsilon
        self.mean = None
        self.std = None

    def fit(self, data):
        self.mean = data.mean(axis=0)
        self.std = data.std(axis=0) + self.epsilon
        return self

    def __call__(self, data):
        return (data - self.mean) / self.std

    @property
    def width(self):
        return self.mean.shape[0]


def make_data(samples, features, seed=0):
    rng = np.random.RandomState(seed)
    inputs = rng.normal(size=(samples, features))
    weights = np.linspace(-1.0, 1.0, features)
    noise = 0.1 * rng.randn(samples)
    targets = inputs.dot(weights) + noise
    return inputs.astype(np.float32), targets.astype("float32")


def split(features, labels, ratio=0.75):
    count = int(len(features) * ratio)
    return Split(features[:count], labels[:count]), Split(features[count:], labels[count:])


features, targets = make_data(CONFIG["samples"], CONFIG["features"])
train, test = split(features, targets)
standardize = Standardizer().fit(train.features)
x_train = standardize(train.features)
x_test = standardize(test.features)
assert standardize.width == CONFIG["features"]

# --- linear regression in closed form and by gradient descent
ones = np.ones((x_train.shape[0], 1), dtype=np.float32)
design = np.hstack([x_train, ones])
gram = design.T @ design + 1e-3 * np.eye(design.shape[1], dtype=np.float32)
solution = np.linalg.solve(gram, design.T @ train.labels)
residual = train.labels - design @ solution
mse = float(np.mean(residual**2))

w = tf.Variable(tf.zeros([CONFIG["features"], 1]))
b = tf.Variable(0.0)


def predict(inputs):
    return tf.matmul(inputs, w) + b


for _ in range(CONFIG["steps"]):
    with tf.GradientTape() as tape:
        error = predict(x_train) - train.labels[:, np.newaxis]
        loss = tf.reduce_mean(tf.square(error))
    grad_w, grad_b = tape.gradient(loss, [w, b])
    w.assign_sub(RATE * grad_w)
    b.assign_sub(RATE * grad_b)

predictions = tf.squeeze(predict(x_test), axis=-1)
worst = tf.reduce_max(tf.abs(predictions - test.labels))

# --- classification: the sign and size of the target make three classes
boundaries = [-0.5, 0.5]
labels = np.digitize(train.labels, boundaries)
one_hot = tf.one_hot(labels, CONFIG["classes"])
sizes = [CONFIG["features"], *CONFIG["hidden"], CONFIG["classes"]]
parameters = []
for fan_in, fan_out in zip(sizes, sizes[1:]):
    scale = math.sqrt(2.0 / fan_in)
    kernel = tf.Variable(tf.random.normal([fan_in, fan_out], stddev=scale))
    bias = tf.Variable(tf.zeros(fan_out))
    parameters.append((kernel, bias))


def network(inputs):
    hidden = tf.convert_to_tensor(inputs)
    for index, (kernel, bias) in enumerate(parameters):
        hidden = hidden @ kernel + bias
        if index < len(parameters) - 1:
            hidden = tf.nn.relu(hidden)
    return hidden


logits = network(x_train)
probabilities = tf.nn.softmax(logits, axis=-1)
cross_entropy = -tf.reduce_sum(one_hot * tf.math.log(probabilities + 1e-9), axis=1)
mean_loss = tf.reduce_mean(cross_entropy)
predicted = tf.argmax(logits, axis=1)
hits = tf.equal(predicted, tf.constant(labels, dtype=tf.int64))
accuracy = tf.reduce_mean(tf.cast(hits, tf.float32))

# --- batches, windows and statistics
batch_size = 12
batches = [x_train[i : i + batch_size] for i in range(0, len(x_train), batch_size)]
stacked = tf.stack(batches)
flat = tf.reshape(stacked, [-1, CONFIG["features"]])
batch, width = tf.shape(flat)[0], flat.shape[1]
paired = tf.reshape(flat, [batch // 2, 2, width])
swapped = tf.transpose(paired, [1, 0, 2])
first, second = tf.unstack(swapped)
both = tf.concat([first, second], axis=-1)
padded = tf.pad(both, [[0, 0], [1, 1]])
centred = padded - tf.reduce_mean(padded, axis=0, keepdims=True)
covariance = tf.matmul(centred, centred, transpose_a=True) / tf.cast(tf.shape(centred)[0], tf.float32)
variances = tf.linalg.diag_part(covariance)
top = tf.gather(variances, [0, 3, 5])
masked = tf.where(covariance > 0, covariance, tf.zeros_like(covariance))
distances = tf.norm(first[:, tf.newaxis, :] - second[tf.newaxis, :, :], axis=-1)
nearest = tf.argmin(distances, axis=1, output_type=tf.int32)
rows = tf.range(tf.shape(distances)[0])
pairs = tf.stack([rows, nearest], axis=1)
closest = tf.gather_nd(distances, pairs)
scores = tf.einsum("ij,kj->ik", first, second)
attention = tf.nn.softmax(scores / tf.sqrt(tf.constant(float(CONFIG["features"]))))
mixed = tf.tensordot(attention, second, axes=[[1], [0]])

# --- NumPy's own dtypes
image = np.random.randint(0, 256, size=(28, 28, 3), dtype=np.uint8)
scaled = image / 255.0
grey = scaled.mean(axis=-1)
patches = grey.reshape(4, 7, 4, 7).transpose(0, 2, 1, 3).reshape(16, 49)
norms = np.linalg.norm(patches, axis=1, keepdims=True)
unit = patches / np.maximum(norms, 1e-8)
similar = np.dot(unit, unit.T)
order = np.argsort(similar, axis=-1)[:, ::-1]
counts = np.bincount(labels, minlength=CONFIG["classes"])
weights_per_class = counts.sum() / (len(counts) * np.maximum(counts, 1))
as_tensor = tf.cast(similar, tf.float32)
halves = tf.split(as_tensor, 2, axis=0)
quarter = halves[0][:, :4]
total = sum(tf.reduce_sum(half) for half in halves)

# --- the same with Keras
model = keras.Sequential(
    [
        layers.Dense(CONFIG["hidden"][0], activation="relu"),
        layers.Dense(CONFIG["hidden"][1], activation="relu"),
        layers.Dense(CONFIG["classes"]),
    ]
)
keras_logits = model(x_train)
keras_probabilities = tf.nn.softmax(keras_logits)
confidence = tf.reduce_max(keras_probabilities, axis=-1)
convolution = layers.Conv2D(4, 3, padding="same", strides=2)
maps = convolution(tf.cast(image[np.newaxis], tf.float32) / 255.0)
flattened = layers.Flatten()(maps)


def summarize(tensor, *axes, keep=False, **extra):
    """The mean over some axes, or over all of them."""
    if not axes:
        return tf.reduce_mean(tensor)
    result = tensor
    for axis in sorted(axes, reverse=True):
        result = tf.reduce_mean(result, axis=axis, keepdims=keep)
    return result * extra.get("scale", 1.0)


overall = summarize(maps)
per_channel = summarize(maps, 0, 1, 2)
kept = summarize(maps, 1, 2, keep=True, scale=2.0)
lookup = {name: summarize(maps, axis) for name, axis in (("batch", 0), ("rows", 1))}
by_rows = lookup["rows"]
cumulative = tf.cumsum(per_channel)
flags = tf.logical_and(per_channel > 0.0, cumulative < 10.0)
chosen = tf.boolean_mask(per_channel, flags)
print(mse, mean_loss, accuracy, confidence, kept.shape, chosen.shape)
