# runs: tensorflow 2
"""MultiHeadAttention with a padding mask of keys that has the wrong length."""
import tensorflow as tf

mha = tf.keras.layers.MultiHeadAttention(num_heads=2, key_dim=16)
query = tf.random.normal((3, 6, 32))
value = tf.random.normal((3, 9, 32))
lengths = tf.constant([4, 6, 2])
mask = tf.sequence_mask(lengths, 6)
out, scores = mha(query, value, attention_mask=mask[:, tf.newaxis, :], return_attention_scores=True)  # BUG: TFG208
print(out.shape, scores.shape)
