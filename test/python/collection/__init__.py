# SPDX-License-Identifier: MIT
"""Kernels in the styles that people write them in, for the works of test/gpu/work.

Where `kernels` has small ones that together use every operation, these are whole:
strides as arguments, masks at the edges, loops, and a launch that PyTorch can check.
"""
