# SPDX-License-Identifier: MIT
"""What a machine's owner allows: policy files (docs/operations.md).

`SYSTEM` and the file that TRITON_EXT_POLICY names, each read once a process. What
either forbids is forbidden; one that cannot be read or has a mistake forbids every
pass. It binds this package in this process, not whoever can change the process.
"""

import os

from .._errors import LibraryMissing, PipelineError

#: The machine's file. That it is not there is no mistake.
SYSTEM = "/etc/triton-ext/policy.ini"
#: The variable that names one more file, which has to be there.
VARIABLE = "TRITON_EXT_POLICY"
SECTION = "policy"
FIELDS = ("passes", "stock", "statuses", "exactness", "libraries", "modes")
#: In `libraries`: the library of this package, or of its checkout.
OWN = "own"

_read = None


class Mistake(Exception):
    """What is wrong in a policy file. ``line``: from 1, 0 where it is about the whole file."""

    def __init__(self, sentence, line=0):
        super().__init__(sentence)
        self.line = line


class File:
    """One policy file. ``values``: field -> its words; ``lines``: field -> its line; ``mistake``: a Mistake or None."""

    def __init__(self, path):
        self.path, self.values, self.lines, self.mistake = path, {}, {}, None
        try:
            with open(path, "rb") as file:
                self._take(file.read())
        except OSError as error:
            self.mistake = Mistake(f"it cannot be read: {error.strerror}")
        except Mistake as mistake:
            self.mistake = mistake

    def _take(self, data):
        for name, text in _fields(data):
            self.lines[name] = _line_of(name, data)
            if name not in FIELDS:
                raise Mistake(f"there is no field {name!r}{_meant(name, FIELDS)}", self.lines[name])
            words = text.replace(",", " ").split()
            for word in words:
                self._check(name, word)
            self.values[name] = words
        if "isolated" not in self.values.get("modes", ["isolated"]):
            raise Mistake("modes has to have isolated: passes run so where inline is forbidden", self.lines["modes"])

    def _check(self, name, word):
        if name == "libraries" and word != OWN and not word.startswith("/"):
            raise Mistake(f"libraries has {OWN} and absolute paths, not {word!r}", self.lines[name])
        choices = _choices(name)
        if choices and word not in choices:
            sentence = f"{name}: there is no {word!r}{_meant(word, choices)}; expected {', '.join(choices)}"
            raise Mistake(sentence, self.lines[name])

    def at(self, field=None):
        """Where that field, or the mistake, is: ``/etc/triton-ext/policy.ini:3``."""
        line = self.lines[field] if field else self.mistake.line
        return f"{self.path}:{line}" if line else self.path

    def refuses(self):
        """Why this file forbids everything, or None."""
        return f"{self.at()}: {self.mistake}" if self.mistake else None

    def refuses_pass(self, entry):
        """Why this file forbids the pass of a catalogue's entry, or None."""
        if self.mistake:
            return self.refuses()
        if not _allowed(entry["name"], self.values.get("passes")):
            return self._said("passes")
        for field, name in (("statuses", "status"), ("exactness", "exactness")):
            word = entry.get(name)
            # What changes no module, an analysis say, has no exactness to forbid.
            unchanged = field == "exactness" and word is None and "kind" in entry
            if field in self.values and word not in self.values[field] and not unchanged:
                return f"{self._said(field)}, and it is {word or 'of unknown ' + name}"
        return None

    def refuses_stock(self, name):
        """Why this file forbids to drop, replace or re-parameterise the stock pass ``name``, or None."""
        if self.mistake:
            return self.refuses()
        if "stock" in self.values:
            return None if _allowed(name, self.values["stock"]) else self._said("stock")
        given = next((field for field in ("passes", "statuses", "exactness") if field in self.values), None)
        return given and f"{self._said(given)}, and no field `stock` names it"

    def refuses_library(self, path, own):
        """Why this file forbids the library or worker program at ``path``, or None. ``own``: it is this package's."""
        if own:
            return None
        if self.mistake:
            return self.refuses()
        paths = self.values.get("libraries")
        if paths is None or any(_matches(path, each) for each in paths if each != OWN):
            return None
        return self._said("libraries")

    def refuses_mode(self, mode):
        """Why this file forbids that mode, or None."""
        if mode == "isolated":
            return None
        if self.mistake:
            return self.refuses()
        return None if mode in self.values.get("modes", [mode]) else self._said("modes")

    def _said(self, field):
        return f"{self.at(field)}: {field} = {', '.join(self.values[field])}"


