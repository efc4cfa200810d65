# SPDX-License-Identifier: MIT
"""The catalogue, asked from Python: `triton_ext.catalogue`.

Imported with the package, so the dataclasses (`_extension`) are only imported
when one is handed out.
"""

from .._library._entries import data
from .._words import nearest

_made = (None, None)  # the library's answer, and the extensions made of it


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
