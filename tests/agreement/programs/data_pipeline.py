"""Sensor recordings as tf.data pipelines: generators, Python functions, windows, padding, interleaving, records."""

import functools
import json
import os
import pathlib
import tempfile

import numpy as np
import tensorflow as tf

AUTOTUNE = tf.data.experimental.AUTOTUNE
SENSORS = 4
WINDOW = 8
LABELS = ["idle", "walk", "run"]


def recordings(count, seed=0):
    """Yields (samples [time, SENSORS], label) with different lengths."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        length = int(rng.integers(12, 24))
        label = i % len(LABELS)
        t = np.linspace(0.0, 1.0, length, dtype=np.float32)
        waves = np.sin(2 * np.pi * (label + 1) * t[:, None] + np.arange(SENSORS, dtype=np.float32))
        yield waves.astype(np.float32), np.int64(label)


def spectral(samples):
    """A NumPy function called from the pipeline."""
    spectrum = np.abs(np.fft.rfft(samples.numpy(), n=16, axis=0))
    return spectrum.astype(np.float32)


def with_spectrum(samples, label):
    spectrum = tf.py_function(func=spectral, inp=[samples], Tout=tf.float32)
    spectrum.set_shape([9, SENSORS])
    energy = tf.reduce_sum(tf.square(spectrum), axis=0)
    return {"samples": samples, "spectrum": spectrum, "energy": energy}, label


def standardize(features, label):
    samples = features["samples"]
    mean, variance = tf.nn.moments(samples, axes=[0])
    normalized = (samples - mean) / tf.sqrt(variance + 1e-6)
    return dict(features, samples=normalized), label


def ragged_batches():
    signature = (tf.TensorSpec(shape=(None, SENSORS), dtype=tf.float32), tf.TensorSpec(shape=(), dtype=tf.int64))
    ds = tf.data.Dataset.from_generator(functools.partial(recordings, 9), output_signature=signature)
    ds = ds.map(with_spectrum, num_parallel_calls=AUTOTUNE).map(standardize)
    ds = ds.filter(lambda features, label: tf.not_equal(label, 2))
    return ds.padded_batch(
        3,
        padded_shapes=({"samples": [None, SENSORS], "spectrum": [9, SENSORS], "energy": [SENSORS]}, []),
        drop_remainder=True,
    )


def sliding_windows(series, window=WINDOW, shift=2, batch_size=4):
    ds = tf.data.Dataset.from_tensor_slices(series)
    ds = ds.window(window + 1, shift=shift, drop_remainder=True)
    ds = ds.flat_map(lambda w: w.batch(window + 1))
    ds = ds.map(lambda w: (w[:-1], w[-1:]))
    return ds.shuffle(100, seed=3).batch(batch_size).prefetch(1)


def write_records(folder, shards=3, per_shard=4):
    paths = []
    for shard in range(shards):
        path = os.path.join(folder, f"part-{shard:02d}.tfrecord")
        with tf.io.TFRecordWriter(path) as writer:
            for i, (samples, label) in enumerate(recordings(per_shard, seed=shard)):
                window = samples[:WINDOW]
                example = tf.train.Example(
                    features=tf.train.Features(
                        feature={
                            "window": tf.train.Feature(float_list=tf.train.FloatList(value=window.ravel())),
                            "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[int(label)])),
                            "name": tf.train.Feature(bytes_list=tf.train.BytesList(value=[f"{shard}/{i}".encode()])),
                        }
                    )
                )
                writer.write(example.SerializeToString())
        paths.append(path)
    return paths


FEATURES = {
    "window": tf.io.FixedLenFeature([WINDOW, SENSORS], tf.float32),
    "label": tf.io.FixedLenFeature([], tf.int64),
    "name": tf.io.FixedLenFeature([], tf.string),
}


def parse_example(serialized):
    parsed = tf.io.parse_single_example(serialized, FEATURES)
    shard = tf.strings.to_number(tf.strings.split(parsed["name"], "/")[0], out_type=tf.int32)
    one_hot = tf.one_hot(parsed["label"], depth=len(LABELS))
    return parsed["window"], one_hot, shard


def read_records(folder):
    files = tf.data.Dataset.list_files(os.path.join(folder, "*.tfrecord"), shuffle=False)
    ds = files.interleave(tf.data.TFRecordDataset, cycle_length=2, block_length=1, num_parallel_calls=AUTOTUNE)
    return ds.map(parse_example, num_parallel_calls=AUTOTUNE).batch(4)


def text_lines(folder):
    path = pathlib.Path(folder) / "log.csv"
    rows = ["time,value,kind"] + [f"{i},{i * 0.5:.2f},{LABELS[i % 3]}" for i in range(7)]
    path.write_text("\n".join(rows))
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant(LABELS), tf.range(3, dtype=tf.int64)), default_value=-1
    )

    def parse_line(line):
        time, value, kind = tf.io.decode_csv(line, record_defaults=[0, 0.0, ""])
        return tf.stack([tf.cast(time, tf.float32), value]), table.lookup(kind)

    return tf.data.TextLineDataset(str(path)).skip(1).map(parse_line).repeat(2).batch(5, drop_remainder=True)


def mixup(first, second):
    (images_a, labels_a), (images_b, labels_b) = first, second
    alpha = tf.random.uniform([tf.shape(images_a)[0], 1, 1])
    mixed = alpha * images_a + (1.0 - alpha) * images_b
    weight = tf.squeeze(alpha, axis=-1)
    return mixed, weight * labels_a + (1.0 - weight) * labels_b


def main():
    totals = np.zeros(len(LABELS), dtype=np.int64)
    for features, labels in ragged_batches():
        samples, energy = features["samples"], features["energy"]
        lengths = tf.reduce_sum(tf.cast(tf.reduce_any(samples != 0.0, axis=-1), tf.int32), axis=1)
        print(samples.shape, energy.shape, lengths.numpy())
        np.add.at(totals, labels.numpy(), 1)
    print(dict(zip(LABELS, totals.tolist())))

    series = np.cumsum(np.random.RandomState(0).randn(40)).astype("float32")
    windows = sliding_windows(series)
    for inputs, targets in windows.take(2):
        drift = tf.reduce_mean(inputs[:, 1:] - inputs[:, :-1], axis=1, keepdims=True)
        forecast = inputs[:, -1:] + drift
        print(tf.reduce_mean(tf.abs(targets - forecast), axis=-1).numpy())
    print("windows", sum(1 for _ in windows), windows.element_spec)

    with tempfile.TemporaryDirectory() as folder:
        print([os.path.basename(path) for path in write_records(folder)])
        ds = read_records(folder)
        pairs = tf.data.Dataset.zip((ds.map(lambda w, y, s: (w, y)), ds.map(lambda w, y, s: (w, y)).skip(1)))
        for mixed, target in pairs.map(mixup):
            row_sums = tf.reduce_sum(target, axis=-1)
            print(mixed.shape, target.shape, row_sums.numpy().round(3))
        window, one_hot, shard = next(iter(ds))
        print(window.dtype, one_hot.shape, tf.unique(shard).y.numpy())
        for values, kinds in text_lines(folder):
            means = tf.math.unsorted_segment_mean(values, kinds, num_segments=len(LABELS))
            print(json.dumps(means.numpy().tolist()))

    choices = tf.data.Dataset.range(3).repeat(2)
    sources = [tf.data.Dataset.from_tensors(tf.fill([2], i)).repeat() for i in range(3)]
    picked = tf.data.Dataset.choose_from_datasets(sources, choices)
    collected = tf.stack(list(picked.take(6)))
    running = tf.data.Dataset.range(1, 6).scan(np.int64(0), lambda state, x: (state + x, state + x))
    total = tf.data.Dataset.range(5).reduce(np.int64(0), lambda acc, x: acc + x)
    print(collected.numpy().tolist(), list(running.as_numpy_iterator()), total.numpy())
    bucketed = tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1], [2, 3], [4, 5, 6], [7]]))
    bucketed = bucketed.map(lambda x: x + 1).padded_batch(2)
    for batch in bucketed:
        print(batch.shape, tf.reduce_sum(batch, axis=1).numpy())


if __name__ == "__main__":
    main()
