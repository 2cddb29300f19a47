"""``tf.signal`` and ``numpy.fft``: Fourier transforms, frames, windows."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, Kind, Tensor, Value, dim_of
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import to_shape
from tflint_gemm.ops.creation import Converted
from tflint_gemm.ops.numpy_common import Array
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.parameters import Axis, Dimension, Flag, TensorFlowDType
from tflint_gemm.ops.registry import add, op

_COMPLEX = {dtypes.FLOAT32: dtypes.COMPLEX64, dtypes.FLOAT64: dtypes.COMPLEX128}
_REAL = {complex_dtype: real for real, complex_dtype in _COMPLEX.items()}


def _spectrum_dtype(signal: Tensor) -> DType | None:
    """The dtype of a real signal's frequencies; what is no tensor yet becomes one of float32."""
    found = None if signal.dtype is None else _COMPLEX.get(signal.dtype)
    return found if found is None or signal.is_tensorflow else dtypes.COMPLEX64 if _is_array(signal) else None


def _is_array(operand: Tensor) -> bool:
    return operand.kind is Kind.ARRAY


def _real(spectrum: Tensor) -> DType | None:
    return None if spectrum.dtype is None or not spectrum.is_tensorflow else _REAL.get(spectrum.dtype)


def _frequencies(size: Dim) -> Dim:
    """How many frequencies a real signal of ``size`` has."""
    if size == 0:
        return None
    return dims.add(dims.floor_divide(size, 2), 1)


def _with_last(shape: Shape, *sizes: Dim) -> Shape:
    """``shape`` with other sizes in its last dimensions."""
    return None if shape is None or len(shape) < len(sizes) else (*shape[: len(shape) - len(sizes)], *sizes)


def _worked_on(lengths: Value, shape: Shape, rank: int) -> tuple[Dim, ...] | None:
    """The sizes of the last dimensions that a transform works on: as given, else the operand's own (None)."""
    if lengths == NONE:
        return None if shape is None or len(shape) < rank else shape[len(shape) - rank :]
    given = to_shape(lengths)
    return given if given is not None and len(given) == rank else (None,) * rank


# ------------------------------------------------------------------------------------------------- transforms


def _complex_transform(name: str) -> None:
    def model(input: Tensor) -> Tensor:
        # What is no tensor yet is converted to complex64 where that can be done.
        return rules.like(input, dtype=input.dtype if input.is_tensorflow and input.dtype in _REAL else None)

    add(OpModel(f"signal.{name}", model, by_position=1))


for _name in ("fft", "ifft", "fft2d", "ifft2d", "fft3d", "ifft3d"):
    _complex_transform(_name)


@op("signal.fftshift", "signal.ifftshift", by_position=1)
def shifted(x: Converted) -> Tensor:
    return rules.like(x)


def _real_transforms(suffix: str, rank: int) -> None:
    """Register ``rfft`` and ``irfft`` over so many dimensions: of the last one, half of the frequencies remain."""

    def forward(input_tensor: Tensor, fft_length: Value = NONE) -> Tensor:
        sizes = _worked_on(fft_length, input_tensor.shape, rank)
        dtype = _spectrum_dtype(input_tensor)
        if sizes is None:
            return Tensor(dtype)
        return Tensor(dtype, _with_last(input_tensor.shape, *sizes[:-1], _frequencies(sizes[-1])))

    def backward(input_tensor: Tensor, fft_length: Value = NONE) -> Tensor:
        sizes = _worked_on(fft_length, input_tensor.shape, rank)
        dtype = _real(input_tensor)
        if sizes is None:
            return Tensor(dtype)
        last = sizes[-1]
        if fft_length == NONE:
            last = dims.multiply(dims.subtract(last, 1), 2)
            last = None if isinstance(last, int) and last < 1 else last
        return Tensor(dtype, _with_last(input_tensor.shape, *sizes[:-1], last))

    add(OpModel(f"signal.rfft{suffix}", forward, by_position=1))
    add(OpModel(f"signal.irfft{suffix}", backward, by_position=1))


