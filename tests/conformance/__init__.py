"""Every op model against the real op: one generic harness, no test code per op.

``calls`` makes up a call as Python source (its arguments: ``names``, ``makers``, ``tensors``, ``operands``),
``oracle`` runs it, ``abstraction`` turns real values into abstract ones and makes these less known, ``compare`` says
where a model's answer does not cover the real one, ``check`` puts these together, ``survey`` counts many cases of one
op, ``worker`` does so in a process that may die; ``test_models`` and ``tools/conformance_ops.py`` drive it.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
# oneDNN gives an empty convolution the shape of its input, and limits ranks that the ops themselves do not limit.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
