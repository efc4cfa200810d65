# SPDX-License-Identifier: MIT
"""Matrix products in float16 and float32: even and ragged, batched, several at once, split, packed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from . import Config, grid_of
from .launch import Array, Launch, Tensors, covering, declare, derived, given, integers, normal, result, updated


def tile(bm: int, bn: int, bk: int, num_warps: int, num_stages: int) -> dict[str, int]:
    """A configuration of a matrix product."""
    return {"BM": bm, "BN": bn, "BK": bk, "num_warps": num_warps, "num_stages": num_stages}


def in_a_row(m: int, n: int) -> Callable[[Config], tuple[int]]:
    """The grid of one axis for all tiles of an [m, n] result."""
    return lambda config: (math.prod(covering(BM=m, BN=n)(config)),)


def product(a: str, b: str, c: str) -> Any:
    """`expected` of C = A B, from the names of the three, in float64."""
    return lambda torch, t: {c: getattr(t, a).double() @ getattr(t, b).double()}


TWO = [tile(128, 128, 32, 4, 3), tile(128, 128, 64, 8, 3)]


def plain(kernel: Any, dtype: str, m: int, n: int, k: int, tolerance: float, *, grid: Any, **more: Any) -> Launch:
    """A kernel that takes A, B, C, M, N, K and the strides of rows."""
    args = {"A": normal(dtype, m, k), "B": normal(dtype, k, n), "C": result(dtype, m, n), "M": m, "N": n, "K": k}
    strides = {"stride_am": k, "stride_ak": 1, "stride_bk": n, "stride_bn": 1, "stride_cm": n, "stride_cn": 1}
    args |= {name: value for name, value in strides.items() if name in kernel.arg_names}
    return Launch(kernel, args, grid, product("A", "B", "C"), tolerance, constexprs=more)


# Entries of a product of normal matrices have variance K; float16 keeps 11 bits of them.


def masked(m: int, n: int, k: int) -> Launch:
    from kernels.matmul import gemm_masked

    return plain(gemm_masked, "fp16", m, n, k, 0.5, grid=covering(BM=m, BN=n), PRECISION=None)


def grid2d(m: int, n: int, k: int) -> Launch:
    from collection.matmul import gemm_grid2d

    return plain(gemm_grid2d, "fp16", m, n, k, 0.5, grid=covering(BM=m, BN=n))


def grouped_order(m: int, n: int, k: int) -> Launch:
    from collection.matmul import gemm_grouped_order

    return plain(gemm_grouped_order, "fp16", m, n, k, 0.5, grid=in_a_row(m, n))


def descriptors(m: int, n: int, k: int) -> Launch:
    from collection.matmul import gemm_descriptors

    return plain(gemm_descriptors, "fp16", m, n, k, 0.5, grid=covering(BM=m, BN=n))


def persistent(m: int, n: int, k: int, programs: int = 132) -> Launch:
    from kernels.matmul import gemm_persistent

    return plain(gemm_persistent, "fp16", m, n, k, 0.5, grid=lambda c: (programs,), PROGRAMS=programs)


def f32(m: int, n: int, k: int) -> Launch:
    from collection.matmul import gemm_f32

    return plain(gemm_f32, "fp32", m, n, k, 2e-3, grid=in_a_row(m, n), GROUP=8)


def batched(b: int, m: int, n: int, k: int) -> Launch:
    from collection.matmul import gemm_batched

    args = {"A": normal("fp16", b, m, k), "B": normal("fp16", b, k, n), "C": result("fp16", b, m, n)}
    args |= {"M": m, "N": n, "K": k}
    for name in "ABC":
        strides = args[name].strides
        args |= dict(
            zip(
                (f"stride_{name.lower()}b", f"stride_{name.lower()}{'k' if name == 'B' else 'm'}"), strides, strict=True
            )
        )
    return Launch(gemm_batched, args, lambda c: (*covering(BM=m, BN=n)(c), b), product("A", "B", "C"), 0.5)


def several(rows: tuple[int, ...], n: int, k: int, programs: int = 132) -> Launch:
    from collection.matmul import gemm_several

    starts = [0, *itertools.accumulate(rows)]

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        parts = [
            t.A[first:last].double() @ t.B[g].double() for g, (first, last) in enumerate(itertools.pairwise(starts))
        ]
        return {"C": torch.cat(parts)}

    args = {
        "A": normal("fp16", starts[-1], k),
        "B": normal("fp16", len(rows), k, n),
        "C": result("fp16", starts[-1], n),
    }
    args |= {"Starts": given("i32", starts), "groups": len(rows), "N": n, "K": k}
    return Launch(gemm_several, args, lambda c: (programs,), expected, 0.5, constexprs={"PROGRAMS": programs})


def experts(tokens: int, n: int, k: int, count: int = 8, top: int = 2, block: int = 64) -> Launch:
    from collection.matmul import gemm_experts

    pairs = tokens * top
    longest = math.ceil(pairs / block) + count

    def sorted_rows(torch: Any, t: Tensors) -> tuple[Any, Any]:
        """The pairs by expert, each expert's padded to whole tiles; the expert of each tile."""
        rows = torch.full((longest * block,), pairs, device=t.A.device)
        of_tile = torch.full((longest,), -1, device=t.A.device)
        first = 0
        for expert in range(count):
            mine = (t.Chosen == expert).nonzero()[:, 0]
            rows[first * block : first * block + len(mine)] = mine
            last = first + math.ceil(len(mine) / block)
            of_tile[first:last] = expert
            first = last
        return rows, of_tile

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        c = torch.zeros((pairs, n), device=t.A.device, dtype=torch.float64)
        rows = t.A.double().repeat_interleave(top, 0)
        for expert in range(count):
            at = t.Chosen == expert
            c[at] = rows[at] @ t.B[expert].double().T
        return {"C": c * t.Weights.double()[:, None]}

    a, b = normal("fp16", tokens, k), normal("fp16", count, n, k)
    args: dict[str, Any] = {"A": a, "B": b, "C": result("fp16", pairs, n)}
    args["Rows"] = derived("i32", longest * block, of=lambda torch, t: sorted_rows(torch, t)[0])
    args["Experts"] = derived("i32", longest, of=lambda torch, t: sorted_rows(torch, t)[1])
    args |= {"Weights": normal("fp16", pairs), "N": n, "K": k, "valid": pairs}
    args |= {"stride_am": k, "stride_be": b.stride(0), "stride_bn": k, "stride_cm": n}
    return Launch(
        gemm_experts,
        args,
        lambda c: (longest, math.ceil(n / c["BN"])),
        expected,
        1.0,
        constexprs={"TOP": top, "BM": block},
        aside={"Chosen": integers("i32", 0, count, pairs)},
    )


