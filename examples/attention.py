"""Self-attention in which the keys are not transposed: the widths of queries and the times of keys meet."""

import tensorflow as tf

BATCH, TIME, HEADS, WIDTH = 8, 50, 4, 64


def split_heads(x):
    return tf.reshape(x, [BATCH, TIME, HEADS, WIDTH // HEADS])


def attention(query, key, value):
    query, key, value = split_heads(query), split_heads(key), split_heads(value)
    query = tf.transpose(query, [0, 2, 1, 3])
    key = tf.transpose(key, [0, 2, 1, 3])
    value = tf.transpose(value, [0, 2, 1, 3])
    scores = tf.matmul(query, key) / tf.sqrt(float(WIDTH // HEADS))  # forgot transpose_b=True
    weights = tf.nn.softmax(scores)
    return tf.matmul(weights, value)


if __name__ == "__main__":
    x = tf.random.normal([BATCH, TIME, WIDTH])
    print(attention(x, x, x).shape)
