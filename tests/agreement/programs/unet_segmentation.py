"""Segmentation with a U-Net: augmentation of images and masks together, Dice loss, IoU, a display of overlays."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import Model
from tensorflow.keras.layers import *
from tensorflow.keras.metrics import MeanIoU

IMG_SIZE = 32
N_CLASSES = 3
BATCH = 4
SEED = 42


def synthetic(n):
    """Images with a disc and a square, and what is where."""
    rng = np.random.RandomState(SEED)
    images = np.zeros((n, IMG_SIZE, IMG_SIZE, 3), np.uint8)
    masks = np.zeros((n, IMG_SIZE, IMG_SIZE, 1), np.uint8)
    rows, cols = np.ogrid[:IMG_SIZE, :IMG_SIZE]
    for i in range(n):
        cy, cx, r = rng.randint(8, 24), rng.randint(8, 24), rng.randint(3, 7)
        disc = (rows - cy) ** 2 + (cols - cx) ** 2 <= r**2
        masks[i, disc] = 1
        top, left = rng.randint(0, 20, size=2)
        masks[i, top : top + 8, left : left + 8] = 2
        images[i] = np.where(masks[i] == 1, 200, np.where(masks[i] == 2, 100, 30))
    noise = rng.normal(0, 5, size=images.shape)
    images = np.clip(images + noise, 0, 255).astype(np.uint8)
    return images, masks


def normalize(input_image, input_mask):
    input_image = tf.cast(input_image, tf.float32) / 255.0
    return input_image, tf.cast(input_mask, tf.int32)


def load_image_train(image, mask):
    input_image = tf.image.resize(image, (IMG_SIZE, IMG_SIZE))
    input_mask = tf.image.resize(mask, (IMG_SIZE, IMG_SIZE), method=tf.image.ResizeMethod.NEAREST_NEIGHBOR)
    if tf.random.uniform(()) > 0.5:
        input_image = tf.image.flip_left_right(input_image)
        input_mask = tf.image.flip_left_right(input_mask)
    k = tf.random.uniform([], 0, 4, dtype=tf.int32)
    input_image, input_mask = tf.image.rot90(input_image, k), tf.image.rot90(input_mask, k)
    input_image = tf.ensure_shape(input_image, [IMG_SIZE, IMG_SIZE, 3])
    input_mask = tf.ensure_shape(input_mask, [IMG_SIZE, IMG_SIZE, 1])
    return normalize(input_image, input_mask)


class Augment(tf.keras.layers.Layer):
    def __init__(self, seed=42):
        super().__init__()
        # both use the same seed, so they'll make the same random changes.
        self.augment_inputs = RandomFlip(mode="horizontal", seed=seed)
        self.augment_labels = RandomFlip(mode="horizontal", seed=seed)

    def call(self, inputs, labels):
        inputs = self.augment_inputs(inputs)
        labels = self.augment_labels(labels)
        return inputs, labels


def conv_block(tensor, nfilters, size=3, padding="same", initializer="he_normal"):
    x = Conv2D(filters=nfilters, kernel_size=(size, size), padding=padding, kernel_initializer=initializer)(tensor)
    x = BatchNormalization()(x)
    x = Activation("relu")(x)
    x = Conv2D(filters=nfilters, kernel_size=(size, size), padding=padding, kernel_initializer=initializer)(x)
    x = BatchNormalization()(x)
    x = Activation("relu")(x)
    return x


def deconv_block(tensor, residual, nfilters, size=3, padding="same", strides=(2, 2)):
    y = Conv2DTranspose(nfilters, kernel_size=(size, size), strides=strides, padding=padding)(tensor)
    y = concatenate([y, residual], axis=3)
    y = conv_block(y, nfilters)
    return y


def Unet(img_height, img_width, nclasses=3, filters=4):
    # down
    input_layer = Input(shape=(img_height, img_width, 3), name="image_input")
    conv1 = conv_block(input_layer, nfilters=filters)
    conv1_out = MaxPooling2D(pool_size=(2, 2))(conv1)
    conv2 = conv_block(conv1_out, nfilters=filters * 2)
    conv2_out = MaxPooling2D(pool_size=(2, 2))(conv2)
    conv3 = conv_block(conv2_out, nfilters=filters * 4)
    conv3_out = MaxPooling2D(pool_size=(2, 2))(conv3)
    conv3_out = Dropout(0.3)(conv3_out)
    conv4 = conv_block(conv3_out, nfilters=filters * 8)
    # up
    deconv5 = deconv_block(conv4, residual=conv3, nfilters=filters * 4)
    deconv6 = deconv_block(deconv5, residual=conv2, nfilters=filters * 2)
    deconv7 = deconv_block(deconv6, residual=conv1, nfilters=filters)
    output_layer = Conv2D(filters=nclasses, kernel_size=(1, 1))(deconv7)
    model = Model(inputs=input_layer, outputs=output_layer, name="Unet")
    return model


def dice_coef(y_true, y_pred, smooth=1.0):
    y_true = tf.one_hot(tf.squeeze(tf.cast(y_true, tf.int32), -1), N_CLASSES)
    y_pred = tf.nn.softmax(y_pred)
    intersection = tf.reduce_sum(y_true * y_pred, axis=[1, 2])
    union = tf.reduce_sum(y_true, axis=[1, 2]) + tf.reduce_sum(y_pred, axis=[1, 2])
    return tf.reduce_mean((2.0 * intersection + smooth) / (union + smooth))


def total_loss(y_true, y_pred):
    ce = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y_true, y_pred)
    return ce + (1.0 - dice_coef(y_true, y_pred))


def create_mask(pred_mask):
    pred_mask = tf.argmax(pred_mask, axis=-1)
    pred_mask = pred_mask[..., tf.newaxis]
    return pred_mask[0]


images, masks = synthetic(10)
train = tf.data.Dataset.from_tensor_slices((images[:8], masks[:8]))
train = train.map(load_image_train, num_parallel_calls=2).cache().shuffle(8).batch(BATCH, drop_remainder=True).repeat()
test_images, test_masks = normalize(images[8:], masks[8:])

augment = Augment()
for image_batch, mask_batch in train.take(1):
    augmented, augmented_masks = augment(image_batch, mask_batch)
    print(augmented.shape, augmented_masks.dtype)

model = Unet(IMG_SIZE, IMG_SIZE, N_CLASSES)
optimizer = tf.keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
history = []
for image_batch, mask_batch in train.take(2):
    with tf.GradientTape() as tape:
        prediction = model(image_batch, training=True)
        loss = total_loss(mask_batch, prediction)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    history.append(loss.numpy())
print("losses", np.round(history, 3))

predictions = model.predict(test_images, verbose=0)
mask = create_mask(predictions)
iou = MeanIoU(num_classes=N_CLASSES)
iou.update_state(tf.squeeze(test_masks, -1), tf.argmax(predictions, -1))
weights = np.array(iou.total_cm)
per_class = np.diag(weights) / (weights.sum(axis=0) + weights.sum(axis=1) - np.diag(weights) + 1e-7)
print("iou", float(iou.result()), per_class.round(2), float(dice_coef(test_masks, predictions)))

palette = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0]], dtype=np.uint8)
colored = palette[mask.numpy()[..., 0]]
overlay = (0.6 * images[8] + 0.4 * colored).astype(np.uint8)
canvas = np.concatenate([images[8], colored, overlay], axis=1)
edges = tf.image.sobel_edges(test_images[:1])
magnitude = tf.sqrt(tf.reduce_sum(edges**2, axis=-1))
boxes = np.array([[top.min(), top.max()] for top in np.where(masks[8, ..., 0] > 0)])
print(canvas.shape, magnitude.shape, boxes.shape)
