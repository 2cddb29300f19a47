# runs: tensorflow 2
"""An odd image size does not survive pooling and upsampling."""
from tensorflow.keras import Model
from tensorflow.keras.layers import Concatenate, Conv2D, Input, MaxPooling2D, UpSampling2D


def conv_block(x, filters):
    x = Conv2D(filters, 3, padding="same", activation="relu")(x)
    return Conv2D(filters, 3, padding="same", activation="relu")(x)


def unet(size, depth=3, base=8):
    inputs = Input((size, size, 1))
    skips, x = [], inputs
    for level in range(depth):
        x = conv_block(x, base * 2 ** level)
        skips.append(x)
        x = MaxPooling2D(2)(x)
    x = conv_block(x, base * 2 ** depth)
    for level in reversed(range(depth)):
        x = UpSampling2D(2)(x)
        x = Concatenate()([x, skips[level]])  # BUG: TFG206
        x = conv_block(x, base * 2 ** level)
    return Model(inputs, Conv2D(1, 1, activation="sigmoid")(x))


model = unet(101)
