# SPDX-License-Identifier: MIT
"""The catalogue, asked from Python: `triton_ext.catalogue`, and what the command line asks of it.

Imported with the package, so it loads nothing by itself: the library when the
catalogue is first read, the dataclasses (`_extension`) when one is handed out.
"""

import functools
import json
import os

from . import _library

#: The kinds of extensions that run over a kernel.
PASS_KINDS = ("transform", "analysis", "instrument", "conversion")

_SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schemas")

_read = (None, None)  # the library asked last, and its answer
_made = (None, None)  # that answer, and the extensions made of it


def data():
    """The catalogue as the library's JSON says it: a dict. Raises LibraryMissing."""
    global _read
    library = _library.load()
    if _read[0] is not library:
        _read = (library, json.loads(library.catalogue().output))
    return _read[1]


def extensions():
    """Every `Extension` of the catalogue by name: triton-ext's own, then each other library's, each sorted.

    Raises LibraryMissing.
    """
    global _made
    answer = data()
    if _made[0] is not answer:
        from . import _extension

        entries = sorted(answer["extensions"], key=lambda entry: (entry.get("library", ""), entry["name"]))
        _made = (answer, {entry["name"]: _extension.Extension.of(entry) for entry in entries})
    return _made[1]


def nearest(word, words, count=3):
    """The at most ``count`` of ``words`` that ``word`` was likely meant to be, nearest first.

    A name of another library, ``mine/loop-split``, is near to its last part too.
    """
    import difflib

    words = list(words)
    found = difflib.get_close_matches(word, words, count)
    ends = {each.rpartition("/")[2]: each for each in reversed(words)}
    found += [ends[each] for each in difflib.get_close_matches(word.rpartition("/")[2], list(ends), count)]
    return list(dict.fromkeys(found))[:count]


class Catalogue:
    """The extensions of the library, and of every other that is named beside it.

    ``catalogue()`` is a tuple of frozen `Extension`s, sorted by name, triton-ext's
    own before those of other libraries. One of them is ``catalogue["loop-split"]``
    or ``catalogue.loop_split``: called with its knobs it gives its text in a
    pipeline, ``catalogue.loop_split(max_splits=2)`` is
    ``"loop-split{max-splits=2}"``. The extensions of a library called ``mine`` are
    ``catalogue.mine`` in the same way, and ``catalogue["mine/loop-split"]``.

    Reading it loads the library and raises LibraryMissing where there is none; it
    neither imports triton nor starts anything.
    """

    def __init__(self, library=""):
        self._prefix = f"{library}/" if library else ""

    def __call__(self):
        """The extensions: a tuple, sorted by name, triton-ext's own first."""
        return tuple(each for name, each in extensions().items() if name.startswith(self._prefix))

    def __iter__(self):
        return iter(self())

    def __len__(self):
        return len(self())

    def __contains__(self, name):
        return f"{self._prefix}{name}" in extensions()

    def __getitem__(self, name):
        """The extension of that name, as the catalogue spells it. Raises KeyError."""
        found = extensions()
        try:
            return found[f"{self._prefix}{name}"]
        except KeyError:
            raise KeyError(self._missing(f"the catalogue has no extension {name!r}", name, found)) from None

    def __getattr__(self, attribute):
        if attribute.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no attribute {attribute!r}")
        members = self._members()
        try:
            return members[attribute]
        except KeyError:
            mistake = f"the catalogue has no extension {attribute!r}"
            raise AttributeError(self._missing(mistake, attribute, members)) from None

    def __dir__(self):
        return [*super().__dir__(), *self._members()]

    def __repr__(self):
        return f"<triton_ext.catalogue: {', '.join(each.name for each in self())}>"

    def _members(self):
        """Extensions by their Python spelling, then libraries; an extension hides a library of its name."""
        own, libraries = {}, {}
        for extension in self():
            library, slash, _ = extension.name[len(self._prefix) :].partition("/")
            if slash:
                libraries.setdefault(_python(library), Catalogue(library))
            else:
                own[_python(library)] = extension
        return {**libraries, **own}

    @staticmethod
    def _missing(mistake, word, words):
        near = nearest(word, words)
        return f"{mistake}; did you mean {' or '.join(map(repr, near))}?" if near else mistake


def _python(name):
    return name.replace("-", "_")


catalogue = Catalogue()


def target(word):
    """The ``(backend, arch)`` that ``word`` names: ("cuda", "90") for ``sm_90``, ``sm_90a`` or ``90``,
    ("hip", "gfx942") for ``gfx942``, and those of ``BACKEND:ARCH`` for any other. Raises ValueError.
    """
    import re

    if match := re.fullmatch(r"(?:sm_)?([0-9]+)[a-z]?", word):
        return "cuda", match[1]
    if re.fullmatch(r"gfx[0-9a-z-]+", word):
        return "hip", word
    if match := re.fullmatch(r"([a-z][\w-]*):([\w.-]+)", word):
        return match[1], match[2]
    raise ValueError(f"{word!r} is no target such as sm_90, gfx942 or BACKEND:ARCH")


def unmet_requirement(entry, backend, arch):
    """Why an extension is not for a target, as a sentence without full stop; None where it is.

    ``entry``: the extension as the JSON says it. ``backend``, ``arch``: of the target, ("cuda", "90")
    or ("hip", "gfx942"). The rule by which the library lets a pass decline (`unmetRequirement`),
    which a test holds this to.
    """
    if entry["backend"] and entry["backend"] != backend:
        return f"{entry['name']} is for the backend {entry['backend']}, not {backend}"
    for key, value in sorted(entry["requires"].items()):
        if not _is_met(key, value, arch):
            return f"{entry['name']} requires {key} {value}, and this target is {arch}"
    return None


def _is_met(key, value, arch):
    parts = value.split(",")
    if key == "arch":
        return arch in parts
    # A target without a number, gfx942 say, has no such capability.
    return arch.isdecimal() and all(_holds(int(arch), part.strip()) for part in parts)


def _holds(capability, comparison):
    sign = comparison.rstrip("0123456789")
    bound = int(comparison[len(sign) :] or 0)
    return {
        ">=": capability >= bound,
        "<=": capability <= bound,
        ">": capability > bound,
        "<": capability < bound,
    }.get(sign, capability == bound)


def schema_names():
    """The names that `schema` knows, sorted."""
    return sorted(name[: -len(".json")] for name in os.listdir(_SCHEMAS) if name.endswith(".json"))


@functools.lru_cache
def schema(name):
    """The JSON Schema called ``name``, as its file has it: a dict."""
    with open(os.path.join(_SCHEMAS, f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


def words(field, kind="extension"):
    """The words that a field may have, with what each means: a dict, from the schema."""
    described = schema("extension")
    found = (described if kind == "extension" else described["$defs"][kind])["properties"][field]
    choices = next((each for each in found.get("anyOf", [found]) if "oneOf" in each), found)
    return {each["const"]: each["description"] for each in choices["oneOf"]}
