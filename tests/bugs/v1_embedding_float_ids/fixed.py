# runs: tensorflow 1
"""Word numbers in a float placeholder cannot be looked up."""
import tensorflow as tf

vocabulary_size = 10000
embedding_size = 128
num_sampled = 64


class SkipGram:
    def __init__(self, batch_size):
        self.inputs = tf.placeholder(tf.int32, shape=[batch_size])
        self.labels = tf.placeholder(tf.int32, shape=[batch_size, 1])
        embeddings = tf.Variable(tf.random_uniform([vocabulary_size, embedding_size], -1.0, 1.0))
        embed = tf.nn.embedding_lookup(embeddings, self.inputs)
        weights = tf.Variable(tf.truncated_normal([vocabulary_size, embedding_size], stddev=0.1))
        biases = tf.Variable(tf.zeros([vocabulary_size]))
        self.loss = tf.reduce_mean(
            tf.nn.nce_loss(weights, biases, self.labels, embed, num_sampled, vocabulary_size)
        )


model = SkipGram(128)
