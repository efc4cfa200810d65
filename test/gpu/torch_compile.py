# SPDX-License-Identifier: MIT
"""torch.compile on a GPU: off, on, off, on over processes that share warm caches, each with its own kernels.

    python3 test/gpu/torch_compile.py

Needs PyTorch, stock Triton and a GPU. One function with Inductor's own kernels (a
reduction in a loop, whose mask `loop-split` splits off) and one written by hand is
compiled by processes with and without `triton-ext run`, and then by one process
that switches by with-blocks, all over one cache folder. Its data are small whole
numbers in float32, so that no order of summing changes a bit.

Exit code: 0 if everything holds, 1 if not, 77 (skipped) without a GPU.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
TIME_LIMIT = 240  # seconds, for one process
PASSES = "loop-split"


# What a child does.


def child(blocks: list[str]) -> None:
    """Compiles and runs the function once for each of ``blocks``, and says what became of it, in JSON.

    A block: "as-is", or the text of a with-block, "" among them.
    """
    import torch
    import triton
    import triton.language as tl
    from torch._inductor.async_compile import AsyncCompile

    globals()["tl"] = tl

    @triton.jit
    def row_sums(x, out, n, B: tl.constexpr):
        total = tl.zeros((B,), tl.float32)
        for start in range(0, n, B):
            column = start + tl.arange(0, B)
            total += tl.load(x + tl.program_id(0) * n + column, mask=column < n, other=0.0)
        tl.store(out + tl.program_id(0), tl.sum(total, 0))

    def work(x):
        y = x * 2 + 1
        out = torch.empty(x.shape[0], device=x.device)
        row_sums[(x.shape[0],)](y, out, x.shape[1], B=1024)
        return y.sum(1), (y.amax(1, keepdim=True) - y).sum(1), out

    x = torch.randint(0, 8, (64, 20011), generator=torch.Generator().manual_seed(0)).float().cuda()
    AsyncCompile.wait_pool_ready()  # so that kernels are compiled in Inductor's processes
    answers = []
    for block in blocks:
        torch.compiler.reset()
        torch._inductor.codecache.PyCodeCache.cache_clear()
        torch._dynamo.utils.counters.clear()
        answers.append(_answer(torch, torch.compile(work), x, block))
    print(json.dumps(answers))


def _answer(torch, function, x, block):
    import time

    started = time.perf_counter()
    with _held(block):
        results = function(x)
    torch.cuda.synchronize()
    seconds = time.perf_counter() - started
    counters = torch._dynamo.utils.counters["inductor"]
    return {
        "seconds": seconds,
        "results": [result.cpu().numpy().tobytes().hex() for result in results],
        "hits": counters["fxgraph_cache_hit"],
        "misses": counters["fxgraph_cache_miss"],
        "kernels": _kernels(),
        "imported": "triton_ext" in sys.modules,
        "records": _records(),
    }


def _held(block):
    if block == "as-is":
        return contextlib.nullcontext()
    import triton_ext

    return triton_ext.passes(block)


def _kernels():
    """The kernels in use: name -> Triton's hashes of them."""
    from torch._inductor.codecache import PyCodeCache
    from torch._inductor.runtime.triton_heuristics import CachingAutotuner

    found = {}
    for module in PyCodeCache.modules:
        for name, value in vars(module).items():
            if isinstance(value, CachingAutotuner):
                found[name] = sorted(result.kernel.hash for result in value.compile_results)
    return found


def _records():
    """What this process reports of the kernels that fired: names."""
    package = sys.modules.get("triton_ext")
    return sorted({each["kernel"] for each in package.reports()}) if package else []


# What the test does with children.


