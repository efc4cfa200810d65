# SPDX-License-Identifier: MIT
"""The files of the checkout, for the tests of this folder."""

import functools
import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def git_files(*options):
    """Paths that `git ls-files` names, relative to the root, as text."""
    output = subprocess.run(["git", "ls-files", "-z", *options], cwd=ROOT, check=True, capture_output=True).stdout
    return sorted(path for path in output.decode().split("\0") if path)


@functools.cache
def committed():
    """What is in git."""
    return git_files()


@functools.cache
def present():
    """What is in git or could be added to it, and is there."""
    return [path for path in git_files("-co", "--exclude-standard") if (ROOT / path).is_file()]


def text_of(path):
    return (ROOT / path).read_text(encoding="utf-8")


def pascal(name):
    """`loop-split` as `LoopSplit`: infra/registry/Spelling.cpp says it in C++."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("-"))


def is_kebab(name):
    return re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) is not None


def catalogue(path="registry.yaml"):
    return yaml.safe_load(text_of(path)) or {}


def declarations(cmake):
    """(kind, name, class) of each triton_ext_add_<kind>(NAME … CLASS …) in a CMakeLists.txt's text."""
    code = re.sub(r"#.*", "", cmake)
    call = r"triton_ext_add_(\w+)\s*\(\s*NAME\s+(\S+)\s+CLASS\s+([^\s)]+)"
    return re.findall(call, code)


PASS_KINDS = ("transform", "analysis", "instrument", "conversion")


def pass_folders():
    """Folders that hold an extension: passes/*, backends/<scope>/* ."""
    folders = set()
    for path in present():
        parts = path.split("/")
        if parts[0] == "passes" and len(parts) > 2:
            folders.add("/".join(parts[:2]))
        if parts[0] == "backends" and len(parts) > 3:
            folders.add("/".join(parts[:3]))
    return sorted(folders)
