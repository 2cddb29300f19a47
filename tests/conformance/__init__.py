"""Every op model against the real op: one generic harness, no test code per op.

``calls`` makes up a call as Python source, ``oracle`` runs it, ``abstraction`` turns real values into abstract
ones (and makes these less known), ``compare`` says where a model's answer does not cover the real one, ``check``
puts these together, ``test_models`` and ``tools/conformance_ops.py`` drive it.
"""
