"""Sequence to sequence twice: an LSTM cell by hand with additive attention, and an encoder-decoder of Keras layers."""

import random
import string

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import GRU, LSTM, Bidirectional, Dense, Embedding, RepeatVector, TimeDistributed
from tensorflow.keras.models import Sequential

PAD, START, END = "_", "<", ">"
ALPHABET = PAD + START + END + string.ascii_lowercase[:8]
CHAR_TO_ID = {char: index for index, char in enumerate(ALPHABET)}
ID_TO_CHAR = {index: char for char, index in CHAR_TO_ID.items()}
VOCAB = len(ALPHABET)
MAX_LEN = 6


def random_word(rng):
    length = rng.randint(3, MAX_LEN)
    return "".join(rng.choice(string.ascii_lowercase[:8]) for _ in range(length))


def encode(words, length):
    """The words as rows of character numbers, padded at the end."""
    ids = np.full((len(words), length), CHAR_TO_ID[PAD], dtype=np.int64)
    for row, word in zip(ids, words):
        row[: len(word)] = [CHAR_TO_ID[char] for char in word]
    return ids


def decode(ids):
    chars = [ID_TO_CHAR[int(i)] for i in ids]
    return "".join(char for char in chars if char not in (PAD, START, END))


def make_pairs(count, seed=0):
    rng = random.Random(seed)
    words = [random_word(rng) for _ in range(count)]
    sources = encode(words, MAX_LEN)
    targets = encode([START + word[::-1] + END for word in words], MAX_LEN + 2)
    return words, sources, targets


class LSTMCell(tf.Module):
    """One step of an LSTM with the four gates in one product."""

    def __init__(self, input_size, hidden_size, name=None):
        super().__init__(name=name)
        self.hidden_size = hidden_size
        scale = 1.0 / np.sqrt(hidden_size)
        self.kernel = tf.Variable(
            tf.random.uniform([input_size + hidden_size, 4 * hidden_size], -scale, scale), name="kernel"
        )
        forget_bias = np.concatenate([np.zeros(hidden_size), np.ones(hidden_size), np.zeros(2 * hidden_size)]).astype(
            np.float32
        )
        self.bias = tf.Variable(forget_bias, name="bias")

    def __call__(self, inputs, state):
        hidden, cell = state
        joined = tf.concat([inputs, hidden], axis=1)
        gates = tf.matmul(joined, self.kernel) + self.bias
        i, f, g, o = tf.split(gates, num_or_size_splits=4, axis=1)
        cell = tf.sigmoid(f) * cell + tf.sigmoid(i) * tf.tanh(g)
        hidden = tf.sigmoid(o) * tf.tanh(cell)
        return hidden, (hidden, cell)

    def zero_state(self, batch_size):
        shape = [batch_size, self.hidden_size]
        return tf.zeros(shape), tf.zeros(shape)


class AdditiveAttention(tf.Module):
    def __init__(self, units):
        super().__init__()
        self.query = tf.Variable(tf.random.normal([units, units], stddev=0.1))
        self.key = tf.Variable(tf.random.normal([units, units], stddev=0.1))
        self.score = tf.Variable(tf.random.normal([units, 1], stddev=0.1))

    def __call__(self, query, memory, mask):
        keys = tf.tensordot(memory, self.key, axes=1)
        projected = tf.expand_dims(query @ self.query, 1)
        scores = tf.squeeze(tf.tensordot(tf.tanh(keys + projected), self.score, axes=[[2], [0]]), axis=-1)
        scores = tf.where(mask, scores, tf.fill(tf.shape(scores), -1e9))
        weights = tf.nn.softmax(scores)
        context = tf.reduce_sum(weights[:, :, tf.newaxis] * memory, axis=1)
        return context, weights


