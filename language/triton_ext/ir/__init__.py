# SPDX-License-Identifier: MIT
"""IR as text, apart from how it happens to be written: normalised, compared, shown.

`text` reads MLIR, LLVM IR, PTX and AMD assembly into statements, `align` finds
what differs between two of them, `page` shows that as HTML. None needs Triton;
`compiling` is what a Python with Triton runs to make the texts of kernels.
"""
