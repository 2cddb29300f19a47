# runs: tensorflow 1 with tf_keras
"""CTC's labels are a sparse tensor."""
import tensorflow as tf

num_hidden = 64
num_classes = 38
batch_size = 16

inputs = tf.placeholder(tf.float32, [batch_size, 160, 60])
targets = tf.sparse_placeholder(tf.int32)
seq_len = tf.placeholder(tf.int32, [batch_size])


def get_train_model():
    stack = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.LSTMCell(num_hidden) for _ in range(2)])
    outputs, _ = tf.nn.dynamic_rnn(stack, inputs, seq_len, dtype=tf.float32)
    outputs = tf.reshape(outputs, [-1, num_hidden])
    W = tf.Variable(tf.truncated_normal([num_hidden, num_classes], stddev=0.1), name="W")
    b = tf.Variable(tf.constant(0., shape=[num_classes]), name="b")
    logits = tf.matmul(outputs, W) + b
    logits = tf.reshape(logits, [batch_size, -1, num_classes])
    return tf.transpose(logits, (1, 0, 2)), W, b


def train():
    global_step = tf.Variable(0, trainable=False)
    logits, W, b = get_train_model()
    loss = tf.nn.ctc_loss(targets, logits, seq_len)
    cost = tf.reduce_mean(loss)
    return tf.train.AdamOptimizer(learning_rate=1e-3).minimize(cost, global_step=global_step)


train()
