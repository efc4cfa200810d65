# SPDX-License-Identifier: MIT
"""Stock: what the installed Triton's stages, and those of other releases, are made of.

A stock pass is named by its binding without ``add_``, its namespace is the
submodule that holds the binding: ``ttgpuir.pipeline``.
"""
