"""Models of which no call can be made here, so that nothing real is there to compare them with."""

from __future__ import annotations

import fnmatch

_KERAS_2 = "Keras 3 has none of it; with tf-keras on the path and TF_USE_LEGACY_KERAS=1 it is compared"
_ONLY_IN_NAME = "the objects of the installed TensorFlow have it only in name"
_KERAS_3 = "Keras 3 has it no more"

REASONS = {
    "GradientTape.reset": "only a tape that is recording has it, inside its own block",
    "TensorArray.grad": _ONLY_IN_NAME,
    "Variable.initialized_value": _ONLY_IN_NAME,
    "compat.v1.LMDBReader.*": "the installed TensorFlow is built without LMDB",
    "compat.v1.layers.*": _KERAS_2,
    "compat.v1.nn.rnn_cell.*": _KERAS_2,
    "contrib.*": "TensorFlow 2 has no tf.contrib",
    "data.experimental.service.from_dataset_id": "it waits for a service",
    "keras.Optimizer.lr": _KERAS_3,
    "keras.layers.STFTSpectrogram.*": "it needs SciPy",
    "keras.layers.RandomHeight.*": _KERAS_3,
    "keras.layers.RandomWidth.*": _KERAS_3,
    "keras.layers.ThresholdedReLU.*": _KERAS_3,
    "keras.preprocessing.image.ImageDataGenerator.flow_from_dataframe": "it needs pandas",
    "keras.utils.load_img": "it needs Pillow",
    "raw_ops.Segment*V2": "only GPUs have kernels for it",
}
"""Patterns of canonical names, each with why."""


def reason(name: str) -> str | None:
    """Why no call of the op ``name`` can work, or None where one should."""
    return next((text for pattern, text in REASONS.items() if fnmatch.fnmatchcase(name, pattern)), None)
