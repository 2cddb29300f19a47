# runs: compat.v1
"""tf.losses takes the labels first."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def model_fn(features, labels, params):
    kernel = tf.get_variable("kernel", [params["n_features"], params["n_classes"]])
    logits = tf.matmul(features, kernel)
    loss = tf.losses.sparse_softmax_cross_entropy(logits, labels)  # BUG: TFG209
    train_op = tf.train.AdagradOptimizer(learning_rate=0.1).minimize(
        loss, global_step=tf.train.get_or_create_global_step()
    )
    return loss, train_op


model_fn(
    tf.placeholder(tf.float32, [None, 12]),
    tf.placeholder(tf.int32, [None]),
    {"n_features": 12, "n_classes": 3},
)
