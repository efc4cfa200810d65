# SPDX-License-Identifier: MIT
"""The fixtures of the option channel's tests, and its rig."""

import importlib.util
import pathlib
import sys

CHANNEL = pathlib.Path(__file__).resolve().parents[1] / "channel"
if str(CHANNEL) not in sys.path:
    sys.path.insert(0, str(CHANNEL))
_spec = importlib.util.spec_from_file_location("channel_fixtures_of_placement", CHANNEL / "conftest.py")
_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)
cache_folder, cuda, older_objects, planted, pytest_generate_tests, target = (
    getattr(_fixtures, name)
    for name in ("cache_folder", "cuda", "older_objects", "planted", "pytest_generate_tests", "target")
)
