"""A TensorFlow 1 program: placeholders, variable scopes, a session with feeds, exponential moving averages by hand."""

import math
import os

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

FLAGS = {
    "input_dim": 20,
    "hidden_sizes": [32, 16],
    "num_classes": 5,
    "batch_size": 10,
    "steps": 8,
    "learning_rate": 0.05,
    "decay_rate": 0.9,
    "decay_steps": 4,
    "weight_decay": 1e-4,
    "keep_prob": 0.8,
}


def load_data(n, dim, classes):
    np.random.seed(0)
    x = np.random.randn(n, dim).astype(np.float32)
    w = np.random.randn(dim, classes)
    y = np.argmax(np.dot(x, w) + 0.1 * np.random.randn(n, classes), axis=1)
    return x, y


def one_hot(y, depth):
    out = np.zeros((y.shape[0], depth), dtype=np.float32)
    out[np.arange(y.shape[0]), y] = 1.0
    return out


def dense(inputs, units, name, activation=None, weight_decay=0.0):
    with tf.variable_scope(name):
        fan_in = inputs.get_shape().as_list()[-1]
        limit = math.sqrt(6.0 / (fan_in + units))
        kernel = tf.get_variable("kernel", [fan_in, units], initializer=tf.random_uniform_initializer(-limit, limit))
        bias = tf.get_variable("bias", [units], initializer=tf.zeros_initializer())
        outputs = tf.nn.bias_add(tf.matmul(inputs, kernel), bias)
        if weight_decay > 0:
            decay = tf.multiply(tf.nn.l2_loss(kernel), weight_decay, name="decay")
            tf.add_to_collection("losses", decay)
        if activation is not None:
            outputs = activation(outputs)
        return outputs


def batch_norm(x, is_training, scope="bn", momentum=0.9, epsilon=1e-3):
    depth = x.shape[-1]
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        gamma = tf.get_variable("gamma", shape=[depth], initializer=tf.ones_initializer())
        beta = tf.get_variable("beta", shape=[depth], initializer=tf.zeros_initializer())
        moving_mean = tf.get_variable("mean", [depth], initializer=tf.zeros_initializer(), trainable=False)
        moving_var = tf.get_variable("var", [depth], initializer=tf.ones_initializer(), trainable=False)
        batch_mean, batch_var = tf.nn.moments(x, axes=[0])
        update_mean = tf.assign(moving_mean, momentum * moving_mean + (1 - momentum) * batch_mean)
        update_var = tf.assign(moving_var, momentum * moving_var + (1 - momentum) * batch_var)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update_mean)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update_var)
        mean, var = tf.cond(is_training, lambda: (batch_mean, batch_var), lambda: (moving_mean, moving_var))
        return tf.nn.batch_normalization(x, mean, var, beta, gamma, epsilon)


class Network(object):
    def __init__(self, flags):
        self.flags = flags
        self.x = tf.placeholder(tf.float32, [None, flags["input_dim"]], name="x")
        self.y = tf.placeholder(tf.float32, [None, flags["num_classes"]], name="y")
        self.keep_prob = tf.placeholder_with_default(1.0, shape=())
        self.is_training = tf.placeholder(tf.bool, shape=[], name="is_training")
        self.global_step = tf.Variable(0, trainable=False, name="global_step")
        self.logits = self._inference()
        self.loss = self._loss()
        self.accuracy = self._accuracy()
        self.train_op = self._train()

    def _inference(self):
        net = self.x
        for i, units in enumerate(self.flags["hidden_sizes"]):
            net = dense(net, units, "hidden%d" % i, weight_decay=self.flags["weight_decay"])
            net = batch_norm(net, self.is_training, scope="bn%d" % i)
            net = tf.nn.relu(net)
            net = tf.nn.dropout(net, keep_prob=self.keep_prob)
        return dense(net, self.flags["num_classes"], "output")

    def _loss(self):
        entropy = tf.nn.softmax_cross_entropy_with_logits_v2(labels=self.y, logits=self.logits)
        self.cross_entropy = tf.reduce_mean(entropy)
        return tf.add_n(tf.get_collection("losses") + [self.cross_entropy], name="total_loss")

    def _accuracy(self):
        hit = tf.equal(tf.argmax(self.logits, 1), tf.argmax(self.y, 1))
        return tf.reduce_mean(tf.cast(hit, tf.float32))

    def _train(self):
        rate = tf.train.exponential_decay(
            self.flags["learning_rate"],
            self.global_step,
            self.flags["decay_steps"],
            self.flags["decay_rate"],
            staircase=True,
        )
        self.learning_rate = rate
        optimizer = tf.train.MomentumOptimizer(rate, 0.9)
        grads_and_vars = optimizer.compute_gradients(self.loss)
        clipped = [(tf.clip_by_value(g, -1.0, 1.0), v) for g, v in grads_and_vars if g is not None]
        self.grad_norm = tf.global_norm([g for g, _ in clipped])
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        with tf.control_dependencies(updates):
            return optimizer.apply_gradients(clipped, global_step=self.global_step)


def next_batch(x, y, size, step):
    start = (step * size) % (len(x) - size)
    return x[start : start + size], y[start : start + size]


def main():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    x, labels = load_data(100, FLAGS["input_dim"], FLAGS["num_classes"])
    y = one_hot(labels, FLAGS["num_classes"])
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(1)
        network = Network(FLAGS)
        probabilities = tf.nn.softmax(network.logits)
        best_prob, best_class = tf.nn.top_k(probabilities, k=2)
        margin = best_prob[:, 0] - best_prob[:, 1]
        init = tf.global_variables_initializer()
        total = sum(int(np.prod(v.shape.as_list())) for v in tf.trainable_variables())

    with tf.Session(graph=graph) as sess:
        sess.run(init)
        for step in range(FLAGS["steps"]):
            batch_x, batch_y = next_batch(x, y, FLAGS["batch_size"], step)
            feed = {
                network.x: batch_x,
                network.y: batch_y,
                network.keep_prob: FLAGS["keep_prob"],
                network.is_training: True,
            }
            _, loss, norm, rate = sess.run(
                [network.train_op, network.loss, network.grad_norm, network.learning_rate], feed_dict=feed
            )
            if step % 4 == 0:
                print("step %d loss %.3f norm %.3f rate %.4f" % (step, loss, norm, rate))
        test_feed = {network.x: x[:30], network.y: y[:30], network.is_training: False}
        accuracy, margins, classes = sess.run([network.accuracy, margin, best_class], test_feed)
        print("parameters %d accuracy %.2f" % (total, accuracy))
        uncertain = np.argsort(margins)[:3]
        print(classes[uncertain], margins[uncertain])
        with tf.variable_scope("", reuse=True):
            pass
        kernels = [v for v in graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES) if "kernel" in v.name]
        for kernel in sess.run(kernels):
            print(kernel.shape, float(np.abs(kernel).mean()))


if __name__ == "__main__":
    main()
