"""A convolutional network and a recurrent tagger as they were written for TensorFlow 1, on compat.v1."""

from __future__ import absolute_import, division, print_function

import os
import shutil
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

flags = tf.app.flags
flags.DEFINE_integer("batch_size", 16, "Examples per step")
flags.DEFINE_float("learning_rate", 0.01, "Initial learning rate")
flags.DEFINE_integer("max_steps", 6, "Steps to run")
flags.DEFINE_float("keep_prob", 0.8, "Dropout keep probability")
flags.DEFINE_string("data_dir", "/tmp/nowhere", "Where the data would be")
FLAGS = flags.FLAGS
FLAGS(["session_cnn"])

IMAGE_SIZE = 12
NUM_CLASSES = 4
NUM_CHANNELS = 1


def weight_variable(name, shape, wd=None):
    var = tf.get_variable(name, shape, initializer=tf.truncated_normal_initializer(stddev=0.1))
    if wd is not None:
        weight_decay = tf.multiply(tf.nn.l2_loss(var), wd, name="weight_loss")
        tf.add_to_collection("losses", weight_decay)
    return var


def bias_variable(name, shape):
    return tf.get_variable(name, shape, initializer=tf.constant_initializer(0.1))


def conv2d(x, w):
    return tf.nn.conv2d(x, w, strides=[1, 1, 1, 1], padding="SAME")


