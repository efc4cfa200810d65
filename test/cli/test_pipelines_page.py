# SPDX-License-Identifier: MIT
"""Pipeline texts that the pages quote: the library takes them, and a shell hands them on as they are meant."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import stat
import subprocess
import sys

import pytest

from conftest import ROOT
from triton_ext import PipelineError, _pipeline

sys.path.insert(0, str(ROOT / "test" / "repo"))
import tree  # noqa: E402

PAGE = tree.text_of("docs/pipelines.md")

# In bash and zsh, all that stands for itself within a word.
UNQUOTED = re.compile(r"[\w@=.,/:+-]+", re.ASCII)

# Says what reached a program: its arguments, and the variable.
STUB = """#!{python} -IS
import json, os, sys
with open(os.environ["SAID"], "a") as said:
    print(json.dumps([os.environ.get("TRITON_EXT_PASSES"), sys.argv[1:]]), file=said)
"""


def pipelines_of(words):
    """The values of the options that take a pipeline."""
    options = ("--passes", "--with")
    yield from (after for word, after in itertools.pairwise(words) if word in options)
    yield from (word.partition("=")[2] for word in words if word.startswith(tuple(f"{each}=" for each in options)))


# --- The grammar ------------------------------------------------------------------


def test_every_row_of_the_places_is_a_pipeline():
    rows = re.findall(r"^\| `([^`]+)` \|", PAGE.partition("\n## Places\n")[2].partition("\n## ")[0], re.MULTILINE)
    assert len(rows) == 7
    for text in rows:
        assert _pipeline.check(text).canonical == text.replace("=ttir.common.", "=common.")


def test_the_example_of_kernels_does_what_the_page_says():
    (text,) = re.findall(r"^    (\S+: .*;.*)$", PAGE, re.MULTILINE)
    checked = _pipeline.check(text)
    assert checked.canonical == text.replace(": ;", ":;")
    assert checked.for_kernel("attention_fwd").canonical == "loop-split"
    assert checked.for_kernel("debug_1").canonical == ""
    assert checked.for_kernel("attention").canonical == "drop=ttir.loop_unroll"


def test_the_mistake_is_what_the_library_says():
    (shown,) = tree.blocks(PAGE, ("text",))
    with pytest.raises(PipelineError) as caught:
        _pipeline.check(shown.splitlines()[1].strip())
    assert str(caught.value) == shown.rstrip("\n")


def test_the_grammar_is_that_of_the_parser():
    """The page's, which PipelineText.h repeats."""
    page = re.findall(r"^    (\w+ +::= .*)$", PAGE, re.MULTILINE)
    header = re.findall(r"^//   (\w+ +::= .*)$", tree.text_of("infra/pipeline/PipelineText.h"), re.MULTILINE)
    assert page == [rule.replace("`", '"') for rule in header] and len(page) > 8


# --- The shell --------------------------------------------------------------------


def quoting_lines():
    """(page, line) of each line of a shell block that hands a pipeline on."""
    for name in tree.pages():
        for block in tree.blocks(tree.text_of(name), tree.SHELLS):
            for line in tree.typed(block):
                if re.search(r"TRITON_EXT_PASSES=|--(?:passes|with)[ =]", line) and "$(" not in line:
                    yield name, line.strip()


def calls_of(line):
    """[(TRITON_EXT_PASSES, program, arguments)] as the line is meant: no word is expanded."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    for operator, call in itertools.groupby(words, lambda word: re.fullmatch(r"[|&;]+", word) is not None):
        if not operator:
            call = [*call]
            variables = [*itertools.takewhile(lambda word: re.match(r"\w+=", word), call)]
            program, *arguments = call[len(variables) :]
            yield dict(each.split("=", 1) for each in variables).get("TRITON_EXT_PASSES"), program, arguments


def heard(line, programs, folder):
    """What bash hands on: ``(TRITON_EXT_PASSES, arguments)`` of each call of these programs, in some order.

    None where bash refuses the line.
    """
    said = folder / "said"
    said.write_text("")
    for program in programs:
        stub = folder / program
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text(STUB.format(python=sys.executable))
        stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    # As zsh does without being asked, bash stops at a glob that nothing matches.
    command = ["/bin/bash", "--norc", "-c", f"shopt -s failglob\n{line}"]
    done = subprocess.run(command, cwd=folder, env={"PATH": str(folder), "SAID": str(said)}, capture_output=True)
    return None if done.returncode else [json.loads(each) for each in said.read_text().splitlines()]


@pytest.mark.parametrize("page, line", [*quoting_lines()])
def test_quoted_lines_reach_the_program_as_they_are_meant(page, line, tmp_path):
    calls = [*calls_of(line)]
    told = heard(line, [program for _, program, _ in calls], tmp_path)
    meant = [[text, words] for text, _, words in calls]
    assert told is not None and sorted(told, key=str) == sorted(meant, key=str), f"{page}: {line}"
    texts = [text for text, _, _ in calls if text]
    texts += [text for _, _, words in calls for text in pipelines_of(words)]
    assert texts
    for text in texts:
        quoted = f"'{text}'" in line or (f'"{text}"' in line and not re.search(r"[$`!\\]", text))
        assert quoted or UNQUOTED.fullmatch(text), f"{page}: put {text} in single quotes"
        _pipeline.check(text)


def test_there_are_such_lines_on_the_page():
    assert [page for page, _ in quoting_lines()].count("docs/pipelines.md") >= 3


@pytest.mark.parametrize(
    "text",
    [
        "loop-split{max-splits=2 keep-rounding=false}",
        "loop-split; drop=ttir.loop_unroll",
        "k*: loop-split",
        "loop-split@before=ttir.cse?",
        "k[0-9]: loop-split",
    ],
)
def test_what_needs_quotes_is_seen(text, tmp_path):
    def arrives(word):
        return heard(f"triton-ext run --passes {word} -- x", ["triton-ext"], tmp_path) == [
            [None, ["run", "--passes", text, "--", "x"]]
        ]

    assert not arrives(text) and arrives(f"'{text}'")
    assert not UNQUOTED.fullmatch(text)


@pytest.mark.parametrize("text", ["loop-split,mine/loop-split", "loop-split@before=ttir.cse,drop=ttgir.common.cse"])
def test_what_needs_none_arrives(text, tmp_path):
    told = heard(f"TRITON_EXT_PASSES={text} triton-ext {text}", ["triton-ext"], tmp_path)
    assert told == [[text, [text]]] and UNQUOTED.fullmatch(text)
