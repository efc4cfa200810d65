# SPDX-License-Identifier: MIT
"""A knob in one word: what ``triton-ext new pass --knob`` takes.

name:type=default[:low..high][ help]        bool, int, float, int-list (items with commas)
name:choice=default:value,value,...[ help]
name:string=default[ help]
"""

import re

from . import _spelling
from ._answer import CommandError

TYPES = ("bool", "int", "float", "choice", "string", "int-list")
FORM = "NAME:TYPE=DEFAULT[:LOW..HIGH], or NAME:choice=DEFAULT:VALUE,VALUE"


class Knob:
    """A knob of a new pass: ``name``; its ``fields`` as registry.yaml has them; and
    ``other``, the text in a pipeline of some value that is not the default.
    """

    def __init__(self, name, fields, other):
        self.name = name
        self.fields = fields
        self.other = other


def knob_of(text):
    """Reads one --knob. Raises CommandError."""
    match = re.fullmatch(r"([^:=\s]*):([^:=\s]*)=(\S*)(?:\s+(\S.*))?", text.strip())
    if not match:
        raise _error(text, f"found {text!r}", FORM)
    name, type_, value, help_ = match.groups()
    _check_name(text, name)
    if type_ not in TYPES:
        raise _error(text, f"found the type {type_!r}", f"one of {', '.join(TYPES)}", _nearest(type_, TYPES))
    fields, other = _READERS[type_](text, value)
    return Knob(name, {"type": type_, **fields, "help": help_ or f"Say what {name} decides."}, other)


def _check_name(text, name):
    if not _spelling.is_kebab(name):
        raise _error(text, f"found the name {name!r}", "one in kebab-case", filter(None, [_spelling.to_kebab(name)]))
    language = _spelling.keyword_of(name)
    if language:
        raise _error(text, f"found {name!r}", f"a name that is no keyword of {language}")


def _bool(text, value):
    if value not in ("true", "false"):
        raise _error(text, f"found {value!r}", "true or false", _nearest(value, ("true", "false")))
    return {"default": value == "true"}, "false" if value == "true" else "true"


def _int(text, value):
    default, bounds = _ranged(text, value, _integer)
    return {"default": default, **bounds}, str(_beside(text, default, bounds, 1))


def _float(text, value):
    default, bounds = _ranged(text, value, _number)
    step = (bounds["range"][1] - bounds["range"][0]) / 2 if bounds else 1.0
    return {"default": default, **bounds}, repr(_beside(text, default, bounds, step))


def _int_list(text, value):
    items, bounds = _ranged(text, value, lambda t, v: [_integer(t, item) for item in v.split(",") if item])
    other = _beside(text, items[0], bounds, 1) if items else bounds["range"][0] if bounds else 1
    return {"default": items, **bounds}, str(other)


def _choice(text, value):
    default, _, rest = value.partition(":")
    values = rest.split(",")
    for each in values:
        if not _spelling.is_kebab(each):
            raise _error(text, f"found the value {each!r}", "values in kebab-case, with commas between")
    if len(set(map(_spelling.pascal, values))) < max(2, len(values)):
        raise _error(text, f"found the values {rest!r}", "two at least, each its own")
    if default not in values:
        raise _error(text, f"found the default {default!r}", f"one of {', '.join(values)}", _nearest(default, values))
    return {"default": default, "values": values}, next(each for each in values if each != default)


def _string(text, value):
    return {"default": value}, "other" if value != "other" else "another"


_READERS = {
    "bool": _bool,
    "int": _int,
    "float": _float,
    "choice": _choice,
    "string": _string,
    "int-list": _int_list,
}


def _ranged(text, value, read):
    """``DEFAULT[:LOW..HIGH]`` as the default and {"range": [low, high]}, or {}."""
    value, _, bounds = value.partition(":")
    default = read(text, value)
    if not bounds:
        return default, {}
    number = _number if read is _number else _integer
    ends = bounds.split("..")
    if len(ends) != 2:
        raise _error(text, f"found the range {bounds!r}", "LOW..HIGH")
    low, high = (number(text, end) for end in ends)
    if low >= high:
        raise _error(text, f"found the range {bounds!r}", "the lower end first, and another one behind it")
    for each in default if isinstance(default, list) else [default]:
        if not low <= each <= high:
            raise _error(text, f"found the default {each}", f"one from {low} to {high}")
    return default, {"range": [low, high]}


def _beside(text, value, bounds, step):
    """Another value near ``value`` and in the range."""
    if bounds and value + step > bounds["range"][1]:
        return bounds["range"][0] if value - step < bounds["range"][0] else value - step
    return value + step


def _integer(text, value):
    if not re.fullmatch(r"-?\d+", value) or not -(2**63) <= int(value) < 2**63:
        raise _error(text, f"found {value!r}", "an integer of 64 bits")
    return int(value)


def _number(text, value):
    if not re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", value):
        raise _error(text, f"found {value!r}", "a number")
    return float(value)


def _nearest(word, words):
    import difflib

    return difflib.get_close_matches(word, words, 1)


def _error(text, found, expected, nearest=()):
    return CommandError(
        "bad-knob",
        f"--knob {text!r}: {found}, expected {expected}",
        nearest,
        "--knob 'max-splits:int=1:1..4 What it is.'",
    )
