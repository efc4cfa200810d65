# SPDX-License-Identifier: MIT
"""The files of the checkout, for the tests of this folder."""

import functools
import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "language"))

from triton_ext.cli._spelling import is_kebab, pascal  # noqa: E402, F401


def git_files(*options):
    """Paths that `git ls-files` names, relative to the root, as text."""
    output = subprocess.run(["git", "ls-files", "-z", *options], cwd=ROOT, check=True, capture_output=True).stdout
    return sorted(path for path in output.decode().split("\0") if path)


@functools.cache
def committed():
    """What is in git."""
    return git_files()


@functools.cache
def present():
    """What is in git or could be added to it, and is there."""
    return [path for path in git_files("-co", "--exclude-standard") if (ROOT / path).is_file()]


@functools.cache
def text_of(path):
    return (ROOT / path).read_text(encoding="utf-8")


@functools.cache
def catalogue(path="registry.yaml"):
    return yaml.safe_load(text_of(path)) or {}


def declarations(cmake):
    """(kind, name, class) of each triton_ext_add_<kind>(NAME … CLASS …) in a CMakeLists.txt's text."""
    code = re.sub(r"#.*", "", cmake)
    call = r"triton_ext_add_(\w+)\s*\(\s*NAME\s+(\S+)\s+CLASS\s+([^\s)]+)"
    return re.findall(call, code)


PASS_KINDS = ("transform", "analysis", "instrument", "conversion")


def pass_folders():
    """Folders that hold an extension: passes/*, backends/<scope>/* ."""
    folders = set()
    for path in present():
        parts = path.split("/")
        if parts[0] == "passes" and len(parts) > 2:
            folders.add("/".join(parts[:2]))
        if parts[0] == "backends" and len(parts) > 3:
            folders.add("/".join(parts[:3]))
    return sorted(folders)


def dialect_folders():
    return sorted({"/".join(path.split("/")[:2]) for path in present() if re.match("dialects/[^/]+/", path)})


# --- What infra/registry/Schema.cpp allows ---------------------------------------


def schema_words(name):
    """`static const Words <name> = {…}`: the legal values of a field."""
    listed = re.search(rf"static const Words {name} = {{(.*?)}};", text_of("infra/registry/Schema.cpp"), re.DOTALL)
    return re.findall(r'"([^"]+)"', listed[1])


def schema_fields(of):
    """{field: required} of the table `std::vector<Field<of>> fields`, the first one where there are two."""
    table = re.search(
        rf"const std::vector<Field<{of}>> fields = {{\n(.*?)}};\n  (?:mapping|list)\(",
        text_of("infra/registry/Schema.cpp")[start_of(of) :],
        re.DOTALL,
    )
    return {name: word == "true" for name, word in re.findall(r'{"(\w+)", (true|false),', table[1])}


def start_of(kind):
    """Where the function is that reads an Entry, a KnobSpec or a Measurement."""
    reader = {"Entry": "Entry Reader::readEntry(", "KnobSpec": "KnobSpec Reader::readKnob(const YAML::Node &key, "}
    return text_of("infra/registry/Schema.cpp").index(reader.get(kind, "void Reader::readMeasured("))


def knob_types():
    return re.findall(r'{KnobType::\w+, "([\w-]+)"}', text_of("infra/registry/KnobText.cpp"))


# --- Pages -----------------------------------------------------------------------

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
SHELLS = ("", "sh", "bash", "console", "shell")


def pages():
    """The pages that people read; the past, CHANGELOG.md, names what may be gone."""
    return [path for path in present() if path.endswith(".md") and path != "CHANGELOG.md"]


def dedented(page):
    """Blocks inside of lists, as they are at the start of a line."""
    return re.sub(r"^ +(?=```)", "", page, flags=re.MULTILINE)


def spans(page):
    """Inline code."""
    return SPAN.findall(BLOCK.sub("", dedented(page)))


def blocks(page, languages):
    """Texts of the code blocks in one of `languages`."""
    return [text for language, text in BLOCK.findall(dedented(page)) if language in languages]


def typed(block):
    """What is typed of a shell block: all of it, or the lines after a prompt where it shows answers, too."""
    lines = re.sub(r"\\\n\s*", "", block).splitlines()
    prompted = [re.sub(r"^\s*\$ ", "", line) for line in lines if re.match(r"\s*\$ ", line)]
    return prompted or lines


def shell_lines(page):
    """What the shell blocks of a page type, without comments, and its inline code."""
    lines = [line for text in blocks(page, SHELLS) for line in typed(text)]
    return [line for line in (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines + spans(page)) if line]
