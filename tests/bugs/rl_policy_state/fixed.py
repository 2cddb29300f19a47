# runs: tensorflow 2
"""A state without a batch dimension reaches the policy."""
import numpy as np
import tensorflow as tf


class Env:
    def reset(self):
        return np.random.rand(4)

    def step(self, action):
        return np.random.rand(4), 1.0, False


class Agent:
    def __init__(self, n_actions):
        self.policy = tf.keras.Sequential([
            tf.keras.layers.Dense(24, activation="relu", input_shape=(4,)),
            tf.keras.layers.Dense(n_actions, activation="softmax"),
        ])

    def act(self, state):
        probs = self.policy(tf.convert_to_tensor(state)[tf.newaxis])
        return np.random.choice(2, p=probs.numpy()[0] / probs.numpy()[0].sum())


env, agent = Env(), Agent(2)
state = env.reset()
for _ in range(3):
    state, reward, done = env.step(agent.act(state))