_real_transforms("", 1)
_real_transforms("2d", 2)
_real_transforms("3d", 3)


@op("signal.dct", "signal.idct", by_position=1)
def dct(input: Converted, n: Value = NONE) -> Tensor:
    if n == NONE:
        return rules.like(input)
    return rules.like(input, shape=_with_last(input.shape, dim_of(n)))


# ------------------------------------------------------------------------------------------------- frames


def _frame_count(size: Dim, length: Dim, step: Dim, pad_end: object) -> Dim:
    """How many frames of ``length`` stand in a signal; with padding, as many as begin in it."""
    if pad_end is True:
        return dims.floor_divide(dims.subtract(dims.add(size, step), 1), step)
    if pad_end is not False:
        return None
    count = dims.add(dims.floor_divide(dims.subtract(size, length), step), 1)
    return max(count, 0) if isinstance(count, int) else None


@op("signal.frame", by_position=1)
def frame(
    signal: Converted, frame_length: Dimension, frame_step: Dimension, pad_end: Flag = False, axis: Axis = -1
) -> Tensor:
    """The signal's dimension becomes two: the frames, and the samples of each."""
    if signal.shape is None:
        return rules.like(signal)
    if not isinstance(axis, int) or not -len(signal.shape) <= axis < len(signal.shape):
        return rules.like(signal, shape=(None,) * (len(signal.shape) + 1))
    where = axis % len(signal.shape)
    count = _frame_count(signal.shape[where], frame_length, frame_step, pad_end)
    return rules.like(signal, shape=(*signal.shape[:where], count, frame_length, *signal.shape[where + 1 :]))


@op("signal.stft", by_position=1)
def stft(
    signals: Converted,
    frame_length: Dimension,
    frame_step: Dimension,
    fft_length: Value = NONE,
    pad_end: Flag = False,
) -> Tensor:
    """The frequencies of each frame; by default the frames are padded to a power of two."""
    dtype = None if signals.dtype is None else _COMPLEX.get(signals.dtype)
    if not signals.shape:
        return Tensor(dtype)
    if fft_length != NONE:
        length = dim_of(fft_length)
    else:
        length = 1 << (frame_length - 1).bit_length() if isinstance(frame_length, int) and frame_length > 0 else None
    count = _frame_count(signals.shape[-1], frame_length, frame_step, pad_end)
    return Tensor(dtype, (*signals.shape[:-1], count, _frequencies(length)))


@op("signal.inverse_stft", by_position=1)
def inverse_stft(stfts: Tensor, frame_length: Dimension, frame_step: Dimension) -> Tensor:
    return Tensor(_real(stfts), _overlapped(stfts.shape, frame_length, frame_step))


@op("signal.overlap_and_add", by_position=1)
def overlap_and_add(signal: Converted, frame_step: Dimension) -> Tensor:
    length = signal.shape[-1] if signal.shape else None
    return rules.like(signal, shape=_overlapped(signal.shape, length, frame_step))


def _overlapped(shape: Shape, length: Dim, step: Dim) -> Shape:
    """The shape of the signal that frames are put together to."""
    if shape is None or len(shape) < 2:
        return None
    size = dims.add(dims.multiply(dims.subtract(shape[-2], 1), step), length)
    if shape[-2] == 0:  # nothing, or what the last step leaves over
        size = max(size, 0) if isinstance(size, int) else None
    return (*shape[:-2], size)


@op("signal.mdct", by_position=1)
def mdct(signals: Converted, frame_length: Dimension, pad_end: Flag = False) -> Tensor:
    """Frames that overlap by half, each as half as many coefficients."""
    if not signals.shape:
        return rules.like(signals, shape=None)
    half = dims.floor_divide(frame_length, 2)
    count = _frame_count(signals.shape[-1], frame_length, half, pad_end)
    return rules.like(signals, shape=(*signals.shape[:-1], count, half))


