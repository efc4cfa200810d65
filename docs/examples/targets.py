# SPDX-License-Identifier: MIT
"""What the examples share: a kernel is compiled for an H100 on any machine, GPU or not."""

import triton
from triton.backends.compiler import GPUTarget


def ir_of(kernel, types, **constants):
    """The texts of every stage of a compiled kernel, by stage: `ir_of(k, {"x": "*fp32"}, B=64)["ttir"]`.

    types: parameter -> Triton's name of its type, in order; constants: the constexpr parameters. Pointers are
    multiples of 16, as torch's are.
    """
    signature = {**types, **dict.fromkeys(constants, "constexpr")}
    aligned = {(at,): [["tt.divisibility", 16]] for at, type in enumerate(types.values()) if type.startswith("*")}
    source = triton.compiler.ASTSource(kernel, signature, constexprs=constants, attrs=aligned)
    return triton.compile(source, target=GPUTarget("cuda", 90, 32)).asm
