# SPDX-License-Identifier: MIT
"""Fixtures of the Python tests: a cache folder each, kernels, targets, compiles.

The tests run in an environment with one stock Triton and pytest; neither a GPU
nor torch is there. `make test-python` sets everything up; by hand:

    PYTHONPATH=language .venv/triton-3.9.0/bin/python -m pytest test/python
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator

import pytest

import harness
import mirrored
from kernels import KERNELS, Kernel


@pytest.fixture(scope="session", autouse=True)
def quick_children() -> Iterator[None]:
    """The processes that tests start import this Triton by its mirror."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", mirrored.folder(), prepend=os.pathsep)
        yield


@pytest.fixture(autouse=True)
def cache_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[pathlib.Path]:
    """Triton's cache folder for this test: empty, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="triton-ext-cache-") as folder:
        monkeypatch.setenv("TRITON_CACHE_DIR", folder)
        yield pathlib.Path(folder)


@pytest.fixture(scope="session", autouse=True)
def float8_settled() -> None:
    """Whatever the order of the tests, a kernel compiles to the same."""
    harness.settle_float8()


@pytest.fixture(scope="session")
def kernels() -> dict[str, Kernel]:
    """The kernels that this Triton can compile, by name."""
    return {name: kernel for name, kernel in KERNELS.items() if not kernel.missing}


@pytest.fixture(scope="session")
def targets() -> tuple[str, ...]:
    """The names of all targets."""
    return tuple(harness.TARGETS)


@pytest.fixture(scope="session")
def stock() -> Callable[[str | Kernel, str], harness.Compiled]:
    """`stock(kernel, target)`: what stock makes; compiled once a session."""
    return lambda kernel, target: harness.stock(_kernel(kernel), target)


@pytest.fixture
def compile_kernel() -> Callable[..., harness.Compiled]:
    """`compile_kernel(kernel, target, pipeline=None, **options)`.

    pipeline: text for `triton_ext.passes`; None leaves triton_ext out.
    """

    def compiled(kernel: str | Kernel, target: str, pipeline: str | None = None, **options: object) -> harness.Compiled:
        with _passes(pipeline):
            return harness.compile_kernel(_kernel(kernel), target, **options)

    return compiled


def _kernel(kernel: str | Kernel) -> Kernel:
    return KERNELS[kernel] if isinstance(kernel, str) else kernel


def _passes(pipeline: str | None) -> contextlib.AbstractContextManager:
    if pipeline is None:
        return contextlib.nullcontext()
    import triton_ext

    return triton_ext.passes(pipeline)
