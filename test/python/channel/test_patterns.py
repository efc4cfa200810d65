# SPDX-License-Identifier: MIT
"""Python chooses a kernel's rule as the library does."""

import itertools
import random
import re

import pytest

from triton_ext import _library, _pipeline
from triton_ext._errors import PipelineError

NAMES = [
    *("", "a", "b", "A", "ab", "ba", "abc", "a_b", "a-b", "a.b", "a..b", "]", "[", "[a]", "!", "!a", "*", "?", "-"),
    *(
        "kernel",
        "kernel_1",
        "kernel_unified_2d",
        "_kernel",
        "Kernel_1",
        "matmul_kernel_0d1d2d",
        "käse",
        "k\\se",
        "a\nb",
    ),
    *("a b", " a", "a ", "^", "^a", "0", "9", "_", ".", "é", "\N{CAT}", "a,b", "{a}", "a" * 300),
]

PATTERNS = [
    *("*", "?", "??", "?*", "*?", "a", "a*", "*a", "*a*", "a*b", "a?b", "*_*", "*.*", "*-*", ".", "-", "_", "*_[0-9]*"),
    *("[a]", "[ab]", "[!a]", "[!ab]", "[a-c]", "[!a-c]", "[a-cA-C_.0-9]", "[!a-cA-C_.0-9]", "[0-a]", "[A-z]", "[.-_]"),
    *(
        "kernel*",
        "kernel_*",
        "*kernel",
        "*kernel*",
        "kernel_?",
        "kernel_[0-9]",
        "*_[!0-9]d",
        "k[!a]se",
        "k?se",
        "k??se",
    ),
    *(
        "*[!a]",
        "[!a]*",
        "*[a]*[b]*",
        "*a*a*a*a*a*a*b",
        "a[.]b",
        "a[!.]b",
        "[a-b][a-b]",
        "kernel_unified_*",
        "a-?",
        "--",
    ),
]


def library_chooses(library, pattern, name):
    """Whether the library runs what the rule has over the kernel: a module that cannot be read, if so."""
    request = {"pipeline": f"{pattern}: planted-change", "kernel": name, "mode": "inline"}
    result = library.run("no module", request)
    assert result.status in (_library.UNCHANGED, _library.REFUSED), result.report
    return result.status == _library.REFUSED


def python_chooses(pattern, name):
    return bool(_pipeline.check(f"{pattern}: planted-change").for_kernel(name).canonical)


def accepts(text):
    try:
        return _pipeline.check(text)
    except PipelineError:
        return None


def test_patterns_mean_one_thing(planted):
    chosen = {True: 0, False: 0}
    for pattern, name in itertools.product(PATTERNS, NAMES):
        chooses = library_chooses(planted, pattern, name)
        chosen[chooses] += 1
        assert python_chooses(pattern, name) == chooses, (pattern, name)
    assert min(chosen.values()) > 200


def test_whatever_the_grammar_accepts_means_one_thing(planted):
    """Patterns of chance: what is refused is, what is not means one thing."""
    chance = random.Random(7)
    accepted = refused = 0
    for _ in range(1500):
        pattern = "".join(chance.choice("abc09_.-*?[]!") for _ in range(chance.randint(1, 7)))
        if not accepts(f"{pattern}: planted-change"):
            refused += 1
            continue
        accepted += 1
        for _ in range(4):
            name = "".join(chance.choice("abc09_.-") for _ in range(chance.randint(0, 5)))
            assert python_chooses(pattern, name) == library_chooses(planted, pattern, name), (pattern, name)
    assert accepted > 300 and refused > 300


@pytest.mark.parametrize(
    "text", ["a*: planted-crash; *_1: ; [!x]*: planted-change", "a: planted-change; b*: planted-hang"]
)
def test_the_first_rule_is_the_same_one(planted, text):
    for name in NAMES:
        found = _pipeline.check(text).for_kernel(name).canonical
        first = next((steps for pattern, steps in rules(text) if library_chooses(planted, pattern, name)), "")
        assert found == first, name


def rules(text):
    return [re.fullmatch(r"\s*(\S+):\s*(\S*)", rule).groups() for rule in text.split(";")]


@pytest.mark.parametrize(
    "wider", ["planted-crash", "planted-crash;", "builtin.module(planted-crash)", "*: planted-crash"]
)
@pytest.mark.parametrize(
    "added", ["planted-hang", " planted-hang ; ", "builtin.module(planted-hang)", "*: planted-hang"]
)
def test_what_is_added_follows_whatever_the_form(planted, wider, added):
    assert _pipeline.check(_pipeline.compose(wider, f"+{added}")).canonical == "planted-crash,planted-hang"


def test_nothing_is_added(planted):
    assert _pipeline.check(_pipeline.compose("planted-crash", "+a: ;")).canonical == "planted-crash"
    assert _pipeline.check(_pipeline.compose("a: ;", "+planted-crash")).canonical == "planted-crash"
