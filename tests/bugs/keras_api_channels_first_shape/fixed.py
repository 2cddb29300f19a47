# runs: tensorflow 2
"""The images have their channels first, the layers want them last."""
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential

img_rows, img_cols = 64, 64
input_shape = (img_rows, img_cols, 1)
model = Sequential()
model.add(Conv2D(32, kernel_size=(3, 3), activation="relu", padding="same", input_shape=input_shape))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(10, activation="softmax"))
