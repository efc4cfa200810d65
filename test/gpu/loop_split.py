# SPDX-License-Identifier: MIT
"""loop-split on a GPU: the bits of stock first, then how much faster.

    PYTHONPATH=<folder of triton_ext> python3 test/gpu/loop_split.py --out result.json

Needs PyTorch, stock Triton and an NVIDIA GPU. Causal attention forward in
float16, its mask applied in every iteration, is compiled as stock makes it,
with `loop-split`, and with `loop-split{keep-rounding=false}`, over a grid of
configurations; windowed attention for the bits alone.

Exit code: 0 if everything holds, 1 if not, 77 (skipped) without a GPU.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import dataclasses
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))

SKIPPED = 77
"""Exit code of a test that could not run."""

VARIANTS = {
    "stock": "",
    "exact": "loop-split",
    "contracting": "loop-split{keep-rounding=false}",
}
"""What is compared: name -> pipeline."""

LIMITS = {
    ("indexed", 16384, 128): {"exact": 1.06, "contracting": 1.09},
    ("indexed", 4096, 64): {"exact": 1.12, "contracting": 1.17},
}
"""(kernel, N, D) -> the least ratio of stock's time to a variant's."""

CASES = [(4096, 64), (4096, 128), (16384, 64), (16384, 128)]
"""(N, D) of what is measured."""

BATCH, HEADS = 1, 16

ROUNDS = 9
"""Interleaved repetitions of the final timing."""


@dataclasses.dataclass(frozen=True)
class Config:
    """One way to compile the kernel."""

    block_m: int
    block_n: int
    num_warps: int
    num_stages: int

    def __str__(self) -> str:
        return f"{self.block_m}x{self.block_n} w{self.num_warps} s{self.num_stages}"


CONFIGS = [
    Config(*tile, stages)
    for tile in ((64, 32, 4), (64, 64, 4), (128, 32, 4), (128, 64, 4), (128, 64, 8), (128, 128, 8))
    for stages in (2, 3)
] + [Config(64, 64, 4, 4), Config(128, 64, 8, 4)]


def kernel_of(name: str) -> Any:
    """The attention kernel: pointers that walk along, or indices made anew."""
    from kernels.attention import causal_attention, walking_attention

    return walking_attention if name == "walking" else causal_attention


@contextlib.contextmanager
def enabled(pipeline_text: str) -> Iterator[None]:
    """Enables passes; with an empty text stock is really stock, nothing wrapped."""
    if not pipeline_text:
        yield
        return
    import triton_ext

    with triton_ext.passes(pipeline_text):
        yield


# --- Worker: compile --------------------------------------------------------


def compile_some(jobs: list[dict[str, Any]], kernel: str) -> dict[str, Any]:
    """Compiles into the shared cache. jobs: {"d", "config", "variant"}."""
    import torch

    failures = []
    for job in jobs:
        config = Config(*job["config"])
        half, single = torch.float16, torch.float32
        try:
            with enabled(VARIANTS[job["variant"]]):
                kernel_of(kernel).warmup(
                    half, half, half, half, single, 1 << 20, 1 << 16, 128, 16, 4096, 0.5,
                    D=job["d"], BLOCK_M=config.block_m, BLOCK_N=config.block_n,
                    num_warps=config.num_warps, num_stages=config.num_stages, grid=(1, 1),
                )  # fmt: skip
        except Exception as error:  # what does not fit this GPU is left out later
            failures.append([str(config), job["d"], job["variant"], str(error).splitlines()[0]])
    return {"failures": failures}


# --- Worker: measure --------------------------------------------------------


class Problem:
    """Inputs of one (N, D), and the kernel over them."""

    def __init__(self, kernel: str, n: int, d: int) -> None:
        import torch

        torch.manual_seed(0)
        self.kernel, self.n, self.d = kernel_of(kernel), n, d
        self.z, self.h = BATCH, HEADS
        shape = (self.z, self.h, n, d)
        self.q, self.k, self.v = (torch.randn(shape, device="cuda", dtype=torch.float16) for _ in range(3))
        self.scale = 1.44269504 / math.sqrt(d)

    def run(self, config: Config, variant: str) -> tuple[Any, Any, Any]:
        """Launches once: output, log-sum-exp, the compiled kernel."""
        import torch

        out = torch.empty_like(self.q)
        lse = torch.empty((self.z, self.h, self.n), device="cuda", dtype=torch.float32)
        with enabled(VARIANTS[variant]):
            compiled = self.launch(config, out, lse)
        return out, lse, compiled

    def launch(self, config: Config, out: Any, lse: Any) -> Any:
        grid = (self.n // config.block_m, self.z * self.h)
        q = self.q
        return self.kernel[grid](
            q, self.k, self.v, out, lse, q.stride(0), q.stride(1), q.stride(2), self.h, self.n, self.scale,
            D=self.d, BLOCK_M=config.block_m, BLOCK_N=config.block_n,
            num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip

    def time(self, config: Config, variant: str, milliseconds: int) -> float:
        """Median time of a launch in milliseconds."""
        import torch
        from triton.testing import do_bench

        out = torch.empty_like(self.q)
        lse = torch.empty((self.z, self.h, self.n), device="cuda", dtype=torch.float32)
        with enabled(VARIANTS[variant]):
            return do_bench(lambda: self.launch(config, out, lse), warmup=10, rep=milliseconds, return_mode="median")


def loops_of(compiled: Any) -> int:
    """How many loops the kernel's TTIR has."""
    return compiled.asm["ttir"].count("scf.for")


