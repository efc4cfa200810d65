# SPDX-License-Identifier: MIT
"""count-visits on stock wheels: the counts are printed, by one thread."""

from __future__ import annotations

import re

import pytest
from instruments_rig import CONTROL, instrumented

import harness


@pytest.mark.parametrize(("target", "name"), harness.each_with_one(harness.TARGETS, ("while_loops", "branches")))
def test_counts_are_printed(name: str, target: str) -> None:
    compiled = instrumented(name, target, "count-visits")
    ttir = compiled.asm["ttir"]
    assert re.search(r'tt\.print " count-visits: control\.py:\d+:\d+ (loop|then|else|block): "', ttir)
    backend = harness.TARGETS[target].backend
    assert re.search(r"%tid\.x" if backend == "cuda" else "v_mbcnt_lo", ttir)
    assert ("vprintf" if backend == "cuda" else "__ockl_printf") in compiled.asm["llir"]


@pytest.mark.parametrize(("name", "target"), harness.each_with_one(CONTROL, ("sm_90", "gfx942")))
def test_wherever_loops_stand(name: str, target: str) -> None:
    """Later stages take loops and branches that carry counters."""
    ttir = instrumented(name, target, "count-visits{program=-1}").asm["ttir"]
    assert ("count-visits: " in ttir) == bool(re.search(r"scf\.(for|while|if)|cf\.cond_br", ttir))
