"""A small decoder-only transformer written by hand, with masking, sinusoidal positions, a cosine schedule and sampling."""

import dataclasses
import math
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers


@dataclasses.dataclass(frozen=True)
class TransformerConfig:
    vocab_size: int = 31
    max_length: int = 12
    d_model: int = 16
    num_heads: int = 4
    d_ff: int = 32
    num_layers: int = 2
    dropout: float = 0.1
    extras: Dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def depth(self) -> int:
        return self.d_model // self.num_heads

    def __post_init__(self):
        if self.d_model % self.num_heads:
            raise ValueError(f"d_model {self.d_model} is not divisible by {self.num_heads} heads")


def positional_encoding(length: int, d_model: int) -> tf.Tensor:
    positions = np.arange(length)[:, np.newaxis]
    dims = np.arange(d_model)[np.newaxis, :]
    angles = positions / np.power(10000.0, (2 * (dims // 2)) / np.float32(d_model))
    angles[:, 0::2] = np.sin(angles[:, 0::2])
    angles[:, 1::2] = np.cos(angles[:, 1::2])
    return tf.cast(angles[np.newaxis, ...], tf.float32)


def create_padding_mask(tokens: tf.Tensor) -> tf.Tensor:
    mask = tf.cast(tf.math.equal(tokens, 0), tf.float32)
    return mask[:, tf.newaxis, tf.newaxis, :]


def create_look_ahead_mask(size: int) -> tf.Tensor:
    return 1 - tf.linalg.band_part(tf.ones((size, size)), -1, 0)


def scaled_dot_product_attention(q, k, v, mask: Optional[tf.Tensor] = None) -> Tuple[tf.Tensor, tf.Tensor]:
    matmul_qk = tf.matmul(q, k, transpose_b=True)
    dk = tf.cast(tf.shape(k)[-1], tf.float32)
    logits = matmul_qk / tf.math.sqrt(dk)
    if mask is not None:
        logits += mask * -1e9
    attention_weights = tf.nn.softmax(logits, axis=-1)
    return tf.matmul(attention_weights, v), attention_weights


class MultiHeadAttention(layers.Layer):
    def __init__(self, d_model: int, num_heads: int):
        super(MultiHeadAttention, self).__init__()
        assert d_model % num_heads == 0
        self.num_heads = num_heads
        self.d_model = d_model
        self.depth = d_model // self.num_heads
        self.wq = layers.Dense(d_model, use_bias=False)
        self.wk = layers.Dense(d_model, use_bias=False)
        self.wv = layers.Dense(d_model, use_bias=False)
        self.dense = layers.Dense(d_model)

    def split_heads(self, x, batch_size):
        x = tf.reshape(x, (batch_size, -1, self.num_heads, self.depth))
        return tf.transpose(x, perm=[0, 2, 1, 3])

    def call(self, v, k, q, mask=None):
        batch_size = tf.shape(q)[0]
        q = self.split_heads(self.wq(q), batch_size)
        k = self.split_heads(self.wk(k), batch_size)
        v = self.split_heads(self.wv(v), batch_size)
        attended, weights = scaled_dot_product_attention(q, k, v, mask)
        attended = tf.transpose(attended, perm=[0, 2, 1, 3])
        concat = tf.reshape(attended, (batch_size, -1, self.d_model))
        return self.dense(concat), weights


def point_wise_feed_forward(d_model: int, dff: int) -> tf.keras.Sequential:
    return tf.keras.Sequential([layers.Dense(dff, activation="gelu"), layers.Dense(d_model)])


class DecoderLayer(layers.Layer):
    def __init__(self, config: TransformerConfig, **kwargs):
        super().__init__(**kwargs)
        self.attention = MultiHeadAttention(config.d_model, config.num_heads)
        self.ffn = point_wise_feed_forward(config.d_model, config.d_ff)
        self.norm1 = layers.LayerNormalization(epsilon=1e-6)
        self.norm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(config.dropout)
        self.dropout2 = layers.Dropout(config.dropout)

    def call(self, x, mask=None, training=False):
        normed = self.norm1(x)
        attended, weights = self.attention(normed, normed, normed, mask)
        x = x + self.dropout1(attended, training=training)
        fed = self.ffn(self.norm2(x))
        return x + self.dropout2(fed, training=training), weights


class LanguageModel(tf.keras.Model):
    def __init__(self, config: TransformerConfig):
        super().__init__(name="language_model")
        self.config = config
        self.embedding = layers.Embedding(config.vocab_size, config.d_model)
        self.pos_encoding = positional_encoding(config.max_length, config.d_model)
        self.decoder_layers = [DecoderLayer(config, name=f"layer_{i}") for i in range(config.num_layers)]
        self.dropout = layers.Dropout(config.dropout)
        self.final_norm = layers.LayerNormalization(epsilon=1e-6)

    def call(self, tokens, training=False):
        length = tf.shape(tokens)[1]
        mask = tf.maximum(create_padding_mask(tokens), create_look_ahead_mask(tokens.shape[1]))
        x = self.embedding(tokens)
        x *= tf.math.sqrt(tf.cast(self.config.d_model, tf.float32))
        x += self.pos_encoding[:, :length, :]
        x = self.dropout(x, training=training)
        attention: Dict[str, tf.Tensor] = {}
        for i, layer in enumerate(self.decoder_layers):
            x, weights = layer(x, mask=mask, training=training)
            attention[f"layer_{i}"] = weights
        x = self.final_norm(x)
        logits = tf.einsum("bld,vd->blv", x, self.embedding.embeddings)
        return logits, attention


class CosineSchedule(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak: float, warmup: int, total: int):
        super().__init__()
        self.peak = peak
        self.warmup = warmup
        self.total = total

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        rising = step / self.warmup
        progress = (step - self.warmup) / max(1, self.total - self.warmup)
        falling = 0.5 * (1.0 + tf.cos(math.pi * tf.clip_by_value(progress, 0.0, 1.0)))
        return self.peak * tf.where(step < self.warmup, rising, falling)

    def get_config(self):
        return {"peak": self.peak, "warmup": self.warmup, "total": self.total}


def masked_loss(targets, logits):
    losses = tf.keras.losses.sparse_categorical_crossentropy(targets, logits, from_logits=True)
    mask = tf.cast(tf.not_equal(targets, 0), losses.dtype)
    return tf.reduce_sum(losses * mask) / tf.reduce_sum(mask)


def make_batch(config: TransformerConfig, batch_size: int, rng: np.random.RandomState) -> np.ndarray:
    """Counting sequences with random starts and strides, padded at the end."""
    rows = np.zeros((batch_size, config.max_length + 1), dtype=np.int32)
    for row in rows:
        start, stride = rng.randint(1, 10), rng.randint(1, 3)
        length = rng.randint(config.max_length // 2, config.max_length + 1)
        row[:length] = (start + stride * np.arange(length)) % (config.vocab_size - 1) + 1
    return rows


def train(model: LanguageModel, config: TransformerConfig, steps: int = 4, batch_size: int = 6) -> List[float]:
    optimizer = tf.keras.optimizers.Adam(CosineSchedule(1e-2, 2, steps), beta_2=0.98)
    rng = np.random.RandomState(0)
    history = []
    for step in range(steps):
        batch = make_batch(config, batch_size, rng)
        inputs, targets = tf.constant(batch[:, :-1]), tf.constant(batch[:, 1:])
        with tf.GradientTape() as tape:
            logits, _ = model(inputs, training=True)
            loss = masked_loss(targets, logits)
        variables = model.trainable_variables
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables))
        history.append(float(loss.numpy()))
    return history


def sample(model: LanguageModel, prompt: List[int], count: int, temperature: float = 0.8, top_k: int = 5):
    tokens = tf.constant([prompt], dtype=tf.int32)
    for _ in range(count):
        logits, _ = model(tokens)
        last = logits[:, -1, :] / temperature
        values, indices = tf.math.top_k(last, k=top_k)
        choice = tf.random.categorical(values, num_samples=1, dtype=tf.int32)
        following = tf.gather(indices, choice, batch_dims=1)
        tokens = tf.concat([tokens, following], axis=1)
    return tokens


def main() -> None:
    tf.random.set_seed(11)
    config = TransformerConfig(d_ff=24)
    print(dataclasses.asdict(config), config.depth)
    model = LanguageModel(config)
    history = train(model, config)
    perplexity = math.exp(min(history))
    print("losses " + ", ".join("%.3f" % value for value in history), f"perplexity {perplexity:.1f}")

    probe = tf.constant(make_batch(config, 2, np.random.RandomState(5))[:, :-1])
    logits, attention = model(probe)
    stacked = tf.stack([attention[name] for name in sorted(attention)], axis=1)
    entropy = -tf.reduce_sum(stacked * tf.math.log(stacked + 1e-9), axis=-1)
    per_head = tf.reduce_mean(entropy, axis=[0, 3])
    print(logits.shape, stacked.shape, np.round(per_head.numpy(), 2).tolist())

    generated = sample(model, [3, 4, 5], count=4)
    print(tf.squeeze(generated, axis=0).numpy().tolist())


if __name__ == "__main__":
    main()
