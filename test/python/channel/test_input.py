# SPDX-License-Identifier: MIT
"""What is wrong is said where it is written; a missing library is no error of ctypes."""

import os
import subprocess
import sys
import warnings

import pytest
import rig

import triton_ext
import triton_ext.testing
from triton_ext import _library
from triton_ext._channel import _written


@pytest.fixture
def no_library(monkeypatch, tmp_path):
    """There is no library, and nobody has said so yet."""
    monkeypatch.setenv("TRITON_EXT_LIBRARY", str(tmp_path / "absent.so"))
    monkeypatch.setattr(_written, "_warned", set())
    with triton_ext.testing.use_library(None):
        yield tmp_path


@pytest.mark.parametrize(
    "enable",
    [
        triton_ext.passes,
        lambda text: triton_ext.passes("+" + text),
        lambda text: triton_ext.Config({}, passes=text),
        lambda text: rig.launch(rig.fresh(rig.add), triton_ext=text),
    ],
)
def test_mistake_is_raised_where_it_is_written(library, cuda, enable):
    with triton_ext.passes("planted-change"):
        with pytest.raises(triton_ext.PipelineError, match="unknown pass 'planted-chagne'") as caught:
            enable("planted-change,planted-chagne")
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).splitlines()[-1].index("^") == 2 + len("planted-change,")
    assert caught.value.details["code"] == "unknown-pass" and caught.value.details["nearest"]


def test_pipeline_is_a_text(library):
    with pytest.raises(TypeError, match="a pipeline is a text"):
        triton_ext.passes(["planted-change"])


def test_wrong_settings():
    with pytest.raises(TypeError, match="unknown setting 'on_failures'"):
        triton_ext.configure(on_failures="raise")
    with pytest.raises(ValueError, match='on_failure expects "stock" or "raise"'):
        triton_ext.configure(on_failure="ignore")
    with pytest.raises(ValueError, match="a positive whole number"):
        triton_ext.configure(time_limit_ms=0)


def test_settings_from_the_environment(monkeypatch):
    assert triton_ext.on_failure == "stock"
    monkeypatch.setenv("TRITON_EXT_ON_FAILURE", "raise")
    assert triton_ext.on_failure == "raise"
    with triton_ext.configure(on_failure="stock"):
        assert triton_ext.on_failure == "stock"
    monkeypatch.setenv("TRITON_EXT_ON_FAILURE", "sometimes")
    with pytest.raises(ValueError, match="TRITON_EXT_ON_FAILURE"):
        print(triton_ext.on_failure)


def test_missing_library_is_said_once_and_kernels_are_stocks(no_library, cuda):
    stock = rig.launch(rig.fresh(rig.add))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with triton_ext.passes("loop-split"):
            kernel = rig.launch(rig.fresh(rig.add))
        config = triton_ext.Config({"B": 128}, passes="loop-split")
        decorated = triton_ext.passes("loop-split")(rig.fresh(rig.add))
    assert [each.category for each in caught] == [triton_ext.FallbackWarning]
    assert caught[0].filename == __file__
    assert "pip install triton-ext" in str(caught[0].message)
    assert rig.code(kernel) == rig.code(stock) == rig.code(rig.launch(decorated))
    assert kernel.hash == stock.hash
    assert config.kwargs == {"B": 128}


def test_missing_library_raises_where_asked_for(no_library):
    with triton_ext.configure(on_failure="raise"), pytest.raises(triton_ext.LibraryMissing, match="pip install"):
        triton_ext.passes("loop-split")
    for call in (triton_ext.catalogue, lambda: triton_ext.testing.crossing().__enter__()):
        with pytest.raises(triton_ext.LibraryMissing, match="pip install"):
            call()


def test_stock_needs_no_library(no_library, cuda):
    with warnings.catch_warnings():
        warnings.simplefilter("error", triton_ext.FallbackWarning)
        with triton_ext.passes(""):
            assert rig.launch(rig.fresh(rig.add)).asm["cubin"]


@pytest.mark.parametrize("content", [b"", b"\x7fELF\x02\x01\x01 of another machine"])
def test_file_that_is_no_library(no_library, content):
    (no_library / "absent.so").write_bytes(content)
    with pytest.raises(triton_ext.LibraryMissing, match="cannot load"):
        _library.load()


