# runs: tensorflow 2
"""AUC compares a label for each probability, but is given class numbers."""
import tensorflow as tf

features = tf.random.normal((64, 10))
labels = tf.random.uniform((64,), maxval=3, dtype=tf.int32)

model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(3, activation="softmax")])
optimizer = tf.keras.optimizers.Adam()
auc = tf.keras.metrics.AUC()
dataset = tf.data.Dataset.from_tensor_slices((features, labels)).batch(16, drop_remainder=True)

for x, y in dataset:
    with tf.GradientTape() as tape:
        predictions = model(x, training=True)
        loss = tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(y, predictions))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    auc.update_state(y, predictions)  # BUG: TFG209
