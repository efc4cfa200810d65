# SPDX-License-Identifier: MIT
"""The commands and files that the pages name are there."""

import json
import re
import subprocess

import pytest
import tree

PAGES = ("README.md", "CONTRIBUTING.md")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELLS = ("", "sh", "bash", "console", "shell")


def quoted_commands(page):
    """Lines of shell blocks, without their prompt, and inline code."""
    commands = []
    for language, block in BLOCK.findall(page):
        if language in SHELLS:
            commands += [re.sub(r"^\s*\$ ", "", line).strip() for line in block.splitlines()]
    return commands + SPAN.findall(BLOCK.sub("", page))


def make_targets(command):
    """The targets that a command asks make for; none if it is no make."""
    words = command.split("#")[0].split()
    while words and re.fullmatch(r"\w+=\S*", words[0]):
        words.pop(0)
    if not words or words[0] != "make":
        return []
    return [word for word in words[1:] if re.fullmatch(r"[a-z][\w-]*", word)]


def named_paths(page):
    """Inline code that names a file or folder of this checkout."""
    tops = {path.split("/")[0] for path in tree.present() if "/" in path}
    for span in SPAN.findall(BLOCK.sub("", page)):
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", span) and "/" in span and span.split("/")[0] in tops:
            yield span


@pytest.mark.parametrize("name", PAGES)
def test_make_knows_every_quoted_target(name):
    targets = {target for command in quoted_commands(tree.text_of(name)) for target in make_targets(command)}
    assert targets, f"{name} quotes no make command"
    for target in sorted(targets):
        dry = subprocess.run(["make", "-n", target], cwd=tree.ROOT, capture_output=True, text=True)
        assert dry.returncode == 0, f"{name} quotes `make {target}`: {dry.stderr}"


@pytest.mark.parametrize("name", PAGES)
def test_every_quoted_preset_is_there(name):
    presets = {p["name"] for p in json.loads(tree.text_of("CMakePresets.json"))["configurePresets"]}
    quoted = set(re.findall(r"--preset[ =](\w+)", tree.text_of(name)))
    assert quoted <= presets, f"{name} quotes presets {quoted - presets}"


@pytest.mark.parametrize("name", PAGES)
def test_every_named_file_is_there(name):
    missing = [path for path in named_paths(tree.text_of(name)) if not (tree.ROOT / path).exists()]
    assert not missing, f"{name} names {missing}"


def test_every_link_leads_somewhere():
    for name in (p for p in tree.present() if p.endswith(".md")):
        folder = (tree.ROOT / name).parent
        text = BLOCK.sub("", tree.text_of(name))
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target:
                assert (folder / target).exists(), f"{name} links to {target}"


def test_the_helpers_see_mistakes():
    page = (
        "Say `make demo`, or:\n\n```sh\n$ make test # all\nTRITON_VERSIONS=all make tets\n```\n```cpp\nmake no\n```\n"
    )
    commands = quoted_commands(page)
    assert sorted(t for c in commands for t in make_targets(c)) == ["demo", "test", "tets"]
    assert make_targets("cmake --build x") == []
    assert list(named_paths("`test/repo/nothing.py` `a b/c` `https://x/y` `test/repo/`")) == [
        "test/repo/nothing.py",
        "test/repo/",
    ]
    dry = subprocess.run(["make", "-n", "tets"], cwd=tree.ROOT, capture_output=True)
    assert dry.returncode != 0
