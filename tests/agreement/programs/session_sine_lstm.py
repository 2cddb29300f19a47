"""TensorFlow 1: a sine wave is continued by a recurrent cell written by hand; placeholders, scopes, a saver, summaries."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

BATCH, STEPS, FEATURES, UNITS = 8, 12, 1, 10
rng = np.random.RandomState(0)
wave = np.sin(np.arange(0, 40, 0.1)).astype(np.float32)


def next_batch(batch_size, steps):
    starts = rng.randint(0, len(wave) - steps - 1, size=batch_size)
    rows = np.array([wave[start : start + steps + 1] for start in starts])
    return rows[:, :-1].reshape(-1, steps, 1), rows[:, 1:].reshape(-1, steps, 1)


def lstm_step(previous, x):
    h, c = previous
    with tf.variable_scope("cell", reuse=tf.AUTO_REUSE):
        kernel = tf.get_variable("kernel", [FEATURES + UNITS, 4 * UNITS], initializer=tf.glorot_uniform_initializer())
        bias = tf.get_variable("bias", [4 * UNITS], initializer=tf.zeros_initializer())
    gates = tf.matmul(tf.concat([x, h], axis=1), kernel) + bias
    i, j, f, o = tf.split(gates, num_or_size_splits=4, axis=1)
    c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
    h = tf.tanh(c) * tf.sigmoid(o)
    return h, c


inputs = tf.placeholder(tf.float32, [BATCH, STEPS, FEATURES], name="inputs")
targets = tf.placeholder(tf.float32, [BATCH, STEPS, FEATURES], name="targets")
learning_rate = tf.placeholder_with_default(0.01, shape=[], name="learning_rate")

state = (tf.zeros([BATCH, UNITS]), tf.zeros([BATCH, UNITS]))
outputs = []
for x in tf.unstack(inputs, axis=1):
    state = lstm_step(state, x)
    outputs.append(state[0])
hidden = tf.stack(outputs, axis=1)
with tf.variable_scope("output"):
    weights = tf.get_variable("weights", [UNITS, FEATURES])
    biases = tf.get_variable("biases", [FEATURES], initializer=tf.zeros_initializer())
flat = tf.reshape(hidden, [-1, UNITS])
predictions = tf.reshape(tf.matmul(flat, weights) + biases, [BATCH, STEPS, FEATURES])
loss = tf.reduce_mean(tf.squared_difference(predictions, targets))
last_error = tf.abs(predictions[:, -1] - targets[:, -1])

global_step = tf.Variable(0, trainable=False, name="global_step")
decayed = tf.train.exponential_decay(learning_rate, global_step, 100, 0.96)
optimizer = tf.train.AdamOptimizer(decayed)
variables = tf.trainable_variables()
gradients, norm = tf.clip_by_global_norm(tf.gradients(loss, variables), 5.0)
train_op = optimizer.apply_gradients(zip(gradients, variables), global_step=global_step)
tf.summary.scalar("loss", loss)

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for iteration in range(3):
        x_batch, y_batch = next_batch(BATCH, STEPS)
        _, value, size = session.run([train_op, loss, norm], {inputs: x_batch, targets: y_batch})
    x_batch, y_batch = next_batch(BATCH, STEPS)
    predicted, errors = session.run([predictions, last_error], feed_dict={inputs: x_batch, targets: y_batch})
    sequence = np.zeros((BATCH, STEPS, FEATURES), np.float32)
    for _ in range(2):
        following = session.run(predictions, feed_dict={inputs: sequence})
        sequence = np.concatenate([sequence[:, 1:], following[:, -1:]], axis=1)
    step = global_step.eval()
    kernel_value = session.run(variables[0])

mean_error = errors.mean(axis=0)
spectrum = np.abs(np.fft.rfft(sequence[:, :, 0], axis=1))
best = np.argsort(errors[:, 0])[:3]
chosen = predicted[best]
