"""Write ``tflint_gemm/data/models.json``: which module of ``tflint_gemm/ops`` has the model of which canonical name.

With ``--check`` only say whether it is current.
"""

from __future__ import annotations

import argparse
import json
import sys

from tflint_gemm import ops
from tflint_gemm.ops import registry
from tflint_gemm.ops.op_model import OpModel


class _Recorder(dict[str, OpModel]):
    """The registry, which remembers the module that registers each model (helpers of other modules may do the rest)."""

    def __init__(self) -> None:
        super().__init__()
        self.homes: dict[str, str] = {}

    def __setitem__(self, name: str, model: OpModel) -> None:
        frame = sys._getframe(1)
        while frame.f_code.co_name != "<module>" and frame.f_back is not None:
            frame = frame.f_back
        self.homes[name] = frame.f_globals["__name__"].rpartition(".")[2]
        super().__setitem__(name, model)


def index() -> str:
    """The index as JSON: for each module its checksum and the names of its models, on a line of its own."""
    recorder = _Recorder()
    registry.MODELS = recorder
    ops.load()
    names: dict[str, list[str]] = {module: [ops.checksum(module)] for module in ops.modules()}
    for name, module in sorted(recorder.homes.items()):
        names[module].append(name)
    return json.dumps({module: " ".join(known) for module, known in names.items()}, indent=0) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 if the index is out of date")
    wanted = index()
    if not parser.parse_args().check:
        ops.INDEX.write_text(wanted, "utf-8")
    elif ops.INDEX.read_text("utf-8") != wanted:
        sys.exit("tflint_gemm/data/models.json is out of date: make models")


if __name__ == "__main__":
    main()
