#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What all passes that change kernels take together over a large one, beside stock's own passes.

The kernel does causal and windowed attention, one after the other: 40 kB as it
crosses, and nearly every pass has something to do in it. Its module runs through all
passes in the catalogue's order, at their defaults and with knobs away from them; the
processor time of the best run counts, and that of stock's passes over the same module.

    bench/run build/dev, or
    PYTHONPATH=language:test/python TRITON_EXT_LIBRARY=… python bench/passes.py
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from typing import Any

import triton
import triton.language as tl

import catalogued
import crossings
import harness
from kernels.attention import causal_attention, windowed_attention

LIMIT = 15.0  # ms, for all passes over a module of SIZE
SIZE = 40  # kB
TARGETS = ("sm_90", "gfx942")
KINDS = ("transform", "instrument")  # an analysis is for people to read, and may run the others to tell of them


@triton.jit
def attention_twice(
    Q,
    K,
    V,
    Out,
    Lse,
    Other,
    OtherLse,
    stride_z,
    stride_h,
    stride_n,
    H,
    N,
    scale,
    window,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Out and Lse by causal_attention, Other and OtherLse by windowed_attention."""
    causal_attention(Q, K, V, Out, Lse, stride_z, stride_h, stride_n, H, N, scale, D, BLOCK_M, BLOCK_N)
    windowed_attention(Q, K, V, Other, OtherLse, stride_z, stride_h, stride_n, H, N, scale, window, D, BLOCK_M, BLOCK_N)


def source() -> Any:
    """The kernel as `triton.compile` takes it."""
    fixed = {"D": 64, "BLOCK_M": 64, "BLOCK_N": 64}
    types = {"Lse": "*fp32", "OtherLse": "*fp32", "scale": "fp32", **dict.fromkeys(fixed, "constexpr")}
    small = ("stride_z", "stride_h", "stride_n", "H", "N", "window")
    signature = {n: types.get(n, "i32" if n in small else "*fp16") for n in attention_twice.arg_names}
    attrs = {(at,): [["tt.divisibility", 16]] for at, kind in enumerate(signature.values()) if kind[0] == "*"}
    return triton.compiler.ASTSource(attention_twice, signature, constexprs=fixed, attrs=attrs)


def stock_of(target: str) -> tuple[crossings.Stock, float]:
    """The kernel as stock's TTIR leaves it, and how many milliseconds stock's passes took."""
    seconds: list[float] = []

    def timed(stages: dict[str, Any], _: Any) -> None:
        own = stages["ttir"]

        def stage(module: Any, metadata: dict[str, Any]) -> Any:
            began = time.process_time()
            made = own(module, metadata)
            seconds.append(time.process_time() - began)
            return made

        stages["ttir"] = stage

    goal = harness.TARGETS[target]
    with harness.fresh_cache(), harness.stages_wrapped(target, timed):
        found = crossings.stock(
            lambda: triton.compile(source(), target=goal, options={"num_warps": 4}), harness.backend_class(target), goal
        )
    return found, 1e3 * seconds[0]


def milliseconds(found: crossings.Stock, pipeline: str, rounds: int) -> tuple[float, list[str]]:
    """Processor time of a pipeline in its best run, and what each pass takes of that.

    Of this process, in which the passes run: other processes of a busy machine do not
    count. The rest of a crossing, reading and gates and writing, is not the pipeline's.
    """
    best = rest = float("inf")
    each: dict[str, float] = {}
    for _ in range(rounds):
        began = time.process_time()
        run = found.run(pipeline, mode="inline")
        best = min(best, 1e3 * (time.process_time() - began))
        if run.error:
            raise RuntimeError(f"{pipeline}: {run.error}")
        rest = min(rest, (run.report["us"]["total"] - run.report["us"]["passes"]) / 1e3)
        for entry in run.passes:
            took = entry.get("us", 0) / 1e3
            each[entry["name"]] = min(took, each.get(entry["name"], took))
    fired = {entry["name"] for entry in run.passes if entry["status"] == "fired"}
    return best - rest, [f"{name} {took:.2f}" + "*" * (name in fired) for name, took in each.items()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="runs of which the best counts (default 20)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    entries = [entry for entry in catalogued.passes(KINDS) if entry["stage"] == "ttir"]
    holds = True
    for target in TARGETS:
        stocks = [stock_of(target) for _ in range(min(options.rounds, 5))]
        found, stock = min(stocks, key=lambda each: each[1])
        size = len(found.printed.text) / 1e3
        print(f"\nTriton {triton.__version__}, {target}, a module of {size:.1f} kB; stock's passes {stock:.2f} ms")
        for pipeline in catalogued.all_together(entries):
            took, each = milliseconds(found, pipeline, options.rounds)
            limit = LIMIT * max(1.0, size / SIZE)
            fits = took <= limit
            holds = holds and fits
            print(f"  {pipeline}\n    each (* fired): {', '.join(each)}")
            print(
                f"    all passes: {took:.2f} ms (limit {limit:.3g} ms)  {'OK' if fits else 'MISSED'}, "
                f"{took / stock:.2f} of stock's passes"
            )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
