# SPDX-License-Identifier: MIT
"""`make demo`: a kernel on a stock Triton, without a pass and with one.

Prints the catalogue, the report and what changed in the loop. Where torch sees
a GPU, runs both, compares the results and prints the ratio of their times.
"""

import difflib
import os
import re
import tempfile
import textwrap

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

import triton_ext
from attention import attention

PASSES = "loop-split"
CONSTANTS = {"D": 128, "BLOCK_M": 128, "BLOCK_N": 128}
OPTIONS = {"num_warps": 8, "num_stages": 3}


def catalogue():
    """Prints every extension of the library with its knobs."""
    for extension in triton_ext.catalogue():
        print(f"  {extension.name:<16} {extension.summary}  [{extension.exactness or extension.kind}]")
        for knob in extension.knobs:
            print(textwrap.fill(knob.help, 100, initial_indent=f"    {knob.name:<14} ", subsequent_indent=" " * 19))


def compiled():
    """The attention kernel for a Hopper GPU; needs none."""
    source = ASTSource(
        attention,
        {
            **{name: "*fp16" for name in ("Q", "K", "V", "Out")},
            **{name: "i32" for name in ("stride_head", "stride_row", "N")},
            "scale": "fp32",
            **{name: "constexpr" for name in CONSTANTS},
        },
        constexprs=CONSTANTS,
        attrs={(position,): [["tt.divisibility", 16]] for position in range(7)},
    )
    return triton.compile(source, target=GPUTarget("cuda", 90, 32), options=OPTIONS)


def loops(ttir):
    """The bodies of the module's loops, as lists of lines without locations."""
    found, body = [], None
    for line in ttir.splitlines():
        line = re.sub(r" loc\((callsite\([^()]*\)|#\w+)\)", "", line)
        if "scf.for " in line:
            body, end = [], " " * (len(line) - len(line.lstrip())) + "}"
        elif body is not None and line.startswith(end):
            found.append(textwrap.dedent("\n".join(body)).splitlines())
            body = None
        elif body is not None:
            # Numbers of values shift with every line; names and lines do not.
            body.append(re.sub(r"(%[A-Za-z]\w*?)_\d+\b", r"\1", re.sub(r"%\d+\b", "%_", line)))
    return found


def report(kernel):
    """Prints what the passes did, a line each."""
    for crossing in triton_ext.report(kernel):
        us = crossing["us"]
        for done in crossing["passes"]:
            print(
                f"  {crossing['kernel']}: {done['name']} {done['status']} {done['count']}x in {crossing['stage']}, "
                f"{done['operations_before']} -> {done['operations_after']} operations, "
                f"{us['total'] / 1000:.1f} ms"
            )
            for remark in done["remarks"]:
                where = f"{os.path.basename(remark['file'])}:{remark['line']}: " if remark.get("file") else ""
                print(f"    {where}{remark['text']}")


def changed(stock, split):
    """Prints the loop of ``stock`` against the loops of ``split``."""
    (before,) = loops(stock.asm["ttir"])
    after = loops(split.asm["ttir"])
    sizes = ", ".join(str(len(body)) for body in after)
    print(f"  {len(before)} lines in stock's loop; {sizes} in what it became")
    for number, body in enumerate(after, 1):
        lines = list(difflib.unified_diff(before, body, n=1, lineterm=""))[2:]
        print(f"\n  loop {number} against stock's" + ("" if lines else ": the same"))
        for line in lines:
            if not line.startswith("@@"):
                print("    " + (line if len(line) <= 110 else line[:107] + "..."))


def run_on_gpu(torch):
    """Runs both on this GPU: largest difference, times, ratio."""
    heads, rows = 16, 16384
    depth = CONSTANTS["D"]
    torch.manual_seed(0)
    q, k, v = (torch.randn(heads, rows, depth, device="cuda", dtype=torch.float16) for _ in range(3))

    def launch(out):
        grid = (rows // CONSTANTS["BLOCK_M"], heads)
        scale = 1.44269504 / depth**0.5
        attention[grid](q, k, v, out, q.stride(0), q.stride(1), rows, scale, **CONSTANTS, **OPTIONS)
        return out

    def measured():
        out = launch(torch.empty_like(q))
        return out, triton.testing.do_bench(lambda: launch(out), warmup=200, rep=1000, return_mode="median")

    stock, stock_ms = measured()
    with triton_ext.passes(PASSES):
        split, split_ms = measured()
    print(f"  {torch.cuda.get_device_name()}, {heads} heads, N {rows}, D {depth}")
    print(f"  largest difference {(stock.float() - split.float()).abs().max().item():.3g}")
    print(f"  stock {stock_ms:.3f} ms, {PASSES} {split_ms:.3f} ms: {stock_ms / split_ms:.3f}x at this configuration")


def gpu():
    """torch where it sees a GPU, else None."""
    try:
        import torch
    except ImportError:
        return None
    return torch if torch.cuda.is_available() else None


def main():
    print(f"Catalogue (Triton {triton.__version__}, stock)")
    catalogue()
    with tempfile.TemporaryDirectory(prefix="triton-ext-demo-") as cache:
        os.environ["TRITON_CACHE_DIR"] = cache
        stock = compiled()
        with triton_ext.passes(PASSES):
            split = compiled()
        print(f"\nReport of `{PASSES}` on attention, compiled for sm_90")
        report(split)
        print("\nThe loop in TTIR")
        changed(stock, split)
        torch = gpu()
        print("\nOn this GPU" if torch else "\nNo GPU that torch sees here: nothing was run.")
        if torch:
            run_on_gpu(torch)


if __name__ == "__main__":
    main()
