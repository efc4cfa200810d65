# SPDX-License-Identifier: MIT
"""The checks of ``triton-ext doctor``, by what they look at.

What could crash or hang (importing Triton, loading a library, starting the
worker, asking a driver) is done by a child process with a time limit, see
`child`; the scripts that it runs are ``probe_*.py``.
"""
