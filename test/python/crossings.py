# SPDX-License-Identifier: MIT
"""A kernel as stock's first stages leave it, passes over it, and stock's other stages behind them.

For tests that hold many pipelines against one kernel: stock makes its module
once, each pipeline runs over its text through the library as a compilation would
have it, what changed is read back by Triton and its verifier, and only what is
new is compiled on.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from triton_ext import _exchange, _library
from triton_ext._stages import _ladder, _limits

BINARIES = ("cubin", "hsaco")
"""Stages that are the vendor's assembler."""

LIMITS = {"mode": "isolated", "time_limit_ms": 20000, "memory_limit_mb": 4096}
"""Of one run of a pipeline."""

OURS = "triton_ext"
"""What no attribute of a module that goes back to Triton may begin with."""


class Refused(Exception):
    """What passes made of a module is not accepted; a sentence."""


class TooLarge(Refused):
    """The kernel needs more shared or tensor memory than the target has."""


class _Reached(BaseException):
    """The stage that is wanted has run; nothing in between may take it for a failure."""


@dataclasses.dataclass(frozen=True, eq=False)
class Stock:
    """A module at the end of `stage`, and the functions of the stages that are left, in order.

    The module is never changed. metadata: Triton's, so far; options: those of the backend's that cross.
    """

    target: Any
    stage: str
    module: Any
    metadata: Mapping[str, Any]
    options: Mapping[str, Any]
    left: Mapping[str, Callable[..., Any]]

    @functools.cached_property
    def printed(self) -> Any:
        """The module as it crosses."""
        return _exchange.print_generic(self.module)

    @functools.cached_property
    def digest(self) -> str:
        return digest(self.module)

    def copy(self) -> Any:
        """Another module that says the same: stages change theirs in place."""
        return _exchange.parse_text(self.printed.restored(), self.module.context)

    def until(self, stage: str) -> Stock:
        """The same at the end of a later stage."""
        names = list(self.left)
        last = names.index(stage) + 1
        module, metadata = self.copy(), dict(self.metadata)
        for name in names[:last]:
            module = self.left[name](module, metadata)
        # Stages find the context on the module that they are given.
        module.context = self.module.context
        left = {name: self.left[name] for name in names[last:]}
        return dataclasses.replace(self, stage=stage, module=module, metadata=metadata, left=left)

    def run(self, pipeline: str, mode: str = "isolated") -> Crossed:
        """What a pipeline makes of the module."""
        import triton

        request = {
            "pipeline": pipeline,
            "stage": self.stage,
            "kernel": self.printed.kernel,
            "target": {
                "backend": self.target.backend,
                "arch": self.target.arch,
                "warp_size": self.target.warp_size,
            },
            "triton": triton.__version__,
            "options": self.options,
            "visibility": self.printed.visibility,
            **LIMITS,
            "mode": mode,
        }
        result = _library.load().run(self.printed.text, request)
        changed = result.output if result.status == _library.OK else None
        return Crossed(result.report, changed, result.status in (_library.OK, _library.UNCHANGED))

    def read_back(self, text: str) -> Any:
        """The module of what passes sent, verified. Raises Refused."""
        if f"{OURS}." in text:
            at = text.index(f"{OURS}.")
            raise Refused(f"an attribute of ours is left: …{text[max(at - 40, 0) : at + 60]}…")
        try:
            return _exchange.read_back(text, self.module.context, LIMITS)
        except _exchange.GateError as error:
            raise Refused(str(error)) from None

    def compiled(self, module: Any, *, assemble: bool = False) -> dict[str, Any]:
        """What stock's other stages make of a module, by stage. Raises what they do, and TooLarge.

        Without `assemble` the vendor's assembler is left out. The module is used up.
        """
        metadata, made = dict(self.metadata), {}
        for name, stage in self.left.items():
            if name in BINARIES and not assemble:
                break
            module = made[name] = stage(module, metadata)
        over = _limits.exceeded(self.target, metadata)
        if over:
            raise TooLarge(f"the kernel {over[1]}")
        return made


@dataclasses.dataclass(frozen=True)
class Crossed:
    """A finished run. text: the new module; None where nothing changed. report: see triton_ext.h."""

    report: dict[str, Any]
    text: str | None
    is_fine: bool

    @property
    def passes(self) -> list[dict[str, Any]]:
        return self.report.get("passes") or []

    @property
    def error(self) -> str:
        """Why it failed; "" where it did not."""
        if self.is_fine:
            return ""
        error = self.report.get("error") or {}
        return f"{error.get('code', 'unknown')}: {error.get('message') or 'no reason given'}"

    @property
    def fired(self) -> int:
        """At how many places passes fired."""
        return sum(entry["count"] for entry in self.passes if entry["status"] == "fired")

    @property
    def declines(self) -> list[list[str]]:
        """[id, sentence] of every reason, each once."""
        remarks = [r for entry in self.passes for r in entry["remarks"] if r["kind"] == "declined"]
        return [list(reason) for reason in dict.fromkeys((r["id"], r["text"]) for r in remarks)]


def digest(module: Any) -> str:
    """What two modules have in common that differ in locations and names alone."""
    return hashlib.sha256(module.str_nodebug().encode("utf-8", "surrogateescape")).hexdigest()[:16]


def stock(compile_it: Callable[[], Any], backend: type, target: Any) -> Stock:
    """The module at the end of stock's TTIR of what `compile_it` compiles, which gets no further.

    backend: the class of the backend for `target`. Needs an empty cache. Raises what
    compiling raises.
    """
    own = backend.__dict__["add_stages"]
    kept: dict[str, Any] = {}

    def add_stages(self: Any, stages: dict[str, Any], options: Any, *args: Any, **kwargs: Any) -> Any:
        result = own(self, stages, options, *args, **kwargs)
        first, left = stages["ttir"], {name: stage for name, stage in stages.items() if name != "ttir"}

        def stop(module: Any, metadata: dict[str, Any]) -> Any:
            module = first(module, metadata)
            kept["stock"] = Stock(target, "ttir", module, dict(metadata), _ladder.crossing_options(options), left)
            raise _Reached

        stages["ttir"] = stop
        return result

    backend.add_stages = add_stages
    try:
        compile_it()
    except _Reached:
        return kept["stock"]
    finally:
        backend.add_stages = own
    raise RuntimeError("the kernel was in a cache: nothing was compiled")
