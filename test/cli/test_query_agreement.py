# SPDX-License-Identifier: MIT
"""However the catalogue is asked, it says the same: Python, the command, C and triton-ext-opt."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

import triton_ext
from triton_ext._library._entries import PASS_KINDS

EVERY = ("list", "--status", "experimental,stable,retired")
LIBRARIES = pytest.mark.parametrize("libraries", ["main", "main+mine", "planted"], indirect=True)

#: The catalogue as a C program gets it: by the functions of triton_ext.h alone.
IN_C = """
import ctypes, sys

class Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]

first, *others = sys.argv[1].split(":")
c = ctypes.CDLL(first)
c.triton_ext_catalogue.restype = c.triton_ext_add_library.restype = ctypes.c_void_p
c.triton_ext_add_library.argtypes = [Text]
c.triton_ext_result_output.restype = Text
c.triton_ext_result_output.argtypes = c.triton_ext_result_status.argtypes = [ctypes.c_void_p]
for other in others:
    added = c.triton_ext_add_library(Text(other.encode(), len(other.encode())))
    assert c.triton_ext_result_status(added) == 0
text = c.triton_ext_result_output(c.triton_ext_catalogue())
sys.stdout.buffer.write(ctypes.string_at(text.data, text.size))
"""

#: Holds triton_ext.catalogue() against the JSON on standard input.
IN_PYTHON = """
import json, sys
import triton_ext
from test_query_python import same

entries = json.load(sys.stdin)["extensions"]
extensions = {each.name: each for each in triton_ext.catalogue()}
assert [*extensions] == [entry["name"] for entry in entries]
for entry in entries:
    assert same(extensions[entry["name"]], entry), entry["name"]
print(len(entries), "are the same")
"""


@pytest.fixture
def said_by_c(libraries):
    """What the C interface of the libraries says."""
    return json.loads(subprocess.run([sys.executable, "-c", IN_C, libraries], capture_output=True, check=True).stdout)


@LIBRARIES
def test_the_command_says_what_c_says(cli, libraries, said_by_c):
    from ruamel.yaml import YAML

    env = {"TRITON_EXT_LIBRARY": libraries}
    assert cli(*EVERY, "--json", env=env).json == said_by_c
    assert YAML(typ="safe").load(cli(*EVERY, "--yaml", env=env).stdout) == said_by_c
    assert said_by_c["extensions"], "the library has none"
    for entry in said_by_c["extensions"]:
        assert cli("show", entry["name"], "--json", env=env).json == entry
    said = {key: said_by_c[key] for key in ("version", "build_hash")}
    assert cli("--version", "--json", env=env).json == {**said, "library": libraries.split(os.pathsep)[0]}


@LIBRARIES
def test_python_says_what_c_says(libraries, said_by_c):
    env = {**os.environ, "TRITON_EXT_LIBRARY": libraries}
    env["PYTHONPATH"] = os.pathsep.join([os.path.dirname(__file__), env.get("PYTHONPATH", "")])
    asked = subprocess.run(
        [sys.executable, "-c", IN_PYTHON], env=env, input=json.dumps(said_by_c), text=True, stdout=-1
    )
    assert asked.returncode == 0 and asked.stdout == f"{len(said_by_c['extensions'])} are the same\n"


@LIBRARIES
def test_people_read_what_c_says(cli, libraries, said_by_c):
    printed = columns(cli(*EVERY, env={"TRITON_EXT_LIBRARY": libraries}).stdout)
    assert [(row[0], *row[2:]) for row in printed] == [
        (entry["name"], entry["status"], entry["summary"]) for entry in said_by_c["extensions"]
    ]


def test_the_tool_lists_the_same_passes_in_the_same_columns(cli, build):
    listed = subprocess.run([build / "bin" / "triton-ext-opt", "--list-passes"], capture_output=True, text=True)
    ours = cli("list", "--status", "experimental,stable,retired", "--kind", ",".join(PASS_KINDS))
    assert columns(listed.stdout) == columns(ours.stdout) and len(columns(ours.stdout)) >= 1
    for name, stage, status, summary in columns(listed.stdout):
        extension = triton_ext.catalogue[name]
        assert (stage, status, summary) == (extension.stage, extension.status, extension.summary)


def columns(text):
    return [re.split(r" {2,}", line) for line in text.splitlines()]
