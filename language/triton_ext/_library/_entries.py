# SPDX-License-Identifier: MIT
"""The entries of the catalogue as the library's JSON says them, and what is asked of names and targets.

Imported with the package, so it loads nothing by itself: the library when the
catalogue is first read.
"""

import json

from .. import _library

#: The kinds of extensions that run over a kernel.
PASS_KINDS = ("transform", "analysis", "instrument", "conversion")

_read = (None, None)  # the library asked last, and its answer


def data():
    """The catalogue as the library's JSON says it: a dict. Raises LibraryMissing."""
    global _read
    library = _library.load()
    if _read[0] is not library:
        _read = (library, json.loads(library.catalogue().output))
    return _read[1]


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
