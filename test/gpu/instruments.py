# SPDX-License-Identifier: MIT
"""check-bounds, check-nan and count-visits on a GPU: what is wrong is said, what is right stays as it is.

    python3 test/gpu/instruments.py

Needs PyTorch, stock Triton and an NVIDIA GPU. Each case runs in a process of its
own with a time limit, since an assertion that fails ends a process's context.

Exit code: 0 if everything holds, 1 if not, 77 (skipped) without a GPU.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

SKIPPED = 77
"""Exit code of a test that could not run."""

LIMIT = 300
"""Seconds for one case."""

BOUNDS = "check-bounds{sizes='x_ptr:n,y_ptr:n'}"
NAN_AT_ALL = "check-nan{at=all}"

ASSERTIONS = {
    "an offset behind the end": ("beyond", BOUNDS, r"check-bounds: instrumented\.py:(\d+):\d+: load outside of x_ptr"),
    "an offset before the start": (
        "before",
        "check-bounds",
        r"check-bounds: .*:(\d+):\d+: load before the start of x_",
    ),
    "a 32-bit offset that wraps": ("wrapping", "check-bounds", r"check-bounds: .*:(\d+):\d+: 32-bit offset into x_ptr"),
    "a NaN that is stored": ("not_a_number", "check-nan", r"check-nan: .*:(\d+):\d+: a stored value is NaN"),
    "a NaN where it arises": ("not_a_number", NAN_AT_ALL, r"check-nan: .*:(\d+):\d+: a result of arith\.divf is NaN"),
}
"""What has to be said: case of instrumented.py, pipeline, message with its line."""

QUIET = {
    "in bounds": ("right", BOUNDS),
    "masked lanes out of bounds": ("masked", BOUNDS),
    "numbers": ("right", NAN_AT_ALL),
    "masked lanes not numbers": ("masked_nan", NAN_AT_ALL),
    "counted": ("right", "count-visits"),
    "everything at once": ("right", f"count-visits,{BOUNDS},{NAN_AT_ALL}"),
}
"""What has to run to its end with stock's bits."""

COUNTS = ("visits", {"loop": [13, 91], "then": [3], "else": [10]})
"""Case, and the counts by kind, in order of the source: see instrumented.py."""


def run(case: str, pipeline: str) -> tuple[int, str]:
    """Exit code and output of a case; exit code -1 where it took too long."""
    environment = dict(os.environ)
    package = str(HERE.parents[1] / "language")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package, environment.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory(prefix="triton-ext-gpu-") as cache:
        environment["TRITON_CACHE_DIR"] = cache
        command = [sys.executable, str(HERE / "instrumented.py"), case, pipeline]
        try:
            done = subprocess.run(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT
            )
        except subprocess.TimeoutExpired as error:
            return -1, f"no end within {LIMIT} s\n{error.stdout or ''}"
    return done.returncode, done.stdout


def expected_line(case: str) -> int:
    """The line of instrumented.py that is marked with the case's name."""
    for number, line in enumerate((HERE / "instrumented.py").read_text().splitlines(), 1):
        if line.endswith(f"# wrong: {case}"):
            return number
    raise ValueError(f"instrumented.py has no line marked '# wrong: {case}'")


def asserts(case: str, pipeline: str, message: str) -> str:
    """Why the message was not given, at its line; empty where it was."""
    code, output = run(case, pipeline)
    found = re.search(message, output)
    if code == 0:
        return "the kernel ran to its end"
    if not found:
        return f"exit code {code} without the message: {output.strip()[-600:]}"
    wanted = expected_line(f"{case} stored" if "stored" in message else case)
    return "" if int(found.group(1)) == wanted else f"says line {found.group(1)}, expected {wanted}"


def stays_quiet(case: str, pipeline: str) -> str:
    """Why a right kernel did not end with stock's bits; empty where it did."""
    code, output = run(case, pipeline)
    return "" if code == 0 and "same bits" in output else f"exit code {code}: {output.strip()[-600:]}"


def counts(case: str, wanted: dict[str, list[int]]) -> str:
    """Why the printed counts are others, or not printed once; empty where they are right."""
    code, output = run(case, "count-visits{program=3}")
    lines = re.findall(r"pid \((\d+), \d+, \d+\) idx \(\)\s*count-visits: \S+:(\d+):\d+ (\w+): (\d+)", output)
    if code or not lines:
        return f"exit code {code}: {output.strip()[-600:]}"
    if {pid for pid, *_ in lines} != {"3"}:
        return f"printed by programs {sorted({pid for pid, *_ in lines})}"
    found: dict[str, list[int]] = {}
    for _, _, kind, count in sorted(lines, key=lambda line: int(line[1])):
        found.setdefault(kind, []).append(int(count))
    return "" if found == wanted else f"counted {found}, expected {wanted}"


def main() -> int:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    code, output = run("machine", "")
    if code:
        print(f"SKIPPED: instruments on a GPU: {output.strip()[-200:]}; nothing was tested", file=sys.stderr)
        return SKIPPED
    print(f"instruments on {output.strip().splitlines()[-1]}", flush=True)
    failed = 0
    checks = [(f"says: {what}", asserts, case) for what, case in ASSERTIONS.items()]
    checks += [(f"quiet: {what}", stays_quiet, case) for what, case in QUIET.items()]
    checks.append(("counts are the true ones, printed once", counts, COUNTS))
    for what, check, case in checks:
        why = check(*case)
        failed += bool(why)
        print(f"{'MISSED' if why else 'OK    '} {what}{': ' + why if why else ''}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