class Children:
    """Runs children over one folder of caches."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.count = 0

    def __call__(self, *blocks: str, passes: str | None = None) -> list[dict]:
        """The answers of one child; with ``passes`` under `triton-ext run`."""
        self.count += 1
        env = {name: value for name, value in os.environ.items() if not name.startswith("TRITON_EXT_PASSES")}
        env.pop("TRITON_CACHE_DIR", None)
        env["TORCHINDUCTOR_CACHE_DIR"] = str(self.folder / "inductor")
        env["TRITON_EXT_REPORT"] = str(self.report())
        env["PYTHONPATH"] = os.pathsep.join([str(ROOT / "language"), *filter(None, [env.get("PYTHONPATH")])])
        command = [sys.executable, __file__, "child", *blocks]
        if passes is not None:
            command = [sys.executable, "-m", "triton_ext", "run", "--passes", passes, "--", *command]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=TIME_LIMIT)
        if done.returncode:
            raise SystemExit(f"a child failed: {done.stderr[-4000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def report(self) -> pathlib.Path:
        return self.folder / f"report-{self.count}"

    def fired(self) -> set[str]:
        """The hashes of the kernels that the last child, or a process of its, reported as changed."""
        found = set()
        for path in self.report().glob("*.jsonl"):
            for line in path.read_text().splitlines():
                record = json.loads(line)
                if record.get("status") == "changed":
                    found.add(record["hash"])
        return found

    def stored(self) -> set[str]:
        """The hashes of all kernels in the caches that carry a report."""
        found = set()
        for path in (self.folder / "inductor").rglob("*.json"):
            with contextlib.suppress(ValueError, AttributeError, UnicodeDecodeError):
                metadata = json.loads(path.read_text())
                if metadata.get("triton_ext_report"):
                    found.add(metadata["hash"])
        return found


def hashes(answer: dict) -> set[str]:
    return {each for kernels in answer["kernels"].values() for each in kernels}


def check(children: Children) -> list[tuple[str, bool]]:
    """The statements that have to hold, and whether they do."""
    Children(children.folder / "first")("as-is")  # the machine reads PyTorch from its disk once
    (off1,) = children("as-is")
    (on1,) = children("as-is", passes=PASSES)
    on1["fired"] = children.fired()
    (off2,) = children("as-is")
    off2["fired"] = children.fired()
    (on2,) = children("as-is", passes=PASSES)
    on2["fired"] = children.fired()
    carrying = children.stored()
    runs = {"off 1": off1, "on 1": on1, "off 2": off2, "on 2": on2}
    blocks = children("", PASSES, "")
    runs.update(zip(("block off 1", "block on", "block off 2"), blocks, strict=True))
    runs["blocks, fresh caches, off"], runs["blocks, fresh caches, on"] = Children(children.folder / "fresh")(
        "", PASSES
    )
    for name, run in runs.items():
        kernels = ", ".join(f"{kernel} {len(each)}" for kernel, each in run["kernels"].items())
        carry = len(hashes(run) & carrying)
        graphs = f"graph hits {run['hits']} misses {run['misses']}"
        print(f"  {name:26} {run['seconds']:6.2f} s  {graphs}  {kernels}  carry {carry}")
    print(f"  cold, on over off: {on1['seconds'] / off1['seconds']:.2f}; warm: {on2['seconds'] / off2['seconds']:.2f}")
    own = {name for name in on1["kernels"] if name.startswith("triton_")}
    on_hashes = {name: set(each) for name, each in on1["kernels"].items()}
    return [
        ("every run gives the same bits", len({json.dumps(run["results"]) for run in runs.values()}) == 1),
        ("off: nothing of ours is imported", not off1["imported"] and not off2["imported"]),
        ("off: no kernel in use carries a report", not (hashes(off1) | hashes(off2)) & carrying),
        ("on: every kernel in use carries one", hashes(on1) <= carrying and hashes(on2) <= carrying),
        ("on: loop-split fired on a kernel of Inductor's", any(on_hashes[name] & on1["fired"] for name in own)),
        ("on: loop-split fired on the one by hand", bool((hashes(on1) - _of(on1, own)) & on1["fired"])),
        ("off again: stock's kernels, out of the cache", off2["hits"] and hashes(off2) <= hashes(off1)),
        ("on again: those of before, out of the cache", on2["hits"] and hashes(on2) <= hashes(on1)),
        ("on again: reported, out of the cache", bool(hashes(on2) & on2["fired"])),
        ("off again: nothing reported", not off2["fired"]),
        ("with-blocks: off is off", not (hashes(blocks[0]) | hashes(blocks[2])) & carrying),
        ("with-blocks: on is on", bool(hashes(blocks[1])) and hashes(blocks[1]) <= carrying),
        (
            "with-blocks, fresh caches: on and off differ",
            not hashes(runs["blocks, fresh caches, off"]) & hashes(runs["blocks, fresh caches, on"]),
        ),
        (
            "with-blocks, fresh caches: the kernels of the others",
            hashes(runs["blocks, fresh caches, on"]) <= hashes(on1) | hashes(blocks[1]),
        ),
    ]


def _of(answer: dict, names: set[str]) -> set[str]:
    return {each for name in names for each in answer["kernels"][name]}


def main() -> int:
    try:
        import torch

        missing = None if torch.cuda.is_available() else "there is no GPU"
    except ImportError as error:
        missing = str(error)
    if missing:
        print(f"SKIPPED: torch.compile on a GPU: {missing}; nothing was tested", file=sys.stderr)
        return SKIPPED
    print(f"torch.compile on {torch.cuda.get_device_name()}, PyTorch {torch.__version__}", flush=True)
    with tempfile.TemporaryDirectory(prefix="triton-ext-gpu-") as folder:
        checks = check(Children(pathlib.Path(folder)))
    for what, holds in checks:
        print(f"{'OK    ' if holds else 'MISSED'} {what}")
    return 0 if all(holds for _, holds in checks) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2:])
        sys.exit()
    sys.exit(main())
