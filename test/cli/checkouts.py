# SPDX-License-Identifier: MIT
"""Checkouts to change: what `new` and `rename` need of this one, in a folder of a test's own."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TRITON_EXT_BUILD", ROOT / "build" / "dev"))
#: What the commands read: enough of the real thing to say so if that changes.
PARTS = ("registry.yaml", "CMakeLists.txt", "Makefile", "CHANGELOG.md", ".clang-format", "passes", "dialects", "docs")


def make(folder, tool=True, private=False):
    """A checkout in ``folder``, committed; of an entry's measured rows it has one.

    tool: with the programs of the build. private: a repository on the installed package, without infra.
    """
    folder.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part)
        else:
            shutil.copy(ROOT / part, folder / part)
    # To read hundreds of measured rows in each command is what would take the time.
    registry = folder / "registry.yaml"
    registry.write_text(re.sub(r"(?m)^(    - \{.*\n)(?:    - \{.*\n)+", r"\1", registry.read_text()))
    if not private:
        (folder / "infra" / "registry").mkdir(parents=True)
        shutil.copy(ROOT / "infra/registry/Schema.h", folder / "infra/registry/Schema.h")
    (folder / ".gitignore").write_text("/build/\n")
    if tool:
        (folder / "build/dev/bin").mkdir(parents=True)
        for name in ("triton-ext-registry", "triton-ext-opt"):
            (folder / "build/dev/bin" / name).symlink_to(BUILD / "bin" / name)
    git(folder, "init", "-q")
    commit(folder)
    return folder


def commit(folder):
    git(folder, "add", "-A")
    git(
        folder,
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "as it was",
    )


def git(folder, *words):
    """The standard output of a git command in ``folder``."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state(folder):
    """Every file and folder, with the files' contents: what may change only all at once."""
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if not relative.startswith((".git/", "build/")):
            found[relative] = path.read_bytes() if path.is_file() else None
    return found
