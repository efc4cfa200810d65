# SPDX-License-Identifier: MIT
"""A program for strace: one compilation. Its argument says how.

stock: without passes. passes: with one that fires. fallbacks: without memfd, and
with a module that Triton refuses.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), os.pardir, "channel"))

import rig
import standin

import triton_ext
import triton_ext.testing

how = sys.argv[1]
rig.activate("cuda")
if how == "stock":
    rig.launch(rig.add)
if how == "passes":
    with triton_ext.passes("planted-change"):
        assert rig.value_of(rig.launch(rig.add)) == 1
    with triton_ext.passes("planted-change@before=ttir.loop_unroll, ttgpuir.pipeline{num-stages=2}"):
        assert rig.value_of(rig.launch(rig.fresh(rig.add))) == 1
if how == "fallbacks":
    del os.memfd_create
    with triton_ext.testing.use_library(standin.StandIn()):
        with triton_ext.passes("planted-change"):
            assert rig.value_of(rig.launch(rig.add)) == 1
        with triton_ext.passes("planted-garbled"):
            rig.launch(rig.fresh(rig.add))
