# runs: no, it needs jaxtyping and beartype
"""Queries and keys of different widths reach a function whose annotations are checked."""
import tensorflow as tf
from beartype import beartype
from jaxtyping import Float, jaxtyped


@jaxtyped(typechecker=beartype)
def attention(
    query: Float[tf.Tensor, "batch steps width"],
    key: Float[tf.Tensor, "batch memory width"],
    value: Float[tf.Tensor, "batch memory depth"],
) -> Float[tf.Tensor, "batch steps depth"]:
    scores = tf.matmul(query, key, transpose_b=True)
    return tf.matmul(tf.nn.softmax(scores), value)


query = tf.random.normal([8, 10, 64])
memory = tf.random.normal([8, 20, 128])
print(attention(query, memory, memory).shape)  # BUG: TFG212
