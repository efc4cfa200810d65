# SPDX-License-Identifier: MIT
"""What the tests of instruments share."""

from __future__ import annotations

import re

import harness
import triton_ext
from kernels import KERNELS

CONTROL = ("causal_attention_d64", "gemm_persistent", "for_loops", "while_loops", "branches", "calls")
"""Kernels with pipelined, flattened and other loops, branches, early returns and called functions."""


def instrumented(name: str, target: str, pipeline: str, **options: object) -> harness.Compiled:
    """A kernel with an instrument; whatever goes wrong raises."""
    with triton_ext.configure(on_failure="raise"), triton_ext.passes(pipeline):
        return harness.compile_kernel(KERNELS[name], target, assemble=False, **options)


def assertions(compiled: harness.Compiled) -> int:
    """How many assertions the assembly has."""
    return len(re.findall(r"call\S* (?:\(.*\), )?__assertfail,|s_trap 2", compiled.assembly))


def remarks(name: str) -> list[dict]:
    """What a pass said of the kernel that was compiled last."""
    record = triton_ext.reports()[-1]
    return [remark for entry in record["passes"] if entry["name"] == name for remark in entry["remarks"]]
