# SPDX-License-Identifier: MIT
"""A set of passes as a pipeline: `triton_ext.pipeline_of`."""

from .. import _pipeline
from .._errors import PipelineError
from .._library import _entries


def pipeline_of(passes):
    """The canonical text of the pipeline that has these ``passes``, in the order that the catalogue asks for.

    ``passes``: a set, or any iterable, of names, of texts with knobs
    (``"loop-split{max-splits=2}"``) and of the catalogue's extensions; or a
    mapping of names or extensions to dicts of their knobs, spelled as in Python or
    as in the catalogue, or to None. The same set gives the same text.

        with triton_ext.passes(triton_ext.pipeline_of({"loop-split": {"max_splits": 2}, "mask-fold": None})):
            kernel[grid](...)

    A pass stands behind those that its entry names under ``after``, also where
    only a third pass, which is not in the set, stands between them; else the
    order is that of the names. Raises PipelineError for a name that the catalogue
    does not have, for two passes of which one's entry names the other under
    ``conflicts``, for one pass in two forms, and for passes that have to come after
    each other; LibraryMissing, and TypeError for what is no set of passes.
    """
    texts = {}
    for name, text in map(_named, _pairs(passes)):
        if texts.setdefault(name, text) != text:
            raise _error("duplicate-pass", f"{name} is in the set twice: as {texts[name]} and as {text}")
    entries = {entry["name"]: entry for entry in _entries.data()["extensions"]}
    _refuse_conflicts(texts, entries)
    return _pipeline.check(",".join(texts[name] for name in _ordered(texts, entries))).canonical


def _error(code, sentence, hint=""):
    return PipelineError(f"{sentence}; {hint}" if hint else sentence, {"code": code, "nearest": [], "hint": hint})


def _pairs(passes):
    """(pass, its knobs or None) of each item."""
    if isinstance(passes, str) or not hasattr(passes, "__iter__"):
        raise TypeError(f'expected a set of passes such as {{"loop-split"}}, got {passes!r}')
    if hasattr(passes, "items"):
        return list(passes.items())
    return [(each, None) for each in passes]


def _named(pair):
    """The name of a pass and its canonical text."""
    word, knobs = pair
    if not isinstance(word, str):
        word = getattr(word, "name", None)
    if not isinstance(word, str) or not isinstance(knobs, dict | None):
        raise TypeError(f"expected the name of a pass, or its name and a dict of its knobs, got {pair!r}")
    checked = _pipeline.check(word)
    name = checked.elements[0]["name"] if len(checked.elements) == 1 else ""
    knobs_alone = checked.canonical.removeprefix(name)
    if not name or (knobs_alone and not (knobs_alone[0] == "{" and knobs_alone[-1] == "}")):
        hint = "kernels, places and stock passes are for a pipeline's text"
        raise _error("not-a-pass", f"{word!r} is not one pass with its knobs", hint)
    if not knobs:
        return name, checked.canonical
    if knobs_alone:
        raise _error("duplicate-pass", f"{name} has knobs in its text, {word!r}, and beside it")
    from . import extensions

    return name, extensions()[name].pipeline(**knobs)


def _refuse_conflicts(names, entries):
    for name in sorted(names):
        for other in sorted(names):
            if other in (entries[name].get("conflicts") or ()):
                raise _error("conflict", f"{name} and {other} conflict", "a pipeline has one of them at most")


def _before(name, entries):
    """All that the catalogue wants in front of ``name``, at any remove."""
    found, next_ones = set(), [name]
    while next_ones:
        for each in entries.get(next_ones.pop(), {}).get("after") or ():
            if each not in found:
                found.add(each)
                next_ones.append(each)
    return found - {name}


def _ordered(names, entries):
    """``names``, each after those that belong in front of it, and by name among those that may come next."""
    import graphlib
    import heapq

    sorter = graphlib.TopologicalSorter({name: sorted(_before(name, entries) & set(names)) for name in sorted(names)})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = " after ".join(reversed(error.args[1]))
        raise _error("circle", f"the catalogue wants {circle}, so no pipeline has all of them") from None
    ready, order = [], []
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(ready, name)
        order.append(heapq.heappop(ready))
        sorter.done(order[-1])
    return order
