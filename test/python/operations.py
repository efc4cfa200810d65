# SPDX-License-Identifier: MIT
"""Which operations of `tt` the language can emit here, and which the kernels use.

Run as a program it prints the coverage of the Triton in this process and exits
with 1 when an operation, or a way to make one, is used by no kernel:

    PYTHONPATH=<a Triton wheel>:test/python python test/python/operations.py
"""

from __future__ import annotations

import collections
import functools
import inspect
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any

import triton
from triton._C.libtriton import ir
from triton.compiler import code_generator, make_backend

import harness

OPERATIONS: dict[str, tuple[str, ...]] = {
    "addptr": ("create_addptr",),
    "advance": ("create_advance",),
    "approx_divf": ("create_approx_divf",),
    "assert": ("create_assert",),
    "atomic_cas": ("create_atomic_cas",),
    "atomic_load": ("create_atomic_load",),
    "atomic_poll": ("create_atomic_poll",),
    "atomic_rmw": ("create_atomic_rmw",),
    "atomic_store": ("create_atomic_store",),
    "bitcast": ("create_bitcast",),
    "broadcast": ("create_broadcast",),
    "call": ("call",),
    "cat": ("create_cat",),
    "clampf": ("create_clampf",),
    "descriptor_gather": ("create_descriptor_gather",),
    "descriptor_load": ("create_descriptor_load",),
    "descriptor_reduce": ("create_descriptor_reduce",),
    "descriptor_scatter": ("create_descriptor_scatter",),
    "descriptor_store": ("create_descriptor_store",),
    "dot": ("create_dot",),
    "dot_scaled": ("create_dot_scaled",),
    "elementwise_inline_asm": ("create_inline_asm",),
    "expand_dims": ("create_expand_dims",),
    "extern_elementwise": ("create_extern_elementwise",),
    "fp_to_fp": ("create_fp_to_fp",),
    "func": ("get_or_insert_function",),
    "gather": ("create_gather",),
    "get_num_programs": ("create_get_num_programs",),
    "get_program_id": ("create_get_program_id",),
    "grid_dependency_launch_dependents": ("create_grid_dependency_launch_dependents",),
    "grid_dependency_wait": ("create_grid_dependency_wait",),
    "histogram": ("create_histogram",),
    "int_to_ptr": ("create_int_to_ptr",),
    "join": ("create_join",),
    "load": ("create_load", "create_masked_load", "create_tensor_pointer_load"),
    "make_range": ("create_make_range",),
    "make_tensor_descriptor": ("create_make_tensor_descriptor",),
    "make_tensor_ptr": ("create_make_block_ptr",),
    "map_elementwise": ("create_map_elementwise",),
    "map_elementwise.return": ("create_map_elementwise_ret",),
    "mulhiui": ("create_umulhi",),
    "precise_divf": ("create_precise_divf",),
    "precise_sqrt": ("create_precise_sqrt",),
    "print": ("create_print",),
    "ptr_to_int": ("create_ptr_to_int",),
    "reduce": ("create_reduce",),
    "reduce.return": ("create_reduce_ret",),
    "reshape": ("create_reshape",),
    "return": ("ret",),
    "scan": ("create_scan",),
    "scan.return": ("create_scan_ret",),
    "splat": ("create_splat",),
    "split": ("create_split",),
    "store": ("create_store", "create_masked_store", "create_tensor_pointer_store"),
    "trans": ("create_trans",),
    "unsplat": ("create_unsplat",),
}
"""Operation of `tt`, any release -> the builder's methods that make it."""

OTHER_METHODS = frozenset(
    """
    create_add create_and create_ashr create_assume create_barrier create_block
    create_block_with_parent create_branch create_ceil create_cond_branch
    create_condition_op create_cos create_erf create_exp create_exp2 create_fabs
    create_fadd create_fcmpOEQ create_fcmpOGE create_fcmpOGT create_fcmpOLE
    create_fcmpOLT create_fcmpONE create_fcmpUEQ create_fcmpUGE create_fcmpUGT
    create_fcmpULE create_fcmpULT create_fcmpUNE create_fdiv create_floor
    create_fma create_fmul create_fneg create_for_op create_fp_ext
    create_fp_to_si create_fp_to_ui create_fp_trunc create_frem create_fsub
    create_iabs create_icmpEQ create_icmpNE create_icmpSGE create_icmpSGT
    create_icmpSLE create_icmpSLT create_icmpUGE create_icmpUGT create_icmpULE
    create_icmpULT create_if_op create_int_cast create_loc create_log create_log2
    create_lshr create_maximumf create_maxnumf create_maxsi create_maxui
    create_minimumf create_minnumf create_minsi create_minui create_module
    create_mul create_name_loc create_or create_poison create_rsqrt create_sdiv
    create_select create_shl create_si_to_fp create_sin create_sqrt create_srem
    create_sub create_tensor_descriptor_type create_udiv create_ui_to_fp
    create_urem create_while_op create_xor create_yield_op
    """.split()
)
"""The builder's `create_` methods that make something else than a `tt` operation."""

