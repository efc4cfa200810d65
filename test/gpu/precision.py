# SPDX-License-Identifier: MIT
"""dot-precision on a GPU: the errors of its modes against float64, and special values.

    python3 test/gpu/precision.py --markdown precision.md

Needs PyTorch, stock Triton, a GPU that takes all modes (NVIDIA, sm_80 and later) and
triton_ext's library. Errors are relative to the sum of the absolute products, as the
bounds of docs/dot-precision.md are: of normal values, of values whose exponents lie
far apart, and of sums that cancel.

Exit code: 0 if everything holds, 1 if not, 77 (skipped) without a GPU.
"""

from __future__ import annotations

import argparse
import math
import pathlib
import sys
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "language"), str(HERE.parent / "python" / "dot_precision")]

SKIPPED = 77
"""Exit code of a test that could not run."""

BOUNDS = {"ieee": 0.0, "tf32": 2.0**-9, "tf32x3": 1.25 * 2.0**-20, "bf16x3": 3.02 * 2.0**-16, "bf16x6": 2.02 * 2.0**-24}
"""Mode -> the largest error of a product over the product."""

SIZES = (256, 2048)
"""Lengths of the sums; the other two sizes are TILE's."""

TILE = {"BM": 64, "BN": 64, "BK": 32}


def multiplied(mode: str, a: Any, b: Any) -> Any:
    """A B by one program, its product in a mode."""
    import torch
    from precision_kernels import product

    import triton_ext

    c = torch.empty((TILE["BM"], TILE["BN"]), device=a.device, dtype=torch.float32)
    with triton_ext.passes("" if mode == "ieee" else f"dot-precision{{mode={mode}}}"):
        kernel = product[(1,)](a, b, c, a.shape[1], **TILE, PRECISION="ieee")
    fired = [found["status"] for record in triton_ext.report(kernel) for found in record["passes"]]
    if mode != "ieee" and fired != ["fired"]:
        raise RuntimeError(f"dot-precision{{mode={mode}}} has not fired: {triton_ext.report(kernel)}")
    return c


def inputs(kind: str, k: int) -> tuple[Any, Any]:
    """A [BM, k] and B [k, BN], float32 on the GPU: "normal", "exponents far apart" or "cancelling"."""
    import torch

    torch.manual_seed(0)
    a = torch.randn(TILE["BM"], k, device="cuda")
    b = torch.randn(k, TILE["BN"], device="cuda")
    if kind == "exponents far apart":
        a *= 2.0 ** torch.randint(-20, 20, a.shape, device="cuda")
        b *= 2.0 ** torch.randint(-20, 20, b.shape, device="cuda")
    if kind == "cancelling":
        a[:, k // 2 :] = a[:, : k // 2]
        b[k // 2 :] = -b[: k // 2] * (1 + 2.0**-20)
    return a, b


KINDS = ("normal", "exponents far apart", "cancelling")


def error(mode: str, kind: str, k: int) -> float:
    """The largest error of an element over the sum of its absolute products."""
    a, b = inputs(kind, k)
    exact = a.double() @ b.double()
    scale = a.double().abs() @ b.double().abs()
    return ((multiplied(mode, a, b).double() - exact).abs() / scale).max().item()


def special(mode: str) -> dict[str, float]:
    """What becomes of values that are no ordinary ones, by name."""
    import torch

    k = TILE["BK"]
    a = torch.zeros(TILE["BM"], k, device="cuda")
    b = torch.zeros(k, TILE["BN"], device="cuda")
    b[0, :4] = torch.tensor([1.0, 0.0, -2.5, 2.0**-140], device="cuda")
    b[1, 0] = 1.0
    b[0, 4] = 2.0**100
    a[0, 0], a[1, 0] = math.inf, math.nan
    a[2, 0], a[2, 1] = math.inf, -math.inf
    a[3, 0] = 3.3999e38
    for row, exponent in ((4, -130), (5, -140)):
        a[row, 0] = 2.0**exponent
    c = multiplied(mode, a, b)
    at = {
        "inf * 1": (0, 0),
        "inf * 0": (0, 1),
        "inf * -2.5": (0, 2),
        "inf * 2^-140": (0, 3),
        "NaN * 1": (1, 0),
        "inf - inf": (2, 0),
        "3.3999e38 * 1": (3, 0),
        "2^-130 * 2^100": (4, 4),
        "2^-140 * 2^100": (5, 4),
    }
    return {name: c[place].item() for name, place in at.items()}


def checks_of_special(mode: str, found: dict[str, float]) -> list[tuple[str, bool]]:
    """What the page says of them."""
    expected = {
        "inf * 1": math.inf,
        "inf * -2.5": -math.inf,
        "inf * 0": math.nan,
        "NaN * 1": math.nan,
        "inf - inf": math.nan,
    }
    if mode.startswith("bf16"):
        expected |= {"inf * 2^-140": math.nan, "2^-140 * 2^100": 0.0}
    if mode == "bf16x6":
        expected["3.3999e38 * 1"] = math.inf
    if mode == "ieee":
        expected |= {"inf * 2^-140": math.inf, "2^-140 * 2^100": 2.0**-40, "2^-130 * 2^100": 2.0**-30}
    return [
        (f"{mode}: {name} is {found[name]}", found[name] == value or (math.isnan(value) and math.isnan(found[name])))
        for name, value in expected.items()
    ]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="write both tables")
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("precision: skipped, PyTorch is not there")
        return SKIPPED
    if not torch.cuda.is_available() or torch.version.hip or torch.cuda.get_device_capability() < (8, 0):
        print("precision: skipped, there is no GPU that takes all modes")
        return SKIPPED
    checks, rows = [], []
    for kind in KINDS:
        for k in SIZES:
            errors = {mode: error(mode, kind, k) for mode in BOUNDS}
            rows.append([f"{kind}, K = {k}", *(f"{value:.1e}" for value in errors.values())])
            # Summing rounds, too: each of k additions by half a unit at most.
            checks += [
                (f"{kind}, K = {k}, {mode}: {value:.1e}", value <= BOUNDS[mode] + k * 2.0**-24)
                for mode, value in errors.items()
            ]
            if kind == "normal" and k == max(SIZES):
                checks.append(("bf16x6 is no worse than ieee", errors["bf16x6"] <= errors["ieee"]))
    text = table(["largest error over the sum of absolute products", *BOUNDS], rows)
    found = {mode: special(mode) for mode in BOUNDS}
    for mode, values in found.items():
        checks += checks_of_special(mode, values)
    text += "\n" + table(
        ["", *BOUNDS], [[name, *(f"{found[mode][name]:.6g}" for mode in BOUNDS)] for name in found["ieee"]]
    )
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    wrong = [what for what, holds in checks if not holds]
    print("\n".join(f"does not hold: {what}" for what in wrong) or f"all {len(checks)} statements hold")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
