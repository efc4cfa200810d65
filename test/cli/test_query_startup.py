# SPDX-License-Identifier: MIT
"""How fast `triton-ext list` answers, and what it may not import for that.

It waits for nothing, so what it computes is what it takes. That is measured here
beside a Python that computes about half of it, so that the machine, and what
else it does, plays no part. In milliseconds, by the clock: bench/startup.py.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

import pytest

RUNS = 25
LIMIT = 3.0  # times PEER; 60 ms beyond Python's own start, where that takes 11 and PEER 23
PEER = "import argparse, ctypes, json"  # what a command that asks a library for JSON begins with


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


def test_list_answers_at_once(milliseconds):
    """The median of paired runs."""
    milliseconds("-m", "triton_ext", "list")
    pairs = [(milliseconds("-m", "triton_ext", "list"), milliseconds("-c", PEER)) for _ in range(RUNS)]
    ours, peer = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(ours / peer for ours, peer in pairs)
    print(f"triton-ext list: {ours:.1f} ms, {PEER}: {peer:.1f} ms, {ratio:.2f}x (limit {LIMIT:g}x, {RUNS} pairs)")
    assert ratio < LIMIT


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
