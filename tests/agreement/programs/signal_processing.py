"""Signals and images: filters and spectra in NumPy, then the same and more in TensorFlow."""

import math
from dataclasses import dataclass, field
from typing import List, Tuple

import numpy as np
import tensorflow as tf

SAMPLE_RATE = 8000
FRAME_LENGTH = 256
FRAME_STEP = 128
NUM_MEL = 20


@dataclass
class Tone:
    frequency: float
    amplitude: float = 1.0
    phase: float = 0.0

    def render(self, times: np.ndarray) -> np.ndarray:
        return self.amplitude * np.sin(2 * np.pi * self.frequency * times + self.phase)


@dataclass
class Recording:
    duration: float
    tones: List[Tone] = field(default_factory=list)
    noise: float = 0.05

    @property
    def num_samples(self) -> int:
        return int(round(self.duration * SAMPLE_RATE))

    def add(self, *tones: Tone) -> "Recording":
        self.tones.extend(tones)
        return self

    def render(self, seed: int = 0) -> np.ndarray:
        times = np.arange(self.num_samples) / SAMPLE_RATE
        signal = sum(tone.render(times) for tone in self.tones)
        noise = np.random.RandomState(seed).randn(self.num_samples)
        return (signal + self.noise * noise).astype(np.float32)


def frame(signal: np.ndarray, length: int, step: int) -> np.ndarray:
    count = 1 + (len(signal) - length) // step
    indices = np.arange(length)[None, :] + step * np.arange(count)[:, None]
    return signal[indices]


def hann(length: int) -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


def spectrogram_numpy(signal: np.ndarray) -> np.ndarray:
    frames = frame(signal, FRAME_LENGTH, FRAME_STEP) * hann(FRAME_LENGTH)
    return np.abs(np.fft.rfft(frames, axis=-1)).astype(np.float32)


def spectrogram_tf(signal: tf.Tensor) -> tf.Tensor:
    stft = tf.signal.stft(signal, frame_length=FRAME_LENGTH, frame_step=FRAME_STEP, pad_end=False)
    return tf.abs(stft)


def log_mel(spectrogram: tf.Tensor) -> tf.Tensor:
    num_bins = spectrogram.shape[-1]
    mel = tf.signal.linear_to_mel_weight_matrix(
        num_mel_bins=NUM_MEL,
        num_spectrogram_bins=num_bins,
        sample_rate=SAMPLE_RATE,
        lower_edge_hertz=80.0,
        upper_edge_hertz=3800.0,
    )
    mel_spectrogram = tf.tensordot(spectrogram, mel, 1)
    mel_spectrogram.set_shape(spectrogram.shape[:-1].concatenate(mel.shape[-1:]))
    return tf.math.log(mel_spectrogram + 1e-6)


def gaussian_kernel(size: int, sigma: float) -> np.ndarray:
    axis = np.linspace(-(size - 1) / 2.0, (size - 1) / 2.0, size)
    gauss = np.exp(-0.5 * np.square(axis) / np.square(sigma))
    kernel = np.outer(gauss, gauss)
    return kernel / np.sum(kernel)


def blur(images: tf.Tensor, size: int = 5, sigma: float = 1.0) -> tf.Tensor:
    channels = images.shape[-1]
    kernel = tf.constant(gaussian_kernel(size, sigma), dtype=images.dtype)
    kernel = tf.tile(kernel[:, :, tf.newaxis, tf.newaxis], [1, 1, channels, 1])
    return tf.nn.depthwise_conv2d(images, kernel, strides=[1, 1, 1, 1], padding="SAME")


def sobel_magnitude(images: tf.Tensor) -> tf.Tensor:
    edges = tf.image.sobel_edges(images)
    dy, dx = edges[..., 0], edges[..., 1]
    return tf.sqrt(dx * dx + dy * dy + 1e-12)


def laplacian_pyramid(image: tf.Tensor, levels: int) -> List[tf.Tensor]:
    pyramid = []
    current = image
    for _ in range(levels):
        height, width = current.shape[1:3]
        smaller = tf.nn.avg_pool2d(blur(current), ksize=2, strides=2, padding="SAME")
        restored = tf.image.resize(smaller, [height, width], method="bilinear")
        pyramid.append(current - restored)
        current = smaller
    return pyramid + [current]


def reconstruct(pyramid: List[tf.Tensor]) -> tf.Tensor:
    image = pyramid[-1]
    for level in reversed(pyramid[:-1]):
        image = level + tf.image.resize(image, level.shape[1:3])
    return image


