# SPDX-License-Identifier: MIT
"""Passes in programs that nobody edits: Python's start, torch.compile, the reports of many processes."""
