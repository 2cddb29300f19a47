"""A two-tower recommender with the functional API: several inputs and outputs, shared layers, fit and predict."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import Input, Model, callbacks, layers, regularizers
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.utils import to_categorical

NUM_USERS = 50
NUM_ITEMS = 80
VOCABULARY = 120
TITLE_LENGTH = 10
NUM_GENRES = 6
EMBEDDING_DIM = 16

CONFIG = {
    "tower": {"units": [32, 16], "activation": "relu", "dropout": 0.2},
    "training": {"batch_size": 16, "epochs": 2, "learning_rate": 5e-3},
    "loss_weights": {"rating": 1.0, "genre": 0.3},
}


def synthesize(num_rows, seed=0):
    """Random interactions: users, items, two titles, a rating in [0, 1], a genre."""
    rng = np.random.RandomState(seed)
    users = rng.randint(0, NUM_USERS, size=(num_rows, 1))
    items = rng.randint(0, NUM_ITEMS, size=(num_rows, 1))
    watched = rng.randint(1, VOCABULARY, size=(num_rows, TITLE_LENGTH))
    candidate = rng.randint(1, VOCABULARY, size=(num_rows, TITLE_LENGTH))
    context = rng.normal(size=(num_rows, 3)).astype("float32")
    affinity = np.sin(users * 0.3) * np.cos(items * 0.2)
    ratings = (affinity - affinity.min()) / (affinity.max() - affinity.min())
    genres = to_categorical(items[:, 0] % NUM_GENRES, num_classes=NUM_GENRES)
    inputs = {"user": users, "item": items, "watched": watched, "candidate": candidate, "context": context}
    targets = {"rating": ratings.astype("float32"), "genre": genres}
    return inputs, targets


def tower(x, units, activation, dropout, name):
    for depth, width in enumerate(units):
        x = layers.Dense(
            width,
            activation=activation,
            kernel_regularizer=regularizers.l2(1e-5),
            name=f"{name}_dense_{depth}",
        )(x)
        x = layers.BatchNormalization(name=f"{name}_norm_{depth}")(x)
        x = layers.Dropout(dropout, name=f"{name}_dropout_{depth}")(x)
    return x


def build_text_encoder():
    """A small convolutional encoder that both titles share."""
    tokens = Input(shape=(TITLE_LENGTH,), dtype="int32", name="tokens")
    embedded = layers.Embedding(VOCABULARY, EMBEDDING_DIM)(tokens)
    narrow = layers.Conv1D(12, 2, padding="same", activation="relu")(embedded)
    wide = layers.Conv1D(12, 4, padding="valid", activation="relu")(embedded)
    pooled = [layers.GlobalMaxPooling1D()(branch) for branch in (narrow, wide)]
    merged = layers.Concatenate()(pooled)
    return Model(tokens, merged, name="text_encoder")


def build_model(config):
    user = Input(shape=(1,), dtype="int32", name="user")
    item = Input(shape=(1,), dtype="int32", name="item")
    watched = Input(shape=(TITLE_LENGTH,), dtype="int32", name="watched")
    candidate = Input(shape=(TITLE_LENGTH,), dtype="int32", name="candidate")
    context = Input(shape=(3,), name="context")

    user_vector = layers.Flatten()(layers.Embedding(NUM_USERS, EMBEDDING_DIM, name="user_embedding")(user))
    item_vector = layers.Flatten()(layers.Embedding(NUM_ITEMS, EMBEDDING_DIM, name="item_embedding")(item))

    encoder = build_text_encoder()
    watched_code = encoder(watched)
    candidate_code = encoder(candidate)

    user_side = layers.concatenate([user_vector, watched_code, context])
    item_side = layers.concatenate([item_vector, candidate_code])
    left = tower(user_side, name="user", **config["tower"])
    right = tower(item_side, name="item", **config["tower"])

    similarity = layers.Dot(axes=1, normalize=True)([left, right])
    difference = layers.Subtract()([left, right])
    product = layers.multiply([left, right])
    joint = layers.Concatenate(axis=-1)([similarity, difference, product])
    joint = layers.Dense(24, activation="swish")(joint)
    rating = layers.Dense(1, activation="sigmoid", name="rating")(joint)
    genre = layers.Dense(NUM_GENRES, activation="softmax", name="genre")(right)
    return Model(
        inputs=[user, item, watched, candidate, context],
        outputs=[rating, genre],
        name="recommender",
    )


def compile_model(model, config):
    training = config["training"]
    model.compile(
        optimizer=Adam(learning_rate=training["learning_rate"]),
        loss={"rating": "mse", "genre": "categorical_crossentropy"},
        loss_weights=config["loss_weights"],
        metrics={"rating": ["mae"], "genre": ["accuracy"]},
    )
    return model


def top_k_items(model, user_id, inputs, k=5):
    """The items a user would rate highest, among the given candidates."""
    count = len(inputs["item"])
    batch = dict(inputs)
    batch["user"] = np.full((count, 1), user_id)
    ratings, genre_probabilities = model.predict(
        [batch["user"], batch["item"], batch["watched"], batch["candidate"], batch["context"]], verbose=0
    )
    flat = ratings.squeeze(axis=-1)
    order = np.argsort(-flat)[:k]
    genres = np.argmax(genre_probabilities[order], axis=1)
    return batch["item"][order, 0], flat[order], genres


def main():
    tf.keras.utils.set_random_seed(3)
    train_inputs, train_targets = synthesize(64)
    valid_inputs, valid_targets = synthesize(24, seed=1)

    model = compile_model(build_model(CONFIG), CONFIG)
    stop = callbacks.EarlyStopping(monitor="val_loss", patience=2, restore_best_weights=True)
    history = model.fit(
        train_inputs,
        train_targets,
        validation_data=(valid_inputs, valid_targets),
        batch_size=CONFIG["training"]["batch_size"],
        epochs=CONFIG["training"]["epochs"],
        callbacks=[stop],
        verbose=0,
    )
    losses = np.array(history.history["loss"])
    print("loss went from %.3f to %.3f" % (losses[0], losses[-1]))

    results = model.evaluate(valid_inputs, valid_targets, verbose=0, return_dict=True)
    print({name: round(value, 3) for name, value in results.items()})

    items, scores, genres = top_k_items(model, user_id=7, inputs=valid_inputs, k=5)
    for rank, (item, score, genre) in enumerate(zip(items, scores, genres), start=1):
        print(f"{rank}. item {item:3d} ({score:.3f}) genre {genre}")

    features = Model(model.inputs, model.get_layer("user_dropout_1").output)
    codes = features(valid_inputs)
    norms = tf.norm(codes, axis=1)
    gram = tf.matmul(codes, codes, transpose_b=True) / (norms[:, None] * norms[None, :] + 1e-6)
    nearest = tf.argsort(gram, axis=-1, direction="DESCENDING")[:, 1:4]
    print("nearest users of the first row:", tf.gather(valid_inputs["user"][:, 0], nearest[0]).numpy())

    weights = model.get_layer("rating").get_weights()
    print([w.shape for w in weights], model.count_params())


if __name__ == "__main__":
    main()
