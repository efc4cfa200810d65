# SPDX-License-Identifier: MIT
"""Triton kernels that together use every `tt` operation the language can emit.

Each module of this package declares kernels with :func:`kernel`; importing the
package collects them in :data:`KERNELS`. What a kernel needs of the Triton at
hand is found by looking (does `tl` have the function, does the builder have the
method), never from a version number. A target that cannot compile a kernel is
named with the reason, so that an exclusion is a statement and not an accident.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any

CUDA = ("sm_80", "sm_90", "sm_100")
"""Names of the NVIDIA targets, see harness.TARGETS."""


@dataclasses.dataclass(frozen=True, eq=False)
class Kernel:
    """One compilable kernel: a jitted function with everything fixed.

    signature: parameter name -> Triton type name ("*fp16", "i32", "constexpr").
    constexprs: parameter name -> value.
    attrs: what `triton.compiler.ASTSource` takes; index path -> attributes.
    options: compile options of every target, `target_options` of one of them.
    excluded: target name -> why that target cannot compile it.
    missing: why this Triton release cannot compile it; empty when it can.
    """

    name: str
    fn: Any
    signature: Mapping[str, str]
    constexprs: Mapping[str, Any]
    attrs: Mapping[tuple, list]
    options: Mapping[str, Any]
    excluded: Mapping[str, str]
    target_options: Mapping[str, Mapping[str, Any]]
    missing: str

    def __repr__(self) -> str:
        return self.name


KERNELS: dict[str, Kernel] = {}
"""Every declared kernel by name, those this release cannot compile included."""


def kernel(
    name: str | None = None,
    *,
    args: Mapping[str, str],
    constexprs: Mapping[str, Any] | None = None,
    aligned: str = "",
    options: Mapping[str, Any] | None = None,
    excluded: Mapping[str, str] | None = None,
    target_options: Mapping[str, Mapping[str, Any]] | None = None,
    missing: str = "",
) -> Callable[[Any], Any]:
    """Declares a kernel; to be put above `@triton.jit`, once for each variant.

    args: run-time parameters in order, name -> Triton type name.
    constexprs: compile-time parameters with their values.
    aligned: names (separated by spaces) known to be multiples of 16; "*" means
        every pointer. The rest is as in :class:`Kernel`.
    """

    def declare(fn: Any) -> Any:
        fixed = dict(constexprs or {})
        own = name or fn.fn.__name__
        if own in KERNELS:
            raise ValueError(f"two kernels are called {own}")
        signature = {parameter: "constexpr" if parameter in fixed else args[parameter] for parameter in fn.arg_names}
        wanted = aligned.split()
        attrs = {
            (index,): [["tt.divisibility", 16]]
            for index, parameter in enumerate(fn.arg_names)
            if parameter in wanted or ("*" in wanted and signature[parameter].startswith("*"))
        }
        KERNELS[own] = Kernel(
            own,
            fn,
            signature,
            fixed,
            attrs,
            dict(options or {}),
            dict(excluded or {}),
            dict(target_options or {}),
            missing,
        )
        return fn

    return declare


for _module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_module}")
