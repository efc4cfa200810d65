# SPDX-License-Identifier: MIT
"""CHANGELOG.md is what `make release` expects: the newest first, what is not yet released at the top."""

import re

import tree


def sections(text):
    """[(heading, what stands under it)]"""
    return re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)


def version_of(heading):
    """The version of a heading `0.2.0` or `0.2.0 (2027-01-02)` as numbers; None if it is none."""
    found = re.fullmatch(r"(\d+\.\d+\.\d+)(?: \(\d{4}-\d\d-\d\d\))?", heading)
    return found and tuple(map(int, found[1].split(".")))


def test_every_heading_is_a_version():
    headings = [heading for heading, _ in sections(tree.text_of("CHANGELOG.md"))]
    released = headings[1:] if headings[0] == "Unreleased" else headings
    versions = [version_of(heading) for heading in released]
    assert released and None not in versions, f"CHANGELOG.md: `## X.Y.Z (YYYY-MM-DD)`, not {released}"
    assert versions == sorted(set(versions), reverse=True), "CHANGELOG.md: the newest first, each once"


def test_the_newest_is_the_version_of_the_project():
    project = re.search(r"project\(TritonExt VERSION ([\d.]+)", tree.text_of("CMakeLists.txt"))[1]
    newest = next(
        version_of(heading) for heading, _ in sections(tree.text_of("CHANGELOG.md")) if heading != "Unreleased"
    )
    assert ".".join(map(str, newest)) == project, f"CHANGELOG.md: `## {project}`, as CMakeLists.txt; see `make release`"


def test_every_section_says_something():
    empty = [heading for heading, text in sections(tree.text_of("CHANGELOG.md")) if not text.strip()]
    assert not empty, f"CHANGELOG.md: nothing stands under {empty}; write it or remove the heading"


def test_the_helpers_see_mistakes():
    assert sections("# C\n\n## A\n\n- x\n\n## 0.1.0\n") == [("A", "\n- x\n\n"), ("0.1.0", "")]
    assert version_of("0.10.2 (2027-01-02)") == (0, 10, 2) and version_of("0.1") is None and version_of("Soon") is None
