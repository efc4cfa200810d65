# SPDX-License-Identifier: MIT
"""A pass and its knobs as somebody named them on a command line."""

from ._answer import CommandError


def pass_entry(name):
    """What the catalogue says of the pass ``name``, as the library's JSON has it. Raises CommandError."""
    from .. import _words
    from .._library import _entries

    entries = {entry["name"]: entry for entry in _entries.data()["extensions"]}
    passes = [other for other, entry in entries.items() if entry["kind"] in _entries.PASS_KINDS]
    if name not in entries:
        raise CommandError(
            "unknown-name",
            f"the catalogue has no extension '{name}'",
            nearest=_words.nearest(name, passes),
            hint="triton-ext list",
        )
    if name not in passes:
        raise CommandError("not-a-pass", f"'{name}' is a {entries[name]['kind']}: it runs over no kernel")
    return entries[name]


def pipelines(entry, texts):
    """{pipeline: knobs that are not at their default, typed}, in the order of ``texts``. Raises PipelineError."""
    from .. import _pipeline

    types = {knob["name"]: knob["type"] for knob in entry.get("knobs", [])}
    found = {}
    for text in texts:
        checked = _pipeline.check(f"{entry['name']}{{{text}}}" if text.strip() else entry["name"])
        (element,) = checked.elements
        found[checked.canonical] = {
            name: _typed(value, types.get(name)) for name, value in (element.get("knobs") or {}).items()
        }
    return found


def _typed(value, kind):
    """A knob's value, which the library gives as text, as the catalogue writes it."""
    if not isinstance(value, str):
        return value
    if kind == "bool":
        return value == "true"
    if kind in ("int", "float"):
        return {"int": int, "float": float}[kind](value)
    if kind == "int-list":
        return [int(number) for number in value.split(",") if number]
    return value
