"""The encoder-decoder transformer on a copy-and-reverse task, with label smoothing and greedy and beam decoding."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

PAD_ID, BOS_ID, EOS_ID = 0, 1, 2


@dataclass
class HParams:
    src_vocab: int = 20
    tgt_vocab: int = 22
    max_len: int = 16
    num_layers: int = 2
    hidden_size: int = 16
    num_heads: int = 4
    filter_size: int = 32
    dropout: float = 0.1
    label_smoothing: float = 0.1
    batch_size: int = 4
    train_steps: int = 3


def get_position_encoding(length, hidden_size, min_timescale=1.0, max_timescale=1.0e4):
    position = tf.cast(tf.range(length), tf.float32)
    num_timescales = hidden_size // 2
    log_increment = math.log(float(max_timescale) / float(min_timescale)) / (tf.cast(num_timescales, tf.float32) - 1)
    inv_timescales = min_timescale * tf.exp(tf.cast(tf.range(num_timescales), tf.float32) * -log_increment)
    scaled_time = tf.expand_dims(position, 1) * tf.expand_dims(inv_timescales, 0)
    return tf.concat([tf.sin(scaled_time), tf.cos(scaled_time)], axis=1)


def padding_bias(tokens):
    padding = tf.cast(tf.equal(tokens, PAD_ID), tf.float32)
    return (padding * -1e9)[:, None, None, :]


def causal_bias(length):
    valid = tf.linalg.band_part(tf.ones([length, length]), -1, 0)
    valid = tf.reshape(valid, [1, 1, length, length])
    return -1e9 * (1.0 - valid)


class Attention(tf.keras.layers.Layer):
    def __init__(self, hidden_size, num_heads, attention_dropout):
        if hidden_size % num_heads:
            raise ValueError("hidden size {} and heads {}".format(hidden_size, num_heads))
        super(Attention, self).__init__()
        self.hidden_size = hidden_size
        self.num_heads = num_heads
        self.attention_dropout = attention_dropout

    def build(self, input_shape):
        depth = self.hidden_size // self.num_heads
        init = tf.keras.initializers.GlorotUniform()
        shape = (self.hidden_size, self.num_heads, depth)
        self.query_kernel = self.add_weight(name="query", shape=shape, initializer=init)
        self.key_kernel = self.add_weight(name="key", shape=shape, initializer=init)
        self.value_kernel = self.add_weight(name="value", shape=shape, initializer=init)
        self.output_kernel = self.add_weight(
            name="output", shape=(self.num_heads, depth, self.hidden_size), initializer=init
        )
        super(Attention, self).build(input_shape)

    def call(self, query_input, source_input, bias, training=False, cache=None):
        query = tf.einsum("btd,dhe->bthe", query_input, self.query_kernel)
        key = tf.einsum("bsd,dhe->bshe", source_input, self.key_kernel)
        value = tf.einsum("bsd,dhe->bshe", source_input, self.value_kernel)
        if cache is not None:
            key = tf.concat([cache["k"], key], axis=1)
            value = tf.concat([cache["v"], value], axis=1)
            cache["k"], cache["v"] = key, value
        depth = self.hidden_size // self.num_heads
        query *= depth**-0.5
        logits = tf.einsum("bthe,bshe->bhts", query, key)
        logits += bias
        weights = tf.nn.softmax(logits, name="attention_weights")
        if training:
            weights = tf.nn.dropout(weights, rate=self.attention_dropout)
        context = tf.einsum("bhts,bshe->bthe", weights, value)
        return tf.einsum("bthe,hed->btd", context, self.output_kernel)


class SelfAttention(Attention):
    def call(self, query_input, bias, training=False, cache=None):
        return super(SelfAttention, self).call(query_input, query_input, bias, training, cache)


class FeedForward(tf.keras.layers.Layer):
    def __init__(self, hidden_size, filter_size, dropout):
        super().__init__()
        self.filter_layer = tf.keras.layers.Dense(filter_size, use_bias=True, activation=tf.nn.relu)
        self.output_layer = tf.keras.layers.Dense(hidden_size)
        self.dropout = dropout

    def call(self, x, training=False):
        out = self.filter_layer(x)
        if training:
            out = tf.nn.dropout(out, rate=self.dropout)
        return self.output_layer(out)


class PrePostProcessing(tf.keras.layers.Layer):
    """Normalizes before a sublayer, drops out after it, and adds the input."""

    def __init__(self, layer, dropout):
        super().__init__()
        self.layer = layer
        self.postprocess_dropout = dropout
        self.layer_norm = tf.keras.layers.LayerNormalization(epsilon=1e-6, dtype="float32")

    def call(self, x, *args, **kwargs):
        training = kwargs.get("training", False)
        y = self.layer_norm(x)
        y = self.layer(y, *args, **kwargs)
        if training:
            y = tf.nn.dropout(y, rate=self.postprocess_dropout)
        return x + y


class Transformer(tf.keras.Model):
    def __init__(self, params):
        super().__init__()
        self.params = params
        self.src_embedding = tf.keras.layers.Embedding(params.src_vocab, params.hidden_size)
        self.tgt_embedding = tf.keras.layers.Embedding(params.tgt_vocab, params.hidden_size)
        p = params
        self.encoder_layers = [
            (
                PrePostProcessing(SelfAttention(p.hidden_size, p.num_heads, p.dropout), p.dropout),
                PrePostProcessing(FeedForward(p.hidden_size, p.filter_size, p.dropout), p.dropout),
            )
            for _ in range(p.num_layers)
        ]
        self.decoder_layers = []
        for _ in range(p.num_layers):
            self.decoder_layers.append(
                [
                    PrePostProcessing(SelfAttention(p.hidden_size, p.num_heads, p.dropout), p.dropout),
                    PrePostProcessing(Attention(p.hidden_size, p.num_heads, p.dropout), p.dropout),
                    PrePostProcessing(FeedForward(p.hidden_size, p.filter_size, p.dropout), p.dropout),
                ]
            )
        self.encoder_norm = tf.keras.layers.LayerNormalization(epsilon=1e-6)
        self.decoder_norm = tf.keras.layers.LayerNormalization(epsilon=1e-6)

    def call(self, inputs, training=False):
        source, target = inputs
        encoded, bias = self.encode(source, training)
        return self.decode(target, encoded, bias, training)

    def embed(self, embedding, tokens, training):
        x = embedding(tokens) * self.params.hidden_size**0.5
        mask = tf.cast(tf.not_equal(tokens, PAD_ID), x.dtype)
        x *= tf.expand_dims(mask, -1)
        x += get_position_encoding(tf.shape(tokens)[1], self.params.hidden_size)
        return tf.nn.dropout(x, rate=self.params.dropout) if training else x

    def encode(self, source, training):
        bias = padding_bias(source)
        x = self.embed(self.src_embedding, source, training)
        for attention, feed_forward in self.encoder_layers:
            x = attention(x, bias, training=training)
            x = feed_forward(x, training=training)
        return self.encoder_norm(x), bias

    def decode(self, target, encoded, encoder_bias, training):
        x = self.embed(self.tgt_embedding, target, training)
        self_bias = causal_bias(tf.shape(target)[1])
        for self_attention, cross_attention, feed_forward in self.decoder_layers:
            x = self_attention(x, self_bias, training=training)
            x = cross_attention(x, encoded, encoder_bias, training=training)
            x = feed_forward(x, training=training)
        x = self.decoder_norm(x)
        batch, length = tf.shape(x)[0], tf.shape(x)[1]
        flat = tf.reshape(x, [-1, self.params.hidden_size])
        logits = tf.matmul(flat, self.tgt_embedding.embeddings, transpose_b=True)
        return tf.reshape(logits, [batch, length, self.params.tgt_vocab])


def smoothed_loss(logits, labels, smoothing, vocab_size):
    confidence = 1.0 - smoothing
    low_confidence = (1.0 - confidence) / float(vocab_size - 1)
    soft_targets = tf.one_hot(
        tf.cast(labels, tf.int32), depth=vocab_size, on_value=confidence, off_value=low_confidence
    )
    xentropy = tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=soft_targets)
    normalizing = -(
        confidence * math.log(confidence) + float(vocab_size - 1) * low_confidence * math.log(low_confidence + 1e-20)
    )
    xentropy -= normalizing
    weights = tf.cast(tf.not_equal(labels, PAD_ID), tf.float32)
    return tf.reduce_sum(xentropy * weights) / tf.reduce_sum(weights)


def padded_accuracy(logits, labels):
    weights = tf.cast(tf.not_equal(labels, PAD_ID), tf.float32)
    outputs = tf.cast(tf.argmax(logits, axis=-1), tf.int32)
    correct = tf.cast(tf.equal(outputs, tf.cast(labels, tf.int32)), tf.float32)
    return tf.reduce_sum(correct * weights) / tf.reduce_sum(weights)


def make_batch(params, rng):
    source = np.zeros((params.batch_size, 8), dtype=np.int32)
    target = np.zeros((params.batch_size, 10), dtype=np.int32)
    for i in range(params.batch_size):
        n = rng.randint(3, 8)
        words = rng.randint(3, params.src_vocab, size=n)
        source[i, :n] = words
        target[i, 0] = BOS_ID
        target[i, 1 : n + 1] = words[::-1]
        target[i, n + 1] = EOS_ID
    return tf.convert_to_tensor(source), tf.convert_to_tensor(target)


def greedy_decode(model, source, max_length):
    batch = source.shape[0]
    tokens = tf.fill([batch, 1], BOS_ID)
    finished = tf.zeros([batch], dtype=tf.bool)
    encoded, bias = model.encode(source, training=False)
    for _ in range(max_length):
        logits = model.decode(tokens, encoded, bias, training=False)
        next_token = tf.argmax(logits[:, -1], axis=-1, output_type=tf.int32)
        next_token = tf.where(finished, tf.zeros_like(next_token), next_token)
        tokens = tf.concat([tokens, next_token[:, tf.newaxis]], axis=-1)
        finished = tf.logical_or(finished, tf.equal(next_token, EOS_ID))
        if tf.reduce_all(finished):
            break
    return tokens[:, 1:]


def beam_search(model, source, beam_size, max_length, alpha=0.6):
    encoded, bias = model.encode(source[:1], training=False)
    encoded = tf.repeat(encoded, beam_size, axis=0)
    bias = tf.tile(bias, [beam_size, 1, 1, 1])
    vocab_size = model.params.tgt_vocab
    sequences = tf.fill([beam_size, 1], BOS_ID)
    scores = tf.constant([0.0] + [-1e7] * (beam_size - 1))
    for step in range(max_length):
        logits = model.decode(sequences, encoded, bias, False)
        log_probs = tf.nn.log_softmax(logits[:, -1, :])
        candidates = scores[:, tf.newaxis] + log_probs
        scores, flat_ids = tf.math.top_k(tf.reshape(candidates, [-1]), k=beam_size)
        beam_ids = flat_ids // vocab_size
        token_ids = flat_ids % vocab_size
        sequences = tf.concat([tf.gather(sequences, beam_ids), tf.expand_dims(token_ids, 1)], axis=1)
    penalty = ((5.0 + max_length) / 6.0) ** alpha
    best = tf.argmax(scores / penalty)
    return sequences[best], scores[best] / penalty


def main():
    params = HParams(num_layers=1)
    tf.random.set_seed(3)
    rng = np.random.RandomState(3)
    model = Transformer(params)
    optimizer = tf.keras.optimizers.Adam(learning_rate=1e-3, beta_1=0.9, beta_2=0.997, epsilon=1e-9)
    for step in range(params.train_steps):
        source, target = make_batch(params, rng)
        with tf.GradientTape() as tape:
            logits = model((source, target[:, :-1]), training=True)
            loss = smoothed_loss(logits, target[:, 1:], params.label_smoothing, params.tgt_vocab)
        gradients = tape.gradient(loss, model.trainable_variables)
        gradients, norm = tf.clip_by_global_norm(gradients, 1.0)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        accuracy = padded_accuracy(logits, target[:, 1:])
        print("step %d loss %.4f accuracy %.3f norm %.2f" % (step, loss, accuracy, norm))
    source, target = make_batch(params, rng)
    decoded = greedy_decode(model, source, max_length=4)
    print("decoded", tf.shape(decoded).numpy(), decoded.dtype.name)
    best, score = beam_search(model, source, beam_size=3, max_length=4)
    print("best", best.numpy().tolist(), float(score))


if __name__ == "__main__":
    main()
