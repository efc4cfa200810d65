# SPDX-License-Identifier: MIT
"""``python -m triton_ext`` is the command ``triton-ext``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
