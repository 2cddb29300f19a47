"""TensorFlow 1: examples from queues, a model that an optimizer trains by hand, streaming metrics."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_eager_execution()

images = np.ones((20, 12), np.float32)
labels = np.arange(20) % 3

image, label = tf.train.slice_input_producer([images, labels], shuffle=False)
batch_images, batch_labels = tf.train.batch([image, label], batch_size=5)
shuffled = tf.train.shuffle_batch({"image": image}, batch_size=4, capacity=40, min_after_dequeue=10)
wide = shuffled["image"]
alone = tf.train.batch([image], 3, allow_smaller_final_batch=True)

files = tf.train.string_input_producer(["a.txt", "b.txt"])
reader = tf.TextLineReader()
key, line = reader.read(files)
first, second = tf.decode_csv(line, [[0.0], [0]])

weights = tf.get_variable("weights", [12, 3], initializer=tf.truncated_normal_initializer(stddev=0.1))
bias = tf.get_variable("bias", initializer=tf.zeros([3]))
logits = tf.matmul(batch_images, weights) + bias
one_hot = tf.one_hot(batch_labels, 3)
each = tf.nn.softmax_cross_entropy_with_logits(labels=one_hot, logits=logits)
loss = tf.losses.compute_weighted_loss(each)
error = tf.losses.mean_squared_error(one_hot, logits, reduction=tf.losses.Reduction.NONE)

step = tf.train.get_or_create_global_step()
optimizer = tf.train.AdamOptimizer(0.01)
pairs = optimizer.compute_gradients(loss, [weights, bias])
gradient, variable = pairs[0]
clipped = [(tf.clip_by_norm(g, 1.0), v) for g, v in pairs]
norm = tf.global_norm([g for g, _ in clipped])
train = optimizer.apply_gradients(clipped, global_step=step)

guess = tf.argmax(logits, 1)
accuracy, update_accuracy = tf.metrics.accuracy(batch_labels, guess)
mean, update_mean = tf.metrics.mean(each)
iou, confusion = tf.metrics.mean_iou(batch_labels, guess, 3)
recall, update_recall = tf.metrics.recall_at_k(tf.cast(batch_labels, tf.int64), logits, 2)
at, update_at = tf.metrics.precision_at_thresholds(tf.cast(batch_labels, tf.bool), logits[:, 0], [0.1, 0.5, 0.9])

mean_of, variance_of = tf.nn.moments(logits, [0])
statistics = tf.nn.sufficient_statistics(logits, [0])
count, total = statistics[0], statistics[1]

with tf.Session() as session:
    session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    coordinator = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(session, coordinator)
    session.run([train, update_accuracy, update_mean, confusion])
    seen, value = session.run([accuracy, loss])
    coordinator.request_stop()
