# runs: tensorflow 1
"""The merged summaries need the batch as much as the training step does."""
import numpy as np
import tensorflow as tf

batch_size, classes = 32, 5
images = tf.placeholder(tf.float32, [batch_size, 12, 12, 1], name="images")
labels = tf.placeholder(tf.int32, [batch_size], name="labels")
flat = tf.reshape(images, [batch_size, -1])
weights = tf.Variable(tf.truncated_normal([144, classes], stddev=0.1))
logits = tf.matmul(flat, weights)
tf.summary.histogram("weights", weights)
tf.summary.histogram("logits", logits)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
tf.summary.scalar("loss", loss)
train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
summaries = tf.summary.merge_all()

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(30):
        batch = {images: np.random.rand(batch_size, 12, 12, 1), labels: np.random.randint(0, classes, batch_size)}
        _, value = sess.run([train, loss], feed_dict=batch)
        if step % 10 == 0:
            text = sess.run(summaries)  # BUG: TFG213
