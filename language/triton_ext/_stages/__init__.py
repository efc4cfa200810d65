# SPDX-License-Identifier: MIT
"""A kernel's way through Triton's stages: where its module crosses over, and what happens when something fails."""
