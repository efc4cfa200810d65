# SPDX-License-Identifier: MIT
"""Changes of IR text: those that mean nothing, and those of one operation."""

from __future__ import annotations

import random
import re

VALUE = re.compile(r"%[A-Za-z_][\w$-]*|%\d+")
ALIAS = re.compile(r"#(?!loc\b|loc\d)([A-Za-z_]\w*)(?![\w.])")
DICTIONARY = re.compile(r"\{((?:\"?[\w.]+[\w.-]*\"? = [^{}<>,\[\]]+(?:\[[^\]]*\])?, )+[^{}<>]*)\}")
ENTRY = re.compile(r"((?:[^,\[\]]|\[[^\]]*\])+)(?:, |$)")


def respaced(text: str, rng: random.Random) -> str:
    """Other indentation, blank lines, spaces and line ends; comments."""

    def line(text: str) -> str:
        text = " " * rng.randrange(9) + text.strip()
        if '"' not in text:
            text = re.sub(r"(?<=[,=]) ", lambda _: rng.choice([" ", "  ", "\t"]), text)
        return text + rng.choice(["", " ", "\n", "  // a note, %x = of nothing {", "\n// }\n"])

    return rng.choice(["\n", "\r\n"]).join(map(line, text.splitlines())) + "\n\n"


def without_locations(text: str) -> str:
    """No location anywhere, as TRITON_DISABLE_LINE_INFO or another checkout has it."""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#loc"))
    kept, at = [], 0
    for found in re.finditer(r" loc\(", text):
        if found.start() < at:
            continue
        kept.append(text[at : found.start()])
        depth, at = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
    return "".join([*kept, text[at:]])


def moved_locations(text: str, rng: random.Random) -> str:
    """Other files and lines."""
    return re.sub(r'"[^"\n]*\.py":(\d+):\d+', lambda _: f'"elsewhere.py":{rng.randrange(9999)}:1', text)


def renamed(text: str, rng: random.Random) -> str:
    """Every value, block and alias of the text has another name; none that says anything."""

    def renaming(pattern: re.Pattern, sigil: str, text: str) -> str:
        found = sorted(set(pattern.findall(text)))
        numbers = rng.sample(range(10 * len(found) + 10), len(found))
        names = {name: f"{sigil}{number}" for name, number in zip(found, numbers, strict=True)}
        parts = re.split(r'("[^"\n]*")', text)  # in texts, inline assembly say, nothing is a name
        parts[::2] = [pattern.sub(lambda match: names[match[match.lastindex or 0]], part) for part in parts[::2]]
        return "".join(parts)

    text = renaming(VALUE, "%v", text)
    return renaming(ALIAS, "#layout", text)


def shuffled_entries(text: str, rng: random.Random) -> str:
    """The entries of dictionaries in another order."""

    def shuffle(match: re.Match) -> str:
        entries = [entry.strip() for entry in ENTRY.findall(match[1])]
        rng.shuffle(entries)
        return "{" + ", ".join(entries) + "}"

    return DICTIONARY.sub(shuffle, text)


def _body(lines: list[str]) -> list[int]:
    """The indices of lines that are one operation with a result, in a function."""
    start = next(index for index, line in enumerate(lines) if ".func" in line)
    return [
        index
        for index, line in enumerate(lines)
        if index > start and re.match(r"\s+%[\w$-]+ = [a-z]", line) and not line.rstrip().endswith(("{", "{)"))
    ]


def inserted(text: str, rng: random.Random) -> str:
    """One more operation, which nothing uses: a constant, or what stands there once more."""
    lines = text.splitlines()
    index = rng.choice(_body(lines))
    if rng.random() < 0.5:
        new = "    %of_tests = arith.constant 4711 : i32"
    else:
        new = re.sub(r"%[\w$-]+ =", "%of_tests =", lines[index], count=1)
    lines.insert(index + 1, new)
    return "\n".join(lines)


def changed(text: str, rng: random.Random) -> str:
    """One operation is another one, has other operands, or another attribute."""
    lines = text.splitlines()
    candidates = _body(lines)
    rng.shuffle(candidates)
    for index in candidates:
        line = lines[index]
        for pattern, new in rng.sample(_CHANGES, len(_CHANGES)):
            other = re.sub(pattern, new, line, count=1)
            if other != line:
                lines[index] = other
                return "\n".join(lines)
    raise AssertionError("no operation of the text can be changed")


_CHANGES = [
    (r"arith\.addi\b", "arith.subi"),
    (r"arith\.mulf\b", "arith.addf"),
    (r"arith\.constant 0 :", "arith.constant 13 :"),
    (r"tt\.get_program_id x", "tt.get_program_id z"),
    (r"\bslt\b", "sge"),
    (r"dense<0\.0", "dense<7.0"),
    (r"(%[\w$-]+), (?!\1\b)(%[\w$-]+)( ?:|, %)", r"\2, \1\3"),
    (r"end = \d+ :", "end = 12345 :"),
    (r"arith\.select", "arith.of_tests"),
]
