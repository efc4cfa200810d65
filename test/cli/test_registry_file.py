# SPDX-License-Identifier: MIT
"""Edits of registry.yaml: what is written, and that every other byte stays."""

import copy
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import yaml

from triton_ext.cli import CommandError
from triton_ext.cli._registry_file import RegistryFile

ROOT = Path(__file__).resolve().parents[2]

NASTY = {
    "comments": """\
# Of the file, as far as the empty line.

# Of beta.
beta:
  summary: Be.  # at the end of a line
  # inside
  exactness: bit-exact

# Of nobody.

# Of delta,
# in two lines.
delta:
  summary: Be.
  exactness: bit-exact
  # the last of delta

# The end.
""",
    "scalars": """\
beta:
  summary: Be.
  exactness: bit-exact
  declines: >-
    folded, and
    # no comment

    over several lines
  knobs:
    text: {type: string, default: "a: b # c", help: 'on
      two lines'}
    sizes:
      type: int-list
      default: []
      help: |
        # no comment either
          deep
delta: {summary: Be., exactness: bit-exact}
""",
    "windows": "beta:\r\n  summary: Be.\r\n  exactness: bit-exact\r\n\r\ndelta:\r\n  summary: Be.\r\n  kind: op\r\n",
    "no final newline": "beta:\n  summary: Be.\n  exactness: bit-exact\n\ndelta:\n  summary: Be.\n  kind: op",
    "dense": "beta:\n  summary: Be.\n  kind: op\ndelta:\n  summary: Be.\n  kind: op\n",
    "document": "---\n# Beta.\nbeta:\n  summary: Bé ∀.\n  kind: op\n\ndelta:\n  summary: Be.\n  kind: op\n...\n",
    "indented": "  beta:\n    summary: Be.\n    kind: op\n\n  delta:\n    summary: Be.\n    kind: op\n",
    "quoted": "\"beta\":\n  summary: 'Be.'\n  kind: op\n\n'delta':\n  summary: Be.\n  kind: op\n\n\n",
    "references": """\
beta:
  summary: Be.
  after: [delta, "gamma"]
  conflicts:
    - delta  # a reason
    - gamma
delta:
  summary: Be delta.
  status: retired
  successor: gamma
gamma:
  summary: Be.
  declines: delta
""",
    "comments only": "# Nothing yet.\n",
    "empty": "",
}


def registry_files():
    listed = subprocess.run(["git", "ls-files", "-z", "*.yaml"], cwd=ROOT, check=True, capture_output=True).stdout
    catalogues = [path for path in listed.decode().split("\0") if path.endswith(("registry.yaml", "sample.yaml"))]
    assert {"registry.yaml", "test/planted/registry.yaml"} <= set(catalogues)
    return catalogues


@pytest.fixture(params=[*registry_files(), *NASTY])
def registry(request, tmp_path):
    """A RegistryFile of each file of the checkout and of each nasty one."""
    text = NASTY.get(request.param)
    content = (ROOT / request.param).read_bytes() if text is None else text.encode()
    path = tmp_path / "registry.yaml"
    path.write_bytes(content)
    return RegistryFile(path)


def data(text):
    """What a reader that the code under test does not use makes of it."""
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}


FEW = 6  # entries: of a file with no more, everything is tried


def chosen(registry):
    """The names of the entries; of many, one for each thing that makes an entry different."""
    names = registry.names()
    if len(names) <= FEW:
        return names
    entries = {name: registry.entry(name) for name in names}
    referred = Counter(
        other for entry in entries.values() for field in ("after", "conflicts") for other in entry.get(field, [])
    )
    lines = registry.text().splitlines()
    found = [names[0], names[-1]]
    for most in (
        lambda name: len(entries[name].get("knobs", {})),
        lambda name: len(entries[name].get("measured", [])),
        lambda name: referred[name],
        lambda name: len(entries[name].get("after", [])),
        lambda name: -len(entries[name]),
        lambda name: lines[registry.line_of(name) - 2].startswith("#"),
    ):
        found.append(max(names, key=most))
    return list(dict.fromkeys(found))


def shuffled(name):
    """Where tests put a new name: at both ends, and right before and behind ``name``."""
    return ("a-first", "zz-last", f"{name}-0", name[:-1] if len(name) > 1 else "b")


ENTRY = {
    "summary": "Do: what it says.",
    "exactness": "bit-exact",
    "declines": "it is yes",
    "knobs": {"max-x": {"type": "int", "default": 1, "range": [1, 4], "help": "yes"}},
}


