# SPDX-License-Identifier: MIT
"""`triton-ext doctor` where there is a Triton; test/cli/test_doctor.py has what else it can find."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import triton

ROOT = pathlib.Path(__file__).resolve().parents[2]


def checks(status: int = 0, **env: str) -> dict[str, dict]:
    """The lines by id, of a doctor that ends with exit code `status`."""
    kept = ("TRITON_EXT_LIBRARY", "TRITON_CACHE_DIR")
    own = {name: value for name, value in os.environ.items() if not name.startswith("TRITON_") or name in kept}
    paths = [env.pop("PYTHONPATH", ""), str(ROOT / "language")]
    done = subprocess.run(
        [sys.executable, "-m", "triton_ext", "doctor", "--json", "--time-limit=60"],
        env={**own, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **env},
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return {each["id"]: each for each in json.loads(done.stdout)["checks"]}


def test_a_stock_wheel_is_well() -> None:
    found = checks()
    # The build may be older than the sources, and the machine may have no GPU.
    assert all(each["status"] == "ok" for each in found.values() if each["id"] not in ("build", "gpu")), found
    assert f"triton {triton.__version__}, " in found["triton"]["summary"]
    assert found["triton-version"]["summary"] == f"Triton {triton.__version__} is supported"
    assert "crosses over and back" in found["crossing"]["summary"]
    assert " ms at ttir and " in found["crossing"]["summary"]


def test_what_enables_or_interprets_does_not_touch_the_crossing() -> None:
    found = checks(TRITON_INTERPRET="1", TRITON_EXT_PASSES="loop-split", TRITON_EXT_MODE="inline")
    assert found["crossing"]["status"] == "ok"
    assert found["hooks"]["status"] == "warning" and "no pass runs" in found["hooks"]["detail"]


HOOKS = """
from triton import knobs
from triton.runtime.cache import FileCacheManager

class Manager(FileCacheManager):
    pass

knobs.cache.manager_class = Manager
knobs.runtime.add_stages_inspection_hook = lambda *words: ("", "")
knobs.runtime.launch_enter_hook.add(print)
knobs.compilation.listener = lambda **facts: None
"""


def test_hooks_that_are_set_when_triton_is_imported_are_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HOOKS)
    found = checks(PYTHONPATH=str(tmp_path))["hooks"]
    assert found["status"] == "warning"
    assert sorted(row.split()[0] for row in found["detail"].splitlines()) == [
        "triton.knobs.cache.manager_class",
        "triton.knobs.compilation.listener",
        "triton.knobs.runtime.add_stages_inspection_hook",
        "triton.knobs.runtime.launch_enter_hook",
    ]


def test_a_compilation_that_fails_is_the_problem_of_its_line(tmp_path: pathlib.Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from triton import knobs\n\ndef refuse(*words):\n    raise RuntimeError('refused')\n\n"
        "knobs.runtime.add_stages_inspection_hook = refuse\n"
    )
    found = checks(3, PYTHONPATH=str(tmp_path))["crossing"]
    assert found["status"] == "problem" and "refused" in found["detail"]


def test_a_compilation_that_aborts_does_not_take_the_doctor_down(tmp_path: pathlib.Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os\nfrom triton import knobs\nknobs.runtime.add_stages_inspection_hook = lambda *words: os.abort()\n"
    )
    found = checks(3, PYTHONPATH=str(tmp_path))["crossing"]
    assert found["status"] == "problem" and "signal 6" in found["summary"]
