# SPDX-License-Identifier: MIT
"""One name, every spelling: infra/registry/Spelling.cpp says the same in C++.

Names are kebab-case (`max-splits`); any other text gives unspecified spellings.
"""

import re

#: What no name may be spelled as in C++; infra/registry/Schema.cpp has the same.
CPP_KEYWORDS = frozenset(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const consteval
    constexpr constinit continue decltype default delete do double else enum explicit export extern false float for
    friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private
    protected public register requires return short signed sizeof static struct switch template this throw true try
    typedef typeid typename union unsigned using virtual void volatile while xor xor_eq
    """.split()
)


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


def keyword_of(name):
    """The language that ``name``, as it is spelled there, is a keyword of; None if of none."""
    import keyword

    if camel(name) in CPP_KEYWORDS:
        return "C++"
    return "Python" if keyword.iskeyword(snake(name)) else None