def places_of(registry):
    return {new for name in chosen(registry) or ["b"] for new in shuffled(name) if new not in registry.names()}


def test_an_insert_adds_lines_and_changes_none(registry):
    old = registry.text()
    for name in places_of(registry):
        edited = copy.copy(registry)
        edited.insert(name, ENTRY)
        new = edited.text()
        start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
        # The same text may begin earlier: a common start and a common end are enough.
        assert new.endswith(old[start:]) and len(new) > len(old), new
        assert data(new) == {**data(old), name: ENTRY}
        assert [n for n in edited.names() if n > name] == [n for n in registry.names() if n > name]
        assert edited.names() == sorted(edited.names()) or registry.names() != sorted(registry.names())


def test_an_entry_is_one_line_a_field_and_a_knob(registry):
    def significant(text):
        return [line for line in text.splitlines() if line.strip()]

    before = significant(registry.text())
    registry.insert("only-new", ENTRY)
    added = [line.strip() for line in significant(registry.text()) if line not in before]
    assert added == [
        "only-new:",
        "summary: 'Do: what it says.'",
        *(["exactness: bit-exact"] if "  exactness: bit-exact" not in before else []),
        "declines: it is yes",
        *(["knobs:"] if "  knobs:" not in before else []),
        "max-x: {type: int, default: 1, range: [1, 4], help: 'yes'}",
    ]


def test_a_rename_there_and_back_is_no_change(registry):
    old = registry.text()
    names = registry.names()
    renames = [(name, new) for name in chosen(registry) for new in shuffled(name) if new not in names]
    for name, new in renames if len(names) <= FEW else renames[::2]:
        registry.rename(name, new)
        assert name not in data(registry.text()) and new in data(registry.text())
        registry.rename(new, name)
        assert registry.text() == old


def test_a_rename_moves_an_entry_and_leaves_every_line(registry):
    old = registry.text()
    for name in list(registry.names()):
        edited = copy.copy(registry)
        edited.rename(name, "zz-last")
        assert edited.names()[-1] == "zz-last"
        # References apart, every line is the old one, or the key.
        changed = set(edited.text().splitlines()) - set(old.splitlines())
        assert all("zz-last" in line for line in changed), changed
        assert len(edited.text().splitlines()) == len(old.splitlines())


def test_a_rename_leads_references_along(tmp_path):
    path = tmp_path / "registry.yaml"
    path.write_text(NASTY["references"])
    registry = RegistryFile(path)
    registry.rename("gamma", "alpha")
    registry.rename("delta", "omega")
    assert (
        registry.text()
        == """\
alpha:
  summary: Be.
  declines: delta
beta:
  summary: Be.
  after: [omega, "alpha"]
  conflicts:
    - omega  # a reason
    - alpha
omega:
  summary: Be delta.
  status: retired
  successor: alpha
"""
    )


def test_a_comment_moves_with_the_entry_below_it(tmp_path):
    path = tmp_path / "registry.yaml"
    path.write_text(NASTY["comments"])
    registry = RegistryFile(path)
    registry.rename("beta", "omega")
    assert registry.text() == (
        NASTY["comments"].split("# Of beta")[0]
        + "# Of delta,\n# in two lines.\ndelta:\n  summary: Be.\n  exactness: bit-exact\n  # the last of delta\n"
        + "\n# Of nobody.\n\n"
        + "# Of beta.\nomega:\n  summary: Be.  # at the end of a line\n  # inside\n  exactness: bit-exact\n"
        + "\n# The end.\n"
    )


ROW = {"work": "copy N=1", "machine": "H200", "triton": "3.9.0", "ratio": 1.03456}


def test_measured_rows_come_and_go(registry):
    old = registry.text()
    for name in chosen(registry):
        edited = copy.copy(registry)
        rows = edited.entry(name).get("measured", [])
        if "{summary" in old[old.index(name) :].splitlines()[0]:
            with pytest.raises(CommandError, match="in braces"):
                edited.set_measured(name, [ROW])
            continue
        edited.set_measured(name, rows)
        assert edited.text() == old, "its own rows again"
        edited.set_measured(name, [*rows, ROW])
        assert data(edited.text())[name]["measured"] == [*rows, {**ROW, "ratio": 1.035}]
        line = "- {work: copy N=1, machine: H200, triton: 3.9.0, ratio: 1.035}"
        added = Counter(map(str.strip, edited.text().splitlines())) - Counter(map(str.strip, old.splitlines()))
        assert added == Counter([line] if rows else ["measured:", line])
        edited.set_measured(name, rows)
        assert edited.text() == old


