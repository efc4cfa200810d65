# SPDX-License-Identifier: MIT
"""`triton-ext show NAME`: all that the catalogue says of one extension."""

from .. import _schemas, _words
from .._library import _entries
from .._library._entries import PASS_KINDS
from ._answer import Answer, CommandError
from ._print import columns


def add_arguments(parser):
    name = parser.add_argument("name", metavar="NAME", help="its name, as `triton-ext list` has it")
    name.completer = lambda **_: _names()


def run(options):
    from .list import marked

    entry = marked(find(options.name))
    return Answer(entry, lambda style: _text(entry, style))


def find(name):
    """The entry of that name, as the JSON has it. Raises CommandError."""
    for entry in _entries.data()["extensions"]:
        if entry["name"] == name:
            return entry
    raise CommandError(
        "unknown-extension",
        f"the catalogue has no extension {name!r}",
        nearest=_words.nearest(name, _names()),
        hint="triton-ext list --status experimental,stable,retired",
    )


def _names():
    return [entry["name"] for entry in _entries.data()["extensions"]]


def _text(entry, style):
    parts = [_head(entry, style), _facts(entry, style)]
    if entry["knobs"]:
        parts.append([style("Knobs", "bold"), *_knobs(entry, style)])
    if entry["measured"]:
        title = style("Measured", "bold") + ": stock's time over the time with it"
        parts.append([title, *_measured(entry, style)])
    if entry["kind"] in PASS_KINDS and entry["status"] != "retired":
        parts.append([style("Use", "bold"), *_usage(entry)])
    return "\n\n".join("\n".join(lines) for lines in parts)


def _head(entry, style):
    lines = [style(entry["name"], "bold", "cyan"), entry["summary"]]
    if entry["status"] == "retired":
        lines.append(style(f"Retired: use {entry['successor']} instead.", "yellow"))
    if "forbidden" in entry:
        lines.append(style(f"Forbidden by policy: {entry['forbidden']}.", "yellow"))
    return lines


def _facts(entry, style):
    """What the entry says in a line each; what it leaves out has none."""
    facts = {
        "kind": f"{entry['kind']}, in {entry['stage']}" if entry["kind"] in PASS_KINDS else entry["kind"],
        "scope": entry["scope"] + (f", for the backend {entry['backend']}" if entry["backend"] else ""),
        "status": explained(entry, "status"),
        "exactness": explained(entry, "exactness"),
        "declines": entry["declines"] and f"where {entry['declines']}",
        "requires": ", ".join(f"{key} {value}" for key, value in entry["requires"].items()),
        "assumes": sentences(entry["assumes"]),
        "after": ", ".join(entry["after"]),
        "conflicts": ", ".join(entry["conflicts"]),
        "owner": entry["owner"],
        "since": entry["since"],
        "upstream": entry["upstream"],
        "library": entry.get("library") and f"{entry['library']}, {entry['source']}",
        "folder": entry["folder"],
    }
    lines = []
    for name, fact in facts.items():
        if fact:
            first, *rest = style.wrapped(fact, " " * 13)
            lines += [f"  {style(name, 'dim')}{first[2 + len(name) :]}", *rest]
    return lines


def sentences(texts):
    """Sentences one behind the other, whether they come with full stops or without."""
    return " ".join(f"{text.rstrip('.')}." for text in texts)


def explained(entry, field):
    """A word of the entry with what it means, or None where the entry has none."""
    word = entry[field]
    meaning = word and _schemas.words(field).get(word)
    return f"{word}: {meaning}" if meaning else word


def _knobs(entry, style):
    lines = []
    heads = columns([[f"  {style(knob['name'], 'bold')}", knob["type"], _values(knob)] for knob in entry["knobs"]])
    for knob, head in zip(entry["knobs"], heads, strict=True):
        lines += [head, *style.wrapped(knob["help"], " " * 6)]
        rows = [[f"        {each['value']}", each["help"] or ""] for each in knob["values"]]
        lines += columns(rows)
    return lines


def _values(knob):
    """The default of a knob, and what else it may be."""
    said = [f"default {value_text(knob['default'])}"]
    if knob["range"]:
        said.append("from {} to {}".format(*knob["range"]))
    if knob["try"]:
        said.append(f"try {' '.join(map(value_text, knob['try']))}")
    if knob["log"]:
        said.append("searched by factors")
    return ", ".join(said)


def value_text(value):
    """A value of the JSON as a pipeline has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value)) or "{}"
    return str(value) if value != "" else "''"


def _measured(entry, style):
    rows = [["  ratio", "work", "machine", "triton", "knobs"]]
    for run in entry["measured"]:
        ratio = style(f"  {run['ratio']:.3f}", "green" if run["ratio"] >= 1 else "red")
        knobs = " ".join(f"{name}={value_text(value)}" for name, value in run["knobs"].items())
        rows.append([ratio, run["work"], run["machine"], run["triton"], knobs])
    head, *lines = columns(rows)
    return [style(head, "dim"), *lines]


def _usage(entry):
    text = usual_pipeline(entry)
    return [
        f'  with triton_ext.passes("{text}"): kernel[grid](...)',
        f"  TRITON_EXT_PASSES='{text}' python script.py",
    ]


def usual_pipeline(entry):
    """A pipeline text of a pass, with a knob at another value if it has one that is worth trying."""
    for knob in entry["knobs"]:
        other = next((value for value in knob["try"] if value != knob["default"]), None)
        if other is not None:
            return f"{entry['name']}{{{knob['name']}={value_text(other)}}}"
    return entry["name"]
