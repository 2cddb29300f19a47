# runs: tensorflow 2
"""Vision transformer: the number of patches is computed from another image size."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

config = {"image_size": 72, "patch_size": 6, "projection_dim": 64, "num_heads": 4, "transformer_layers": 2, "num_classes": 10}
num_patches = (64 // config["patch_size"]) ** 2


def mlp(x, hidden_units, dropout_rate):
    for units in hidden_units:
        x = layers.Dense(units, activation=tf.nn.gelu)(x)
        x = layers.Dropout(dropout_rate)(x)
    return x


class Patches(layers.Layer):
    def __init__(self, patch_size):
        super().__init__()
        self.patch_size = patch_size

    def call(self, images):
        batch_size = tf.shape(images)[0]
        patches = tf.image.extract_patches(
            images=images,
            sizes=[1, self.patch_size, self.patch_size, 1],
            strides=[1, self.patch_size, self.patch_size, 1],
            rates=[1, 1, 1, 1],
            padding="VALID",
        )
        patch_dims = patches.shape[-1]
        return tf.reshape(patches, [batch_size, -1, patch_dims])


class PatchEncoder(layers.Layer):
    def __init__(self, num_patches, projection_dim):
        super().__init__()
        self.num_patches = num_patches
        self.projection = layers.Dense(units=projection_dim)
        self.position_embedding = layers.Embedding(input_dim=num_patches, output_dim=projection_dim)

    def call(self, patch):
        positions = tf.range(start=0, limit=self.num_patches, delta=1)
        encoded = self.projection(patch) + self.position_embedding(positions)  # BUG: TFG204
        return encoded


images = tf.random.uniform((2, config["image_size"], config["image_size"], 3))
patches = Patches(config["patch_size"])(images)
encoded = PatchEncoder(num_patches, config["projection_dim"])(patches)
for _ in range(config["transformer_layers"]):
    x1 = layers.LayerNormalization(epsilon=1e-6)(encoded)
    attention = layers.MultiHeadAttention(num_heads=config["num_heads"], key_dim=config["projection_dim"])(x1, x1)
    x2 = layers.Add()([attention, encoded])
    x3 = layers.LayerNormalization(epsilon=1e-6)(x2)
    x3 = mlp(x3, [128, config["projection_dim"]], 0.1)
    encoded = layers.Add()([x3, x2])
rep = layers.Flatten()(layers.LayerNormalization()(encoded))
logits = layers.Dense(config["num_classes"])(rep)
print(logits.shape)
