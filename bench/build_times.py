#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long a clean build takes, and a rebuild after a change of one pass.

Builds a copy of what git tracks, without ccache, two jobs at a time, and prints
each figure beside its limit; the status is not 0 where one is over it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
JOBS = "2"
CHANGED = "passes/LoopSplit/LoopSplit.cpp"
CLEAN_LIMIT, REBUILD_LIMIT, START_LIMIT = 480.0, 15.0, 0.030  # seconds
STARTS = 20


def copy_of_the_checkout(folder):
    """What git tracks, as it stands in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)


def seconds(*command, cwd):
    """Runs it, showing what it said only when it fails; its wall time."""
    env = {**os.environ, "CCACHE_DISABLE": "1"}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    taken = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(f"{done.stdout[-4000:]}\n{' '.join(command)} failed")
    return taken


def start_time(program):
    """Median wall time of a start of triton-ext-opt, after a warm-up."""
    times = sorted(seconds(program, "--version", cwd=ROOT) for _ in range(STARTS + 1))
    return times[len(times) // 2]


def main():
    with tempfile.TemporaryDirectory(prefix="triton-ext-build-") as name:
        folder = Path(name)
        copy_of_the_checkout(folder)
        build = ("cmake", "--build", "build/dev", "-j", JOBS)
        clean = seconds("cmake", "--preset", "dev", cwd=folder) + seconds(*build, cwd=folder)
        with open(folder / CHANGED, "a") as source:
            source.write("\nstatic_assert(true);\n")
        rebuild = seconds(*build, cwd=folder)
        start = start_time(str(folder / "build" / "dev" / "bin" / "triton-ext-opt"))

    over = False
    for what, value, limit in (
        (f"clean build, {JOBS} jobs, tests included", clean, CLEAN_LIMIT),
        (f"rebuild after a change of {CHANGED}", rebuild, REBUILD_LIMIT),
        ("start of triton-ext-opt, median", start, START_LIMIT),
    ):
        over |= value > limit
        print(f"{what}: {value:.3g} s (limit {limit:g} s){'  OVER' if value > limit else ''}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
