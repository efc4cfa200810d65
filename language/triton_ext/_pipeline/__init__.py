# SPDX-License-Identifier: MIT
"""Pipeline texts: checking, composing, and the spelling as a compile option.

The option's value is ``<canonical pipeline> [<build hash>]``, with the hashes of
other libraries whose passes it names, ``[<build hash> mine=<build hash>]``:
equal pipelines have equal values, and a library built from other sources has
other ones. The empty string is stock.
"""

from .. import _library
from .._errors import PipelineError
from .._library import _entries, _policy

#: The option's name, in kernel keyword arguments, options objects and metadata.
OPTION = "triton_ext"
#: Stands for an empty pipeline that crosses all the same (triton_ext.testing).
CROSSING = "<crossing>"

_checked = {}


class Checked:
    """A pipeline text that the library accepts.

    ``canonical``: its canonical text. ``rules``: the library's list of
    ``{"pattern": a kernel pattern or None, "steps": [...]}`` (triton_ext.h);
    the first that matches a kernel is its pipeline. ``elements``: the passes of
    all rules, ``{"kernel", "name", "stage", "status", "knobs"}``. ``builds``: the
    build hashes, by name, of the libraries that it names beside the loaded one.
    """

    __slots__ = ("canonical", "elements", "rules", "builds")

    def __init__(self, canonical, elements, builds=(), rules=None):
        self.canonical = canonical
        self.elements = elements
        self.rules = [_rule_of(elements)] if rules is None else rules
        self.builds = dict(builds)

    def stages(self):
        """The stages that have passes."""
        return {element["stage"] for element in self.elements}

    def for_all(self):
        """Whether it is one pipeline, for every kernel."""
        return not self.rules or (len(self.rules) == 1 and self.rules[0]["pattern"] is None)

    def for_kernel(self, name):
        """The Checked pipeline of the kernel ``name``: that of the first rule that matches; stock's where none does."""
        if self.for_all():
            return self
        from fnmatch import fnmatchcase

        kernel = name.encode()  # names are matched byte by byte, as the library does
        for rule in self.rules:
            if rule["pattern"] is None or fnmatchcase(kernel, rule["pattern"].encode()):
                return check(text_of_steps(rule["steps"]))
        return _STOCK

    def steps(self):
        """The steps of a pipeline for every kernel, in order: the library's list."""
        return self.rules[0]["steps"] if self.rules else []

    def at_end(self, stage):
        """The passes that run at the end of ``stage``: those without a place."""
        return [
            each for each in self.steps() if each["kind"] == "pass" and not each["place"] and each["stage"] == stage
        ]


def _rule_of(elements):
    steps = [{"library": None, "place": None, **element, "kind": "pass"} for element in elements]
    return {"pattern": None, "steps": steps}


def text_of_steps(steps):
    """The pipeline text of a list of steps, not canonical."""
    from ._step_text import step_text

    return ",".join(map(step_text, steps))


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
        _policy.check_pipeline(result.report, _entries.data)
        builds = {
            each["library"]: each["build_hash"]
            for each in result.report.get("libraries", [])
            if each["build_hash"] != library.build_hash
        }
        found = Checked(result.output, result.report.get("elements", []), builds, result.report.get("rules"))
        _checked[key] = found
    return found


def compose(wider, text):
    """The pipeline that results where ``text`` stands inside ``wider``.

    ``text`` replaces; with a leading "+" its steps are added behind those that a
    kernel has already. Raises PipelineError as `check`, and where both name
    kernels by different patterns.
    """
    if not text.startswith("+"):
        return text
    text = text[1:]
    if not wider.strip() or not text.strip():
        return wider.strip() and wider or text
    outer, inner = check(wider), check(text)
    if outer.for_all() and inner.for_all():
        return ",".join(filter(None, (outer.canonical, inner.canonical)))
    return "; ".join(f"{pattern or '*'}: {text_of_steps(steps)}" for pattern, steps in _added(outer, inner))


def _added(outer, inner):
    """The rules of ``outer`` with the steps of ``inner`` behind: pairs (pattern, steps)."""
    patterns = [rule["pattern"] for rule in outer.rules]
    if not inner.for_all() and not outer.for_all() and patterns != [rule["pattern"] for rule in inner.rules]:
        raise PipelineError(
            f"{inner.canonical!r} cannot be added to {outer.canonical!r}: both name kernels, by different patterns; "
            "write the pipeline of each pattern out",
            {"code": "bad-pattern", "nearest": [], "hint": "write the pipeline of each pattern out"},
        )
    if not outer.for_all():
        rules = [
            (pattern, rule["steps"] + (inner.steps() if inner.for_all() else inner.rules[index]["steps"]))
            for index, (pattern, rule) in enumerate(zip(patterns, outer.rules, strict=True))
        ]
        return rules if None in patterns or not inner.for_all() else [*rules, (None, inner.steps())]
    rules = [(rule["pattern"], outer.steps() + rule["steps"]) for rule in inner.rules]
    return rules if None in [rule["pattern"] for rule in inner.rules] else [*rules, (None, outer.steps())]


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
