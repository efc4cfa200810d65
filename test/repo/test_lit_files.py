# SPDX-License-Identifier: MIT
"""Check lines that no RUN line enables look like a test and are none."""

import re

import pytest
import tree

# What lit and FileCheck read themselves.
KEYWORDS = {"RUN", "REQUIRES", "UNSUPPORTED", "XFAIL", "DEFINE", "REDEFINE", "END", "ALLOW_RETRIES", "COM"}
DIRECTIVE = re.compile(
    r"^\s*(?://|#|;)\s*([A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*?)"
    r"(?:-(?:NEXT|SAME|NOT|DAG|LABEL|EMPTY|COUNT-\d+))?(?:\{LITERAL\})?:",
    re.MULTILINE,
)
RUN = re.compile(r"^\s*(?://|#|;)\s*RUN:(.*)$", re.MULTILINE)
SUFFIXES = (".mlir", ".ttir", ".ttgir", ".ll", ".test")


def lit_files():
    folders = ("passes/", "backends/", "dialects/", "test/")
    return [p for p in tree.present() if p.startswith(folders) and p.endswith(SUFFIXES) and "/Inputs/" not in p]


def run_lines(text):
    """The commands, continued lines joined."""
    return re.sub(r"\\\n", " ", "\n".join(RUN.findall(text))).splitlines()


def enabled_prefixes(text):
    """Prefixes that some FileCheck of a RUN line looks for."""
    prefixes = set()
    for line in run_lines(text):
        for arguments in line.split("FileCheck")[1:]:
            arguments = re.split(r"\||&&|;", arguments)[0]
            named = re.findall(r"--?check-prefix(?:es)?[= ]'?\"?([\w,-]+)", arguments)
            prefixes.update(",".join(named).split(",") if named else ["CHECK"])
    return prefixes


def written_prefixes(text):
    return set(DIRECTIVE.findall(text)) - KEYWORDS


def test_there_are_lit_files():
    assert lit_files()


@pytest.mark.parametrize("path", lit_files())
def test_every_prefix_is_enabled_and_every_enabled_one_written(path):
    text = tree.text_of(path)
    assert run_lines(text), f"{path} has no RUN line, so lit runs nothing of it"
    written, enabled = written_prefixes(text), enabled_prefixes(text)
    assert written <= enabled, f"{path}: no RUN line enables {sorted(written - enabled)}; add --check-prefix"
    assert enabled <= written, f"{path}: no line is checked for {sorted(enabled - written)}"


def test_the_helpers_see_mistakes():
    text = """\
// RUN: opt %s | FileCheck %s --check-prefix=A && opt %s -x | FileCheck %s \\
// RUN:   --check-prefixes=B,C
// RUN: opt %s | FileCheck %s
// A: x
// B-LABEL: x
//      C-COUNT-2: x
// CHECK-NEXT: x
// CHEK: x
// D-SAME{LITERAL}: x
// Not: a prefix
"""
    assert enabled_prefixes(text) == {"A", "B", "C", "CHECK"}
    assert written_prefixes(text) == {"A", "B", "C", "CHECK", "CHEK", "D"}
    assert run_lines("// a comment\n") == []
