# SPDX-License-Identifier: MIT
"""Fixtures of the option channel's tests: a library, a cache folder and a target of their own."""

import gc

import pytest
import rig
import standin
from triton.runtime.driver import driver

import triton_ext
import triton_ext.testing


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    """An empty cache folder for each test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("TRITON_CACHE_DIR", str(folder))
    # Triton 3.6's AMD backend asks torch about every tensor for these.
    monkeypatch.setenv("AMDGCN_USE_BUFFER_OPS", "0")
    triton_ext.testing.clear_reports()
    yield folder
    # A Config keeps the channel open for good; the next test starts with it closed.
    if triton_ext._channel._config._held:
        triton_ext._channel._config._held = False
        triton_ext._switch.release()
    gc.collect()


@pytest.fixture(params=sorted(rig.TARGETS))
def target(request):
    """Each target in turn, as the active driver's."""
    before = driver._active
    rig.activate(request.param)
    yield request.param
    driver.set_active(before)


@pytest.fixture
def cuda():
    """The CUDA target only, where the backend does not matter."""
    before = driver._active
    rig.activate("cuda")
    yield "cuda"
    driver.set_active(before)


@pytest.fixture
def library():
    """The stand-in library."""
    with triton_ext.testing.use_library(standin.StandIn()) as library:
        yield library


@pytest.fixture
def planted(monkeypatch):
    """The library of planted passes, built beside the real one."""
    library = rig.planted_library(monkeypatch.setenv)
    with triton_ext.testing.use_library(library):
        yield library
    library.stop_worker()


@pytest.fixture(params=["library", "planted"])
def either(request):
    """The stand-in, then the library of planted passes: both have planted-change."""
    return request.getfixturevalue(request.param)
