# SPDX-License-Identifier: MIT
"""A Gluon kernel: a language whose kernels have no TTIR."""

import rig
from triton.experimental import gluon
from triton.experimental.gluon import language as gl


@gluon.jit
def copy(x, o, n, B: gl.constexpr):
    layout: gl.constexpr = gl.BlockedLayout([1], [32], [4], [0])
    i = gl.program_id(0) * B + gl.arange(0, B, layout=layout)
    gl.store(o + i, gl.load(x + i, mask=i < n), mask=i < n)


def launch():
    """The kernel, compiled anew."""
    kernel = gluon.jit(copy.fn)
    return rig.launch(kernel)