def difference(a: Any, b: Any) -> dict[str, Any]:
    """In how many elements two tensors of one type differ, and by how much."""
    import torch

    bits = {2: torch.int16, 4: torch.int32}[a.element_size()]
    differing = (a.view(bits) != b.view(bits)).sum().item()
    return {"differing": differing / a.numel(), "max": (a.float() - b.float()).abs().max().item()}


def check_against_torch(problem: Problem, out: Any) -> float:
    """Largest error of the first head, from PyTorch's attention in float32."""
    import torch

    q, k, v = (x[:1, :1, :2048].float() for x in (problem.q, problem.k, problem.v))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    return (out[:1, :1, :2048].float() - expected).abs().max().item()


def measure(kernel: str, n: int, d: int) -> dict[str, Any]:
    """Bits at equal configurations, then times at the best configuration of each."""
    problem = Problem(kernel, n, d)
    rows: list[dict[str, Any]] = []
    usable: list[Config] = []
    for config in CONFIGS:
        try:
            out, lse, compiled = problem.run(config, "stock")
        except Exception as error:  # too much shared memory for this GPU: stock's own limit
            rows.append({"config": str(config), "left_out": str(error).splitlines()[0]})
            continue
        row: dict[str, Any] = {"config": str(config), "error": check_against_torch(problem, out)}
        for variant in ("exact", "contracting"):
            out2, lse2, split = problem.run(config, variant)
            row[variant] = {
                "fired": loops_of(split) == loops_of(compiled) + 1,
                "out": difference(out, out2),
                "lse": difference(lse, lse2),
            }
        rows.append(row)
        usable.append(config)

    coarse = {v: sorted((problem.time(c, v, 25), str(c), c) for c in usable) for v in VARIANTS}
    finalists = {v: [c for _, _, c in times[:3]] for v, times in coarse.items()}
    samples: dict[tuple[str, Config], list[float]] = {}
    for _ in range(ROUNDS):
        for variant, configs in finalists.items():
            for config in configs:
                samples.setdefault((variant, config), []).append(problem.time(config, variant, 60))
    best = {}
    for variant in VARIANTS:
        time_ms, name = min((statistics.median(t), str(c)) for (v, c), t in samples.items() if v == variant)
        best[variant] = {"ms": time_ms, "config": name}
    return {
        "n": n, "d": d, "batch": problem.z, "heads": problem.h, "bits": rows, "best": best,
        "coarse": {v: [[name, time_ms] for time_ms, name, _ in times] for v, times in coarse.items()},
        "ratio": {v: best["stock"]["ms"] / best[v]["ms"] for v in ("exact", "contracting")},
    }  # fmt: skip