def split_sums(m: int, n: int, k: int) -> Launch:
    """Of small integers, whose sums are exact in any order."""
    from collection.matmul import gemm_split_sums

    args = {"A": integers("fp16", -2, 3, m, k), "B": integers("fp16", -2, 3, k, n)}
    args |= {"C": updated(integers("fp32", -9, 10, m, n)), "M": m, "N": n, "K": k}
    args |= {"stride_am": k, "stride_bk": n, "stride_cm": n}
    return Launch(
        gemm_split_sums,
        args,
        lambda c: (*in_a_row(m, n)(c), c["SPLITS"]),
        lambda torch, t: {"C": t.C.double() + t.A.double() @ t.B.double()},
        0.0,
    )


def int4(m: int, n: int, k: int, group: int = 128) -> Launch:
    from collection.matmul import gemm_int4

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        shifts = torch.arange(0, 32, 4, device=t.B.device)
        bits = ((t.B[:, None, :].long() >> shifts[None, :, None]) & 15).reshape(k, n).half()
        weights = (bits - t.Zeros.repeat_interleave(group, 0)) * t.Scales.repeat_interleave(group, 0)
        return {"C": t.A.double() @ weights.double()}

    scale = Array("fp16", (k // group, n), lambda torch, a, device, _: 0.05 + 0.1 * torch.rand(a.shape, device=device))
    args = {"A": normal("fp16", m, k), "B": integers("i32", -(2**31), 2**31, k // 8, n), "Scales": scale}
    args |= {"Zeros": integers("fp16", 6, 10, k // group, n), "C": result("fp16", m, n), "M": m, "N": n, "K": k}
    args |= {"stride_am": k, "stride_bk": n, "stride_sg": n, "stride_cm": n}
    return Launch(gemm_int4, args, covering(BM=m, BN=n), expected, 0.5, constexprs={"GROUP_K": group})


def linear(m: int, n: int, k: int, dtype: str = "bf16") -> Launch:
    from collection.matmul import linear_gelu

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        y = t.X.double() @ t.W.double().T + t.Bias.double()
        return {"Y": torch.nn.functional.gelu(y)}

    args = {"X": normal(dtype, m, k), "W": normal(dtype, n, k, scale=k**-0.5), "Bias": normal(dtype, n)}
    args |= {"Y": result(dtype, m, n), "M": m, "N": n, "K": k, "stride_xm": k, "stride_wn": k, "stride_ym": n}
    return Launch(linear_gelu, args, covering(BN=n, BM=m), expected, 6e-2)


SMALL = [{"m": 70, "n": 90, "k": 100}]

for _size in (1000, 4000):
    declare(
        "matrix product f16 masked edges M={m} N={n} K={k}",
        masked,
        [
            tile(*each, stages["num_stages"])
            for each in ((64, 64, 32, 4), (64, 128, 32, 4), (128, 128, 32, 4), (128, 128, 64, 8))
            for stages in grid_of(num_stages=(2, 3, 4))
        ],
        ragged={"m": _size, "n": _size, "k": _size},
        small=SMALL,
    )
declare(
    "matrix product f16 masked edges M={m} N={n} K={k}",
    masked,
    TWO,
    even={"m": 2048, "n": 2048, "k": 2048},
)
declare(
    "matrix product f16 grid of two axes M={m} N={n} K={k}",
    grid2d,
    [tile(128, 128, 64, 8, 3), tile(128, 256, 64, 8, 3), tile(128, 128, 64, 4, 4)],
    even={"m": 8192, "n": 8192, "k": 8192},
    ragged={"m": 3000, "n": 2999, "k": 1001},
    small=SMALL,
)
declare(
    "matrix product f16 grouped order M={m} N={n} K={k}",
    grouped_order,
    [{**each, "GROUP": 8} for each in TWO],
    even={"m": 4096, "n": 4096, "k": 4096},
    ragged={"m": 3001, "n": 1500, "k": 2005},
    small=SMALL,
)
declare(
    "matrix product f16 through descriptors M={m} N={n} K={k}",
    descriptors,
    [tile(128, 128, 64, 8, 3), tile(128, 256, 64, 8, 3)],
    even={"m": 8192, "n": 8192, "k": 8192},
    ragged={"m": 3001, "n": 2984, "k": 1000},
    small=[{"m": 70, "n": 96, "k": 104}],
)
declare(
    "matrix product f16 by 132 programs M={m} N={n} K={k}",
    persistent,
    TWO,
    even={"m": 4096, "n": 4096, "k": 4096},
    small=[{"m": 256, "n": 384, "k": 128, "programs": 2}],
)
declare(
    "matrix product f32 M={m} N={n} K={k}",
    f32,
    [
        tile(64, 64, 32, 4, 3),
        tile(128, 64, 32, 4, 3),
        tile(128, 128, 32, 8, 3),
        tile(128, 128, 32, 4, 3),
        tile(128, 256, 32, 8, 2),
        tile(64, 64, 16, 4, 4),
    ],
    even={"m": 2048, "n": 2048, "k": 2048},
    ragged={"m": 1500, "n": 1003, "k": 777},
    small=[{"m": 70, "n": 90, "k": 50}],
)
declare(
    "matrix products f16 batch of {b} M={m} N={n} K={k}",
    batched,
    [tile(64, 64, 32, 4, 3), tile(128, 64, 64, 4, 3)],
    even={"b": 64, "m": 512, "n": 512, "k": 256},
    ragged={"b": 33, "m": 500, "n": 333, "k": 200},
    small=[{"b": 3, **SMALL[0]}],
)
declare(
    "matrix products f16 of several sizes N={n} K={k}",
    several,
    [tile(128, 128, 32, 8, 3)],
    even={"rows": (1024, 512, 2048, 128, 256), "n": 1024, "k": 1024},
    ragged={"rows": (1000, 0, 333, 1, 2047), "n": 1000, "k": 777},
    small=[{"rows": (70, 0, 130, 1), "n": 150, "k": 70, "programs": 3}],
)
declare(
    "matrix products f16 of 8 experts M={tokens} N={n} K={k}",
    experts,
    [{"BN": 128, "BK": 32, "num_warps": 4, "num_stages": 3}],
    even={"tokens": 4096, "n": 2048, "k": 1024},
    ragged={"tokens": 999, "n": 1000, "k": 777},
    small=[{"tokens": 50, "n": 150, "k": 70}],
)
declare(
    "matrix product f16 split sums M={m} N={n} K={k}",
    split_sums,
    [{**tile(64, 64, 64, 4, 3), "SPLITS": 4}],
    even={"m": 512, "n": 512, "k": 8192},
    ragged={"m": 300, "n": 500, "k": 5001},
    small=[{"m": 70, "n": 90, "k": 300}],
)
declare(
    "matrix product f16 by int4 M={m} N={n} K={k}",
    int4,
    [tile(16, 64, 64, 4, 3), tile(32, 128, 64, 4, 3)],
    even={"m": 64, "n": 4096, "k": 4096},
    ragged={"m": 13, "n": 3000, "k": 1152},
    small=[{"m": 13, "n": 100, "k": 256}],
)
declare(
    "linear layer with gelu bf16 M={m} N={n} K={k}",
    linear,
    [tile(128, 128, 32, 4, 3), tile(64, 128, 64, 4, 3)],
    even={"m": 4096, "n": 2048, "k": 1024},
    ragged={"m": 1001, "n": 1000, "k": 500},
    small=[{**SMALL[0], "dtype": "fp16"}],  # the interpreter multiplies the bits of bfloat16
)
