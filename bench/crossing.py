#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What it costs a kernel to cross over and back, beside stock's compile time.

Every kernel of test/python/kernels is compiled as stock and then with an empty
pipeline that crosses at both levels, from Python source to cubin, each with an
empty cache; the better of a few runs counts. A crossing is: print the generic
form, run (both ways over to the worker, reading, the gate, writing), read back
with Triton's parser and the outbound gate. The same once more with the passes
that --passes names, as a user would run them.

    bench/run build/dev, or
    PYTHONPATH=language:test/python TRITON_EXT_LIBRARY=… python bench/crossing.py
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import statistics
import sys
import time
import warnings
from collections.abc import Iterator

import triton

import harness
import triton_ext
import triton_ext.testing
from kernels import Kernel
from triton_ext import _exchange, _library

SIZE = 20  # kB, of the module that the first limit is about
SIZE_LIMIT = 12.0  # ms
SHARE_LIMIT = 3.0  # per cent of stock's compile time, median
PARTS = ("print", "run", "read back")


@dataclasses.dataclass
class Crossing:
    """One module's way: its text's size in bytes, and seconds spent by part."""

    kernel: str
    size: int = 0
    parts: dict[str, float] = dataclasses.field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))

    @property
    def seconds(self) -> float:
        return sum(self.parts.values())


class TimedLibrary:
    """The library, with the wall time of its runs noted."""

    def __init__(self, library: _library.Library, crossings: list[Crossing]) -> None:
        self._library = library
        self._crossings = crossings

    def __getattr__(self, name: str) -> object:
        return getattr(self._library, name)

    def run(self, module: str, request: dict) -> _library.Result:
        started = time.perf_counter()
        result = self._library.run(module, request)
        self._crossings[-1].parts["run"] = time.perf_counter() - started
        self._crossings[-1].size = len(module)
        return result


@contextlib.contextmanager
def timed(kernel: str) -> Iterator[list[Crossing]]:
    """Notes each crossing of the compilations inside."""
    crossings: list[Crossing] = []
    own_print, own_read = _exchange.print_generic, _exchange.read_back

    reading = False

    def print_generic(module: object) -> object:
        if reading:  # the outbound gate's: part of reading back
            return own_print(module)
        started = time.perf_counter()
        printed = own_print(module)
        crossings.append(Crossing(kernel))
        crossings[-1].parts["print"] = time.perf_counter() - started
        return printed

    def read_back(*args: object) -> object:
        nonlocal reading
        reading = True
        started = time.perf_counter()
        try:
            module = own_read(*args)
        finally:
            reading = False
        crossings[-1].parts["read back"] = time.perf_counter() - started
        return module

    _exchange.print_generic, _exchange.read_back = print_generic, read_back
    try:
        with triton_ext.testing.use_library(TimedLibrary(_library.load(), crossings)):
            yield crossings
    finally:
        _exchange.print_generic, _exchange.read_back = own_print, own_read


def compile_seconds(kernel: Kernel, target: str) -> float:
    """Wall time of one compilation from source to binary with an empty cache."""
    with harness.fresh_cache():
        started = time.perf_counter()
        harness.compile_kernel(kernel, target)
        return time.perf_counter() - started


def crossed(kernel: Kernel, target: str, enabled: contextlib.AbstractContextManager) -> list[Crossing]:
    """The crossings of one compilation."""
    with timed(kernel.name) as crossings, enabled, triton_ext.configure(on_failure="raise"):
        compile_seconds(kernel, target)
    return crossings


def better(one: list[Crossing], other: list[Crossing]) -> list[Crossing]:
    """The faster of two measurements of each crossing."""
    return [min(pair, key=lambda crossing: crossing.seconds) for pair in zip(one, other, strict=True)]


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def verdict(what: str, value: float, limit: float, unit: str) -> bool:
    """Prints a figure beside its limit; whether it holds."""
    holds = value <= limit
    print(f"{what}: {value:.3g} {unit} (limit {limit:g} {unit})  {'OK' if holds else 'MISSED'}")
    return holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="sm_90", choices=list(harness.TARGETS))
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the best counts (default 3)")
    parser.add_argument("--passes", default="loop-split", help="pipeline of the second measurement")
    parser.add_argument("--kernel", action="append", help="only this kernel; may be given again")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    chosen = [k for k in harness.compilable(options.target) if not options.kernel or k.name in options.kernel]
    compile_seconds(chosen[0], options.target)
    crossed(chosen[0], options.target, triton_ext.testing.crossing())

    print(f"{'kernel':24} {'kB':>11} {'print':>7} {'run':>7} {'back':>7} {'all ms':>7} {'stock ms':>9} {'share':>7}")
    everything: list[Crossing] = []
    shares: list[float] = []
    both_shares: list[float] = []
    with_passes: list[float] = []
    for kernel in chosen:
        stock = min(compile_seconds(kernel, options.target) for _ in range(options.rounds))
        best = crossed(kernel, options.target, triton_ext.testing.crossing())
        named = crossed(kernel, options.target, triton_ext.passes(options.passes))
        for _ in range(options.rounds - 1):
            best = better(best, crossed(kernel, options.target, triton_ext.testing.crossing()))
            named = better(named, crossed(kernel, options.target, triton_ext.passes(options.passes)))
        everything += best
        total = sum(crossing.seconds for crossing in best)
        shares += [100 * crossing.seconds / stock for crossing in best]
        both_shares.append(100 * total / stock)
        with_passes.append(100 * sum(crossing.seconds for crossing in named) / stock)
        parts = " ".join(f"{1e3 * sum(crossing.parts[part] for crossing in best):7.2f}" for part in PARTS)
        sizes = "+".join(f"{crossing.size / 1e3:.1f}" for crossing in best)
        print(f"{kernel.name:24} {sizes:>11} {parts} {1e3 * total:7.2f} {1e3 * stock:9.1f} {both_shares[-1]:6.2f}%")

    per_kilobyte = [c.seconds / c.size for c in everything if c.size >= SIZE * 500] or [
        c.seconds / c.size for c in everything
    ]
    print(f"\nTriton {triton.__version__}, {options.target}, {len(chosen)} kernels, {len(everything)} crossings")
    print(
        f"one crossing: median {1e3 * statistics.median(c.seconds for c in everything):.2f} ms, "
        f"p99 {1e3 * percentile([c.seconds for c in everything], 0.99):.2f} ms"
    )
    print(
        f"both crossings of a kernel, of stock's compile time: median {statistics.median(both_shares):.2f} %, "
        f"p99 {percentile(both_shares, 0.99):.2f} %"
    )
    holds = [
        verdict(f"crossing of a {SIZE} kB module", 1e6 * SIZE * statistics.median(per_kilobyte), SIZE_LIMIT, "ms"),
        verdict("share of stock's compile time, one crossing", statistics.median(shares), SHARE_LIMIT, "%"),
        verdict(f"share of stock's compile time, {options.passes}", statistics.median(with_passes), SHARE_LIMIT, "%"),
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
