# SPDX-License-Identifier: MIT
"""`triton-ext list`: the extensions of the catalogue, one a line.

Without --status the retired ones are left out, for people and programs alike.
"""

import functools

from .. import _schemas
from .._library import _entries, _policy
from .._words import nearest
from ._answer import DIFFERS, DONE, Answer, CommandError
from ._print import columns

#: Filters whose words the schema says, and what they are about.
_FIELDS = {
    "stage": "the stage it runs in",
    "kind": "what it is",
    "status": "how far it is",
    "exactness": "how results compare with stock's",
}
#: Targets to complete, and to have meant; any other is taken too.
_ARCHES = ("sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_103", "sm_120", "gfx90a", "gfx942", "gfx950")

_EPILOG = """\
A filter takes several values with commas between, or is given again, and keeps what has one of them; several filters
keep what has all. Every word of TEXT must occur in the entry, in capitals or not. Retired extensions are listed with
--status retired only. Exit code: 0, or 1 where nothing matches, as grep's.
"""


def add_arguments(parser):
    parser.epilog = _EPILOG
    parser.add_argument("text", nargs="*", metavar="TEXT", help="words that the entry must have")
    _filter(parser, "scope", "generic, or a vendor", lambda: _scopes(_entries.data()["extensions"]))
    _filter(parser, "arch", "is for this target: sm_90, gfx942 or BACKEND:ARCH", lambda: _ARCHES)
    for field, what in _FIELDS.items():
        _filter(parser, field, f"{what}: {', '.join(_words(field))}", functools.partial(_words, field))
    _filter(parser, "knob", "has a knob of this name", lambda: _knobs(_entries.data()["extensions"]))


def _filter(parser, name, what, words):
    """An option --name; ``words``: a function of nothing that says what completes it."""
    action = parser.add_argument(f"--{name}", action="append", default=[], metavar="WORD", help=what)
    action.completer = lambda prefix, **_: [prefix[: prefix.rfind(",") + 1] + word for word in words()]


def run(options):
    answer = _entries.data()
    kept = [entry for entry in answer["extensions"] if all(keeps(entry) for keeps in _filters(options, answer))]
    kept = [marked(entry) for entry in kept]
    data = {**answer, "extensions": kept}
    return Answer(data, lambda style: _text(kept, style), DONE if kept else DIFFERS)


def _filters(options, answer):
    """What an entry must satisfy: a list of functions. Raises CommandError where a word is wrong."""
    entries = answer["extensions"]
    filters = []
    if options.text:
        filters.append(lambda entry: _mentions(entry, options.text))
    if scopes := _checked("scope", options.scope, _scopes(entries)):
        filters.append(lambda entry: entry["scope"] in scopes)
    if targets := [_target(word) for word in _split(options.arch)]:
        filters.append(lambda entry: any(not _entries.unmet_requirement(entry, *target) for target in targets))
    for field in _FIELDS:
        if given := getattr(options, field):
            chosen = _checked(field, given, _words(field))
            filters.append(lambda entry, field=field, chosen=chosen: entry[field] in chosen)
    if not options.status:
        filters.append(lambda entry: entry["status"] != "retired")
    if knobs := _checked("knob", options.knob, _knobs(entries)):
        filters.append(lambda entry: any(knob["name"] in knobs for knob in entry["knobs"]))
    return filters


def _words(field):
    return list(_schemas.words(field))


def _scopes(entries):
    return sorted({"generic", *(entry["scope"] for entry in entries)})


def _knobs(entries):
    return sorted({knob["name"] for entry in entries for knob in entry["knobs"]})


def _split(given):
    return [word for words in given for word in words.split(",")]


def _checked(option, given, words):
    """The words of a filter, each of which must be one of ``words``."""
    found = _split(given)
    for word in found:
        if word not in words:
            raise CommandError(
                f"unknown-{option}",
                f"--{option}: there is no {option} {word!r}",
                nearest=nearest(word, words),
                hint=f"it is one of {', '.join(words)}" if words else "no extension has one",
            )
    return found


def _target(word):
    try:
        return _entries.target(word)
    except ValueError as error:
        raise CommandError("unknown-arch", f"--arch: {error}", nearest=nearest(word, _ARCHES)) from None


def _mentions(entry, words):
    """Whether each of ``words`` occurs in some text of the entry."""
    texts = list(_texts(entry))
    return all(any(word.casefold() in text for text in texts) for word in words)


def _texts(value):
    """Every text within a value of the JSON, field names left out, in small letters."""
    if isinstance(value, str):
        yield value.casefold()
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _text(entries, style):
    rows = [[style(name, "bold"), *middle, summary] for name, *middle, summary in map(row, entries)]
    return "\n".join(columns(rows, width=style.width if style.terminal else None))


def marked(entry):
    """The entry, with why the machine's policy forbids it where it does: `forbidden`."""
    why = _policy.why_not(entry) if entry["kind"] in _entries.PASS_KINDS else None
    return {**entry, "forbidden": why} if why else entry


def row(entry):
    """The columns of an entry, those of `triton-ext-opt --list-passes`: name, stage, status, summary.

    What is no pass runs in no stage; its kind stands there. What is forbidden here says so before its summary.
    """
    stage = entry["kind"] if entry["kind"] in ("dialect", "op", "backend") else entry["stage"]
    mark = "[forbidden by policy] " if "forbidden" in entry else ""
    return [entry["name"], stage, entry["status"], mark + entry["summary"]]
