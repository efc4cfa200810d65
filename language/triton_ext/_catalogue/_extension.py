# SPDX-License-Identifier: MIT
"""What `triton_ext.catalogue` hands out: an entry of the catalogue as frozen dataclasses."""

import dataclasses
import inspect
import typing

from .. import _pipeline, _schemas, _words
from .._library import _entries

_TYPES = {"bool": bool, "int": int, "float": float, "string": str, "int-list": tuple[int, ...]}


class FrozenDict(dict):
    """A dict that cannot be changed, and can be hashed."""

    def _refuse(self, *_, **__):
        raise TypeError("the catalogue cannot be changed")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self):
        return hash(frozenset(self.items()))

    def __reduce__(self):
        return type(self), (dict(self),)


def _frozen(value):
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return FrozenDict((key, _frozen(each)) for key, each in value.items())
    return value


def _field(json=None, of=None):
    """A field; ``json``: its name in the JSON where that is no Python name; ``of``: the class of its items."""
    return dataclasses.field(metadata={"json": json, "of": of})


class _Entry:
    """What is made of an object of the JSON. Fields that this release does not know are left out."""

    @classmethod
    def of(cls, data):
        """The object of the JSON's ``data``."""
        values = {}
        for field in dataclasses.fields(cls):
            value = data.get(field.metadata.get("json") or field.name)
            made = field.metadata.get("of")
            values[field.name] = tuple(map(made.of, value or ())) if made else _frozen(value)
        return cls(**values)


@dataclasses.dataclass(frozen=True)
class KnobValue(_Entry):
    """One value of a choice knob.

    value: the word, as it stands in a pipeline.
    help: what it does, a sentence; None where the entry does not say.
    """

    value: str
    help: str | None


@dataclasses.dataclass(frozen=True)
class Knob(_Entry):
    """A parameter of a pass. Its values have its type: an int-list is a tuple of int.

    name: as the catalogue and pipelines spell it, ``max-splits``.
    cpp: the member of the pass, ``maxSplits``.
    python: the keyword argument, ``max_splits``.
    type: ``bool``, ``int``, ``float``, ``choice``, ``string`` or ``int-list``.
    default: the value where a pipeline does not set it.
    range: (lowest, highest), both allowed, of a number or of a list's elements; None: no bounds.
    try_values: the values worth searching, the tuner's search space; empty: leave it alone.
    log: whether a search should step by factors rather than by differences.
    values: those of a choice, a tuple of KnobValue; empty otherwise.
    help: what it does, a sentence.
    """

    name: str
    cpp: str
    python: str
    type: str
    default: bool | int | float | str | tuple[int, ...]
    range: tuple[float, float] | None
    try_values: tuple = _field(json="try")
    log: bool
    values: tuple[KnobValue, ...] = _field(of=KnobValue)
    help: str

    @property
    def annotation(self):
        """The type of its values in Python; that of a choice is a typing.Literal."""
        if self.type == "choice":
            return typing.Literal[tuple(each.value for each in self.values)]
        return _TYPES.get(self.type, object)

    def text(self, value):
        """``value`` as it stands in a pipeline, unchecked."""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, list | tuple):
            return ",".join(map(str, value)) or "{}"
        text = str(value)
        if text and not any(each.isspace() or each in "{}'\"" for each in text):
            return text
        quote = '"' if "'" in text else "'"
        return f"{quote}{text}{quote}"


@dataclasses.dataclass(frozen=True)
class Measured(_Entry):
    """A run that was made, gain or loss.

    work: what ran, with its sizes.
    machine: the GPU.
    triton: the release of Triton.
    ratio: stock's time over the time with the pass, each at its best configuration; below 1 is a loss.
    knobs: those away from their default, by the catalogue's names.
    """

    work: str
    machine: str
    triton: str
    ratio: float
    knobs: FrozenDict


class _InstanceDoc:
    """`__doc__` of a class, and another one of each of its objects."""

    def __init__(self, text):
        self.text = text

    def __get__(self, extension, owner):
        return self.text if extension is None else _doc(extension)


class _InstanceSignature:
    """`__signature__` of an object alone: the class keeps its own."""

    def __get__(self, extension, owner):
        if extension is None:
            raise AttributeError("__signature__")
        return _signature(extension)


