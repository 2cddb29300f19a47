"""Run one program and print the most memory that it has at each line, as JSON: ``python measure_memory.py PROGRAM``.

What counts is what the kernel has given the process (resident, of no file), with its highest between two bytecodes of
the program, over what it had when everything was imported and an op had been run.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import sys
from collections import Counter
from types import FrameType
from typing import Any

import keras  # noqa: F401 - its import is no part of what is measured
import numpy  # noqa: F401
import tensorflow as tf

WARM_UP = 512
KIB = 1024


class Meter:
    """Follows the code of one file; ``lines`` has bytes over what there was when it was made."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._reset = os.open("/proc/self/clear_refs", os.O_WRONLY)
        self._line = 0
        self.lines: Counter[int] = Counter()
        self._before = 0

    def _highest(self) -> int:
        """The bytes since the last call, and from then on they are counted anew."""
        with open("/proc/self/status", encoding="ascii") as file:
            found = dict(re.findall(r"(VmHWM|RssFile|RssShmem):\s+(\d+) kB", file.read()))
        os.write(self._reset, b"5")
        return (int(found["VmHWM"]) - int(found["RssFile"]) - int(found["RssShmem"])) * KIB - self._before

    def _look(self) -> None:
        self.lines[self._line] = max(self.lines[self._line], self._highest())

    def _trace(self, frame: FrameType, _event: str, _argument: object) -> Any:
        if frame.f_code.co_filename != self._path:
            return None
        frame.f_trace_opcodes = True
        return self._follow

    def _follow(self, frame: FrameType, _event: str, _argument: object) -> Any:
        self._look()
        self._line = frame.f_lineno
        return self._follow

    def run(self) -> None:
        """Execute the program."""
        self._highest()
        self._before += self._highest()
        sys.settrace(self._trace)
        try:
            runpy.run_path(self._path, run_name="__main__")
        finally:
            sys.settrace(None)
        self._look()


def main() -> None:
    ones = tf.ones([WARM_UP, WARM_UP])  # the context, its threads and their arenas are there before anything counts
    tf.nn.conv2d(tf.reshape(tf.matmul(ones, ones), [1, WARM_UP, -1, 1]), ones[:3, :3, None, None], 1, "SAME")
    tf.function(lambda x: x + 1.0)(ones)
    del ones
    meter = Meter(sys.argv[1])
    meter.run()
    print(json.dumps(meter.lines))


if __name__ == "__main__":
    main()
