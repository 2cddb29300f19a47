# runs: tensorflow 2
"""Greedy decoding with concat of the new token without its axis."""
import tensorflow as tf

START, END, MAX = 1, 2, 5


class Translator(tf.Module):
    def __init__(self, vocab):
        super().__init__()
        self.emb = tf.keras.layers.Embedding(vocab, 16)
        self.out = tf.keras.layers.Dense(vocab)

    def logits(self, tokens):
        return self.out(self.emb(tokens))

    def decode(self, batch):
        output = tf.fill([batch, 1], START)
        for i in range(MAX):
            predictions = self.logits(output)
            predictions = predictions[:, -1, :]
            predicted_id = tf.cast(tf.argmax(predictions, axis=-1), tf.int32)
            output = tf.concat([output, predicted_id], axis=-1)  # BUG: TFG206
        return output


t = Translator(50)
print(t.decode(3))
