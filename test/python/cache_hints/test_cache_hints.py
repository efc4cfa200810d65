# SPDX-License-Identifier: MIT
"""cache-hints makes of loads and stores what their author gets by hinting them."""

import pytest
from hints_kernels import centred

import by_hand
import harness
import triton_ext

NONE = {"FIRST": "", "LAST": "", "STORE": ""}


def compiled(target, pipeline="", **hints):
    """(kernel, its instructions) of `centred` with an author's hints."""
    types = dict.fromkeys(("X", "W", "Y"), "*fp32")
    return by_hand.compiled(centred, {"BLOCK": 1024, **NONE, **hints}, types, target, pipeline)


@pytest.mark.parametrize("target", ["sm_80", "sm_90", "sm_100"])
def test_rows_read_twice(target):
    kernel, assembly = compiled(target, "cache-hints")
    status, said = by_hand.said(kernel)
    assert status == "fired" and "read again: evict_last" in said and "read for the last time: evict_first" in said
    assert assembly == compiled(target, FIRST="evict_last", LAST="evict_first")[1]
    assert "ld.global.L1::evict_last" in assembly and "L2::evict_first" in assembly
    assert "evict" not in compiled(target)[1]


@pytest.mark.parametrize("target", harness.TARGETS)
def test_stores(target):
    pipeline = "cache-hints{read-again=none read-last=none stores=cs}"
    kernel, assembly = compiled(target, pipeline)
    assert by_hand.said(kernel)[0] == "fired"
    assert assembly == compiled(target, STORE=".cs")[1] != compiled(target)[1]
    assert ("st.global.cs" if target != "gfx942" else " nt") in assembly


def test_each_class_by_itself():
    for knob, word in (("read-once", "read once"), ("shared", "shared by programs")):
        others = " ".join(f"{name}=none" for name in ("read-again", "read-last", "read-once", "shared") if name != knob)
        kernel, _ = compiled("sm_90", f"cache-hints{{{others} {knob}=evict-last}}")
        said = by_hand.said(kernel)[1]
        # The weights are all programs', and no row is read once.
        assert said.count(f"{word}: evict_last") == (knob == "shared")


def test_amd_knows_no_eviction():
    kernel, assembly = compiled("gfx942", "cache-hints")
    status, said = by_hand.said(kernel)
    assert status == "declined" and "no-use-on-target" in said
    assert assembly == compiled("gfx942")[1]


@pytest.mark.parametrize("target", ["sm_90", "gfx942"])
def test_the_second_level_alone(target):
    kernel, assembly = compiled(target, "cache-hints{read-again=cg read-last=cg}")
    assert by_hand.said(kernel)[0] == "fired"
    assert assembly.count("ld.global.cg" if target == "sm_90" else " nt") >= 2


def test_hints_of_the_author_stay():
    kernel, assembly = compiled("sm_90", "cache-hints", FIRST="evict_first", LAST="evict_last")
    status, said = by_hand.said(kernel)
    assert status == "declined" and said.count("has-hint") == 2
    assert assembly == compiled("sm_90", FIRST="evict_first", LAST="evict_last")[1]


def test_loads_that_are_pipelined():
    """What becomes of hints where a load is made a copy to shared memory is Triton's to say."""
    kernel, assembly = compiled("sm_90", "loop-annotate{num-stages=3},cache-hints")
    assert all(found["status"] == "fired" for found in triton_ext.report(kernel)[0]["passes"])
    assert "cp.async" in assembly
