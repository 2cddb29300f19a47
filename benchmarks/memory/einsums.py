"""Bilinear forms and batched products by einsum."""

import tensorflow as tf

x = tf.random.normal([64, 256, 256])
w = tf.random.normal([256, 256])
y = tf.einsum("bij,jk->bik", x, w)
gram = tf.einsum("bij,bkj->bik", y, y)
energy = tf.einsum("bij,bij->b", gram, gram)
outer = tf.einsum("bi,bj->bij", x[:, 0], y[:, 0])
print(energy.shape, outer.shape)
