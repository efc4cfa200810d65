#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What importing triton_ext adds to importing Triton, and how fast triton-ext-opt and `triton-ext list` start.

Each is the median over fresh processes. triton-ext-opt reads an empty module, so
that it has set up all it knows; bench/run names it through TRITON_EXT_BUILD.
"""

from __future__ import annotations

import os
import pathlib
import statistics
import subprocess
import sys
import time

STARTS = 15
LIST_STARTS = 25
IMPORT_LIMIT = 30.0  # ms
START_LIMIT = 30.0  # ms
LIST_LIMIT = 60.0  # ms

IMPORT = """
import time
import triton
started = time.perf_counter()
import triton_ext
print(time.perf_counter() - started)
"""


def import_seconds() -> float:
    """Seconds that `import triton_ext` takes in a process that has imported Triton."""
    done = subprocess.run([sys.executable, "-c", IMPORT], check=True, capture_output=True, text=True)
    return float(done.stdout)


def start_seconds(program: pathlib.Path) -> float:
    """Seconds for triton-ext-opt to read an empty module and print it."""
    started = time.perf_counter()
    subprocess.run([program], input=b"module {}", check=True, capture_output=True)
    return time.perf_counter() - started


def python_seconds(*arguments: str) -> float:
    """Seconds for a Python to start, run these arguments and end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def list_seconds() -> float:
    """Seconds that `triton-ext list` takes beyond a Python that does nothing, which runs beside it."""
    return python_seconds("-m", "triton_ext", "list") - python_seconds("-c", "")


def verdict(what: str, value: float, limit: float) -> bool:
    """Prints a figure in ms beside its limit; whether it holds."""
    holds = value <= limit
    print(f"{what}: {value:.3g} ms (limit {limit:g} ms)  {'OK' if holds else 'MISSED'}")
    return holds


def main() -> int:
    program = pathlib.Path(os.environ.get("TRITON_EXT_BUILD", "build/dev")) / "bin" / "triton-ext-opt"
    imports = [import_seconds() for _ in range(STARTS + 1)][1:]
    starts = [start_seconds(program) for _ in range(STARTS + 1)][1:]
    lists = [list_seconds() for _ in range(LIST_STARTS + 1)][1:]
    holds = [
        verdict("import triton_ext after triton", 1e3 * statistics.median(imports), IMPORT_LIMIT),
        verdict("start of triton-ext-opt", 1e3 * statistics.median(starts), START_LIMIT),
        verdict("triton-ext list after Python's start", 1e3 * statistics.median(lists), LIST_LIMIT),
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
