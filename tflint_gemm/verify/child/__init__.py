"""The child side of the sandbox: standard library only, run by the project's interpreter, not imported by ours."""
