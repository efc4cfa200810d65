# SPDX-License-Identifier: MIT
"""The command `triton-ext-opt` of an installed package."""

import os
import sys

from ._errors import LibraryMissing


def main():
    """Becomes the program in this package's ``bin`` folder; never returns."""
    program = os.path.join(os.path.dirname(__file__), "bin", "triton-ext-opt")
    try:
        os.execv(program, [program, *sys.argv[1:]])
    except OSError as error:
        sys.exit(str(LibraryMissing(f"triton-ext-opt: cannot run {program}: {error.strerror}")))