UNREACHABLE: dict[str, str] = {}
"""Operation a release has and its language never makes -> why no kernel uses it."""

_CALL = re.compile(r"builder\.(\w+)")
_OPERATION = re.compile(r'(?<![\w.#!%@])"?(tt\.[a-z_]+(?:\.return)?)"?(?=[ (\[:{\n])')


@functools.cache
def called_by_language() -> frozenset[str]:
    """Builder methods that the language's and front end's source calls."""
    folder = pathlib.Path(inspect.getfile(triton.language)).parent
    files = [*folder.rglob("*.py"), pathlib.Path(inspect.getfile(code_generator))]
    names: set[str] = set()
    for file in files:
        names.update(_CALL.findall(file.read_text(encoding="utf-8")))
    return frozenset(name for name in names if hasattr(ir.builder, name))


def reachable() -> list[str]:
    """Operations of `tt` that this release's language can emit."""
    called = called_by_language()
    return [op for op, methods in OPERATIONS.items() if called.intersection(methods)]


def declared() -> list[str] | None:
    """What the wheel's own TritonOps.td defines; None where it ships none."""
    root = pathlib.Path(inspect.getfile(triton)).parent
    path = root / "include/triton/Dialect/Triton/IR/TritonOps.td"
    if not path.exists():
        return None
    return sorted(re.findall(r'TT_Op<"([\w.]+)"', path.read_text(encoding="utf-8")))


def unknown_methods() -> list[str]:
    """`create_` methods of this release's builder that the tables above lack."""
    known = OTHER_METHODS.union(*OPERATIONS.values())
    return sorted(name for name in dir(ir.builder) if name.startswith("create_") and name not in known)


def operations_in(text: str) -> set[str]:
    """Names (without `tt.`) of the `tt` operations in a pretty or generic text."""
    found = {name[3:] for name in _OPERATION.findall(text)}
    return found.intersection(OPERATIONS)


def front_end_module(kernel: harness.Kernel, target: str) -> Any:
    """The module as the front end makes it, before any pass."""
    backend = make_backend(harness.TARGETS[target])
    options = backend.parse_options(harness.options_of(kernel, target))
    context = ir.context()
    ir.load_dialects(context)
    backend.load_dialects(context)
    module = harness.source(kernel).make_ir(
        harness.TARGETS[target],
        options,
        backend.get_codegen_implementation(options),
        backend.get_module_map(),
        context,
    )
    module.context = context
    return module


def _counting_builder(calls: set[str]) -> type:
    """A builder that notes the names of the methods taken from it."""

    class Builder(ir.builder):
        def __getattribute__(self, name: str) -> Any:
            calls.add(name)
            return super().__getattribute__(name)

    return Builder


@functools.cache
def usage() -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """(operation -> kernels whose front-end module has it, builder methods used)."""
    users: dict[str, list[str]] = collections.defaultdict(list)
    calls: set[str] = set()
    own, ir.builder = ir.builder, _counting_builder(calls)
    try:
        for kernel, target in _each_kernel_once():
            text = str(front_end_module(kernel, target))
            for op in sorted(operations_in(text)):
                users[op].append(kernel.name)
    finally:
        ir.builder = own
    return {op: tuple(names) for op, names in users.items()}, frozenset(calls)


def _each_kernel_once() -> Iterator[tuple[harness.Kernel, str]]:
    seen: set[str] = set()
    for target in harness.TARGETS:
        for kernel in harness.compilable(target):
            if kernel.name not in seen:
                seen.add(kernel.name)
                yield kernel, target


def uncovered() -> list[str]:
    """Reachable operations that no kernel uses."""
    users, _ = usage()
    return [op for op in reachable() if op not in users]


def uncovered_methods() -> list[str]:
    """Builder methods that the language calls and no kernel makes it call."""
    _, calls = usage()
    known = OTHER_METHODS.union(*OPERATIONS.values())
    return sorted(called_by_language().intersection(known) - calls)


def main() -> int:
    """Prints the coverage; 1 when something reachable is not covered."""
    users, _ = usage()
    can = reachable()
    print(f"Triton {triton.__version__}: {len(harness.KERNELS)} kernels")
    for op in can:
        names = users.get(op, ())
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        print(f"  tt.{op:36} {shown or 'NOT COVERED'}")
    for op in sorted(set(OPERATIONS) - set(can)):
        print(f"  tt.{op:36} (not in this release's language)")
    for name, kernel in sorted(harness.KERNELS.items()):
        if kernel.missing:
            print(f"  kernel {name}: left out, {kernel.missing}")
        for target, reason in kernel.excluded.items():
            print(f"  kernel {name}: not on {target}, {reason}")
    missing = uncovered()
    methods = uncovered_methods()
    print(f"operations covered: {len(can) - len(missing)} of {len(can)}")
    print(f"builder methods not reached: {', '.join(methods) or 'none'}")
    print(f"builder methods not in the table: {', '.join(unknown_methods()) or 'none'}")
    return 1 if missing or methods or unknown_methods() else 0


if __name__ == "__main__":
    sys.exit(main())
