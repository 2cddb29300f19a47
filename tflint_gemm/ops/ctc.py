"""Connectionist temporal classification: its losses and decoders."""

from __future__ import annotations

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import Kind, ListValue, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.array_parts import list_of
from tflint_gemm.ops.parameters import Dimension, Flag, OptionalTensor, Unsure
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument, RankTooLow
from tflint_gemm.replacing import replace


def _batch(logits: Tensor, time_major: bool | Unsure) -> Dim:
    """The number of sequences in logits of shape ``[time, batch, labels]`` or ``[batch, time, labels]``."""
    if logits.kind is Kind.UNKNOWN or logits.shape is None or len(logits.shape) != 3 or isinstance(time_major, Unsure):
        return None
    return logits.shape[1 if time_major else 0]


def _loss(logits: Tensor, time_major: bool | Unsure) -> Tensor:
    dtype = dtypes.FLOAT32 if logits.dtype == dtypes.FLOAT32 and logits.kind is not Kind.UNKNOWN else None
    return Tensor(dtype, (_batch(logits, time_major),))


@op("nn.ctc_loss")
def ctc_loss(logits: Operand, logits_time_major: Flag = True) -> Tensor:
    """A loss for each sequence."""
    return _loss(logits, logits_time_major)


@op("compat.v1.nn.ctc_loss_v2")
def ctc_loss_v2(logits: Operand, logits_time_major: Flag = True) -> Tensor:
    return _loss(logits, logits_time_major)


@op("compat.v1.nn.ctc_loss")
def ctc_loss_v1(
    labels: Operand, inputs: Operand, sequence_length: OptionalTensor = None, time_major: Flag = True
) -> Tensor:
    """Raises InvalidArgument for labels that are not sparse, RankTooLow for one length instead of one per sequence."""
    result = _loss(inputs, time_major)
    # What tf.cast and the like make of something unknown counts as a tensor, and may be sparse all the same.
    if labels.kind in (Kind.TENSOR, Kind.ARRAY, Kind.VARIABLE) and labels.shape is not None:
        raise InvalidArgument([labels], "the labels are a SparseTensor", result)
    lengths = sequence_length
    if lengths is not None and lengths.kind is not Kind.UNKNOWN and lengths.rank not in (None, 1):
        raise RankTooLow(lengths, 1, exact=True, result=result)
    return result


def _decoded(inputs: Tensor, paths: Dim) -> Value:
    """The decoded labels, a sparse matrix for each path, and the logarithms of their probabilities."""
    dtype = inputs.dtype if inputs.is_tensorflow else None
    labels = Tensor(dtypes.INT64, (_batch(inputs, True), None), Kind.SPARSE)
    return TupleValue((list_of(labels, paths), Tensor(dtype, (_batch(inputs, True), paths))))


@op("nn.ctc_greedy_decoder")
def greedy_decoder(inputs: Operand) -> Value:
    return _decoded(inputs, 1)


@op("nn.ctc_beam_search_decoder")
def beam_search_decoder(inputs: Operand, top_paths: Dimension = 1) -> Value:
    return _decoded(inputs, top_paths)


@op("nn.collapse_repeated")
def collapse_repeated(labels: Operand, seq_length: Operand) -> Value:
    """The labels without repetitions, and how many remain in each row, in the dtype of ``seq_length``."""
    counts = Tensor(None if seq_length.kind is Kind.UNKNOWN else seq_length.dtype)
    if labels.rank != 2 or not labels.shape or Kind.UNKNOWN in (labels.kind, seq_length.kind):
        return TupleValue((Tensor(), counts))
    kept = Tensor(labels.dtype if labels.is_tensorflow else None, (labels.shape[0], None))
    joined, failed = shapes.broadcast(labels.shape[:1], seq_length.shape)
    return TupleValue((kept, replace(counts, shape=None if failed else joined)))


@op("nn.ctc_unique_labels")
def unique_labels(labels: Operand) -> Value:
    """The distinct labels of each row, and where each label stands among them."""
    rows = labels.shape[0] if labels.rank == 2 and labels.shape else None
    some = rows is not None and rows != 0  # of no rows it makes vectors
    known = labels.kind is not Kind.UNKNOWN and some
    where = rules.like(labels, dtype=dtypes.INT32) if known else Tensor(dtypes.INT32)
    distinct = Tensor(dtypes.INT64, (rows, None) if some else None)
    return ListValue(TupleValue((distinct, where)))
