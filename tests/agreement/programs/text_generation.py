"""Sentiment and text generation on a small corpus: TextVectorization, a bidirectional GRU, a stateful GRU by hand."""

import collections
import re
import string

import numpy as np
import tensorflow as tf
from tensorflow.keras import Sequential
from tensorflow.keras import layers as L
from tensorflow.keras.layers import TextVectorization

POSITIVE = ["a truly great and moving film", "great fun, great cast!", "I loved it so much", "moving and fun story"]
NEGATIVE = ["a dull and boring mess", "boring cast, dull story...", "I hated it so much", "a mess of a film"]
MAX_TOKENS = 40
SEQUENCE_LENGTH = 10
EMBEDDING_DIM = 8


def custom_standardization(text):
    lowercase = tf.strings.lower(text)
    stripped = tf.strings.regex_replace(lowercase, "<br />", " ")
    return tf.strings.regex_replace(stripped, "[%s]" % re.escape(string.punctuation), "")


vectorize_layer = TextVectorization(
    standardize=custom_standardization,
    max_tokens=MAX_TOKENS,
    output_mode="int",
    output_sequence_length=SEQUENCE_LENGTH,
)
texts = np.array(POSITIVE + NEGATIVE)
labels = np.array([1] * len(POSITIVE) + [0] * len(NEGATIVE))
text_ds = tf.data.Dataset.from_tensor_slices((texts, labels))
vectorize_layer.adapt(text_ds.map(lambda text, label: text).batch(4))
vocabulary = vectorize_layer.get_vocabulary()
print(len(vocabulary), vocabulary[:5])


def vectorize_text(text, label):
    text = tf.expand_dims(text, -1)
    return vectorize_layer(text), label


train_ds = text_ds.map(lambda t, y: (vectorize_layer(t), y)).shuffle(8, seed=0).batch(4).prefetch(2)
for batch_texts, batch_labels in train_ds.take(1):
    print(batch_texts.shape, batch_labels.dtype)

classifier = Sequential(
    [
        L.Input(shape=(SEQUENCE_LENGTH,), dtype="int64"),
        L.Embedding(MAX_TOKENS + 1, EMBEDDING_DIM, mask_zero=True),
        L.Bidirectional(L.GRU(6)),
        L.Dropout(0.2),
        L.Dense(8, activation="relu"),
        L.Dense(1),
    ]
)
classifier.compile(loss=tf.keras.losses.BinaryCrossentropy(from_logits=True), optimizer="adam", metrics=["accuracy"])
history = classifier.fit(train_ds, epochs=1, verbose=0)
loss, accuracy = classifier.evaluate(train_ds, verbose=0)
print("loss %.3f accuracy %.2f" % (loss, accuracy), list(history.history))

sample = vectorize_layer(tf.constant(["great fun", "a boring dull mess"]))
scores = tf.sigmoid(classifier(sample))
predictions = classifier.predict(sample, verbose=0)
print(scores.shape, predictions.shape, np.allclose(scores, 1 / (1 + np.exp(-predictions)), atol=1e-4))
weights = classifier.layers[0].get_weights()[0]
print("embedding", weights.shape)

# --- generation, characters ------------------------------------------------------------------------------------------

corpus = "\n".join(POSITIVE + NEGATIVE)
chars = sorted(set(corpus))
char2idx = {char: index for index, char in enumerate(chars)}
idx2char = np.array(chars)
text_as_int = np.array([char2idx[char] for char in corpus], dtype=np.int64)
vocab_size = len(chars)
seq_length, batch_size, rnn_units = 12, 4, 10

char_dataset = tf.data.Dataset.from_tensor_slices(text_as_int)
sequences = char_dataset.batch(seq_length + 1, drop_remainder=True)


def split_input_target(chunk):
    input_text = chunk[:-1]
    target_text = chunk[1:]
    return input_text, target_text


dataset = sequences.map(split_input_target).shuffle(20).batch(batch_size, drop_remainder=True)


