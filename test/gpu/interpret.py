# SPDX-License-Identifier: MIT
"""The works' kernels and references against each other, on the CPU.

    python3 test/gpu/interpret.py [WORDS]

Triton's interpreter walks through every described work whose name has all of
WORDS, at its small sizes and each of its configurations, and PyTorch computes the
same. Needs PyTorch and Triton, no GPU; Triton 3.6.0 a NumPy before 2.3.

Exit code: 0 if everything holds, 1 if not, 77 (skipped) without PyTorch.
"""

from __future__ import annotations

import os
import pathlib
import sys
import time
from collections.abc import Iterator

os.environ["TRITON_INTERPRET"] = "1"  # before Triton is imported: it makes kernels of another class

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python")]

from work import WORKS, text_of  # noqa: E402
from work.launch import Launched  # noqa: E402

SKIPPED = 77
OPTIONS = ("num_warps", "num_stages")


def walk(problem: Launched, config: dict) -> float:
    """The error of one launch in the interpreter."""
    outputs = problem.outputs(config)
    call = problem.call(config, outputs)
    call.kernel[call.grid](*call.args, **call.options)
    return problem.error(config, outputs)


def holds(problem: Launched, config: dict, name: str) -> bool:
    """Walks through one launch and prints how far it is off."""
    started = time.monotonic()
    try:
        error = walk(problem, config)
    except Exception as failure:
        print(f"FAILED {name}: {type(failure).__name__}: {failure}", flush=True)
        return False
    right = error <= problem.tolerance
    took = time.monotonic() - started
    word = "OK    " if right else "WRONG "
    print(f"{word} {error:8.1e} of {problem.tolerance:.0e}  {took:5.1f} s  {name}", flush=True)
    return right


def blocks(configs: tuple) -> list[dict]:
    """The configurations that the interpreter can tell apart."""
    seen = [{name: value for name, value in config.items() if name not in OPTIONS} for config in configs]
    return [config for at, config in enumerate(seen) if config not in seen[:at]]


def launches(words: list[str]) -> Iterator[tuple[Launched, dict, str]]:
    """Each small problem of the works with these words, once for each configuration: problem, configuration, name."""
    done: set[tuple] = set()
    for work in WORKS.values():
        for made in work.small:
            key = (made.func, str(made.keywords))
            if key in done or not all(word.lower() in work.name.lower() for word in words):
                continue
            done.add(key)
            problem = Launched(made, "cpu")
            for config in blocks(work.configs):
                yield problem, config, f"{work.name}: {text_of(made.keywords)}, {text_of(config)}"


def main(words: list[str]) -> int:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        print(f"SKIPPED: works in the interpreter: {error}; nothing was tested", file=sys.stderr)
        return SKIPPED
    found = [holds(*launch) for launch in launches(words)]
    print(f"{len(found)} launches, {found.count(False)} wrong")
    return 0 if found and all(found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