def _fields(data):
    """The fields of a file's text, as (name, value). Raises Mistake."""
    import configparser

    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#", ";"), delimiters=("=",))
    try:
        parser.read_string(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Mistake("it is no UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    except configparser.Error as error:
        line = getattr(error, "lineno", 0) or (getattr(error, "errors", None) or [(0,)])[0][0]
        raise Mistake(f"it is no INI file: {_first_line(error)}", line) from None
    sections = parser.sections()
    if sections != [SECTION] or parser.defaults():
        raise Mistake(f"expected one section [{SECTION}], found {', '.join(sections) or 'none'}")
    return parser.items(SECTION)


def _first_line(error):
    return type(error).__name__ + ": " + str(error).splitlines()[0]


def _line_of(name, data):
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        if line.partition("=")[0].strip().lower() == name:
            return number
    return 0


def _choices(field):
    """The words that a field may have; none for patterns and paths."""
    if field == "modes":
        return ("isolated", "inline")
    name = {"statuses": "status", "exactness": "exactness"}.get(field)
    if not name:
        return ()
    from .. import _schemas

    return tuple(_schemas.words(name))


def _meant(word, words):
    from .._words import nearest

    near = nearest(word, words, 1)
    return f", nearest: {near[0]}" if near else ""


def _matches(name, pattern):
    from fnmatch import fnmatchcase

    return fnmatchcase(name, pattern)


def _allowed(name, patterns):
    """Whether ``patterns`` (None: no such field) allow ``name``; those after a ``!`` forbid, whatever allows."""
    if patterns is None:
        return True
    if any(_matches(name, each[1:]) for each in patterns if each.startswith("!")):
        return False
    allowing = [each for each in patterns if not each.startswith("!")]
    # `!a` alone forbids a, and nothing else; an empty field allows nothing.
    return any(_matches(name, each) for each in allowing) or bool(patterns and not allowing)


def files():
    """The policy files that hold here: a list of File, empty where there is none."""
    global _read
    if _read is None:
        named = os.environ.get(VARIABLE)
        paths = [] if _absent(SYSTEM) else [SYSTEM]
        _read = [File(path) for path in [*paths, *([os.path.abspath(named)] if named else [])]]
    return _read


def _absent(path):
    """Whether there is no such file; that it cannot be told is no answer."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False


def why_not(entry):
    """Why the pass of a catalogue's entry is forbidden, as a sentence; None where it is not."""
    return next(filter(None, (file.refuses_pass(entry) for file in files())), None)


def check_pipeline(report, catalogue):
    """Raises PipelineError, code "policy", where the pipeline of the library's ``report`` is forbidden.

    ``catalogue``: gives the catalogue (`_entries.data`); called where there is a policy only.
    """
    if not files():
        return
    entries = {entry["name"]: entry for entry in catalogue()["extensions"]}
    for element in report.get("elements", ()):
        _refuse(element["name"], why_not(entries.get(element["name"], element)))
    for rule in report.get("rules", ()):
        for name in filter(None, map(_changed_stock, rule["steps"])):
            _refuse(name, next(filter(None, (file.refuses_stock(name) for file in files())), None))


def _changed_stock(step):
    """The name of the stock pass that a step of a pipeline drops, replaces or re-parameterises; None for none."""
    place = step.get("place") or {}
    if step["kind"] == "pass":
        return place["pass"] if place.get("how") == "replace" else None
    return place.get("pass") or step["name"]


def _refuse(name, why):
    if why:
        hint = "ask whoever looks after that file; `triton-ext list` shows what is allowed"
        raise PipelineError(f"{name} is forbidden by policy: {why}", {"code": "policy", "nearest": [], "hint": hint})


def check_library(path, own):
    """Raises LibraryMissing where the library, or worker program, at ``path`` may not be used.

    ``own``: where this package's own is.
    """
    real = os.path.realpath(path)
    for file in files():
        why = file.refuses_library(real, real == os.path.realpath(own))
        if why:
            raise LibraryMissing(f"triton_ext: {path} is forbidden by policy: {why}")


def check_mode(mode):
    """Raises ValueError where that mode is forbidden."""
    for file in files():
        why = file.refuses_mode(mode)
        if why:
            raise ValueError(f'"{mode}" is forbidden by policy: {why}')
