# SPDX-License-Identifier: MIT
"""The examples of docs/command-line.md are real: each is run, and prints what the page says."""

from __future__ import annotations

import re
import shlex

import pytest

from conftest import ROOT
from triton_ext.cli import COMMANDS

PAGE = (ROOT / "docs" / "command-line.md").read_text()


def examples():
    """(command, what the page says that it prints) of each console block."""
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        command, _, printed = block.partition("\n")
        yield command.removeprefix("$ "), printed


def differs(expected, printed):
    """The first line that the page says and a command did not print in its place, or None.

    Columns may be wider, and other extensions may stand between, as the catalogue grows; the page
    leaves lines out of one extension's text where it has "…".
    """
    rest = iter([" ".join(line.split()) for line in printed.splitlines()])
    for line in expected.splitlines():
        if line != "…" and " ".join(line.split()) not in rest:
            return line
    return None


@pytest.mark.parametrize("command, expected", [*examples()], ids=[command for command, _ in examples()])
def test_examples_print_what_the_page_says(cli, command, expected):
    program, *words = shlex.split(command)
    assert program == "triton-ext"
    ran = cli(*words)
    assert differs(expected, ran.stdout + ran.stderr) is None, ran.stdout + ran.stderr
    if ran.status and "…" not in expected:
        assert expected == ran.stdout + ran.stderr


def test_the_page_has_examples_and_every_command():
    assert len([*examples()]) >= 4
    assert {name for name in COMMANDS if not re.search(rf"`{name}[` ]", PAGE)} == set()


def test_python_examples_run():
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    scope: dict = {}
    exec(compile(code, "docs/command-line.md", "exec"), scope)
    assert scope["split"](max_splits=2) == "loop-split{max-splits=2}" and "'loop-split{max-splits=2}'" in code
    assert scope["triton_ext"].catalogue["loop-split"] is scope["split"]


def test_what_is_not_printed_is_seen():
    assert differs("a  b\n…\nc\n", "x\na b\ny\nc") is None
    assert differs("a\nb\n", "b\na") == "b"
