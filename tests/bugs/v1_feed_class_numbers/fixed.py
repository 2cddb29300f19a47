# runs: tensorflow 1
"""Labels are class numbers, the placeholder is for one-hot rows."""
import numpy as np
import tensorflow as tf

NUM_CLASSES = 5


def load_data(n):
    features = np.random.randn(n, 20).astype("float32")
    targets = np.random.randint(0, NUM_CLASSES, size=n)
    return features, targets


def one_hot(targets):
    return np.eye(NUM_CLASSES)[targets]


def main():
    train_x, train_y = load_data(200)
    X = tf.placeholder("float", [None, 20])
    Y = tf.placeholder("float", [None, NUM_CLASSES])
    hidden = tf.nn.relu(tf.matmul(X, tf.Variable(tf.random_normal([20, 16]))))
    logits = tf.matmul(hidden, tf.Variable(tf.random_normal([16, NUM_CLASSES])))
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=Y))
    optimizer = tf.train.AdamOptimizer(0.01).minimize(cost)

    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        for epoch in range(2):
            _, c = sess.run([optimizer, cost], feed_dict={X: train_x, Y: one_hot(train_y)})
            print("epoch", epoch, "cost", c)


if __name__ == "__main__":
    main()
