"""Weights that are written to a checkpoint, read back, and copied as arrays."""

import tempfile

import tensorflow as tf

w = tf.Variable(tf.random.normal([4096, 2048]))
v = tf.Variable(tf.zeros([2048, 2048]))
checkpoint = tf.train.Checkpoint(w=w, v=v)
path = checkpoint.write(tempfile.mkdtemp() + "/c")
w.assign(w * 0.5)
checkpoint.read(path)
snapshot = [variable.numpy() for variable in (w, v)]
