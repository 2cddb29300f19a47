"""Objects on which methods are called that are hard to make up, and what their methods are given."""

from __future__ import annotations

from .makers import Maker, constant
from .recipes import Recipe, of

_TABLE = "tf.lookup.KeyValueTensorInitializer(['a', 'b'], [1, 2])"
_DENSE = (("key_dtype", "tf.string"), ("value_dtype", "tf.int64"), ("default_value", "-1"))

_METRICS = {
    "F1Score": (("average", "'macro'"),),
    "FBetaScore": (("average", "None"), ("beta", "2.0")),
    "R2Score": (("class_aggregation", "'uniform_average'"),),
}
CELLS = {"SimpleRNNCell": 1, "GRUCell": 1, "LSTMCell": 2}
"""How many states each of Keras's recurrent cells has."""
_STATE, _STATES = "tf.zeros((2, 4))", "(tf.zeros((2, 4)), tf.zeros((2, 4)))"
_ONE = "tf.compat.v1.nn.rnn_cell.GRUCell(4)"
_WRAPPED = (("cell", _ONE),)
_V1 = {
    "RNNCell": ((), _STATE),
    "BasicRNNCell": ((("num_units", "4"),), _STATE),
    "GRUCell": ((("num_units", "4"),), _STATE),
    "LSTMCell": ((("num_units", "4"),), _STATES),
    "BasicLSTMCell": ((("num_units", "4"),), _STATES),
    "MultiRNNCell": ((("cells", f"[{_ONE}, {_ONE}]"),), _STATES),
    "DropoutWrapper": ((("cell", _ONE), ("output_keep_prob", "0.5")), _STATE),
    "ResidualWrapper": (_WRAPPED, _STATE),
    "DeviceWrapper": ((("cell", _ONE), ("device", "'/cpu:0'")), _STATE),
}
"""The cells of TensorFlow 1: what each is made from, and a state for it."""

_FUNCTIONAL = (("inputs", "keras.Input((3,))"), ("outputs", "keras.Input((2,))"))