class Generator(tf.keras.Model):
    def __init__(self, vocab_size, embedding_dim, rnn_units):
        super().__init__()
        self.embedding = L.Embedding(vocab_size, embedding_dim)
        self.gru = L.GRU(rnn_units, return_sequences=True, return_state=True)
        self.dense = L.Dense(vocab_size)

    def call(self, inputs, states=None, return_state=False, training=False):
        x = self.embedding(inputs, training=training)
        if states is None:
            batch = tf.shape(x)[0]
            states = tf.zeros([batch, rnn_units])
        x, states = self.gru(x, initial_state=states, training=training)
        x = self.dense(x, training=training)
        if return_state:
            return x, states
        else:
            return x


generator = Generator(vocab_size, EMBEDDING_DIM, rnn_units)
for input_batch, target_batch in dataset.take(1):
    batch_predictions = generator(input_batch)
    print(batch_predictions.shape, "# (batch_size, sequence_length, vocab_size)")
    sampled = tf.random.categorical(batch_predictions[0], num_samples=1)
    sampled = tf.squeeze(sampled, axis=-1).numpy()
    print(repr("".join(idx2char[sampled])))
    example_loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)(target_batch, batch_predictions)
    print("perplexity", tf.exp(example_loss).numpy())

optimizer = tf.keras.optimizers.RMSprop(0.01)


@tf.function
def train_step(inp, target):
    with tf.GradientTape() as tape:
        predictions = generator(inp, training=True)
        loss = tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(target, predictions, from_logits=True))
    grads = tape.gradient(loss, generator.trainable_variables)
    optimizer.apply_gradients(zip(grads, generator.trainable_variables))
    return loss


for epoch in range(2):
    total = 0.0
    for batch, (inp, target) in enumerate(dataset):
        batch_loss = train_step(inp, target)
        total += batch_loss
    print("epoch", epoch, "mean", float(total) / (batch + 1))


def generate_text(model, start_string, num_generate=8, temperature=0.7):
    input_eval = [char2idx[s] for s in start_string]
    input_eval = tf.expand_dims(input_eval, 0)
    text_generated = []
    states = None
    for _ in range(num_generate):
        predictions, states = model(input_eval, states=states, return_state=True)
        predictions = predictions[:, -1, :] / temperature
        predicted_id = tf.random.categorical(predictions, num_samples=1)[-1, 0].numpy()
        input_eval = tf.expand_dims([predicted_id], 0)
        text_generated.append(idx2char[predicted_id])
    return start_string + "".join(text_generated)


print(repr(generate_text(generator, "gre")))

# --- word counts and TF-IDF by hand ----------------------------------------------------------------------------------

tokenized = [re.sub(r"[^\w\s]", "", line.lower()).split() for line in POSITIVE + NEGATIVE]
counter = collections.Counter(word for line in tokenized for word in line)
words = [word for word, count in counter.most_common(12)]
term_frequency = np.zeros((len(tokenized), len(words)), dtype=np.float32)
for row, line in enumerate(tokenized):
    for column, word in enumerate(words):
        term_frequency[row, column] = line.count(word)
document_frequency = (term_frequency > 0).sum(axis=0)
idf = np.log((1 + len(tokenized)) / (1 + document_frequency)) + 1
tfidf = term_frequency * idf
tfidf /= np.linalg.norm(tfidf, axis=1, keepdims=True) + 1e-12
similarity = np.dot(tfidf, tfidf.T)
np.fill_diagonal(similarity, -1.0)
print(similarity.argmax(axis=1))

ragged = tf.ragged.constant(tokenized)
lengths = ragged.row_lengths()
table = tf.lookup.StaticVocabularyTable(
    tf.lookup.KeyValueTensorInitializer(words, tf.range(len(words), dtype=tf.int64)), num_oov_buckets=1
)
ids = tf.ragged.map_flat_values(table.lookup, ragged)
dense_ids = ids.to_tensor(default_value=-1)
mask = tf.sequence_mask(lengths, maxlen=tf.shape(dense_ids)[1])
counts = tf.math.bincount(tf.cast(tf.boolean_mask(dense_ids, mask), tf.int32), minlength=len(words) + 1)
print(lengths.numpy(), dense_ids.dtype, counts.shape)
