# SPDX-License-Identifier: MIT
"""loop-annotate makes of a loop what its author gets by the arguments of tl.range."""

import inspect
import re

import annotate_kernels
import pytest

import by_hand
import harness
import triton_ext

PLAIN = {
    "scale": {"BLOCK": 1024, "STAGES": None, "UNROLL": None},
    "tiles": {"BLOCK": 1024, "FLATTEN": False, "STAGES": None},
    "product": {"BM": 128, "BN": 64, "BK": 64, "SPECIALIZE": False, "ONE": False},
}
"""The constants of each kernel, nothing said about its loops."""


def compiled(name, target, pipeline="", **constants):
    """(kernel, its instructions) of a kernel of annotate_kernels."""
    types = dict.fromkeys(("X", "Y", "A", "B", "C"), "*fp16" if name == "product" else "*fp32")
    return by_hand.compiled(getattr(annotate_kernels, name), {**PLAIN[name], **constants}, types, target, pipeline)


def status(kernel):
    """(status of the crossing, status of its pass, all that the pass said)."""
    (record,) = triton_ext.report(kernel)
    return record["status"], *by_hand.said(kernel)


def assert_as_written(name, target, pipeline, **constants):
    """The pipeline changes the kernel, into what its author gets by the constants."""
    kernel, assembly = compiled(name, target, pipeline)
    assert status(kernel)[:2] == ("changed", "fired")
    assert assembly == compiled(name, target, **constants)[1]
    return assembly


@pytest.mark.parametrize(("target", "stages"), harness.each_with_one(harness.TARGETS, (1, 3)))
def test_num_stages(stages, target):
    pipeline = f"loop-annotate{{num-stages={stages} loops=load}}"
    assembly = assert_as_written("scale", target, pipeline, STAGES=stages)
    if target.startswith("sm_"):
        # Loads without a product are pipelined only where a loop says so.
        assert ("cp.async" in assembly) == (stages == 3)
        assert "cp.async" not in compiled("scale", target)[1]


@pytest.mark.parametrize("target", harness.in_turn(harness.TARGETS, 2))
def test_stages_of_the_inner_loop_alone(target):
    assert_as_written("tiles", target, "loop-annotate{num-stages=2 nesting=innermost}", STAGES=2)


@pytest.mark.parametrize("target", harness.in_turn(harness.TARGETS, 2))
def test_flatten(target):
    assembly = assert_as_written("tiles", target, "loop-annotate{flatten=true nesting=outermost}", FLATTEN=True)
    assert assembly != compiled("tiles", target)[1]


@pytest.mark.parametrize("target", ["sm_90", "sm_100"])
def test_warp_specialize(target):
    kernel, assembly = compiled("product", target, "loop-annotate{warp-specialize=true}")
    assert status(kernel)[:2] == ("changed", "fired")
    assert "ttg.warp_specialize(" in kernel.asm["ttgir"]
    # Where stock puts its buffers then is not the same in each compilation.
    _, expected = compiled("product", target, SPECIALIZE=True)
    assert re.sub(r"\d+", "#", assembly) == re.sub(r"\d+", "#", expected)


def test_one_accumulator():
    assert_as_written("product", "sm_100", "loop-annotate{disallow-acc-multi-buffer=true}", ONE=True)


@pytest.mark.parametrize("target", harness.in_turn(("sm_80", "gfx942"), 2))
def test_what_targets_have_no_use_for(target):
    pipeline = "loop-annotate{warp-specialize=true disallow-acc-multi-buffer=true}"
    kernel, assembly = compiled("product", target, pipeline)
    crossing, passed, said = status(kernel)
    assert (crossing, passed) == ("unchanged", "declined") and said.count("no-use-on-target") == 2
    assert assembly == compiled("product", target)[1]


@pytest.mark.parametrize("target", harness.in_turn(harness.TARGETS, 4))
def test_unroll(target):
    kernel, _ = compiled("scale", target, "loop-annotate{unroll=4}")
    assert status(kernel)[:2] == ("changed", "fired")
    assert kernel.asm["ttir"].count("scf.for") == 2
    assert kernel.asm["ttir"].count("tt.load") == 5


def test_unroll_among_tritons_passes():
    """Before Triton's own, which then has nothing left to do."""
    kernel, _ = compiled("scale", "sm_90", "loop-annotate{unroll=4}@before=ttir.loop_unroll")
    assert kernel.asm["ttir"].count("tt.load") == 5


def test_what_the_author_says_holds():
    kernel, assembly = compiled("scale", "sm_90", "loop-annotate{num-stages=3}", STAGES=2)
    crossing, passed, said = status(kernel)
    assert (crossing, passed) == ("unchanged", "declined") and "carries-attribute" in said
    assert assembly == compiled("scale", "sm_90", STAGES=2)[1]
    pipeline = "loop-annotate{num-stages=3 override=true}"
    assert compiled("scale", "sm_90", pipeline, STAGES=2)[1] == compiled("scale", "sm_90", STAGES=3)[1]


def test_one_line():
    lines, first = inspect.getsourcelines(annotate_kernels.tiles.fn)
    inner = first + next(at for at, line in enumerate(lines) if "num_stages" in line)
    kernel, assembly = compiled("tiles", "sm_90", f"loop-annotate{{num-stages=2 lines={inner}}}")
    assert status(kernel)[2].count("not-chosen") == 1
    assert assembly == compiled("tiles", "sm_90", STAGES=2)[1]


def test_nothing_asked():
    kernel, assembly = compiled("scale", "sm_90", "loop-annotate")
    assert "nothing-asked" in status(kernel)[2]
    assert assembly == compiled("scale", "sm_90")[1]
