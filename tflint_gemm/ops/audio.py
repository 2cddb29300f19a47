"""``tf.audio``: sounds as bytes, and as numbers ``[samples, channels]``."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import Tensor, TupleValue, Value
from tflint_gemm.ops.image_codecs import check_contents
from tflint_gemm.ops.parameters import Integer, Unsure
from tflint_gemm.ops.registry import op


def _desired(size: int | None | Unsure) -> Dim:
    """As many as are asked for; as there are, where -1 are."""
    return size if isinstance(size, int) and size >= 0 else None


@op("audio.decode_wav")
def decode_wav(contents: Tensor, desired_channels: Integer = -1, desired_samples: Integer = -1) -> Value:
    """The sound, and how many samples a second has; raises NoKernel, RankTooLow."""
    sound = Tensor(dtypes.FLOAT32, (_desired(desired_samples), _desired(desired_channels)))
    result = TupleValue((sound, Tensor(dtypes.INT32, ())), ("audio", "sample_rate"), "DecodeWav")
    check_contents(contents, sound)
    return result


@op("audio.encode_wav")
def encode_wav(audio: Tensor, sample_rate: Value) -> Tensor:
    return Tensor(dtypes.STRING, ())