def otsu_threshold(gray: np.ndarray, bins: int = 32) -> float:
    histogram, edges = np.histogram(gray.ravel(), bins=bins, range=(0.0, 1.0))
    centers = (edges[:-1] + edges[1:]) / 2
    weight_low = np.cumsum(histogram)
    weight_high = np.cumsum(histogram[::-1])[::-1]
    mean_low = np.cumsum(histogram * centers) / np.maximum(weight_low, 1)
    mean_high = (np.cumsum((histogram * centers)[::-1]) / np.maximum(np.cumsum(histogram[::-1]), 1))[::-1]
    between = weight_low[:-1] * weight_high[1:] * (mean_low[:-1] - mean_high[1:]) ** 2
    return float(centers[:-1][np.argmax(between)])


def test_card(height: int, width: int) -> np.ndarray:
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    red = 0.5 * (1 + np.sin(6 * x))
    green = (x**2 + y**2 < 0.5).astype(np.float64)
    blue = np.where(y > x, 0.8, 0.2)
    return np.stack([red, green, blue], axis=-1)


def rotate(points: np.ndarray, degrees: float) -> np.ndarray:
    theta = math.radians(degrees)
    matrix = np.array([[math.cos(theta), -math.sin(theta)], [math.sin(theta), math.cos(theta)]])
    return points @ matrix.T


def dominant_frequencies(spectrogram: np.ndarray, count: int) -> Tuple[float, ...]:
    average = spectrogram.mean(axis=0)
    bins = np.argpartition(average, -count)[-count:]
    return tuple(sorted(float(b) * SAMPLE_RATE / FRAME_LENGTH for b in bins))


def main() -> None:
    recording = Recording(0.25, noise=0.01).add(Tone(440.0), Tone(1500.0, amplitude=0.5, phase=0.3))
    signal = recording.render()
    by_numpy = spectrogram_numpy(signal)
    by_tf = spectrogram_tf(tf.constant(signal))
    assert by_numpy.shape == tuple(by_tf.shape)
    print(by_numpy.shape, dominant_frequencies(by_numpy, 2))

    features = log_mel(by_tf)
    mfcc = tf.signal.mfccs_from_log_mel_spectrograms(features)[..., :13]
    delta = mfcc[1:] - mfcc[:-1]
    padded = tf.pad(delta, [[1, 0], [0, 0]])
    stacked = tf.concat([mfcc, padded], axis=-1)
    normalized = (stacked - tf.reduce_mean(stacked, 0)) / tf.math.reduce_std(stacked, axis=0)
    print(features.shape, normalized.shape)

    spectrum = tf.signal.rfft(signal[:1024])
    power = tf.math.real(spectrum * tf.math.conj(spectrum))
    autocorrelation = tf.signal.irfft(tf.cast(power, tf.complex64))
    peak = tf.argmax(autocorrelation[20:400]) + 20
    taps = np.ones(9, dtype=np.float32) / 9
    smooth = np.convolve(signal, taps, mode="same")
    smooth_tf = tf.nn.conv1d(signal[None, :, None], taps[:, None, None], stride=1, padding="SAME")
    gap = np.abs(smooth - smooth_tf.numpy().reshape(-1)).max()
    print("period", int(peak), "gap", bool(gap < 1e-4))

    card = test_card(32, 48)
    image = tf.convert_to_tensor(card[np.newaxis], dtype=tf.float32)
    edges = sobel_magnitude(blur(image))
    pyramid = laplacian_pyramid(image, levels=2)
    error = tf.reduce_max(tf.abs(reconstruct(pyramid) - image))
    gray = tf.image.rgb_to_grayscale(image)
    threshold = otsu_threshold(gray.numpy())
    binary = tf.cast(gray > threshold, tf.uint8)
    area = tf.reduce_sum(tf.cast(binary, tf.int32))
    print([tuple(level.shape) for level in pyramid], float(error) < 1e-4, int(area), edges.shape)

    corners = np.array([[0, 0], [0, 47], [31, 0], [31, 47]], dtype=np.float64)
    centered = corners - corners.mean(axis=0)
    turned = rotate(centered, 30.0) + corners.mean(axis=0)
    low, high = turned.min(axis=0), turned.max(axis=0)
    boxes = np.concatenate([low, high])[np.newaxis].astype(np.float32) / np.float32([32, 48, 32, 48])
    crops = tf.image.crop_and_resize(image, boxes, box_indices=[0], crop_size=(8, 8))
    patches = tf.image.extract_patches(
        image, sizes=[1, 8, 8, 1], strides=[1, 8, 8, 1], rates=[1, 1, 1, 1], padding="VALID"
    )
    flat = tf.reshape(patches, [-1, 8 * 8 * 3])
    centered_patches = flat - tf.reduce_mean(flat, axis=0)
    covariance = tf.matmul(centered_patches, centered_patches, transpose_a=True) / float(flat.shape[0] - 1)
    values, vectors = tf.linalg.eigh(covariance)
    components = tf.reverse(vectors, axis=[1])[:, :4]
    codes = tf.matmul(centered_patches, components)
    print(crops.shape, patches.shape, codes.shape, float(tf.reduce_sum(values)) > 0)


if __name__ == "__main__":
    main()
