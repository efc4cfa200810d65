# SPDX-License-Identifier: MIT
"""How fast `triton-ext list` answers, and what it may not import for that.

It waits for nothing, so what it computes is what it takes; that is measured
here, since it is nearly the same on a machine that is busy otherwise. By the
clock: bench/startup.py.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

import pytest

RUNS = 25
LIMIT = 60.0  # ms beyond the start of Python itself


@pytest.fixture
def milliseconds(tmp_path):
    """`milliseconds(ARGUMENTS)`: what a run of Python computes, in the kernel too. Modules are compiled, as
    those of an installed package."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return lambda *arguments: _milliseconds(arguments, env)


def _milliseconds(arguments, env):
    process = subprocess.Popen([sys.executable, *arguments], env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return 1e3 * (used.ru_utime + used.ru_stime)


def test_list_answers_at_once(record_property, milliseconds):
    """The median of paired runs, each beside a run of Python that does nothing."""
    milliseconds("-m", "triton_ext", "list")
    pairs = [(milliseconds("-m", "triton_ext", "list"), milliseconds("-c", "")) for _ in range(RUNS)]
    median = statistics.median(ours - python for ours, python in pairs)
    print(f"triton-ext list: {median:.1f} ms beyond Python's start (limit {LIMIT:g} ms, {RUNS} pairs)")
    record_property("milliseconds", f"{median:.1f}")
    assert median < LIMIT


def test_queries_import_nothing_heavy():
    """Not triton, and nothing that only other commands need."""
    heavy = "{'triton', 'ruamel', 'importlib.metadata', 'dataclasses', 'inspect', 'difflib', 'argcomplete', 'yaml'}"
    for words in (["list"], ["list", "--arch", "sm_90", "--json"], ["show", "loop-split"], ["schema", "extension"]):
        code = (
            f"import sys; from triton_ext.cli import main; status = main({words!r});"
            f"sys.exit(status or ' '.join({heavy} & set(sys.modules)) or 0)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, (words, done.stderr)