# --- Worker: windowed attention ---------------------------------------------


class Windowed:
    """Inputs of windowed attention over `n` positions, of which each sees the last `window`."""

    def __init__(self, n: int, window: int) -> None:
        import torch

        from kernels.attention import windowed_attention

        torch.manual_seed(n)
        self.kernel, self.window = windowed_attention, window
        self.q, self.k, self.v = (torch.randn((2, 3, n, 64), device="cuda", dtype=torch.float16) for _ in range(3))

    def run(self, pipeline_text: str) -> tuple[Any, Any, Any]:
        """Launches once: output, log-sum-exp, the compiled kernel."""
        import torch

        z, h, n, _ = self.q.shape
        out = torch.zeros_like(self.q)
        lse = torch.zeros((z, h, n), device="cuda", dtype=torch.float32)
        with enabled(pipeline_text):
            compiled = self.kernel[((n + 63) // 64, z * h)](
                self.q, self.k, self.v, out, lse, *self.q.stride()[:3], h, n, 0.18, self.window,
                D=64, BLOCK_M=64, BLOCK_N=64,
            )  # fmt: skip
        return out, lse, compiled


def windowed() -> dict[str, Any]:
    """Bits of windowed attention, whose loop has a mask to lose at either end."""
    rows = []
    for n, window in ((1024, 256), (1000, 200), (1000, 1), (777, 4096), (63, 5)):
        problem = Windowed(n, window)
        out, lse, _ = problem.run("")
        for splits in (1, 2, 3):
            out2, lse2, compiled = problem.run(f"loop-split{{max-splits={splits}}}")
            rows.append(
                {
                    "n": n,
                    "window": window,
                    "max_splits": splits,
                    "loops": loops_of(compiled),
                    "out": difference(out, out2),
                    "lse": difference(lse, lse2),
                }
            )
    return {"rows": rows}


# --- The run ----------------------------------------------------------------


def spawn(arguments: list[str], cache: str, seconds: float) -> dict[str, Any]:
    """One worker in a process of its own; a hanging kernel ends with it."""
    command = [sys.executable, str(HERE / "loop_split.py"), "--worker", *arguments]
    environment = {**os.environ, "TRITON_CACHE_DIR": cache}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return {"failed": f"no answer within {seconds:.0f} s"}
    if done.returncode != 0:
        return {"failed": (done.stderr or done.stdout).strip()[-2000:] or f"exit code {done.returncode}"}
    return json.loads(done.stdout.splitlines()[-1])


def precompile(kernel: str, depths: list[int], cache: str) -> list[Any]:
    """Fills the cache on all cores; what fails is reported by the measurement."""
    jobs = [{"d": d, "config": dataclasses.astuple(c), "variant": v} for d in depths for c in CONFIGS for v in VARIANTS]
    count = min(16, os.cpu_count() or 1)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        parts = [json.dumps(jobs[i::count]) for i in range(count)]
        done = list(pool.map(lambda part: spawn(["compile", kernel, part], cache, 180), parts))
    return [d for d in done if d.get("failed") or d.get("failures")]


def judge(kernel: str, result: dict[str, Any]) -> list[tuple[str, bool]]:
    """The statements that have to hold for one (N, D), and whether they do."""
    rows = [row for row in result["bits"] if "left_out" not in row]
    same = all(row["exact"][x]["differing"] == 0 for row in rows for x in ("out", "lse"))
    fired = all(row[v]["fired"] for row in rows for v in ("exact", "contracting"))
    right = all(row["error"] < 5e-3 for row in rows)
    where = f"N {result['n']} D {result['d']}"
    checks = [
        (f"{where}: fires at each of {len(rows)} configurations", bool(rows) and fired),
        (f"{where}: exact has stock's bits at equal configurations", bool(rows) and same),
        (f"{where}: agrees with PyTorch", right),
    ]
    for variant, limit in LIMITS.get((kernel, result["n"], result["d"]), {}).items():
        ratio = result["ratio"][variant]
        checks.append((f"{where}: {variant} {ratio:.3f}x, at least {limit:.2f}x", ratio >= limit))
    return checks


def print_case(result: dict[str, Any]) -> None:
    best, ratio = result["best"], result["ratio"]
    for variant, entry in best.items():
        faster = f"{ratio[variant]:.3f}x" if variant in ratio else ""
        print(f"  {result['n']:6} {result['d']:4}  {variant:12} {entry['ms']:8.3f} ms  {faster:7} {entry['config']}")
    worst = max(
        (row["contracting"]["out"] for row in result["bits"] if "contracting" in row),
        key=lambda d: d["max"],
        default=None,
    )
    if worst:
        print(f"  {'':14}contracting differs in up to {worst['differing']:.2%} of the outputs, by {worst['max']:.1e}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", help="write everything measured to this file, as JSON")
    parser.add_argument("--kernel", choices=("walking", "indexed"), default="indexed")
    parser.add_argument("--cases", help='such as "4096x64 16384x128"; default: all four')
    parser.add_argument("--worker", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    if arguments.worker:
        task, *rest = arguments.worker
        if task == "compile":
            answer = compile_some(json.loads(rest[1]), rest[0])
        elif task == "measure":
            answer = measure(rest[0], int(rest[1]), int(rest[2]))
        else:
            answer = windowed()
        print(json.dumps(answer))
        return 0

    try:
        import torch
    except ImportError:
        torch = None
    if torch is None or not torch.cuda.is_available():
        print("SKIPPED: loop-split on a GPU needs PyTorch and an NVIDIA GPU; nothing was tested", file=sys.stderr)
        return SKIPPED

    import triton

    cases = [tuple(map(int, c.split("x"))) for c in arguments.cases.split()] if arguments.cases else CASES
    began = time.monotonic()
    report: dict[str, Any] = {
        "machine": torch.cuda.get_device_name(),
        "triton": triton.__version__,
        "torch": torch.__version__,
        "kernel": arguments.kernel,
        "cases": [],
    }
    print(f"loop-split on {report['machine']}, Triton {triton.__version__}, {arguments.kernel} attention", flush=True)
    checks: list[tuple[str, bool]] = []
    with tempfile.TemporaryDirectory(prefix="triton-ext-gpu-") as cache:
        report["compile_failures"] = precompile(arguments.kernel, sorted({d for _, d in cases}), cache)
        print(f"  compiled in {time.monotonic() - began:.0f} s", flush=True)
        for n, d in cases:
            result = spawn(["measure", arguments.kernel, str(n), str(d)], cache, 150)
            report["cases"].append(result)
            if "failed" in result:
                print(f"  {n:6} {d:4}  {result['failed']}")
                checks.append((f"N {n} D {d}: runs", False))
            else:
                print_case(result)
                checks += judge(arguments.kernel, result)
            sys.stdout.flush()
        result = spawn(["windowed"], cache, 120)
        report["windowed"] = result
        if "failed" in result:
            print(f"  windowed attention: {result['failed']}")
        rows = result.get("rows", [])
        same = bool(rows) and all(row[x]["differing"] == 0 for row in rows for x in ("out", "lse"))
        checks.append(("windowed attention: stock's bits with 1, 2 and 3 splits", same))
        checks.append(("windowed attention: some loop is split", any(row["loops"] > 1 for row in rows)))
    report["checks"] = [{"what": what, "holds": holds} for what, holds in checks]
    report["seconds"] = time.monotonic() - began
    for what, holds in checks:
        print(f"{'OK    ' if holds else 'MISSED'} {what}")
    print(f"{report['seconds']:.0f} s")
    if arguments.out:
        pathlib.Path(arguments.out).write_text(json.dumps(report, indent=1))
    return 0 if all(holds for _, holds in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
