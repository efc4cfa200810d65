# SPDX-License-Identifier: MIT
"""Real kernels at both levels: what means nothing is no difference, one operation is one, whatever it is called."""

from __future__ import annotations

import random

import mutations
import pytest

import harness
from triton_ext.ir import align
from triton_ext.ir import text as ir

TARGETS = ("sm_90", "gfx942")
KERNELS = [kernel for kernel in harness.compilable("gfx942") if kernel in harness.compilable("sm_90")]
CASES = [
    pytest.param(kernel, target, id=f"{target}-{kernel}")
    for at, kernel in enumerate(KERNELS)
    for target in (TARGETS if at % 3 == 0 else TARGETS[at % 2 :][:1])
]
MEANINGLESS = {
    "white space": mutations.respaced,
    "no locations": lambda text, _: mutations.without_locations(text),
    "other locations": mutations.moved_locations,
    "other names": mutations.renamed,
    "entries shuffled": mutations.shuffled_entries,
}


class _Stop(BaseException):
    pass


def levels(kernel, target: str) -> dict[str, str]:
    """TTIR and TTGIR of a kernel; no later stage runs."""
    texts = {}

    def watch(stages: dict, _: object) -> None:
        def kept(name: str, run):
            def stage(module, metadata):
                module = run(module, metadata)
                texts[name] = str(module)
                if name == "ttgir":
                    raise _Stop
                return module

            return stage

        for name in ("ttir", "ttgir"):
            stages[name] = kept(name, stages[name])

    with harness.stages_wrapped(target, watch), pytest.raises(_Stop):
        harness.compile_kernel(kernel, target)
    return texts


def compared(a: str, b: str) -> align.Comparison:
    return align.compare(ir.parse(a, "mlir"), ir.parse(b, "mlir"))


def shown(comparison: align.Comparison) -> str:
    lines = []
    for tag, index_a, index_b in comparison.steps:
        if tag != "equal":
            lines += [f"- {comparison.line_a(index_a)}"] * (index_a is not None)
            lines += [f"+ {comparison.line_b(index_b)}"] * (index_b is not None)
    return "\n".join(lines)


def test_there_are_kernels_enough() -> None:
    assert len(CASES) >= 40 and len(KERNELS) >= 20


@pytest.mark.parametrize(("kernel", "target"), harness.in_turn(CASES, 4))
def test_meaning_alone_is_a_difference(kernel, target: str) -> None:
    for stage, text in levels(kernel, target).items():
        rng = random.Random(f"{kernel} {target} {stage}")
        digest = ir.parse(text, "mlir").digest()
        everything = text
        for name, mutate in MEANINGLESS.items():
            mutated = mutate(text, rng)
            found = compared(text, mutated)
            assert found.same, f"{stage}, {name}:\n{shown(found)}"
            assert ir.parse(mutated, "mlir").digest() == digest
            if name != "white space":
                everything = mutate(everything, rng)
        everything = mutations.respaced(everything, rng)
        assert compared(text, everything).same

        for mutate, expected in ((mutations.inserted, "inserted"), (mutations.changed, "changed")):
            mutated = mutate(text, rng)
            for other in (mutated, mutations.renamed(mutations.without_locations(mutated), rng)):
                found = compared(text, other)
                assert found.counts() == {"changed": 0, "inserted": 0, "deleted": 0, expected: 1}, shown(found)
                back = compared(other, text)
                opposite = "deleted" if expected == "inserted" else expected
                assert back.counts() == {"changed": 0, "inserted": 0, "deleted": 0, opposite: 1}, shown(back)
                assert ir.parse(other, "mlir").digest() != digest
