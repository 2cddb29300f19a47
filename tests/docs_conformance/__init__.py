"""The examples in the docstrings of TensorFlow and Keras: an independent reference for what is inferred.

``examples`` finds them, ``execution`` runs one, ``server`` runs many in processes of their own, ``truth`` keeps what
was seen, ``judgement`` compares it with what is inferred; ``tools/conformance_docs.py`` and ``test_docs`` drive it.
"""
