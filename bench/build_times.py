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
CLEAN_LIMIT, REBUILD_LIMIT = 480.0, 15.0  # seconds


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


def main():
    with tempfile.TemporaryDirectory(prefix="triton-ext-build-") as name:
        folder = Path(name)
        copy_of_the_checkout(folder)
        build = ("cmake", "--build", "build/dev", "-j", JOBS)
        clean = seconds("cmake", "--preset", "dev", cwd=folder) + seconds(*build, cwd=folder)
        with open(folder / CHANGED, "a") as source:
            source.write("\nstatic_assert(true);\n")
        rebuild = seconds(*build, cwd=folder)

    over = False
    for what, value, limit in (
        (f"clean build, {JOBS} jobs, tests included", clean, CLEAN_LIMIT),
        (f"rebuild after a change of {CHANGED}", rebuild, REBUILD_LIMIT),
    ):
        over |= value > limit
        print(f"{what}: {value:.3g} s (limit {limit:g} s)  {'MISSED' if value > limit else 'OK'}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
