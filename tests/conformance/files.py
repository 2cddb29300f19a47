"""Files, and what stands in files: written where the process works, which is a folder of its own."""

from __future__ import annotations

import base64
import itertools
from pathlib import Path
from typing import Any

import tensorflow as tf

_COUNTER = itertools.count()
_GIF = "R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="
_WEBP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
_BMP = (
    b"BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00"
    b"\x01\x00\x18\x00\x00\x00\x00\x00\x04\x00\x00\x00" + bytes(20)
)


def written(text: str = "1 2\n3 4\n") -> str:
    """A file with this text, by its name."""
    file = Path(f"written{next(_COUNTER)}")
    file.write_text(text, "utf-8")
    return str(file)


def folders(form: str) -> str:
    """A folder with two folders of two files each: texts ("txt") or images ("png")."""
    top = Path(f"folders{next(_COUNTER)}")
    for name in ("a", "b"):
        (top / name).mkdir(parents=True)
        for number in range(2):
            file = top / name / f"{number}.{form}"
            file.write_bytes(b"some words" if form == "txt" else encoded(form).numpy())
    return str(top)


def saved() -> str:
    """A dataset of the numbers 0, 1, 2, by the name of its folder."""
    path = f"saved{next(_COUNTER)}"
    tf.data.Dataset.range(3).save(path)
    return path


def encoded(form: str) -> Any:
    """An image in one of the forms of image files."""
    if form in ("png", "jpeg"):
        image = tf.zeros((4, 6, 3), tf.uint8)
        return (tf.io.encode_png if form == "png" else tf.io.encode_jpeg)(image)
    return {"gif": base64.b64decode(_GIF), "webp": base64.b64decode(_WEBP), "bmp": _BMP}[form]


def _features() -> Any:
    ints = tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2]))
    floats = tf.train.Feature(float_list=tf.train.FloatList(value=[0.5]))
    return tf.train.Features(feature={"a": ints, "b": floats})


def example() -> bytes:
    """A record with two integers ``a`` and a number ``b``."""
    text: bytes = tf.train.Example(features=_features()).SerializeToString()
    return text


def sequence() -> bytes:
    """A record with the same features of the whole, and three steps of two integers ``c``."""
    step = tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2]))
    steps = tf.train.FeatureLists(feature_list={"c": tf.train.FeatureList(feature=[step] * 3)})
    text: bytes = tf.train.SequenceExample(context=_features(), feature_lists=steps).SerializeToString()
    return text


def names(as_records: bool) -> Any:
    """A queue with the names of two files, of records or of lines of text, which is filled when tables are."""
    if as_records:
        found = [f"records{next(_COUNTER)}" for _ in range(2)]
        for name in found:
            with tf.io.TFRecordWriter(name) as file:
                file.write(b"one")
                file.write(b"two")
    else:
        found = [written(), written()]
    queue = tf.queue.FIFOQueue(8, tf.string, ())
    tf.compat.v1.add_to_collection(tf.compat.v1.GraphKeys.TABLE_INITIALIZERS, queue.enqueue_many([found]))
    return queue
