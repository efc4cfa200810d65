# SPDX-License-Identifier: MIT
"""Fixtures of the option channel's tests: a library, a cache folder and a target of their own."""

import gc

import pytest
import rig
import standin
from triton.runtime.driver import driver

import harness
import triton_ext
import triton_ext.testing


@pytest.fixture(scope="module", autouse=True)
def older_objects():
    """What was there before the module's tests is none of their garbage: each collects a little, not a whole heap."""
    gc.freeze()
    yield
    gc.unfreeze()


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


#: Names of fixtures -> the cases of which a test has one share with this release, the other with the next.
TURNS = {
    ("target",): ([("cuda",)], [("hip",)]),
    ("target", "either"): ([("cuda", "library"), ("hip", "planted")], [("cuda", "planted"), ("hip", "library")]),
}


def pytest_generate_tests(metafunc):
    """`target` and `either`: targets and libraries take turns where a test is for both."""
    own = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    names = tuple(name for name in ("target", "either") if name in metafunc.fixturenames and name not in own)
    if names == ("either",):
        metafunc.parametrize("either", ["library", "planted"], indirect=True)
    elif names:
        # Half of the tests begin with the one, half with the other.
        shares = TURNS[names][:: 1 if len(metafunc.function.__name__) % 2 else -1]
        metafunc.parametrize(names, [case for share in harness.in_turn(shares, 2) for case in share], indirect=True)


@pytest.fixture
def target(request):
    """One of the targets, as the active driver's."""
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


@pytest.fixture
def either(request):
    """The stand-in, or the library of planted passes: both have planted-change."""
    return request.getfixturevalue(request.param)
