"""House prices from images, tabular features and categories: a functional model with branches and two outputs."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorflow.keras import Input, Model, backend as K
from tensorflow.keras.callbacks import EarlyStopping, LambdaCallback, ReduceLROnPlateau
from tensorflow.keras.layers import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalMaxPooling2D,
    Lambda,
    MaxPool2D,
    Multiply,
    Reshape,
    SeparableConv2D,
    concatenate,
)
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.utils import to_categorical

np.random.seed(0)
tf.random.set_seed(0)

HEIGHT, WIDTH, CHANNELS = 24, 24, 3
N_FEATURES = 6
N_ZIPCODES = 9
N_CONDITIONS = 4
SAMPLES = 40


def r_squared(y_true, y_pred):
    residual = K.sum(K.square(y_true - y_pred))
    total = K.sum(K.square(y_true - K.mean(y_true)))
    return 1 - residual / (total + K.epsilon())


def weighted_huber(delta=1.0):
    def loss(y_true, y_pred):
        error = y_true - y_pred
        small = tf.abs(error) <= delta
        squared = tf.square(error) / 2
        linear = delta * (tf.abs(error) - delta / 2)
        return tf.reduce_mean(tf.where(small, squared, linear), axis=-1)

    return loss


def conv_bn(x, filters, size, strides=(1, 1), name=None):
    x = Conv2D(filters, size, strides=strides, padding="same", use_bias=False, name=name)(x)
    x = BatchNormalization(axis=-1)(x)
    return Activation("relu")(x)


def inception_block(x, filters):
    tower_1 = conv_bn(x, filters, (1, 1))
    tower_2 = conv_bn(x, filters // 2, (1, 1))
    tower_2 = conv_bn(tower_2, filters, (3, 3))
    tower_3 = AveragePooling2D((3, 3), strides=(1, 1), padding="same")(x)
    tower_3 = conv_bn(tower_3, filters, (1, 1))
    return concatenate([tower_1, tower_2, tower_3], axis=-1)


def image_branch(inputs):
    x = Lambda(lambda t: (t - 127.5) / 127.5, name="scale")(inputs)
    x = conv_bn(x, 8, 3, strides=(2, 2), name="stem")
    x = inception_block(x, 8)
    x = MaxPool2D(pool_size=2)(x)
    shortcut = Conv2D(16, 1)(x)
    x = SeparableConv2D(16, 3, padding="same", activation="relu")(x)
    x = Add()([x, shortcut])
    gate = GlobalMaxPooling2D()(x)
    gate = Dense(16, activation="sigmoid")(gate)
    gate = Reshape((1, 1, 16))(gate)
    x = Multiply()([x, gate])
    x = Flatten()(x)
    return Dense(12, activation="relu", name="image_features")(x)


def build_model():
    image_input = Input(shape=(HEIGHT, WIDTH, CHANNELS), name="image")
    tabular_input = Input(shape=(N_FEATURES,), name="tabular")
    zipcode_input = Input(shape=(1,), dtype="int32", name="zipcode")

    image_features = image_branch(image_input)
    tabular = Dense(16, activation="elu")(tabular_input)
    tabular = Dropout(0.3)(tabular)
    zipcode = Embedding(input_dim=N_ZIPCODES, output_dim=4, name="zipcode_embedding")(zipcode_input)
    zipcode = Flatten()(zipcode)

    merged = Concatenate()([image_features, tabular, zipcode])
    shared = Dense(20, activation="relu", kernel_initializer="he_normal")(merged)
    price = Dense(1, name="price")(shared)
    condition = Dense(N_CONDITIONS, activation="softmax", name="condition")(shared)
    model = Model(inputs=[image_input, tabular_input, zipcode_input], outputs=[price, condition], name="houses")
    return model


def make_data(samples):
    images = np.random.randint(0, 255, size=(samples, HEIGHT, WIDTH, CHANNELS)).astype(np.float32)
    features = np.random.randn(samples, N_FEATURES).astype("float32")
    zipcodes = np.random.randint(0, N_ZIPCODES, (samples, 1))
    prices = features @ np.linspace(-1, 1, N_FEATURES) + 0.1 * zipcodes[:, 0] + images.mean(axis=(1, 2, 3)) / 255
    prices = prices.reshape(-1, 1).astype("float32")
    conditions = np.digitize(prices[:, 0], bins=[-1.0, 0.0, 1.0])
    return images, features, zipcodes, prices, conditions


images, features, zipcodes, prices, conditions = make_data(SAMPLES)
one_hot = to_categorical(conditions, num_classes=N_CONDITIONS)
indices = np.arange(SAMPLES)
np.random.shuffle(indices)
split = int(0.75 * SAMPLES)
train_idx, test_idx = indices[:split], indices[split:]

mean = features[train_idx].mean(axis=0)
std = features[train_idx].std(axis=0)
features = (features - mean) / std

x_train = {"image": images[train_idx], "tabular": features[train_idx], "zipcode": zipcodes[train_idx]}
x_test = {"image": images[test_idx], "tabular": features[test_idx], "zipcode": zipcodes[test_idx]}
y_train = {"price": prices[train_idx], "condition": one_hot[train_idx]}
y_test = {"price": prices[test_idx], "condition": one_hot[test_idx]}

model = build_model()
model.compile(
    optimizer=Adam(learning_rate=1e-3),
    loss={"price": weighted_huber(1.5), "condition": "categorical_crossentropy"},
    loss_weights={"price": 1.0, "condition": 0.5},
    metrics={"price": ["mae", r_squared], "condition": ["accuracy"]},
)
model.summary(print_fn=lambda line: None)

seen = []
callbacks = [
    EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True),
    ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, min_lr=1e-5),
    LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((epoch, logs["loss"]))),
]
history = model.fit(
    x_train, y_train, validation_data=(x_test, y_test), epochs=2, batch_size=10, callbacks=callbacks, verbose=0
)
print(sorted(history.history.keys()))
train_losses = np.array(history.history["loss"])
print("epochs", len(train_losses), "best", np.min(train_losses))

scores = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
print({name: round(float(value), 3) for name, value in scores.items()})

predicted_prices, predicted_conditions = model.predict(x_test, batch_size=5, verbose=0)
classes = predicted_conditions.argmax(axis=-1)
correct = (classes == conditions[test_idx]).mean()
errors = np.abs(predicted_prices - y_test["price"]).ravel()
print("accuracy", correct, "worst", errors.argsort()[::-1][:3])

feature_extractor = Model(model.input, model.get_layer("image_features").output)
extracted = feature_extractor.predict([x_test["image"], x_test["tabular"], x_test["zipcode"]], verbose=0)
normed = extracted / (np.linalg.norm(extracted, axis=1, keepdims=True) + 1e-8)
similarity = normed @ normed.T
nearest = np.argsort(-similarity, axis=1)[:, 1]
print(similarity.shape, nearest.tolist())

embedding_weights = model.get_layer("zipcode_embedding").get_weights()[0]
print("embedding", embedding_weights.shape, np.linalg.norm(embedding_weights, axis=-1).round(2))

image_batch = tf.convert_to_tensor(x_test["image"][:2])
with tf.GradientTape() as tape:
    tape.watch(image_batch)
    price, condition = model([image_batch, tf.constant(x_test["tabular"][:2]), tf.constant(x_test["zipcode"][:2])])
    top = tf.reduce_max(condition, axis=1)
saliency = tape.gradient(top, image_batch)
heat = tf.reduce_max(tf.abs(saliency), axis=-1)
low = tf.reduce_min(heat, axis=[1, 2], keepdims=True)
high = tf.reduce_max(heat, axis=[1, 2], keepdims=True)
heat = tf.math.divide_no_nan(heat - low, high - low)
print("saliency", heat.shape, float(tf.reduce_mean(heat)))
