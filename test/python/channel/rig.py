# SPDX-License-Identifier: MIT
"""Kernels, a driver without a GPU, and counting: what the tests of the option channel share."""

import contextlib
import os
import pathlib
import re
import sys
import threading
import warnings

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.runtime.driver import driver
from triton.runtime.jit import MockTensor

import triton_ext

PROGRAMS = pathlib.Path(__file__).resolve().parents[1] / "programs"
if str(PROGRAMS) not in sys.path:
    sys.path.append(str(PROGRAMS))

from kernels_of_program import add, scale  # noqa: E402, F401  (`rig.add`, `rig.scale`)

TARGETS = {"cuda": GPUTarget("cuda", 90, 32), "hip": GPUTarget("hip", "gfx942", 64)}
BINARY = {"cuda": "cubin", "hip": "hsaco"}

FAILURES = {
    "planted-abort": "crash",
    "planted-crash": "crash",
    "planted-eat-memory": "memory-limit",
    "planted-exit": "exit",
    "planted-fail": "pass-failed",
    "planted-hang": "time-limit",
    "planted-invalid": "pass-failed",
    "planted-late-failure": "later-stage",
    "planted-stdout": "garbage",
}
"""Planted passes that fail on every kernel, and the code that the report has for it."""


@triton.jit
def product(x, y, o, n, B: tl.constexpr):
    i = tl.arange(0, B)
    tile = i[:, None] * B + i[None, :]
    total = tl.zeros((B, B), tl.float32)
    for k in range(n):
        total = tl.dot(tl.load(x + tile + k * B * B), tl.load(y + tile + k * B * B), total)
    tl.store(o + tile, total)


def launch_product(kernel):
    """Compiles `product` as `launch` does."""
    pointers = [MockTensor(tl.float16), MockTensor(tl.float16), MockTensor(tl.float32)]
    tile = {"cuda": 128, "hip": 64}[driver.active.get_current_target().backend]  # fits; not with six stages
    return kernel.warmup(*pointers, 5, B=tile, grid=(1,))


class Driver:
    """A driver as Triton's launch path needs it, of a device that is not there."""

    def __init__(self, target):
        self.target = target

    def get_current_target(self):
        return self.target

    def get_current_device(self):
        return str(self.target)  # kernels are kept by device

    def get_current_stream(self, device=None):
        return 0

    def get_benchmarker(self):
        def bench(call, quantiles):
            call()
            return [1.0, 1.0, 1.0]

        return bench


def fresh(kernel):
    """A new JITFunction of the same source: nothing in its in-memory cache."""
    return triton.jit(kernel.fn)


def planted_library(setenv):
    """The library of planted passes, with its worker; ``setenv`` sets an environment variable."""
    from triton_ext import _library

    build = os.environ.get("TRITON_EXT_BUILD")
    assert build, "TRITON_EXT_BUILD names no build folder; run this by `make test-python`"
    setenv("TRITON_EXT_WORKER", os.path.join(build, "bin", "triton-ext-planted-opt"))
    return _library.Library(os.path.join(build, "lib", "libTritonExtPlanted.so"))


def value_of(kernel):
    """The value of planted-change that a compiled kernel shows; None for stock."""
    found = re.search(r"tt\.change = (\d+) : i32|dense<(\d)\.000000e\+00>", kernel.asm["ttir"])
    return int(found[1] or found[2]) if found else None


def launch(kernel, **kwargs):
    """Compiles ``kernel`` as a launch does, without launching: the compiled kernel."""
    kwargs.setdefault("B", 128)
    return kernel.warmup(MockTensor(tl.float32), MockTensor(tl.float32), 5, grid=(1,), **kwargs)


def launched(text, launch=launch, kernel=add):
    """The kernel compiled with ``text``, and the warnings of ours that came."""
    with warnings.catch_warnings(record=True) as caught, triton_ext.passes(text):
        warnings.simplefilter("always")
        compiled = launch(fresh(kernel))
    return compiled, [str(each.message) for each in caught if each.category is triton_ext.FallbackWarning]


def source(kernel):
    """``kernel`` as `triton.compile` takes it."""
    from triton.compiler import ASTSource

    return ASTSource(kernel, {"x": "*fp32", "o": "*fp32", "n": "i32", "B": "constexpr"}, constexprs={"B": 128})


def code(kernel):
    """What identifies a compiled kernel's code: its TTIR without locations, and its binary."""
    ttir = "\n".join(line for line in kernel.asm["ttir"].splitlines() if not line.startswith("#loc"))
    return ttir, kernel.asm[BINARY[kernel.metadata.target.backend]]


@contextlib.contextmanager
def counted():
    """Counts, while the block runs, how often a kernel is really compiled (its first stage runs).

    Yields a list that grows by the compiled kernel's options.
    """
    from triton.backends import backends

    lock, seen, before = threading.Lock(), [], {}

    def wrap(stock):
        def add_stages(self, stages, options, *args):
            with lock:
                seen.append(options)
            return stock(self, stages, options, *args)

        return add_stages

    for entry in backends.values():
        before[entry.compiler] = entry.compiler.add_stages
        entry.compiler.add_stages = wrap(entry.compiler.add_stages)
    try:
        yield seen
    finally:
        for owner, stock in before.items():
            owner.add_stages = stock


def activate(name):
    """Makes the target ``name`` the one of the active driver."""
    driver.set_active(Driver(TARGETS[name]))


def wrapped_methods():
    """The methods and attributes of Triton's classes that are not as Triton defines them, by name."""
    from triton.backends import backends
    from triton.runtime import cache
    from triton.runtime.autotuner import Autotuner
    from triton.runtime.jit import JITFunction

    owners = [entry.compiler for entry in backends.values()] + [JITFunction, Autotuner, cache.FileCacheManager]
    return [
        f"{owner.__name__}.{name}"
        for owner in owners
        for name, value in vars(owner).items()
        if getattr(getattr(value, "fget", value), "__globals__", {}).get("__name__", "").startswith("triton_ext")
    ]
