# runs: tensorflow 1 with tf_keras
"""The initial state was made for another batch size."""
import argparse

import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--batch_size", type=int, default=64)
parser.add_argument("--rnn_size", type=int, default=128)
parser.add_argument("--seq_length", type=int, default=25)
args = parser.parse_args([])

inputs = tf.placeholder(tf.float32, [args.batch_size, args.seq_length, 8])
cell = tf.nn.rnn_cell.BasicRNNCell(args.rnn_size)
initial_state = cell.zero_state(args.batch_size, tf.float32)
outputs, last_state = tf.nn.dynamic_rnn(cell, inputs, initial_state=initial_state)
