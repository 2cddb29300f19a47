# runs: tensorflow 2
"""A detector's loss with slices of other widths."""
import tensorflow as tf

S, B, C = 7, 2, 3


def yolo_loss(y_true, y_pred):
    mask = y_true[..., 4:5]
    true_xy, pred_xy = y_true[..., :2], y_pred[..., :2]
    true_wh, pred_wh = y_true[..., 2:4], y_pred[..., 2:4]
    true_cls, pred_cls = y_true[..., 5:], y_pred[..., 5:]
    xy = tf.reduce_sum(mask * tf.square(true_xy - pred_xy))
    wh = tf.reduce_sum(mask * tf.square(tf.sqrt(true_wh) - tf.sqrt(tf.abs(pred_wh))))
    cls = tf.reduce_sum(mask * tf.square(true_cls - pred_cls))  # BUG: TFG204
    return xy + wh + cls


backbone = tf.keras.Sequential([
    tf.keras.layers.Conv2D(8, 3, strides=2, padding="same", input_shape=(56, 56, 3)),
    tf.keras.layers.Conv2D(8, 3, strides=2, padding="same"),
    tf.keras.layers.Conv2D(8, 3, strides=2, padding="same"),
    tf.keras.layers.Conv2D(B * 5 + C, 1),
])
images = tf.random.normal((2, 56, 56, 3))
targets = tf.random.uniform((2, S, S, 5 + C))
opt = tf.keras.optimizers.SGD(0.01)
with tf.GradientTape() as tape:
    pred = backbone(images, training=True)
    loss = yolo_loss(targets, pred)
opt.apply_gradients(zip(tape.gradient(loss, backbone.trainable_variables), backbone.trainable_variables))