def test_a_row_keeps_its_text_and_the_comment_above_it(tmp_path):
    path = tmp_path / "registry.yaml"
    text = """\
beta:
  summary: Be.
  measured:
    # On a quiet machine.
    - {work: a, machine: M, triton: 3.6.0,  ratio: 0.900}
    - work: b
      machine: M
      triton: 3.6.0
      ratio: 2.0
  # Of the knobs.
  knobs:
    some: {type: bool, default: true, help: Do.}
"""
    path.write_text(text)
    registry = RegistryFile(path)
    rows = registry.entry("beta")["measured"]
    registry.set_measured("beta", rows[:1])
    kept, dropped = text.split("    - work: b\n")
    assert registry.text() == kept + dropped.split("ratio: 2.0\n")[1]
    registry.set_measured("beta", [])
    assert registry.text() == "beta:\n  summary: Be.\n  # Of the knobs.\n" + text.split("  # Of the knobs.\n")[1]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("beta:\n  summary: [Be\n", 3, 1),
        ("beta:\n  summary: Be: it\n", 2, 14),
        ("beta:\n\tsummary: Be\n", 2, 1),
        ("- beta\n", 1, 1),
        ("beta:\n", 1, 1),
        ("beta: 1\n", 1, 7),
        ("{beta: {summary: Be}}\n", 1, 1),
        ("beta:\n  summary: Be\nbeta:\n  summary: Be\n", 3, 1),
        ("beta:\n  summary: B\x01e\n", 2, 13),
        ("a:\n  summary: Be\n---\nb:\n  summary: Be\n", 3, 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path, text, line, column):
    path = tmp_path / "registry.yaml"
    path.write_text(text)
    with pytest.raises(CommandError) as error:
        RegistryFile(path)
    assert error.value.code == "registry-invalid"
    assert f"registry.yaml:{line}:{column}: error: found " in error.value.message, error.value.message
    assert path.read_text() == text


def test_bytes_that_are_no_text_are_refused_with_their_place(tmp_path):
    path = tmp_path / "registry.yaml"
    path.write_bytes(b"beta:\n  summary: B\xff\n")
    with pytest.raises(CommandError, match=r"registry.yaml:2:13: error: found what is not UTF-8"):
        RegistryFile(path)


def test_a_layout_that_cannot_be_edited_is_left_alone(tmp_path):
    """An anchor must come before what refers to it."""
    path = tmp_path / "registry.yaml"
    text = "beta: &b\n  summary: Be.\n  kind: op\ngamma: *b\n"
    path.write_text(text)
    registry = RegistryFile(path)
    with pytest.raises(CommandError) as error:
        registry.rename("beta", "omega")
    assert error.value.code in ("registry-layout", "registry-invalid")
    assert registry.text() == text


def test_a_copy_is_edited_apart(tmp_path):
    path = tmp_path / "registry.yaml"
    path.write_text(NASTY["dense"])
    registry = RegistryFile(path)
    names, text, line = registry.names(), registry.text(), registry.line_of("delta")
    edited = copy.copy(registry)
    edited.insert("alpha", ENTRY)
    edited.rename("beta", "omega")
    edited.set_measured("delta", [ROW])
    assert (registry.names(), registry.text(), registry.line_of("delta")) == (names, text, line)
    assert "measured" not in registry.entry("delta") and edited.names() == ["alpha", "delta", "omega"]


@pytest.mark.parametrize(
    "text",
    ["yes", "n", "3", "1e3", "12:30", "2026-01-01", "a: b", "a #b", "- a", "", " a", "{a}", "it's", "~", "é", "a\nb"],
)
def test_a_text_stays_a_text(tmp_path, text):
    path = tmp_path / "registry.yaml"
    path.write_text("")
    registry = RegistryFile(path)
    registry.insert("beta", {"summary": text, "knobs": {"some": {"type": "string", "default": text}}})
    assert data(registry.text())["beta"] == {
        "summary": text,
        "knobs": {"some": {"type": "string", "default": text}},
    }


def test_the_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "registry.yaml"
    path.write_bytes(NASTY["windows"].encode())
    registry = RegistryFile(path)
    registry.insert("gamma", ENTRY)
    registry.save()
    assert path.read_bytes().decode() == registry.text()
    assert [each.name for each in tmp_path.iterdir()] == ["registry.yaml"]
