"""Abstract values and the operations of their lattice; knows nothing of syntax, TensorFlow's API or rules."""
