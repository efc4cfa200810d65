# SPDX-License-Identifier: MIT
"""What of one catalogue breaks in another: what a pipeline text, or the result of one, relies on.

    breaking.py OLD.yaml NEW.yaml      prints a sentence for each, and exits with 1 if there is one

A pass may go when a retired entry stays behind; a knob may not. A default, a
range, the values of a choice and the exactness are promises, too.
"""

import sys
from pathlib import Path

import yaml

EXACTNESS = ("bit-exact", "contracts", "reassociates", "approximates")  # the strongest first
DEFAULTS = {"kind": "transform", "stage": "ttir", "status": "experimental"}


def breaking_changes(old, new):
    """Sentences, in the order of the old catalogue. ``old``, ``new``: {name: entry} as YAML has them."""
    sentences = []
    for name, entry in (old or {}).items():
        sentences += entry_changes(name, entry, (new or {}).get(name))
    return sentences


def field(entry, name):
    return entry.get(name, DEFAULTS.get(name))


def entry_changes(name, old, new):
    if new is None:
        return [f"{name} is gone; a retired entry that names its successor has to stay"]
    if field(new, "status") == "retired":
        return []  # who names it is told what to use instead
    if field(old, "status") == "retired":
        return [f"{name} was retired and is something new; a retired name is not given away"]
    # Where none is written the folder says the scope.
    compared = [what for what in ("kind", "stage", "scope") if what in DEFAULTS or (what in old and what in new)]
    sentences = [
        f"{name}: {what} was {field(old, what)} and is {field(new, what)}"
        for what in compared
        if field(old, what) != field(new, what)
    ]
    before, after = old.get("exactness"), new.get("exactness")
    if before in EXACTNESS and (after not in EXACTNESS or EXACTNESS.index(after) > EXACTNESS.index(before)):
        sentences.append(f"{name}: exactness was {before} and is {after or 'not said'}, which is weaker")
    for what, value in new.get("requires", {}).items():
        if value != old.get("requires", {}).get(what):
            sentences.append(f"{name}: requires {what} {shown(value)}, {was(old.get('requires', {}).get(what))}")
    for other in new.get("conflicts", []):
        if other not in old.get("conflicts", []):
            sentences.append(f"{name}: conflicts with {other}, and did not")
    for knob, fields in old.get("knobs", {}).items():
        sentences += knob_changes(f"{name}: {knob}", fields, new.get("knobs", {}).get(knob))
    return sentences


def knob_changes(what, old, new):
    if new is None:
        return [f"{what} is gone"]
    if old["type"] != new["type"]:
        return [f"{what}: type was {old['type']} and is {new['type']}"]
    sentences = []
    if old["default"] != new["default"]:
        sentences.append(f"{what}: default was {shown(old['default'])} and is {shown(new['default'])}")
    if "range" in new and ("range" not in old or not within(old["range"], new["range"])):
        sentences.append(f"{what}: range is {shown(new['range'])}, {was(old.get('range'))}")
    lost = [value for value in old.get("values", []) if value not in new.get("values", [])]
    if lost:
        sentences.append(f"{what}: {shown(lost)} can no longer be chosen")
    return sentences


def within(inner, outer):
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def shown(value):
    """As YAML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(shown, value))}]" if isinstance(value, list) else str(value)


def was(value):
    return "and had none" if value is None else f"and was {shown(value)}"


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    old, new = (yaml.safe_load(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:])
    sentences = breaking_changes(old, new)
    print("\n".join(sentences) or "nothing breaks")
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
