# SPDX-License-Identifier: MIT
"""The works of test/gpu/work as kernels to compile; no GPU, no torch.

Each is compiled as a launch of the work with its first configuration would compile
it: a pointer is a multiple of 16, and so is an integer that is one; 1 is a constant.
"""

from __future__ import annotations

import pathlib
import sys
from typing import Any

from kernels import Kernel

GPU = pathlib.Path(__file__).resolve().parents[1] / "gpu"
if str(GPU) not in sys.path:
    sys.path.append(str(GPU))

from work import WORKS, Work  # noqa: E402
from work.launch import Array  # noqa: E402

OPTIONS = ("num_warps", "num_stages", "num_ctas", "maxnreg")
"""What a configuration may hold that is no parameter of the kernel."""


def kernel_of(work: Work) -> Kernel:
    """A described work's kernel, everything fixed as its launch fixes it."""
    launch = work.describe()
    fixed = launch.fixed(work.configs[0])
    signature, constexprs, attrs = {}, {}, {}
    for index, name in enumerate(launch.kernel.arg_names):
        if name in fixed:
            signature[name], constexprs[name] = "constexpr", fixed[name]
            continue
        value = launch.args[name]
        signature[name] = kind = type_of(value)
        if kind == "constexpr":
            constexprs[name] = value
        elif isinstance(value, Array) or (isinstance(value, int) and value % 16 == 0):
            attrs[(index,)] = [["tt.divisibility", 16]]
    options = {name: fixed[name] for name in OPTIONS if name in fixed}
    unknown = set(fixed) - set(launch.kernel.arg_names) - set(options)
    if unknown:
        raise ValueError(f"{work}: {launch.kernel} has no {', '.join(sorted(unknown))}")
    return Kernel(work.name, launch.kernel, signature, constexprs, attrs, options, work.excluded, {}, "")


def type_of(value: Any) -> str:
    """The type of a launch's argument as Triton specialises it; "constexpr" where the value is built in."""
    if isinstance(value, Array):
        return f"*{value.dtype}"
    if isinstance(value, float):
        return "fp32"
    if value is None or value == 1:
        return "constexpr"
    return "i32" if -(2**31) <= value < 2**31 else "i64"


KERNELS: dict[str, Kernel] = {name: kernel_of(work) for name, work in WORKS.items() if work.describe}
"""Every described work's kernel, by the work's name."""


def compilable(target: str) -> list[Kernel]:
    """The kernels that can be compiled for this target."""
    return [kernel for kernel in KERNELS.values() if target not in kernel.excluded]
