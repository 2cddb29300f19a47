"""What `tflint_gemm/data/` says of TensorFlow, Keras and NumPy is generated here: `python -m tools.generate_api`.

`names` walks the public modules, `signatures` writes a function down, `tables` and `kernels` put the files together.
"""

from .names import collect

__all__ = ["collect"]
