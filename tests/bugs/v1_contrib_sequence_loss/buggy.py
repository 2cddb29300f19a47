# runs: no, contrib is gone
"""sequence_loss wants weights for each step, the lengths are not weights."""
import tensorflow as tf

batch_size, steps, vocab = 16, 30, 4000

decoder_outputs = tf.placeholder(tf.float32, [batch_size, steps, 256])
targets = tf.placeholder(tf.int32, [batch_size, steps])
lengths = tf.placeholder(tf.int32, [batch_size])
logits = tf.contrib.layers.fully_connected(decoder_outputs, vocab, activation_fn=None)
weights = tf.cast(lengths, tf.float32)
loss = tf.contrib.seq2seq.sequence_loss(logits, targets, weights)  # BUG: TFG209
