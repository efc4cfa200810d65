# SPDX-License-Identifier: MIT
"""Pipeline texts: checking, composing, and the spelling as a compile option.

The option's value is ``<canonical pipeline> [<build hash>]``, with the hashes of
other libraries whose passes it names, ``[<build hash> mine=<build hash>]``:
equal pipelines have equal values, and a library built from other sources has
other ones. The empty string is stock.
"""

from . import _library, _policy, _settings
from ._errors import LibraryMissing, PipelineError, warn

#: The option's name, in kernel keyword arguments, options objects and metadata.
OPTION = "triton_ext"
#: Stands for an empty pipeline that crosses all the same (triton_ext.testing).
CROSSING = "<crossing>"

_checked = {}


class Checked:
    """A pipeline text that the library accepts.

    ``canonical``: its canonical text. ``elements``: the library's list of
    ``{"kernel", "name", "stage", "status", "knobs"}``. ``builds``: the build
    hashes, by name, of the libraries that it names beside the loaded one.
    """

    __slots__ = ("canonical", "elements", "builds")

    def __init__(self, canonical, elements, builds=()):
        self.canonical = canonical
        self.elements = elements
        self.builds = dict(builds)

    def stages(self):
        """The stages that have passes."""
        return {element["stage"] for element in self.elements}


_STOCK = Checked("", [])
_CROSSING = Checked(CROSSING, [{"name": "", "stage": stage, "kernel": "", "knobs": {}} for stage in ("ttir", "ttgir")])


def check(text):
    """The Checked form of ``text``. Raises PipelineError, LibraryMissing, TypeError."""
    if not isinstance(text, str):
        raise TypeError(f'a pipeline is a text such as "loop-split", got {type(text).__name__}')
    if text == CROSSING:
        return _CROSSING
    if not text.strip():
        return _STOCK
    library = _library.load()
    key = (library, text)
    found = _checked.get(key)
    if found is None:
        result = library.check(text)
        if result.status != _library.OK:
            error = result.report.get("error") or {}
            raise PipelineError(error.get("message") or f"the pipeline {text!r} is not understood", error)
        _policy.check_pipeline(result.report)
        builds = {
            each["library"]: each["build_hash"]
            for each in result.report.get("libraries", [])
            if each["build_hash"] != library.build_hash
        }
        found = Checked(result.output, result.report.get("elements", []), builds)
        _checked[key] = found
    return found


def compose(wider, text):
    """The pipeline that results where ``text`` stands inside ``wider``.

    ``text`` replaces; with a leading "+" it is added at the end.
    """
    if not text.startswith("+"):
        return text
    text = text[1:]
    if not wider.strip():
        return text
    separator = ";" if any(mark in wider + text for mark in ":;") else ","
    return f"{wider}{separator}{text}" if text.strip() else wider


def value(text):
    """The compile option's value for ``text``; "" for stock. Raises as `check`."""
    checked = check(text)
    if not checked.canonical:
        return ""
    builds = [_library.load().build_hash, *(f"{name}={build}" for name, build in checked.builds.items())]
    return f"{checked.canonical} [{' '.join(builds)}]"


def of_value(option):
    """The Checked pipeline of an option's value.

    A value of another build of the library is read for its pipeline: the text
    counts, and is spelled anew by `value`.
    """
    return check(text_of(option))


def text_of(option):
    """The pipeline text within an option's value; a plain text is returned as it is."""
    if option.endswith("]"):
        head, bracket, tail = option[:-1].rpartition(" [")
        own, *others = tail.split(" ")
        if bracket and own.isalnum() and all(each.partition("=")[2].isalnum() for each in others):
            return head
    return option


_warned = set()


def written(text, where):
    """Checks ``text`` where the user wrote it, and says whether it can be used.

    Raises PipelineError. Without a library: False after one warning that says
    what to install, or LibraryMissing where ``on_failure`` is "raise".
    """
    try:
        check(text[1:] if isinstance(text, str) and text.startswith("+") else text)
    except LibraryMissing as error:
        if _settings.get("on_failure") == "raise":
            raise
        if str(error) not in _warned:
            _warned.add(str(error))
            warn(f"{where} is ignored, kernels are stock's: {error}")
        return False
    return True