def max_pool_2x2(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


def batch_norm(x, is_training, scope="bn", decay=0.9):
    with tf.variable_scope(scope):
        channels = x.get_shape().as_list()[-1]
        beta = tf.get_variable("beta", [channels], initializer=tf.zeros_initializer())
        gamma = tf.get_variable("gamma", [channels], initializer=tf.ones_initializer())
        moving_mean = tf.get_variable("moving_mean", [channels], trainable=False, initializer=tf.zeros_initializer())
        moving_var = tf.get_variable("moving_var", [channels], trainable=False, initializer=tf.ones_initializer())
        batch_mean, batch_var = tf.nn.moments(x, [0, 1, 2], name="moments")

        def with_update():
            update_mean = tf.assign(moving_mean, moving_mean * decay + batch_mean * (1 - decay))
            update_var = tf.assign(moving_var, moving_var * decay + batch_var * (1 - decay))
            with tf.control_dependencies([update_mean, update_var]):
                return tf.identity(batch_mean), tf.identity(batch_var)

        mean, var = tf.cond(is_training, with_update, lambda: (moving_mean, moving_var))
        return tf.nn.batch_normalization(x, mean, var, beta, gamma, 1e-3)


def inference(images, keep_prob, is_training):
    with tf.variable_scope("conv1"):
        kernel = weight_variable("weights", [3, 3, NUM_CHANNELS, 8])
        biases = bias_variable("biases", [8])
        conv1 = tf.nn.relu(tf.nn.bias_add(conv2d(images, kernel), biases))
        pool1 = max_pool_2x2(conv1)
    with tf.variable_scope("conv2"):
        kernel = weight_variable("weights", [3, 3, 8, 16])
        pre = conv2d(pool1, kernel)
        conv2 = tf.nn.relu(batch_norm(pre, is_training))
        pool2 = max_pool_2x2(conv2)
    with tf.variable_scope("local3"):
        dim = np.prod(pool2.get_shape().as_list()[1:])
        reshape = tf.reshape(pool2, [-1, int(dim)])
        weights = weight_variable("weights", [int(dim), 32], wd=0.004)
        biases = bias_variable("biases", [32])
        local3 = tf.nn.relu(tf.matmul(reshape, weights) + biases)
        local3 = tf.nn.dropout(local3, keep_prob=keep_prob)
    with tf.variable_scope("softmax_linear", reuse=tf.AUTO_REUSE):
        weights = weight_variable("weights", [32, NUM_CLASSES])
        biases = bias_variable("biases", [NUM_CLASSES])
        logits = tf.add(tf.matmul(local3, weights), biases, name="logits")
    return logits


def loss_function(logits, labels):
    labels = tf.cast(labels, tf.int64)
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    cross_entropy_mean = tf.reduce_mean(cross_entropy, name="cross_entropy")
    tf.add_to_collection("losses", cross_entropy_mean)
    return tf.add_n(tf.get_collection("losses"), name="total_loss")


def training(total_loss, global_step):
    lr = tf.train.exponential_decay(FLAGS.learning_rate, global_step, 4, 0.9, staircase=True)
    ema = tf.train.ExponentialMovingAverage(0.99, global_step)
    opt = tf.train.AdamOptimizer(lr)
    grads_and_vars = opt.compute_gradients(total_loss)
    clipped = [(tf.clip_by_norm(g, 1.0), v) for g, v in grads_and_vars if g is not None]
    apply_gradient_op = opt.apply_gradients(clipped, global_step=global_step)
    with tf.control_dependencies([apply_gradient_op]):
        train_op = ema.apply(tf.trainable_variables())
    return train_op, lr


def make_images(count, seed):
    rng = np.random.RandomState(seed)
    labels = rng.randint(NUM_CLASSES, size=count)
    images = rng.rand(count, IMAGE_SIZE * IMAGE_SIZE).astype(np.float32) + labels[:, np.newaxis] * 0.5
    return images, labels.astype(np.int32)


def next_batch(images, labels, size, step):
    start = (step * size) % len(images)
    return images[start : start + size], labels[start : start + size]


def run_cnn(log_dir):
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        x = tf.placeholder(tf.float32, [None, IMAGE_SIZE * IMAGE_SIZE], name="x")
        y_ = tf.placeholder(tf.int32, shape=[None], name="y_")
        keep_prob = tf.placeholder_with_default(1.0, shape=[])
        is_training = tf.placeholder(tf.bool, [], name="is_training")
        x_image = tf.reshape(x, [-1, IMAGE_SIZE, IMAGE_SIZE, 1])
        global_step = tf.train.get_or_create_global_step()
        logits = inference(x_image, keep_prob, is_training)
        loss = loss_function(logits, y_)
        train_op, lr = training(loss, global_step)
        correct = tf.nn.in_top_k(logits, y_, 1)
        accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
        tf.summary.scalar("loss", loss)
        tf.summary.histogram("logits", logits)
        merged = tf.summary.merge_all()
        saver = tf.train.Saver(max_to_keep=2)
        init = tf.global_variables_initializer()

        images, labels = make_images(48, 0)
        config = tf.ConfigProto(allow_soft_placement=True)
        config.gpu_options.allow_growth = True
        with tf.Session(config=config) as sess:
            sess.run(init)
            writer = tf.summary.FileWriter(log_dir, sess.graph)
            for step in range(FLAGS.max_steps):
                batch_x, batch_y = next_batch(images, labels, FLAGS.batch_size, step)
                feed = {x: batch_x, y_: batch_y, keep_prob: FLAGS.keep_prob, is_training: True}
                _, loss_value, summary = sess.run([train_op, loss, merged], feed_dict=feed)
                assert not np.isnan(loss_value), "Model diverged"
                writer.add_summary(summary, step)
                if step % 3 == 0:
                    acc, rate = sess.run([accuracy, lr], feed_dict={x: images, y_: labels, is_training: False})
                    print("step %d loss %.3f accuracy %.2f rate %.4f" % (step, loss_value, acc, rate))
            path = saver.save(sess, os.path.join(log_dir, "model.ckpt"), global_step=global_step)
            predictions = sess.run(tf.argmax(logits, 1), {x: images[:5], is_training: False})
            print(predictions, labels[:5], predictions == labels[:5])
            writer.close()
        with tf.Session() as sess:
            saver.restore(sess, path)
            test_images, test_labels = make_images(10, 1)
            out = logits.eval({x: test_images, is_training: False}, session=sess)
            print(out.shape, out.argmax(axis=1))


def run_tagger():
    tf.reset_default_graph()
    max_len, vocab, hidden, tags = 7, 11, 6, 3
    tokens = tf.placeholder(tf.int32, [None, max_len])
    lengths = tf.placeholder(tf.int32, [None])
    targets = tf.placeholder(tf.int32, [None, max_len])
    with tf.variable_scope("tagger", initializer=tf.random_uniform_initializer(-0.1, 0.1)):
        table = tf.get_variable("embedding", [vocab, hidden])
        embedded = tf.nn.embedding_lookup(table, tokens)
        cell_w = tf.get_variable("cell_w", [2 * hidden, hidden])
        state = tf.zeros([tf.shape(tokens)[0], hidden])
        outputs = []
        for t, piece in enumerate(tf.unstack(embedded, axis=1)):
            state = tf.tanh(tf.matmul(tf.concat([piece, state], 1), cell_w))
            outputs.append(state)
        stacked = tf.stack(outputs, axis=1)
        out_w = tf.get_variable("out_w", [hidden, tags])
        out_b = tf.get_variable("out_b", shape=(tags,), initializer=tf.zeros_initializer())
        flat = tf.reshape(stacked, [-1, hidden])
        scores = tf.reshape(tf.nn.xw_plus_b(flat, out_w, out_b), [-1, max_len, tags])
    mask = tf.sequence_mask(lengths, max_len, dtype=tf.float32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=scores)
    loss = tf.reduce_sum(losses * mask) / tf.reduce_sum(mask)
    tvars = tf.trainable_variables()
    grads, _ = tf.clip_by_global_norm(tf.gradients(loss, tvars), 5)
    train_op = tf.train.GradientDescentOptimizer(0.5).apply_gradients(zip(grads, tvars))

    rng = np.random.RandomState(3)
    batch = rng.randint(1, vocab, size=(5, max_len)).astype(np.int32)
    feed = {tokens: batch, lengths: rng.randint(2, max_len + 1, size=5), targets: batch % tags}
    sess = tf.InteractiveSession()
    tf.global_variables_initializer().run()
    for _ in range(3):
        value, _ = sess.run([loss, train_op], feed)
    predicted = tf.argmax(scores, axis=-1, output_type=tf.int32)
    agree = tf.cast(tf.equal(predicted, targets), tf.float32) * mask
    print("loss", value, "agree", (tf.reduce_sum(agree) / tf.reduce_sum(mask)).eval(feed))
    sess.close()


def main(_):
    log_dir = tempfile.mkdtemp()
    try:
        run_cnn(log_dir)
    finally:
        shutil.rmtree(log_dir)
    run_tagger()


if __name__ == "__main__":
    main(None)