class Translator(tf.Module):
    def __init__(self, vocab, embedding=8, hidden=12):
        super().__init__()
        self.vocab = vocab
        self.embeddings = tf.Variable(tf.random.normal([vocab, embedding], stddev=0.3))
        self.encoder = LSTMCell(embedding, hidden, name="encoder")
        self.decoder = LSTMCell(embedding + hidden, hidden, name="decoder")
        self.attention = AdditiveAttention(hidden)
        self.output = tf.Variable(tf.zeros([2 * hidden, vocab]))

    def encode(self, sources):
        embedded = tf.nn.embedding_lookup(self.embeddings, sources)
        state = self.encoder.zero_state(sources.shape[0])
        outputs = []
        for step in range(sources.shape[1]):
            output, state = self.encoder(embedded[:, step], state)
            outputs.append(output)
        return tf.stack(outputs, axis=1), state

    def step(self, tokens, state, memory, mask):
        embedded = tf.nn.embedding_lookup(self.embeddings, tokens)
        context, weights = self.attention(state[0], memory, mask)
        output, state = self.decoder(tf.concat([embedded, context], axis=-1), state)
        logits = tf.concat([output, context], axis=-1) @ self.output
        return logits, state, weights

    def loss(self, sources, targets):
        memory, state = self.encode(sources)
        mask = tf.not_equal(sources, CHAR_TO_ID[PAD])
        total = 0.0
        for position in range(targets.shape[1] - 1):
            logits, state, _ = self.step(targets[:, position], state, memory, mask)
            labels = targets[:, position + 1]
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            valid = tf.cast(labels != CHAR_TO_ID[PAD], tf.float32)
            total += tf.reduce_sum(losses * valid) / tf.maximum(tf.reduce_sum(valid), 1.0)
        return total / (targets.shape[1] - 1)

    def translate(self, sources, max_steps=MAX_LEN + 1):
        memory, state = self.encode(sources)
        mask = sources != CHAR_TO_ID[PAD]
        tokens = tf.fill([sources.shape[0]], CHAR_TO_ID[START])
        produced, alignments = [], []
        for _ in range(max_steps):
            logits, state, weights = self.step(tokens, state, memory, mask)
            tokens = tf.argmax(logits, axis=-1, output_type=tf.int32)
            produced.append(tokens)
            alignments.append(weights)
        return tf.transpose(tf.stack(produced)), tf.stack(alignments, axis=1)


def train_by_hand(sources, targets, steps=2, batch=8):
    translator = Translator(VOCAB)
    velocity = [tf.Variable(tf.zeros_like(v), trainable=False) for v in translator.trainable_variables]
    for step in range(steps):
        rows = slice(step * batch, (step + 1) * batch)
        with tf.GradientTape() as tape:
            loss = translator.loss(tf.constant(sources[rows]), tf.constant(targets[rows]))
        gradients = tape.gradient(loss, translator.trainable_variables)
        for variable, gradient, moment in zip(translator.trainable_variables, gradients, velocity):
            dense = tf.convert_to_tensor(gradient)
            moment.assign(0.9 * moment + dense)
            variable.assign_sub(0.05 * moment)
        print("step", step, "loss", round(float(loss), 3))
    return translator


def build_keras_model(hidden=10):
    model = Sequential()
    model.add(Embedding(VOCAB, 8))
    model.add(Bidirectional(LSTM(hidden)))
    model.add(RepeatVector(MAX_LEN))
    model.add(GRU(2 * hidden, return_sequences=True))
    model.add(TimeDistributed(Dense(VOCAB, activation="softmax")))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    return model


def main():
    tf.random.set_seed(2)
    words, sources, targets = make_pairs(20)
    assert sources.shape == (20, MAX_LEN)

    translator = train_by_hand(sources, targets)
    produced, alignment = translator.translate(tf.constant(sources[:4]))
    for word, ids, weights in zip(words, produced.numpy(), alignment.numpy()):
        focus = weights.argmax(axis=-1)
        print(f"{word:>{MAX_LEN}} -> {decode(ids)!r} looking at {focus.tolist()}")

    reversed_words = encode([word[::-1] for word in words], MAX_LEN)
    model = build_keras_model()
    model.fit(sources, reversed_words[..., np.newaxis], epochs=1, batch_size=10, verbose=0)
    probabilities = model.predict(sources[:3], verbose=0)
    best = probabilities.argmax(axis=-1)
    correct = (best == reversed_words[:3]).mean()
    print("characters right:", round(float(correct), 2), [decode(row) for row in best])

    encoder = LSTM(7, return_sequences=True, return_state=True)
    decoder = LSTM(7, return_sequences=True)
    one_hot = tf.one_hot(sources, VOCAB)
    outputs, hidden, cell = encoder(one_hot)
    decoded = decoder(tf.one_hot(targets, VOCAB), initial_state=[hidden, cell])
    scores = tf.matmul(decoded, outputs, transpose_b=True)
    context = tf.matmul(tf.nn.softmax(scores, axis=-1), outputs)
    print(tf.concat([decoded, context], axis=-1).shape)


if __name__ == "__main__":
    main()
