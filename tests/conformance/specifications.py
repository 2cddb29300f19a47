"""What type specifications stand for, which the models look up under names that are no attributes of the classes."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def value(spec: Any) -> Any:
    """What ``spec`` stands for: what a function is given that is traced for it."""
    if isinstance(spec, tf.data.DatasetSpec):  # one that belongs to a graph says nothing outside it
        return tf.data.Dataset.from_generator(lambda: iter(()), output_signature=spec.element_spec)
    given: list[Any] = []
    tf.function(given.append, autograph=False, input_signature=[spec]).get_concrete_function()
    return given[0]


MEMBERS = {"(value)": value, "(spec)": tf.type_spec_from_value}
