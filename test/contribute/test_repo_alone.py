# SPDX-License-Identifier: MIT
"""The repository checks, in a copy of the checkout where nothing is built and no Triton is installed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def copy_of_the_checkout(folder):
    """What git knows or would add, and nothing else; a repository again."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=folder, check=True)


def test_repo_checks_need_nothing_built(tmp_path):
    copy_of_the_checkout(tmp_path)
    assert not any((tmp_path / name).exists() for name in ("build", ".venv", "dist"))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TRITON", "PYTHON"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test/repo"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    # Where they take too long, they fail themselves: see their conftest.py.
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 50 and "skipped" not in done.stdout
    assert re.search(r"test/repo: [\d.]+ s of at most \d+ s", done.stdout), done.stdout
