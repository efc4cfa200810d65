# SPDX-License-Identifier: MIT
"""However the catalogue is asked, it says the same: Python, the command, C and triton-ext-opt."""

from __future__ import annotations

import ctypes
import json
import re
import subprocess

import pytest
from test_query_python import same

import triton_ext
from triton_ext import _library

PASSES = ("transform", "analysis", "instrument", "conversion")


@pytest.fixture
def said_by_c(library):
    """The catalogue as a C program gets it: by the functions of triton_ext.h alone."""

    class Text(ctypes.Structure):
        _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]

    c = ctypes.CDLL(str(library))
    c.triton_ext_catalogue.restype = ctypes.c_void_p
    c.triton_ext_result_output.restype = Text
    c.triton_ext_result_output.argtypes = c.triton_ext_free.argtypes = [ctypes.c_void_p]
    result = c.triton_ext_catalogue()
    text = c.triton_ext_result_output(result)
    said = json.loads(ctypes.string_at(text.data, text.size))
    c.triton_ext_free(result)
    return said


def test_the_command_says_what_c_says(cli, said_by_c):
    from ruamel.yaml import YAML

    every = ("list", "--status", "experimental,stable,retired")
    assert cli(*every, "--json").json == said_by_c
    assert YAML(typ="safe").load(cli(*every, "--yaml").stdout) == said_by_c
    for entry in said_by_c["extensions"]:
        assert cli("show", entry["name"], "--json").json == entry


def test_python_says_what_c_says(said_by_c):
    entries = said_by_c["extensions"]
    extensions = {each.name: each for each in triton_ext.catalogue()}
    assert sorted(extensions) == sorted(entry["name"] for entry in entries)
    for entry in entries:
        assert same(extensions[entry["name"]], entry), entry["name"]


def test_the_tool_lists_the_same_passes_in_the_same_columns(cli, build):
    listed = subprocess.run([build / "bin" / "triton-ext-opt", "--list-passes"], capture_output=True, text=True)
    ours = cli("list", "--status", "experimental,stable,retired", "--kind", ",".join(PASSES))
    assert columns(listed.stdout) == columns(ours.stdout) and len(columns(ours.stdout)) >= 1
    for name, stage, status, summary in columns(listed.stdout):
        extension = triton_ext.catalogue[name]
        assert (stage, status, summary) == (extension.stage, extension.status, extension.summary)


def columns(text):
    return [re.split(r" {2,}", line) for line in text.splitlines()]


def test_the_version_is_the_librarys(cli, said_by_c):
    said = cli("--version", "--json").json
    assert {**said_by_c, **said} == {**said_by_c, "library": _library.load().path}
