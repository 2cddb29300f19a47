# runs: tensorflow 2
"""argmax gives int64, and the start tokens are int32: a variable of the loop changes its dtype."""
import tensorflow as tf


class Decoder(tf.Module):
    def __init__(self, vocabulary, units):
        super().__init__()
        self.embedding = tf.Variable(tf.random.normal([vocabulary, units]))
        self.kernel = tf.Variable(tf.random.normal([units, vocabulary]))

    def next_tokens(self, tokens):
        state = tf.nn.embedding_lookup(self.embedding, tokens)
        return tf.argmax(tf.matmul(state, self.kernel), axis=-1, output_type=tf.int32)

    @tf.function
    def generate(self, start, steps):
        written = tf.TensorArray(tf.int32, size=steps)
        tokens = start
        for step in tf.range(steps):
            tokens = self.next_tokens(tokens)
            written = written.write(step, tokens)
        return tf.transpose(written.stack())


decoder = Decoder(30, 16)
print(decoder.generate(tf.zeros([4], tf.int32), tf.constant(5)).shape)
