"""A spectrogram, its logarithm, and its padding."""

import tensorflow as tf

signals = tf.random.normal([32, 64_000])
spectrum = tf.signal.stft(signals, frame_length=512, frame_step=256)
magnitude = tf.abs(spectrum)
del spectrum
decibels = tf.math.log(magnitude + 1e-6)
padded = tf.pad(decibels, [[0, 0], [0, 6], [0, 0]])
print(padded.shape)
