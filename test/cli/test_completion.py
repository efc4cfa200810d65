# SPDX-License-Identifier: MIT
"""Completion: in a real bash, by the protocol that zsh and fish speak, and the code that each is given."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

import argcomplete
import pytest

from triton_ext.cli import COMMANDS


@pytest.fixture
def command(tmp_path, monkeypatch):
    """`triton-ext` on the PATH, as an installed package puts it there."""
    program = tmp_path / "bin" / "triton-ext"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m triton_ext "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program


def test_tab_in_bash_completes_a_name(command):
    """A person at a terminal: evals the code, types `triton-ext show loop-s`, presses TAB and RETURN."""
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "PS1": "", "INPUTRC": os.devnull}
    with subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=child,
        stdout=child,
        stderr=child,
        env=environment,
        start_new_session=True,
    ) as shell:
        os.close(child)
        try:
            os.write(parent, b'eval "$(triton-ext completion bash)"; echo rea""dy\n')
            said_until(parent, "ready")
            os.write(parent, b"triton-ext show loop-s\t")
            assert "loop-split" in said_until(parent, "loop-split")
            os.write(parent, b"\n")
            assert "Split a loop" in said_until(parent, "Split a loop")
        finally:
            os.write(parent, b"\x03\nexit\n")
            shell.wait(timeout=120)
            os.close(parent)


def said_until(terminal, words, seconds=120):
    """What a terminal shows until `words` are there, or the time is over."""
    end, said = time.monotonic() + seconds, ""
    while words not in said and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            said += os.read(terminal, 65536).decode(errors="replace")
    return said


def completed(command, line, shell="bash"):
    """The words that the command offers a shell for a line."""
    with tempfile.NamedTemporaryFile() as offered:
        done = subprocess.run(
            [command],
            env={
                **os.environ,
                "_ARGCOMPLETE": "1",
                "_ARGCOMPLETE_SHELL": shell,
                "_ARGCOMPLETE_IFS": "\n",
                "_ARGCOMPLETE_STDOUT_FILENAME": offered.name,
                "COMP_LINE": line,
                "COMP_POINT": str(len(line)),
                "COMP_TYPE": "9",
            },
            capture_output=True,
        )
        assert done.returncode == 0 and done.stdout == b""
        # zsh and fish are told what a word means behind it.
        text = offered.read().decode()
    return {word.split(":")[0].split("\t")[0].strip().replace("\\", "") for word in text.split("\n") if word.strip()}


LINES = {
    "triton-ext show loop-s": {"loop-split"},
    "triton-ext sh": {"show"},
    "triton-ext list --stage ttg": {"ttgir"},
    "triton-ext list --stage ttir,ttg": {"ttir,ttgir"},
    "triton-ext list --exactness ": {"bit-exact", "contracts", "reassociates", "approximates"},
    "triton-ext list --status st": {"stable"},
    "triton-ext list --kind di": {"dialect"},
    "triton-ext list --knob max": {"max-splits"},
    "triton-ext list --scope ge": {"generic"},
    "triton-ext list --arch gfx94": {"gfx942"},
    "triton-ext list --exa": {"--exactness"},
    "triton-ext schema ca": {"catalogue"},
    "triton-ext completion ": {"bash", "zsh", "fish"},
    "triton-ext show no-such": set(),
}


@pytest.mark.parametrize("line", LINES)
def test_words_are_offered(command, line):
    for shell in ("bash", "zsh", "fish"):
        assert {*completed(command, line, shell)} - {"-h", "--help", "--json", "--yaml"} == LINES[line], shell


def test_every_command_is_offered(command):
    assert completed(command, "triton-ext ") >= COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_completes_its_options(command, name):
    assert {"--json", "--yaml", "--help"} <= completed(command, f"triton-ext {name} --")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_code_is_the_librarys_and_says_how_to_install_it(cli, shell):
    printed = cli("completion", shell)
    code = argcomplete.shellcode(["triton-ext"], shell=shell)
    # Not an escape for any of the separators in it.
    assert printed.status == 0 and printed.stdout.startswith(code.strip() + "\n# ")
    assert f"triton-ext completion {shell}" in printed.stdout.splitlines()[-1]
    data = cli("completion", shell, "--json").json
    assert data == {"shell": shell, "code": code, "install": printed.stdout.splitlines()[-1].removeprefix("# ")}
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=printed.stdout, text=True).returncode == 0
