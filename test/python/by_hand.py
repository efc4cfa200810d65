# SPDX-License-Identifier: MIT
"""A kernel that a pass changes, to be held against the one in which its author wrote the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import triton
from triton.compiler import ASTSource

import harness
import triton_ext


def compiled(
    fn: Any, constants: Mapping[str, Any], types: Mapping[str, str], target: str, pipeline: str = ""
) -> tuple[Any, str]:
    """(kernel, its instructions) of a jitted function; the assembler is left out.

    constants: of the constexpr parameters; types: Triton's names for those of the
    others that are not i32. All arguments are multiples of 16.
    """
    signature = {name: "constexpr" if name in constants else types.get(name, "i32") for name in fn.arg_names}
    attrs = {(at,): [["tt.divisibility", 16]] for at, name in enumerate(fn.arg_names) if name not in constants}
    source = ASTSource(fn, signature, constexprs=dict(constants), attrs=attrs)
    with triton_ext.passes(pipeline), harness.without_assembler(target):
        kernel = triton.compile(source, target=harness.TARGETS[target])
    return kernel, harness.instructions(kernel.asm[harness.ASSEMBLY[harness.TARGETS[target].backend]])


def said(kernel: Any) -> tuple[str, str]:
    """(status, all that it said) of the one pass that ran on a kernel."""
    (record,) = triton_ext.report(kernel)
    (found,) = record["passes"]
    return found["status"], str(found)
