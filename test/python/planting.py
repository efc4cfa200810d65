# SPDX-License-Identifier: MIT
"""Puts things that nobody knows into the generic text of a module.

They stand for what a future Triton may print (inbound), and for what a release
may not know although our library sends it (outbound).
"""

from __future__ import annotations

import dataclasses
import functools
import re

import harness

DIALECTS = ("builtin", "tt", "arith", "math", "scf", "cf", "ttg", "ttng")
"""Each dialect that modules in crossing use; ttng is NVIDIA's."""

KINDS = ("property", "operation", "attribute", "type")

TARGET = "sm_90"
"""Where all of these dialects occur."""

_KERNELS = ("softmax", "gemm_even", "branches", "cross_entropy")

# An operation without regions, in generic form, with nothing nested in
# its properties and no discardable attributes.
_OPERATION = (
    r'^ *(?:%[^=\n]+ = )?"(?P<name>{dialect}\.[\w.]+)"\([^()\n]*\)(?:\[[^\]\n]*\])?'
    r"(?P<properties> <\{{(?:[^<>{{}}\n]|<[\w:, ]+>)*\}}>)?(?= : )"
)


@dataclasses.dataclass(frozen=True)
class Plant:
    """Something planted: `apply` puts `text` into a module's text.

    operation: the name of the operation that carries it, or that it is.
    """

    kind: str
    dialect: str
    operation: str
    kernel: str
    stage: str

    def __str__(self) -> str:
        return f"{self.dialect}-{self.kind}"

    @property
    def text(self) -> str:
        """What to look for in a report or a text."""
        return {
            "property": "planted = 7 : i32",
            "operation": f'"{self.operation}"',
            "attribute": f"planted = #{self.dialect}.planted<7>",
            "type": f"planted = !{self.dialect}.planted<7>",
        }[self.kind]

    def apply(self, module: str) -> str:
        """`module`, in generic form, with the thing in it."""
        if self.dialect == "builtin":
            return self._in_module_operation(module)
        found = _operation_in(module, self.dialect)
        if not found:
            raise ValueError(f"no operation of {self.dialect} to plant at")
        if self.kind == "operation":
            return f"{module[: found.start()]}    {self.text}() : () -> ()\n{module[found.start() :]}"
        properties = found.group("properties") or ""
        before, after = module[: found.end() - len(properties)], module[found.end() :]
        if self.kind != "property":
            return f"{before}{properties} {{{self.text}}}{after}"
        inner = properties[len(" <{") : -len("}>")]
        return f"{before} <{{{', '.join(filter(None, (inner, self.text)))}}}>{after}"

    def _in_module_operation(self, module: str) -> str:
        start = '"builtin.module"() '
        if self.kind == "operation":
            return module.replace(f"{start}({{\n", f"{start}({{\n  {self.text}() : () -> ()\n", 1)
        if self.kind == "property":
            return module.replace(f"{start}({{", f"{start}<{{{self.text}}}> ({{", 1)
        end = module.rindex("\n})") + len("\n})")
        attributes = re.compile(r" \{").match(module, end)
        if attributes:
            return f"{module[: attributes.end()]}{self.text}, {module[attributes.end() :]}"
        return f"{module[:end]} {{{self.text}}}{module[end:]}"


def _operation_in(module: str, dialect: str) -> re.Match | None:
    return re.search(_OPERATION.format(dialect=dialect), module, re.MULTILINE)


@functools.cache
def texts() -> dict[tuple[str, str], str]:
    """(kernel, stage) -> generic text at that stage's end, from stock compilations."""
    found: dict[tuple[str, str], str] = {}
    for name in _KERNELS:
        stages = iter(("ttir", "ttgir"))

        def record(module: object, name: str = name, stages: object = stages) -> object:
            found[name, next(stages)] = harness.generic_text(module)
            return module

        with harness.each_level(TARGET, record), harness.fresh_cache():
            harness.compile_kernel(harness.KERNELS[name], TARGET, assemble=False)
    return found


def plants() -> list[Plant]:
    """One of each kind in each dialect, at the first place that has the dialect."""
    return [_plant(kind, dialect) for dialect in DIALECTS for kind in KINDS]


def _plant(kind: str, dialect: str) -> Plant:
    for (kernel, stage), text in texts().items():
        if dialect == "builtin":
            name = "builtin.module"
        elif found := _operation_in(text, dialect):
            name = found.group("name")
        else:
            continue
        return Plant(kind, dialect, f"{dialect}.planted" if kind == "operation" else name, kernel, stage)
    raise LookupError(f"none of {', '.join(_KERNELS)} uses {dialect}")
