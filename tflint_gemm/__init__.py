"""tflint-gemm: a static analyser and linter that knows TensorFlow's dtypes and shapes."""

__version__ = "0.1.0"
