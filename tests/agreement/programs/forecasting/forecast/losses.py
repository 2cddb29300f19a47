import tensorflow as tf


def quantile_loss(y_true, y_pred, quantiles):
    """Pinball loss; ``y_pred`` has the quantiles last."""
    error = tf.expand_dims(y_true, -1) - y_pred
    q = tf.constant(quantiles, dtype=y_pred.dtype)
    return tf.reduce_mean(tf.maximum(q * error, (q - 1.0) * error))


def interval_coverage(y_true, lower, upper):
    inside = tf.logical_and(y_true >= lower, y_true <= upper)
    return tf.reduce_mean(tf.cast(inside, tf.float32), axis=[0, 1])