def test_library_of_something_else(no_library, monkeypatch):
    import _ctypes

    monkeypatch.setenv("TRITON_EXT_LIBRARY", _ctypes.__file__)
    with pytest.raises(triton_ext.LibraryMissing, match="not a triton_ext library"):
        _library.load()


def python(text, **environment):
    """Runs ``text`` in a process of its own; what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", text],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    return done.stdout + done.stderr


def test_import_without_a_library(tmp_path):
    said = python("import triton_ext; print('imported')", TRITON_EXT_LIBRARY=str(tmp_path / "absent.so"))
    assert said == "imported\n"


def test_import_wraps_nothing_and_imports_no_triton():
    text = "import sys, triton_ext; print('triton' in sys.modules, 'ctypes' in sys.modules)"
    assert python(text).startswith("False")
    text = (
        f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
        "import threading, triton, rig, triton_ext\n"
        "from triton import knobs\n"
        "print(rig.wrapped_methods(), threading.active_count(), open('/proc/thread-self/children').read(),\n"
        "      knobs.runtime.add_stages_inspection_hook)"
    )
    assert python(text) == "[] 1  None\n"


def test_import_costs_little(tmp_path):
    """Once it is compiled, as it is after the first time: a small part of what importing triton takes before it."""
    text = (
        "import time; started = time.process_time(); import triton; t = time.process_time(); import triton_ext\n"
        "print(t - started, time.process_time() - t)"
    )
    own = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path)}
    ran = [
        subprocess.run(
            [sys.executable, "-c", text], env={**os.environ, **own}, capture_output=True, text=True, check=True
        )
        for _ in range(6)
    ]
    tritons, ours = (min(map(float, each)) for each in zip(*(each.stdout.split() for each in ran), strict=True))
    assert ours < tritons / 5


def test_process_wide_setting(tmp_path):
    # The stand-in has to be there before the variable is read, so it is set after the first import.
    text = (
        f"import os, sys; sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
        "import standin\n"
        "from triton_ext import _library\n"
        "_library.replace(standin.StandIn())\n"
        "os.environ['TRITON_EXT_PASSES'] = 'planted-change'\n"
        "from triton_ext._programs import _environment; _environment.enable()\n"
        "import rig, threading, triton_ext; from rig import value_of\n"
        "rig.activate('cuda')\n"
        "seen = [value_of(rig.launch(rig.add))]\n"
        "thread = threading.Thread(target=lambda: seen.append(value_of(rig.launch(rig.scale))))\n"
        "thread.start(); thread.join()\n"
        "with triton_ext.passes(''): seen.append(value_of(rig.launch(rig.add)))\n"
        "with triton_ext.passes('+planted-gpu-change'):\n"
        "    seen.append('tt.gpu_change' in rig.launch(rig.add).asm['ttgir'])\n"
        "print(seen)"
    )
    environment = {"TRITON_CACHE_DIR": str(tmp_path / "cache")}
    assert python(text, **environment).splitlines()[-1] == "[1, 1, None, True]"


def test_mistake_in_the_process_wide_setting_is_a_warning(library, monkeypatch):
    from triton_ext._channel import _scope
    from triton_ext._programs import _environment

    monkeypatch.setenv("TRITON_EXT_PASSES", "planted-chagne")
    with pytest.warns(triton_ext.FallbackWarning, match="TRITON_EXT_PASSES is ignored.* unknown pass 'planted-chagne'"):
        _environment.enable()
    assert _scope.current() is None
    monkeypatch.setenv("TRITON_EXT_PASSES", "planted-change")
    monkeypatch.setenv("TRITON_EXT_DISABLE", "1")
    _environment.enable()
    assert _scope.current() is None


def test_process_wide_setting_without_a_library(tmp_path):
    said = python(
        "import triton, triton_ext; print('imported', triton.JITFunction.run.__module__)",
        TRITON_EXT_LIBRARY=str(tmp_path / "absent.so"),
        TRITON_EXT_PASSES="loop-split",
    )
    assert said == "imported triton.runtime.jit\n"
