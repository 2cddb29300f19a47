"""The weights of Keras's layers, after a call, after build, and in a Sequential model."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rows = np.ones((2, 4), np.float32)
steps = np.ones((2, 8, 4), np.float32)
images = np.ones((2, 8, 8, 4), np.float32)
films = np.ones((2, 3, 8, 8, 4), np.float32)

dense = layers.Dense(3)
dense(rows)
dense.kernel
dense.bias
weights, bias = dense.get_weights()
dense.set_weights([weights * 2, bias])
total = np.zeros((2, dense.count_params()))

table = layers.Embedding(50, 6)
table(np.zeros((2, 5), np.int32))
table.get_weights()[0]
products = layers.EinsumDense("abc,cd->abd", output_shape=(None, 6), bias_axes="d")
products(steps)
products.kernel
products.bias

for layer in (
    layers.Conv1D(6, 3, groups=2),
    layers.Conv1DTranspose(6, 3),
    layers.SeparableConv1D(6, 3, depth_multiplier=2),
    layers.DepthwiseConv1D(3, depth_multiplier=2),
    layers.LSTM(5),
    layers.GRU(5),
    layers.GRU(5, reset_after=False),
    layers.SimpleRNN(5),
    layers.RNN([layers.LSTMCell(5), layers.GRUCell(3)]),
    layers.Bidirectional(layers.LSTM(5)),
    layers.TimeDistributed(layers.Dense(7)),
):
    layer(steps)
    count = len(layer.weights)
    kernels = layer.get_weights()
    first, last = kernels[0], kernels[-1]
    first, last

for layer in (
    layers.Conv2D(6, (3, 2), use_bias=False),
    layers.Conv2DTranspose(6, 3),
    layers.SeparableConv2D(6, 3),
    layers.DepthwiseConv2D(3),
    layers.BatchNormalization(),
    layers.BatchNormalization(axis=1, scale=False),
    layers.LayerNormalization(axis=[1, 3]),
    layers.GroupNormalization(2),
    layers.PReLU(shared_axes=[1, 2]),
):
    layer(images)
    for weight in layer.get_weights():
        weight

recurrent = layers.ConvLSTM2D(6, 3)
recurrent(films)
recurrent.get_weights()[1]
attention = layers.MultiHeadAttention(2, 3, value_dim=5)
attention(steps, steps)
for weight in attention.get_weights():
    weight
grouped = layers.GroupQueryAttention(3, 4, 2)
grouped(steps, steps)
grouped.get_weights()[2]

norm = layers.LayerNormalization(axis=[1, 2, 3])
norm.build([5, 20, 30, 40])
norm.gamma
norm.beta
batch = layers.BatchNormalization()
batch(images)
batch.gamma
batch.moving_variance
scaled = layers.SpectralNormalization(layers.Dense(3))
scaled(rows)
scaled.kernel

model = keras.Sequential(
    [
        keras.Input((8, 8, 4)),
        layers.Conv2D(6, 3),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(10, name="scores"),
    ]
)
images_in = tf.constant(images)
with tf.GradientTape() as tape:
    scores = model(images_in)
    loss = tf.reduce_mean(scores)
gradients = tape.gradient(loss, model.trainable_variables)
for gradient, variable in zip(gradients, model.trainable_variables):
    gradient
    variable
model.layers[-1].kernel
model.get_layer("scores").bias
model.get_weights()[-2]
norms = [tf.norm(weight) for weight in model.trainable_weights]
