# SPDX-License-Identifier: MIT
"""The fixtures of the option channel's tests, and its rig: nothing of its own but policy files."""

import importlib.util
import pathlib
import sys

import pytest

CHANNEL = pathlib.Path(__file__).resolve().parents[1] / "channel"
if str(CHANNEL) not in sys.path:
    sys.path.insert(0, str(CHANNEL))
_spec = importlib.util.spec_from_file_location("channel_fixtures", CHANNEL / "conftest.py")
_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)
cache_folder, cuda, library, older_objects, planted, pytest_generate_tests, target = (
    getattr(_fixtures, name)
    for name in ("cache_folder", "cuda", "library", "older_objects", "planted", "pytest_generate_tests", "target")
)


@pytest.fixture
def policy(tmp_path, monkeypatch):
    """`policy(system, named)`: puts these texts into the machine's policy file and the one that is named besides.

    None: there is no such file. Returns the two paths.
    """
    from triton_ext import _pipeline
    from triton_ext._library import _policy

    def write(system=None, named=None):
        paths = (tmp_path / "etc" / "policy.ini", tmp_path / "named.ini")
        paths[0].parent.mkdir(exist_ok=True)
        for path, text in zip(paths, (system, named), strict=True):
            if text is not None:
                path.write_text(text)
        monkeypatch.setattr(_policy, "SYSTEM", str(paths[0]))
        if named is not None:
            monkeypatch.setenv("TRITON_EXT_POLICY", str(paths[1]))
        monkeypatch.setattr(_policy, "_read", None)
        monkeypatch.setattr(_pipeline, "_checked", {})
        return paths

    return write
