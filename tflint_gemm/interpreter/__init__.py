"""Executes Python over abstract values: expressions, statements, calls, classes, loops, modules."""
