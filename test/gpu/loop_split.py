# SPDX-License-Identifier: MIT
"""loop-split on a GPU: the bits of stock first, then how much faster.

    python3 test/gpu/loop_split.py --out result.json

Needs PyTorch, stock Triton and an NVIDIA GPU. Causal attention forward as stock
makes it, with `loop-split`, and with `loop-split{keep-rounding=false}`, over the
configurations of work/attention.py; windowed attention for the bits alone.

Exit code: 0 if everything holds, 1 if not, 77 (skipped) without a GPU.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import time
from typing import Any

import runner as gpu

SKIPPED = 77
"""Exit code of a test that could not run."""

VARIANTS = {"exact": "loop-split", "contracting": "loop-split{keep-rounding=false}"}
"""What is held against stock: name -> pipeline."""

SPLITS = {f"{splits} splits": f"loop-split{{max-splits={splits}}}" for splits in (1, 2, 3)}
"""The same for windowed attention, whose loop has a mask to lose at either end."""

KERNELS = {
    "indexed": "causal attention forward N=",
    "walking": "causal attention forward walking pointers N=",
}
"""How the works of a kernel begin."""

LIMITS = {
    "causal attention forward N=16384 D=128 H=16": {"exact": 1.06, "contracting": 1.09},
    "causal attention forward N=4096 D=64 H=16": {"exact": 1.12, "contracting": 1.17},
}
"""Work -> the least ratio of stock's time to a variant's."""


def judge(result: dict[str, Any]) -> list[tuple[str, bool]]:
    """The statements that have to hold for one work, and whether they do."""
    work = result["work"]
    wrong = {why for variant in VARIANTS for why in gpu.failures(result, variant)}
    if wrong:
        return [(f"{work}: {why}", False) for why in sorted(wrong)]
    count = len(result["configs"])
    checks = [
        (f"{work}: fires at each of {count} configurations", all(gpu.fired(result, v) == count for v in VARIANTS)),
        (f"{work}: exact has stock's bits at equal configurations", gpu.differing(result, "exact")["differing"] == 0),
    ]
    for variant, limit in LIMITS.get(work, {}).items():
        ratio = result["ratio"].get(variant, 0.0)
        checks.append((f"{work}: {variant} {ratio:.3f}x, at least {limit:.2f}x", ratio >= limit))
    return checks


def judge_windowed(results: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """The same for windowed attention at all its sizes."""
    checks, fired = [], 0
    for result in results:
        wrong = {why for variant in SPLITS for why in gpu.failures(result, variant)}
        checks += [(f"{result['work']}: {why}", False) for why in sorted(wrong)]
        if not wrong:
            same = all(gpu.differing(result, variant)["differing"] == 0 for variant in SPLITS)
            checks.append((f"{result['work']}: stock's bits with 1, 2 and 3 splits", same))
            fired += sum(gpu.fired(result, variant) for variant in SPLITS)
    return [*checks, ("windowed attention: some loop is split", fired > 0)]


def print_times(result: dict[str, Any]) -> None:
    print(f"  {result['work']}")
    for variant, entry in result.get("best", {}).items():
        faster = f"{result['ratio'][variant]:.3f}x" if variant in result["ratio"] else ""
        print(f"    {variant:12} {entry['ms']:8.3f} ms  {faster:7} {entry['config']}")
    if "failed" not in result and result["configs"]:
        inexact = gpu.differing(result, "contracting")
        print(
            f"    contracting differs in {inexact['differing']} of {inexact['elements']}, at most by {inexact['max']}"
        )
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", help="write everything measured to this file, as JSON")
    parser.add_argument("--kernel", choices=KERNELS, default="indexed")
    parser.add_argument("--work", default="", help='only works that have these words, such as "N=4096 D=64"')
    arguments = parser.parse_args()

    runner = gpu.Runner()
    try:
        report: dict[str, Any] = {**runner.machine(), "kernel": arguments.kernel}
    except gpu.Missing as missing:
        print(f"SKIPPED: loop-split on a GPU: {missing}; nothing was tested", file=sys.stderr)
        return SKIPPED

    began = time.monotonic()
    print(f"loop-split on {report['machine']}, Triton {report['triton']}, {arguments.kernel} attention", flush=True)
    checks: list[tuple[str, bool]] = []
    works = [w for w in runner.works(arguments.work) if w["name"].startswith(KERNELS[arguments.kernel])]
    report["works"] = []
    for result in runner.run(works, VARIANTS):
        print_times(result)
        checks += judge(result)
        report["works"].append(result)
    windowed = list(runner.run(runner.works("windowed attention"), SPLITS, timed=False))
    checks += judge_windowed(windowed)
    report["works"] += windowed
    report["checks"] = [{"what": what, "holds": holds} for what, holds in checks]
    report["seconds"] = time.monotonic() - began
    for what, holds in checks:
        print(f"{'OK    ' if holds else 'MISSED'} {what}")
    print(f"{report['seconds']:.0f} s")
    if arguments.out:
        pathlib.Path(arguments.out).write_text(json.dumps(report, indent=1))
    return 0 if works and all(holds for _, holds in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