@op("signal.inverse_mdct", by_position=1)
def inverse_mdct(mdcts: Converted) -> Tensor:
    """The signal that overlapping frames add up to."""
    if mdcts.shape is None or len(mdcts.shape) < 2:
        return rules.like(mdcts, shape=None)
    *batch, count, half = mdcts.shape
    return rules.like(mdcts, shape=(*batch, dims.multiply(dims.add(count, 1), half)))


# ------------------------------------------------------------------------------------------------- windows, mel


def _window(name: str) -> None:
    def model(window_length: Dimension, dtype: TensorFlowDType = dtypes.FLOAT32) -> Tensor:
        return Tensor(rules.chosen_dtype(dtype, dtypes.FLOAT32), (window_length,))

    add(OpModel(f"signal.{name}", model))


for _name in ("hann_window", "hamming_window", "vorbis_window", "kaiser_window"):
    _window(_name)


@op("signal.kaiser_bessel_derived_window")
def kaiser_bessel_derived_window(window_length: Dimension, dtype: TensorFlowDType = dtypes.FLOAT32) -> Tensor:
    """Two halves of one length."""
    length = dims.multiply(dims.floor_divide(window_length, 2), 2)
    return Tensor(rules.chosen_dtype(dtype, dtypes.FLOAT32), (length,))


@op("signal.linear_to_mel_weight_matrix")
def linear_to_mel_weight_matrix(
    num_mel_bins: Dimension = 20, num_spectrogram_bins: Dimension = 129, dtype: TensorFlowDType = dtypes.FLOAT32
) -> Tensor:
    bins = max(num_spectrogram_bins, 1) if isinstance(num_spectrogram_bins, int) else num_spectrogram_bins
    return Tensor(rules.chosen_dtype(dtype, dtypes.FLOAT32), (bins, num_mel_bins))


@op("signal.mfccs_from_log_mel_spectrograms", by_position=1)
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Converted) -> Tensor:
    return rules.like(log_mel_spectrograms)


# ------------------------------------------------------------------------------------------------- NumPy

_SINGLE = {dtypes.FLOAT32, dtypes.COMPLEX64}


def _precision(dtype: DType | None) -> DType | None:
    """The precision in which NumPy transforms: float32 or float64; other floats have rules of their own."""
    if dtype in _SINGLE:
        return dtypes.FLOAT32
    double = dtype is not None and (dtype in _REAL or dtype in _COMPLEX or dtype.is_integer)
    return dtypes.FLOAT64 if double else None


def _numpy_transform(name: str, real_input: bool = False, real_result: bool = False) -> None:
    """Register a transform of ``numpy.fft`` along one axis."""

    def model(a: Array, n: Value = NONE, axis: Axis = -1) -> Tensor:
        real = _precision(a.dtype)
        dtype = real if real is None or real_result else _COMPLEX[real]
        return Tensor(dtype, _transformed(a.shape, n, axis, real_input, real_result), Kind.ARRAY)

    add(OpModel(f"numpy.fft.{name}", model))


def _transformed(shape: Shape, n: Value, axis: object, real_input: bool, real_result: bool) -> Shape:
    if shape is None or not isinstance(axis, int) or not -len(shape) <= axis < len(shape):
        return None if shape is None else (None,) * len(shape)
    where = axis % len(shape)
    size = shape[where] if n == NONE else dim_of(n)
    if real_input:
        size = _frequencies(size)
    elif real_result and n == NONE:
        size = dims.multiply(dims.subtract(size, 1), 2)
    return (*shape[:where], size, *shape[where + 1 :])


_numpy_transform("fft")
_numpy_transform("ifft")
_numpy_transform("rfft", real_input=True)
_numpy_transform("irfft", real_result=True)