@dataclasses.dataclass(frozen=True)
class Extension(_Entry):
    __doc__ = _InstanceDoc(
        """An entry of the catalogue. Called with its knobs, a pass gives its text in a pipeline.

    What an entry leaves out is None or empty.

    name: as pipelines spell it, ``loop-split``; ``mine/loop-split`` where it is of the library ``mine``.
    library: the name of the library that has it; empty for triton-ext's own.
    source: the file of that library; None for triton-ext's own.
    class_name: the C++ class, ``LoopSplit``.
    folder: where its source is, from the root of its repository.
    kind: ``transform``, ``analysis``, ``instrument`` or ``conversion`` (these are passes), ``dialect``,
        ``op`` or ``backend``.
    scope: ``generic``, or the folder under backends/ that it is in, ``nvidia`` say.
    backend: the GPUTarget.backend that it is for, ``cuda`` say; None: any.
    stage: where it runs, ``ttir``, ``ttgir`` or ``llir``.
    status: ``experimental``, ``stable`` or ``retired``.
    exactness: how its results compare with stock's, ``bit-exact``, ``contracts``, ``reassociates`` or
        ``approximates``; None for what changes no module.
    summary: one sentence of at most 80 characters.
    declines: when it does not apply and leaves a kernel alone.
    requires: what the target must be, ``{"capability": ">=90"}`` or ``{"arch": "gfx942,gfx950"}``.
    assumes: what it takes for granted and cannot check, a tuple of sentences.
    after: names of the extensions that come before it in a pipeline.
    conflicts: names of the extensions that no pipeline has beside it.
    successor: the name of what to use instead, of a retired one.
    owner: who looks after it.
    since: the release of triton-ext that brought it.
    upstream: the address of the change that brings it to Triton itself.
    measured: the runs that were made, a tuple of Measured.
    knobs: its parameters in the entry's order, a tuple of Knob.
    """
    )
    __signature__ = _InstanceSignature()

    name: str
    library: str
    source: str | None
    class_name: str = _field(json="class")
    folder: str | None
    kind: str
    scope: str
    backend: str | None
    stage: str
    status: str
    exactness: str | None
    summary: str
    declines: str | None
    requires: FrozenDict
    assumes: tuple[str, ...]
    after: tuple[str, ...]
    conflicts: tuple[str, ...]
    successor: str | None
    owner: str | None
    since: str | None
    upstream: str | None
    measured: tuple[Measured, ...] = _field(of=Measured)
    knobs: tuple[Knob, ...] = _field(of=Knob)

    @property
    def __name__(self):
        return self.name.rpartition("/")[2].replace("-", "_")

    def __call__(self, /, **knobs):
        return self.pipeline(**knobs)

    def pipeline(self, /, **knobs):
        """The canonical text of this pass with ``knobs`` in a pipeline, checked.

        ``knobs`` are spelled as in Python or as in the catalogue. Raises TypeError for one that it
        does not have, PipelineError for a value that it cannot take and for what is no pass.
        """
        spelled = {name: knob for knob in self.knobs for name in (knob.python, knob.name)}
        for name in knobs:
            if name not in spelled:
                raise TypeError(self._unknown(name))
        settings = " ".join(f"{spelled[name].name}={spelled[name].text(value)}" for name, value in knobs.items())
        return _pipeline.check(f"{self.name}{{{settings}}}" if settings else self.name).canonical

    def unmet_requirement(self, target):
        """Why it is not for ``target`` (``sm_90``, ``gfx942``, ``cuda:90``), as a sentence; None where it is.

        Raises ValueError where that is no target.
        """
        return _entries.unmet_requirement(vars(self), *_entries.target(target))

    def _unknown(self, name):
        names = [knob.python for knob in self.knobs]
        near = _words.nearest(name, names)
        meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        has = f" It has {', '.join(names)}." if names else " It has no knobs."
        return f"{self.__name__}() got an unexpected keyword argument {name!r}{meant or '.'}{has}"


def _signature(extension):
    knobs = [
        inspect.Parameter(knob.python, inspect.Parameter.KEYWORD_ONLY, default=knob.default, annotation=knob.annotation)
        for knob in extension.knobs
    ]
    return inspect.Signature(knobs, return_annotation=str)


def _doc(extension):
    """What help() shows of an extension."""
    lines = [f"{extension.__name__}{_signature(extension)}", "", extension.summary]
    if extension.exactness:
        meaning = _schemas.words("exactness").get(extension.exactness, "")
        lines += ["", f"Results are {extension.exactness}: {meaning}"]
    if extension.declines:
        lines += ["", f"It declines where {extension.declines}."]
    if extension.knobs:
        lines += ["", "Knobs:"]
    for knob in extension.knobs:
        bounds = f", {knob.range[0]} to {knob.range[1]}" if knob.range else ""
        lines.append(f"    {knob.python}: {knob.type}{bounds}, default {knob.default!r}. {knob.help}")
        lines += [f"        {each.value!r}: {each.help}" for each in knob.values if each.help]
    return "\n".join(lines) + "\n"
