# SPDX-License-Identifier: MIT
"""Colours, widths, closed pipes, other encodings, and text that means to harm a terminal."""

from __future__ import annotations

import copy
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from triton_ext.cli import _print

#: Everything that a terminal acts upon: escapes, their 8-bit forms, backspace, writing from right to left.
HOSTILE = "\x1b]0;owned\x07 \x9b31m \x1b[2J \x08\x08 \r \x7f \u202e\u2066 \u200b \ud800 \x1b[31m"
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def on_terminal(*words, columns=80, **env):
    """What `triton-ext WORDS` prints on a terminal of that many columns."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    environment = {**clean, "TERM": "xterm", **env}
    with subprocess.Popen(
        [sys.executable, "-m", "triton_ext", *words], stdout=child, stderr=child, env=environment
    ) as process:
        os.close(child)
        printed = b""
        while True:
            try:
                read = os.read(parent, 65536)
            except OSError:  # how a terminal ends
                break
            if not read:
                break
            printed += read
    os.close(parent)
    return process.returncode, printed.decode().replace("\r\n", "\n")


def test_colours_are_for_terminals_that_want_them(cli):
    assert "\x1b[1m" in on_terminal("list")[1]
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_terminal("list", **env)[1]
    assert "\x1b[" in on_terminal("list", NO_COLOR="")[1]
    for words in (["list"], ["show", "loop-split"], ["show", "lop-split"], ["list", "--json"]):
        ran = cli(*words, env={"TERM": "xterm", "NO_COLOR": None})
        assert "\x1b" not in ran.stdout + ran.stderr
    assert "\x1b" not in on_terminal("list", "--json")[1]


def test_colours_move_no_column():
    status, coloured = on_terminal("list", columns=120)
    assert status == 0 and "\x1b" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == on_terminal("list", columns=120, NO_COLOR="1")[1]


def test_lines_fit_the_terminal_and_are_whole_elsewhere(cli):
    whole = cli("list").stdout.splitlines()
    for columns in (70, 80, 200):
        lines = on_terminal("list", columns=columns, NO_COLOR="1")[1].splitlines()
        assert len(lines) == len(whole) and max(map(len, lines)) <= columns
        for line, full in zip(lines, whole, strict=True):
            assert line == full if len(full) <= columns else full.startswith(line.removesuffix("..."))
    assert max(map(len, whole)) > 80


def test_a_line_is_whole_where_there_is_no_terminal(stand_in, sample):
    long = copy.deepcopy(sample["extensions"][1]) | {"summary": "word " * 60 + "end"}
    assert stand_in([long])("list").stdout.endswith("word end\n")


def test_a_mistake_is_red_on_a_terminal():
    status, said = on_terminal("show", "lop-split")
    assert status == 2 and "\x1b[1;31mtriton-ext: error:" in said


@pytest.mark.parametrize(
    "words", [["list"], ["show", "loop-split"], ["schema", "extension"], ["--help"], ["list", "-h"]]
)
def test_a_reader_that_stops_is_no_mistake(words):
    for form in ([], ["--json"]):
        with subprocess.Popen(
            [sys.executable, "-m", "triton_ext", *words, *form], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            process.stdout.close()
            said = process.stderr.read()
        assert (process.returncode, said) == (0, b"")


def test_closed_streams_are_no_mistake(cli):
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        for words, status in (("list", 0), ("show lop-split", 2)):
            command = f"{sys.executable} -m triton_ext {words} {closed}"
            done = subprocess.run(["bash", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            assert done.returncode == status and b"Traceback" not in done.stderr


ENCODINGS = (
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
)


@pytest.mark.parametrize("env", ENCODINGS, ids=str)
def test_letters_that_an_encoding_lacks_are_escaped(cli, env):
    for form in ([], ["--json"], ["--yaml"]):
        wrong = cli("show", "é🙂\udcff", *form, env=env)
        assert wrong.status == 2 and "Traceback" not in wrong.stderr
        assert (wrong.stdout + wrong.stderr).isascii()
        if form == ["--json"]:
            # Where not even the command line has letters beyond ASCII, its bytes are told.
            assert ("é🙂" if "PYTHONUTF8" not in env else r"\udcc3\udca9") in wrong.error["message"]


def hostile(sample):
    """The sample's largest entry, with hostile text in every text that an author writes."""
    entry = copy.deepcopy(next(each for each in sample["extensions"] if each["name"] == "sample-knobs"))
    for field in ("summary", "declines", "owner", "since", "upstream", "folder", "source"):
        entry[field] = HOSTILE
    entry["assumes"] = [HOSTILE]
    entry["knobs"][0]["help"] = entry["knobs"][3]["values"][0]["help"] = HOSTILE
    entry["measured"][0].update(work=HOSTILE, machine=HOSTILE)
    return entry


@pytest.mark.parametrize("words", [["list"], ["show", "sample-knobs"]], ids=" ".join)
@pytest.mark.parametrize("form", [[], ["--json"], ["--yaml"]], ids=str)
def test_hostile_text_does_not_reach_the_terminal(stand_in, sample, words, form):
    entry = hostile(sample)
    ran = stand_in([entry])(*words, *form)
    assert ran.status == 0 and not ACTS.search(ran.stdout.replace("\n", "")), ACTS.findall(ran.stdout)
    assert "owned" in ran.stdout
    if form == ["--json"]:
        read = ran.json if words[0] == "show" else ran.json["extensions"][0]
        assert read == entry


def test_a_terminal_gets_our_colours_alone(monkeypatch, stand_in, sample):
    """Where colours are on, an escape in a text stays one that is shown."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    stream.isatty = lambda: True
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    run = stand_in([hostile(sample)])
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        run("show", "sample-knobs")
    printed = stream.buffer.getvalue().decode()
    assert "\x1b[1;36msample-knobs\x1b[0m" in printed
    left = re.sub("\x1b\\[(0|1|2|31|32|33|36)(;(0|1|2|31|32|33|36))*m", "", printed)
    assert not ACTS.search(left.replace("\n", ""))


def test_what_is_printable_stays():
    text = "Größe 大きさ λ ≥ 90 🙂\n\tend"
    assert _print.printable(text) == text
    assert _print.printable("é", "ascii") == "\\xe9" and _print.printable("\x1b[1m") == "\\x1b[1m"
    assert json.loads(_print._json({"a": HOSTILE + text}, "ascii")) == {"a": HOSTILE + text}


def test_columns_are_aligned_and_cut():
    rows = [["a", "bb", "one two three four five six seven"], ["aaaa", "b", "two\nlines"]]
    assert _print.columns(rows) == ["a     bb  one two three four five six seven", "aaaa  b   two lines"]
    assert _print.columns(rows, width=35) == ["a     bb  one two three four fiv...", "aaaa  b   two lines"]
    assert _print.columns(rows, width=10)[0] == "a     bb  one two three fou..."
    assert _print.columns([]) == []
