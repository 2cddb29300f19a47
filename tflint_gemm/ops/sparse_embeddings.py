"""Embeddings combined over the ids in each row of a sparse tensor, and samplers of candidates."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import Kind, Tensor, TupleValue, Value
from tflint_gemm.ops.conversion import sequence_items, to_tensor
from tflint_gemm.ops.parameters import Dimension
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op


def _combined(params: Value, rows: Dim) -> Tensor:
    """A row of the table, or of its shards, for each row of ids."""
    shards = None if isinstance(params, Tensor) else sequence_items(params)
    table = to_tensor(shards[0]) if shards else to_tensor(params)
    if table.kind in (Kind.UNKNOWN, Kind.PYTHON) or (shards and table.rank == 1):
        return Tensor()
    return Tensor(table.dtype, None if not table.shape else (rows, *table.shape[1:]))


@op("nn.embedding_lookup_sparse", "compat.v1.nn.embedding_lookup_sparse")
def embedding_lookup_sparse(params: Value) -> Tensor:
    """Rows without ids at the end are left out."""
    return _combined(params, None)


@op("nn.safe_embedding_lookup_sparse", "compat.v1.nn.safe_embedding_lookup_sparse")
def safe_embedding_lookup_sparse(embedding_weights: Value, sparse_ids: Operand) -> Tensor:
    """Rows without ids are zeros."""
    known = sparse_ids.kind is Kind.SPARSE and sparse_ids.rank == 2 and sparse_ids.shape is not None
    if not known:
        return Tensor(_combined(embedding_weights, None).dtype)
    return _combined(embedding_weights, sparse_ids.shape[0] if sparse_ids.shape else None)


@op(
    "random.uniform_candidate_sampler",
    "random.log_uniform_candidate_sampler",
    "random.learned_unigram_candidate_sampler",
    "random.fixed_unigram_candidate_sampler",
    "random.all_candidate_sampler",
)
def candidate_sampler(true_classes: Operand, num_true: Dimension, num_sampled: Dimension) -> Value:
    """The candidates, and how often the true classes and the candidates are expected."""
    rows = true_classes.shape[0] if true_classes.rank == 2 and true_classes.shape else None
    expected = Tensor(dtypes.FLOAT32, (rows, num_true))
    return TupleValue((Tensor(dtypes.INT64, (num_sampled,)), expected, Tensor(dtypes.FLOAT32, (num_sampled,))))
