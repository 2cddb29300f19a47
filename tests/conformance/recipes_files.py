"""Arguments for what reads files and records; each recipe is of use only as a whole."""

from __future__ import annotations

from .makers import constant
from .recipes import Recipe

_FEATURES = "{'a': tf.io.FixedLenFeature((2,), tf.int64), 'b': tf.io.VarLenFeature(tf.float32)}"
_STEPS = "{'c': tf.io.FixedLenSequenceFeature((2,), tf.int64)}"
_STEPS_OF_ANY_LENGTH = "{'c': tf.io.VarLenFeature(tf.int64)}"


def _image(*forms: str) -> Recipe:
    return {"contents": constant(*(f"encoded({form!r})" for form in forms))}


_SEQUENCES: Recipe = {
    "context_features": constant(_FEATURES),
    "sequence_features": constant(_STEPS, _STEPS_OF_ANY_LENGTH),
}

_EXAMPLES: Recipe = {
    "serialized": constant("[example(), example()]", "tf.constant([example()])", "example()"),
    "features": constant(_FEATURES, "{'b': tf.io.FixedLenFeature((), tf.float32)}"),
}
_ONE_EXAMPLE: Recipe = {
    "serialized": constant("example()", "tf.constant(example())"),
    "features": constant(_FEATURES, "{'b': tf.io.FixedLenFeature((), tf.float32)}"),
}

BY_OP: dict[str, Recipe] = {
    "io.decode_and_crop_jpeg": {
        **_image("jpeg"),
        "crop_window": constant("[0, 0, 2, 3]"),
        "channels": constant("0", "1"),
    },
    "io.decode_bmp": _image("bmp"),
    "io.decode_gif": _image("gif"),
    "io.decode_image": {**_image("png", "jpeg", "gif", "bmp"), "expand_animations": constant("True", "False")},
    "io.decode_jpeg": {**_image("jpeg", "png"), "channels": constant("0", "1", "3")},
    "io.decode_png": {**_image("png", "jpeg"), "channels": constant("0", "1", "3", "4")},
    "io.decode_webp": _image("webp"),
    "io.extract_jpeg_shape": _image("jpeg"),
    "io.decode_csv": {
        "records": constant("['1,2.5', '3,4']", "'1,2'", "tf.constant([['1,2']])"),
        "record_defaults": constant(
            "[[0], [0.5]]", "[[1.0], ['a']]", "[tf.constant([0]), tf.constant([], tf.float32)]"
        ),
    },
    "io.decode_proto": {
        "bytes": constant("[example()]", "tf.constant([[example()]])"),
        "message_type": constant("'tensorflow.Example'"),
        "field_names": constant("['features']"),
        "output_types": constant("[tf.string]"),
        "descriptor_source": constant("'local://'"),
    },
    "io.deserialize_many_sparse": {
        "serialized_sparse": constant("tf.io.serialize_many_sparse(tf.SparseTensor([[0, 1]], [1.0], [2, 3]))"),
        "dtype": constant("tf.float32"),
        "rank": constant("None", "1"),
    },
    "io.gfile.copy": {"src": constant("written()"), "dst": constant("'copied'"), "overwrite": constant("True")},
    "io.gfile.rename": {"src": constant("written()"), "dst": constant("'renamed'"), "overwrite": constant("True")},
    "io.gfile.remove": {"path": constant("written()")},
    "io.read_file": {"filename": constant("written()", "tf.constant(written())")},
    "io.parse_example": _EXAMPLES,
    "io.parse_single_example": _ONE_EXAMPLE,
    "compat.v1.parse_example": _EXAMPLES,
    "compat.v1.parse_single_example": _ONE_EXAMPLE,
    "io.parse_sequence_example": {
        **_SEQUENCES,
        "serialized": constant("[sequence(), sequence()]", "tf.constant([sequence()])"),
    },
    "io.parse_single_sequence_example": {**_SEQUENCES, "serialized": constant("sequence()", "tf.constant(sequence())")},
    "io.parse_tensor": {
        "serialized": constant("tf.io.serialize_tensor(tf.ones((2, 3)))"),
        "out_type": constant("tf.float32"),
    },
}
