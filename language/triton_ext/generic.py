# SPDX-License-Identifier: MIT
"""Prints an IR file that Triton wrote in MLIR's generic form, which triton-ext-opt reads at every level.

    python -m triton_ext.generic kernel.ttgir | triton-ext-opt --loop-split

The pretty form of the GPU dialects is known to their own Triton alone; this
asks the one that is installed.
"""

import argparse
import sys

from . import _exchange


def generic_form(path):
    """The generic form of the module in the .ttir or .ttgir file ``path``.

    Raises ValueError where the installed Triton does not read it.
    """
    from triton._C.libtriton import ir
    from triton.backends import backends
    from triton.backends.compiler import GPUTarget
    from triton.compiler import make_backend

    context = ir.context()
    ir.load_dialects(context)
    for target in (GPUTarget("cuda", 90, 32), GPUTarget("hip", "gfx942", 64)):
        if any(entry.compiler.supports_target(target) for entry in backends.values()):
            make_backend(target).load_dialects(context)
    try:
        module = ir.parse_mlir_module(str(path), context)
    except RuntimeError as error:
        raise ValueError(f"{path}: the installed Triton does not read it: {error}") from None
    module.context = context
    try:
        text = _exchange.print_generic(module).restored()
    except _exchange.Unsupported as reason:
        raise ValueError(f"{path}: {reason}") from None
    if text is None:
        raise ValueError(f"{path}: more than one entry function")
    return text


def main(arguments=None):
    """Prints the file named on the command line; exit code 1 where it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m triton_ext.generic", description=__doc__.splitlines()[0])
    parser.add_argument("file", help="a .ttir or .ttgir file, as TRITON_KERNEL_DUMP writes them")
    options = parser.parse_args(arguments)
    try:
        with open(options.file, "rb"):
            pass
        sys.stdout.write(generic_form(options.file))
    except (OSError, ValueError) as error:
        sys.exit(f"triton_ext.generic: {error}")


if __name__ == "__main__":
    main()