RECEIVERS: dict[str, tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = {
    "GradientTape": (("GradientTape", (("persistent", "True"),)),),
    "TensorArray": (("TensorArray", (("dtype", "tf.float32"), ("size", "3"), ("element_shape", "(2,)"))),),
    "lookup.StaticHashTable": (
        ("lookup.StaticHashTable", (("initializer", _TABLE), ("default_value", "-1"))),
        (
            "lookup.StaticHashTable",
            (
                ("initializer", "tf.lookup.KeyValueTensorInitializer([1, 2], [0.5, 1.5], key_dtype=tf.int64)"),
                ("default_value", "0.0"),
            ),
        ),
    ),
    "lookup.StaticVocabularyTable": (
        (
            "lookup.StaticVocabularyTable",
            (
                ("initializer", "tf.lookup.KeyValueTensorInitializer(['a', 'b'], tf.constant([0, 1], tf.int64))"),
                ("num_oov_buckets", "2"),
            ),
        ),
    ),
    "lookup.experimental.MutableHashTable": (
        ("lookup.experimental.MutableHashTable", _DENSE),
        (
            "lookup.experimental.MutableHashTable",
            (*_DENSE[:1], ("value_dtype", "tf.float32"), ("default_value", "[0.0, 0.0]")),
        ),
    ),
    "lookup.experimental.DenseHashTable": (
        ("lookup.experimental.DenseHashTable", (*_DENSE, ("empty_key", "''"), ("deleted_key", "'-'"))),
    ),
    "linalg.LinearOperator": (
        (
            "linalg.LinearOperatorFullMatrix",
            (("matrix", "tf.eye(3)"), ("is_self_adjoint", "True"), ("is_positive_definite", "True")),
        ),
        ("linalg.LinearOperatorFullMatrix", (("matrix", "tf.eye(3, batch_shape=[2])"),)),
        ("linalg.LinearOperatorFullMatrix", (("matrix", "tf.ones((4, 3))"),)),
        ("linalg.LinearOperatorDiag", (("diag", "[1.0, 2.0]"),)),
        ("linalg.LinearOperatorIdentity", (("num_rows", "3"),)),
        ("linalg.LinearOperatorLowerTriangular", (("tril", "tf.eye(3)"),)),
    ),
    "keras.Model": (("keras.Model", _FUNCTIONAL),),
    "keras.Layer": (("keras.layers.Dense", (("units", "4"),)),),
    **{
        f"compat.v1.nn.rnn_cell.{name}": ((f"compat.v1.nn.rnn_cell.{name}", arguments),)
        for name, (arguments, _) in _V1.items()
    },
    **{f"keras.layers.{name}": ((f"keras.layers.{name}", (("units", "4"),)),) for name in CELLS},
    **{f"keras.metrics.{name}": ((f"keras.metrics.{name}", arguments),) for name, arguments in _METRICS.items()},
    "keras.layers.RandomPosterization": (("keras.layers.RandomPosterization", (("factor", "4"),)),),
    "keras.layers.AdditiveAttention": (("keras.layers.AdditiveAttention", ()),),
    "keras.layers.Lambda": (("keras.layers.Lambda", (("function", "lambda x: x * 2"),)),),
    "keras.layers.STFTSpectrogram": (
        (
            "keras.layers.STFTSpectrogram",
            (("mode", "'magnitude'"), ("frame_length", "8"), ("frame_step", "4"), ("fft_length", "8")),
        ),
    ),
    "queue.QueueBase": (
        ("queue.FIFOQueue", (("capacity", "8"), ("dtypes", "[tf.float32]"), ("shapes", "[(2, 3)]"))),
        ("queue.FIFOQueue", (("capacity", "8"), ("dtypes", "[tf.int32, tf.float64]"))),
    ),
    "numpy.vectorize": (("numpy.vectorize", (("pyfunc", "lambda x: x + 1"),)),),
    "keras.layers.ReversibleEmbedding": tuple(
        (
            "keras.layers.ReversibleEmbedding",
            (("input_dim", "9"), ("output_dim", "4"), ("tie_weights", tied)),
        )
        for tied in ("True", "False")
    ),
    **{
        path: ((path, ()),)
        for path in (
            "keras.preprocessing.image.ImageDataGenerator",
            "Operation",
            "compat.v1.train.MonitoredSession",
            "compat.v1.train.SingularMonitoredSession",
            "compat.v1.ReaderBase",
            "compat.v1.FixedLengthRecordReader",
            "compat.v1.train.Optimizer",
            "keras.Optimizer",
            "distribute.Strategy",
            "compat.v1.distribute.Strategy",
            "distribute.ReplicaContext",
            "distribute.DistributedDataset",
            "distribute.DistributedIterator",
            "distribute.InputContext",
        )
    },
}
"""Classes whose objects are hard to make up: which class to construct, and from what."""

_STRATEGIES = constant(
    "tf.distribute.get_strategy()",
    "tf.distribute.OneDeviceStrategy('/cpu:0')",
    "tf.distribute.MirroredStrategy(['/cpu:0'])",
)
_DISTRIBUTED = (
    "tf.distribute.OneDeviceStrategy('/cpu:0').experimental_distribute_dataset(tf.data.Dataset.range(6).batch(2))"
)

SOURCES: dict[str, Maker] = {
    "GradientTape": constant(
        "(tape := taped(lambda x: x * x, tf.ones((2, 3))))",
        "(tape := taped(lambda x: tf.reduce_sum(x, 1), tf.Variable(tf.ones((2, 3)))))",
        "(tape := taped(lambda x: tf.reduce_sum(x), tf.constant([1.0, 2.0], tf.float64)))",
        "(tape := taped(lambda x: x @ tf.ones((3, 4)), tf.ones((2, 3))))",
    ),
    "TensorArray": constant("tf.TensorArray(tf.float32, 3, element_shape=(2,)).unstack(tf.ones((3, 2)))"),
    "keras.Model": constant("compiled()"),
    "compat.v1.nn.rnn_cell.RNNCell": constant(_ONE),
    **{
        f"keras.metrics.{name}": constant(
            f"updated(keras.metrics.{name}({', '.join(f'{key}={text}' for key, text in arguments)}))"
        )
        for name, arguments in _METRICS.items()
    },
    "keras.preprocessing.image.ImageDataGenerator": constant("tf.keras.preprocessing.image.ImageDataGenerator()"),
    "types.experimental.ConcreteFunction": constant(
        "tf.function(lambda x: x + x).get_concrete_function(tf.TensorSpec((2, 3)))"
    ),
    "keras.Layer": constant("built()", "keras.layers.Dense(4)"),
    "compat.v1.train.MonitoredSession": constant("(x := tf.ones((2, 3)), tf.compat.v1.train.MonitoredSession())[1]"),
    "compat.v1.train.SingularMonitoredSession": constant(
        "(x := tf.ones((2, 3)), tf.compat.v1.train.SingularMonitoredSession())[1]"
    ),
    "distribute.Strategy": _STRATEGIES,
    "compat.v1.distribute.Strategy": _STRATEGIES,
    "distribute.ReplicaContext": constant("tf.distribute.get_replica_context()"),
    "distribute.DistributedDataset": constant(f"{_DISTRIBUTED}"),
    "distribute.DistributedIterator": constant(f"iter({_DISTRIBUTED})"),
    "distribute.InputContext": constant("tf.distribute.InputContext()", "tf.distribute.InputContext(2, 0, 2)"),
    "Operation": constant("tf.constant(1.0).op"),
    "compat.v1.train.Optimizer": constant(
        "tf.compat.v1.train.GradientDescentOptimizer(0.1)", "tf.compat.v1.train.AdamOptimizer()"
    ),
    "keras.Optimizer": constant("keras.optimizers.SGD(0.1)", "keras.optimizers.Adam()"),
    "compat.v1.ReaderBase": constant("tf.compat.v1.TextLineReader()", "tf.compat.v1.WholeFileReader()"),
    "compat.v1.FixedLengthRecordReader": constant("tf.compat.v1.FixedLengthRecordReader(2)"),
}
"""What such an object is made of in truth, where its constructor's arguments alone are of no use."""

_TAPED: Recipe = {
    "target": constant("tape.target"),
    "sources": constant("tape.source", "[tape.source]", "(tape.source, tape.source)"),
    "source": constant("tape.source"),
}
_ARRAY: Recipe = {
    "index": constant("0", "1", "tf.constant(2)"),
    "indices": constant("[0, 1]", "tf.constant([2])"),
    "value": lambda scene: of(scene.pick((2, (2,)), (1, (3, 2))), "float32")(scene),
    "lengths": constant("[1, 1, 1]"),
}
KEYS: Recipe = {
    "keys": lambda scene: scene.pick(
        (4, "tf.constant(['a', 'c'])"), (1, "['a']"), (2, "tf.constant([[1, 2]], tf.int64)")
    ),
    "values": constant("tf.constant([1, 2], tf.int64)", "[1]", "tf.ones((1, 2))"),
    "x": lambda scene: of(scene.pick((2, (3, 2)), (1, (3,)), (1, (2, 3, 2))), "float32")(scene),
    "rhs": lambda scene: of(scene.pick((2, (3, 2)), (1, (3,)), (1, (2, 3, 2))), "float32")(scene),
}
_FETCHED: Recipe = {
    "fetches": constant("tf.ones((2, 3))", "[tf.zeros(4), {'a': tf.constant(1)}]", "tf.Variable([1.0])"),
    "feed_dict": constant("None", "{}"),
}
_MONITORED: Recipe = {"fetches": constant("x", "[x, x]", "{'a': x}"), "feed_dict": constant("None", "{}")}
_READER: Recipe = {"queue": constant("names(True)", "names(False)"), "num_records": constant("1", "2")}
_TRAINED: Recipe = {
    "args": of((4, 3), "float32"),
    "x": of((4, 3), "float32"),
    "y": of((4, 2), "float32"),
    "y_pred": of((4, 2), "float32"),
    "batch_size": constant("2", "None"),
    "verbose": constant("0"),
    "name": constant("None"),
    "index": constant("0", "-1"),
}
_LOCAL: Recipe = {
    "reduce_op": constant("'SUM'", "tf.distribute.ReduceOp.MEAN", "'MEAN'"),
    "axis": constant("0", "None", "-1"),
    "fn": constant("lambda *items: items", "lambda x: x + x"),
    "args": constant("(tf.ones((2, 3)),)", "([1.0, 2.0],)"),
    "dataset_fn": constant("lambda context: tf.data.Dataset.range(3).batch(2)"),
    "value_fn": constant("lambda context: tf.ones((2,))"),
    "global_batch_size": constant("4", "8"),
}
_OPTIMIZED: Recipe = {
    "loss": constant("(weights := tf.Variable([1.0, 2.0])) * weights"),
    "grads_and_vars": constant("[(tf.ones((2,)), tf.Variable([1.0, 2.0]))]"),
    "var_list": constant("[weights]"),
}

ARGUMENTS: dict[str, Recipe] = {
    **dict.fromkeys(RECEIVERS, KEYS),
    "GradientTape": _TAPED,
    "TensorArray": _ARRAY,
    "keras.Model": _TRAINED,
    "keras.Layer": {
        "weights": constant("[np.ones((3, 4), np.float32), np.ones(4, np.float32)]"),
        "input_shape": constant("(None, 3)", "(5, 3)"),
    },
    **{
        f"compat.v1.nn.rnn_cell.{name}": {
            "inputs": of((2, 4), "float32"),
            "state": constant(state),
            "batch_size": constant("2", "3"),
            "dtype": constant("tf.float32", "tf.float64"),
        }
        for name, (_, state) in _V1.items()
    },
    "keras.layers.ReversibleEmbedding": {},
    "keras.layers.AdditiveAttention": {
        "inputs": constant(
            "[tf.ones((2, 3, 4)), tf.ones((2, 5, 4))]",
            "[keras.Input((3, 4)), keras.Input((5, 4)), keras.Input((5, 4))]",
        ),
        "mask": constant("None"),
    },
    "keras.layers.STFTSpectrogram": {"inputs": of((2, 32, 1), "float32")},
    "keras.layers.RandomPosterization": {"inputs": of((2, 4, 6, 3), "float32")},
    "types.experimental.ConcreteFunction": {"args": of((2, 3), "float32")},
    "keras.preprocessing.image.ImageDataGenerator": {
        "x": of((4, 8, 6, 3), "float32"),
        "y": of((4,), "float32"),
        "batch_size": constant("2"),
        "directory": constant("folders('png')"),
    },
    **{
        f"keras.layers.{name}": {
            "inputs": of((2, 3), "float32"),
            "sequence": of((2, 3), "float32"),
            "states": constant(f"[{', '.join(['tf.zeros((2, 4))'] * states)}]"),
        }
        for name, states in CELLS.items()
    },
    "keras.Optimizer": _OPTIMIZED,
    "compat.v1.train.Optimizer": _OPTIMIZED,
    "compat.v1.Session": _FETCHED,
    "compat.v1.InteractiveSession": _FETCHED,
    "compat.v1.train.MonitoredSession": _MONITORED,
    "compat.v1.train.SingularMonitoredSession": _MONITORED,
    **dict.fromkeys((path for path in RECEIVERS if "distribute." in path), _LOCAL),
    "Operation": {"feed_dict": constant("None", "{}")},
    **{
        f"compat.v1.{name}": _READER
        for name in (
            "ReaderBase",
            "FixedLengthRecordReader",
            "TextLineReader",
            "WholeFileReader",
            "IdentityReader",
            "TFRecordReader",
            "LMDBReader",
        )
    },
}
"""Arguments of the methods of such an object."""
