# runs: tensorflow 2
"""The weights of one network are put into another of a different width."""
import numpy as np
import tensorflow as tf


class Agent:
    def __init__(self, state_size, action_size):
        self.state_size, self.action_size = state_size, action_size
        self.model = self.build_model(24)
        self.target_model = self.build_model(32)
        self.update_target_model()

    def build_model(self, width):
        model = tf.keras.Sequential()
        model.add(tf.keras.layers.Dense(width, input_shape=(self.state_size,), activation="relu"))
        model.add(tf.keras.layers.Dense(self.action_size, activation="linear"))
        model.compile(loss="mse", optimizer="adam")
        return model

    def update_target_model(self):
        self.target_model.set_weights(self.model.get_weights())  # BUG: TFG212


agent = Agent(4, 2)
