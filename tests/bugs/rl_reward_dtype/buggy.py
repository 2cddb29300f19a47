# runs: tensorflow 2
"""Discounted rewards are float64, log probabilities float32."""
import numpy as np
import tensorflow as tf


def discount(rewards, gamma=0.99):
    out = np.zeros(len(rewards))
    running = 0.0
    for t in reversed(range(len(rewards))):
        running = rewards[t] + gamma * running
        out[t] = running
    return out


policy = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(2)])
states = tf.random.normal((5, 4))
actions = tf.constant([0, 1, 1, 0, 1])
returns = tf.convert_to_tensor(discount([1.0, 1.0, 1.0, 1.0, 0.0]))
with tf.GradientTape() as tape:
    log_probs = -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=actions, logits=policy(states))
    loss = -tf.reduce_mean(log_probs * returns)  # BUG: TFG102
grads = tape.gradient(loss, policy.trainable_variables)
