# SPDX-License-Identifier: MIT
"""One name, every spelling: infra/registry/Spelling.cpp says the same in C++.

Names are kebab-case (`max-splits`); any other text gives unspecified spellings.
"""

import re


def is_kebab(name):
    """Words of lower-case letters and digits joined by single `-`, a letter first."""
    return re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) is not None


def to_kebab(text):
    """The kebab-case name that ``text`` was meant to be; empty if it has no letters."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", text)
    words = re.sub(r"[^A-Za-z0-9]+", "-", words)
    return re.sub(r"^[0-9-]+", "", words).rstrip("-").lower()


def pascal(name):
    """`MaxSplits`: class, file, folder, enumerator."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("-"))


def camel(name):
    """`maxSplits`: C++ member."""
    first, *rest = name.split("-")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def snake(name):
    """`max_splits`: Python."""
    return name.replace("-", "_")
