# runs: tensorflow 2
"""A network for colour images is trained with grey ones."""
import numpy as np
from tensorflow import keras

IMG_SIZE = 32


def build_model(num_classes, shape=(IMG_SIZE, IMG_SIZE, 3)):
    model = keras.models.Sequential([
        keras.layers.Conv2D(8, (3, 3), activation="relu", input_shape=shape),
        keras.layers.MaxPooling2D((2, 2)),
        keras.layers.Flatten(),
        keras.layers.Dense(num_classes),
    ])
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


images = np.random.rand(40, IMG_SIZE, IMG_SIZE, 3).astype("float32")
labels = np.random.randint(0, 4, (40, 1))
images = images.mean(axis=-1, keepdims=True)
model = build_model(4)
model.fit(images, labels, epochs=1, verbose=0)  # BUG: TFG208
