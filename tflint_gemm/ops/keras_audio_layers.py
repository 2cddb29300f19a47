"""Keras layers that turn sound into spectrograms."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.layers import is_eager, layer
from tflint_gemm.ops.parameters import Dimension, Flag, Text

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@layer("keras.layers.MelSpectrogram", ints="cast", lists=True)
def mel_spectrogram(
    inputs: Tensor, sequence_stride: Dimension = None, num_mel_bins: Dimension = None, fft_length: Dimension = None
) -> Tensor:
    """A column of bands for each step of a sound, or of each of a batch of sounds."""
    if inputs.shape is None or len(inputs.shape) not in (1, 2):
        return rules.like(inputs, shape=None)
    length = inputs.shape[-1]
    certain = inputs.kind is not Kind.UNKNOWN
    frames = _frames(length, sequence_stride, fft_length, is_eager(inputs)) if certain else None
    return rules.like(inputs, shape=(*inputs.shape[:-1], num_mel_bins, frames))


def _frames(length: Dim, stride: Dim, window: Dim, eager: bool) -> Dim:
    if not eager:
        return dims.floor_divide(dims.add(dims.add(length, stride), 1), stride)
    # The sound is padded by half a window at both ends.
    padded = dims.add(length, dims.multiply(dims.floor_divide(window, 2), 2))
    return dims.add(dims.floor_divide(dims.subtract(padded, window), stride), 1)


@layer("keras.layers.STFTSpectrogram", rank=3)
def stft_spectrogram(
    inputs: Tensor,
    mode: Text = "log",
    frame_length: Dimension = None,
    frame_step: Dimension = None,
    fft_length: Dimension = None,
    padding: Text = "valid",
    expand_dims: Flag = False,
    data_format: Text = None,
) -> Tensor:
    """The spectrum of each frame of each channel."""
    floating = inputs.dtype in (dtypes.FLOAT16, dtypes.FLOAT32, dtypes.FLOAT64)
    result = rules.like(inputs, dtype=inputs.dtype if floating else None, shape=None)
    if inputs.shape is None or mode not in _MODES or isinstance(expand_dims, Unsure) or isinstance(data_format, Unsure):
        return result
    if not isinstance(frame_length, int) or frame_length < 1 or padding not in ("valid", "same"):
        return result
    first = data_format == "channels_first"
    batch, time, channels = inputs.shape if not first else (inputs.shape[0], inputs.shape[2], inputs.shape[1])
    step = frame_length // 2 if frame_step is None else frame_step
    size = 1 << (frame_length - 1).bit_length() if fft_length is None else fft_length
    bands = dims.add(dims.floor_divide(size, 2), 1)
    bands = dims.multiply(bands, 2) if mode == "stft" else bands
    frames = rules.spatial_size(time, frame_length, step, 1, str(padding).upper())
    if expand_dims:
        return rules.like(result, shape=(batch, channels, frames, bands) if first else (batch, frames, bands, channels))
    both = dims.multiply(bands, channels)
    return rules.like(result, shape=(batch, both, frames) if first else (batch, frames, both))
