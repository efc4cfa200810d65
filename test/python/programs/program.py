# SPDX-License-Identifier: MIT
"""A program that knows nothing of passes: compiles a kernel as its arguments say, and prints what became of it.

    program.py [HOW...]     here (default), fork, spawn, forkserver, subprocess or shell: where to compile

One word for each on stdout: the value that planted-change left in the kernel, or "stock".
"""

import multiprocessing
import os
import re
import subprocess
import sys


def compiled(name="add"):
    """The word for kernel ``name``."""
    import kernels_of_program
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    signature = {"x": "*fp32", "o": "*fp32", "n": "i32", "B": "constexpr"}
    source = ASTSource(getattr(kernels_of_program, name), signature, constexprs={"B": 128})
    ttir = triton.compile(source, target=GPUTarget("cuda", 90, 32)).asm["ttir"]
    found = re.search(r"tt\.change = (\d+) : i32|dense<(\d)\.000000e\+00>", ttir)
    return (found[1] or found[2]) if found else "stock"


def tell(queue):
    queue.put(compiled())


def of_child(how):
    """The word of a child process."""
    if how in ("subprocess", "shell"):
        words = [sys.executable, os.path.abspath(__file__)]
        command = words if how == "subprocess" else ["sh", "-c", '"$0" "$1"', *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    context = multiprocessing.get_context(how)
    queue = context.SimpleQueue()
    process = context.Process(target=tell, args=(queue,))
    process.start()
    try:
        return queue.get()
    finally:
        process.join()


if __name__ == "__main__":
    for how in sys.argv[1:] or ["here"]:
        print(
            of_child(how) if how in ("fork", "spawn", "forkserver", "subprocess", "shell") else compiled(), flush=True
        )
