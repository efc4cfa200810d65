# SPDX-License-Identifier: MIT
"""A pipeline as an object: the steps of stock, and ours among them, to look at and to edit.

Edits are kept as the steps of a pipeline text, in the order in which they were
made, so the object and its text cannot come apart: what the object shows is
what the text makes of stock's steps.
"""

import collections.abc
import dataclasses
import re

from .. import _pipeline, _words
from .._errors import PipelineError
from .._library import _entries
from .._pipeline._step_text import braced, spelled, step_text
from . import _records

#: The first line of a listing.
_HEADER = "# Triton "


@dataclasses.dataclass(frozen=True)
class Step:
    """One pass of a pipeline.

    ``stage``: ttir or ttgir. ``name``: Triton's binding (``ttgpuir.pipeline``) or
    a pass of the catalogue (``loop-split``). ``arguments``: of the binding by
    name, or the knobs that are not at their defaults. ``occurrence``: the how
    manieth of this name in its stage, from 1; of stock's, as stock counts them.
    """

    stage: str
    name: str
    arguments: dict = dataclasses.field(default_factory=dict, hash=False)
    occurrence: int = 1

    @property
    def stock(self):
        """Whether it is a pass of Triton's own."""
        return "." in self.name

    @property
    def point(self):
        """How a pipeline text names it: ``ttgir.common.cse#2``; the bare name of a pass of the catalogue."""
        return f"{self.stage}.{self.name}#{self.occurrence}" if self.stock else self.name

    def line(self, numbered=True):
        """The step as a line of a listing; ``numbered``: with ``#2`` where it is not the first of its name."""
        number = f"#{self.occurrence}" if self.stock and numbered and self.occurrence > 1 else ""
        stage = f"{self.stage}." if self.stock else ""
        return f"{stage}{self.name}{number}{braced(self.arguments)}"

    def __str__(self):
        return self.line()


def value_of(text):
    """What a value of a pipeline text means: a bool, an int, a float, a list of ints, or the text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    if re.fullmatch(r"-?\d+(,-?\d+)+", text):
        return [int(each) for each in text.split(",")]
    return text


class Pipeline(collections.abc.Sequence):
    """The steps that one target's kernels go through, in order: a sequence of `Step`.

    Made by `triton_ext.pipeline`. ``target`` ("cuda:90"), ``release`` (of Triton)
    and ``options`` (those that were asked for, by name) say whose steps they are.

    The methods that edit change the object and return it. Each takes a point as
    pipeline texts have it: ``"ttir.loop_unroll"``, ``"ttgir.common.cse"`` where
    the stage matters, ``"common.cse#2"`` or ``occurrence=2`` for the second of
    a stage, a ``?`` at the end where a release may not have it. They raise
    `PipelineError`, with the nearest names and the releases that have the pass,
    and leave the object as it was.

    `triton_ext.passes` takes the object, as does whatever takes a pipeline text
    once it is given `text()`.
    """

    def __init__(self, stock, target, release, options=None, edits=(), calls=()):
        self._stock = tuple(stock)
        self._calls = tuple(calls)  # of the installed Triton's bindings, a _bindings.Call a step
        self.target = target
        self.release = release
        self.options = dict(options or {})
        self._edits = []
        self._steps = list(self._stock)
        if edits:
            self._change(list(edits))

    # As a sequence.

    def __getitem__(self, index):
        return self._steps[index]

    def __len__(self):
        return len(self._steps)

    def __eq__(self, other):
        if not isinstance(other, Pipeline):
            return NotImplemented
        return (self.target, self.release, self._steps) == (other.target, other.release, other._steps)

    __hash__ = None

    def copy(self):
        """Another object with the same steps."""
        return Pipeline(self._stock, self.target, self.release, self.options, self._edits, self._calls)

    def stock(self):
        """Another object with stock's steps alone."""
        return Pipeline(self._stock, self.target, self.release, self.options, (), self._calls)

    # As text.

    def header(self):
        """Whose steps these are: the first line of `str`."""
        options = "".join(f", {name}={spelled(value)}" for name, value in self.options.items())
        return f"{_HEADER}{self.release}, {self.target}{options}"

    def __str__(self):
        """The listing: a step a line, after a comment that says whose. `edited` takes it back."""
        return "\n".join([self.header(), *self.notes(), *map(str, self._steps)])

    def skipped(self):
        """The edits, as text, whose point ends in ``?`` and is none of these steps."""
        edits = [edit for edit in _parsed(",".join(self._edits)) if edit["place"]]
        return [step_text(edit) for edit in edits if not _found(self, edit["place"])]

    def notes(self):
        """Comments of a listing: what was skipped, and the releases that have the step."""
        lines = []
        for text in self.skipped():
            has = _records.who_has(_parsed(text)[0]["place"]["pass"])
            lines.append(f"# skipped: {text}" + (f"; {has}" if has else ""))
        return lines

    def __repr__(self):
        return f"<triton_ext pipeline for {self.target}, Triton {self.release}: {len(self)} steps, {self.text()!r}>"

    def text(self, explicit=False):
        """The canonical pipeline text, checked by the library: what makes these steps of stock's.

        "" where nothing was edited. It says no more than the edits, so it holds
        for kernels of any options. With ``explicit`` the arguments of every
        step of stock's are in it as they are here, of use to change one of them.
        """
        edits = self._edits
        if explicit:
            said = [step.point + braced(step.arguments) for step in self._steps if step.stock and step.arguments]
            edits = said + [each for each in edits if _parsed(each)[0]["kind"] != "stock"]
        return _pipeline.check(",".join(edits)).canonical

    def diff(self, other):
        """What differs between these steps and ``other``'s, as a unified diff; "" for nothing.

        ``other``: a Pipeline, or a release whose record the package keeps. Numbers of
        occurrences are left out: one more pass would change those of all after it.
        """
        if isinstance(other, str):
            other = recorded(other, self.target)
        return "\n".join(diff_lines(self, other))

    def call(self, index):
        """The `_bindings.Call` that made stock's step ``index``; None where the steps come from elsewhere."""
        return self._calls[index] if self._calls else None

    # Editing.

    def insert_before(self, point, passes, occurrence=None):
        """Puts passes of the catalogue before a pass of stock's. ``passes``: a pipeline text such as "loop-split"."""
        return self._insert("before", point, passes, occurrence)

    def insert_after(self, point, passes, occurrence=None):
        """Puts passes of the catalogue after a pass of stock's; below those that were put there earlier."""
        return self._insert("after", point, passes, occurrence)

    def replace(self, point, passes, occurrence=None):
        """Puts passes of the catalogue where a pass of stock's was."""
        return self._insert("replace", point, passes, occurrence)

    def append(self, passes):
        """Puts passes of the catalogue at the end of their stage."""
        return self._change([*self._edits, *_each(passes)])

    def drop(self, point, occurrence=None):
        """Takes a pass out: one of stock's, each time that it occurs unless ``occurrence`` says which; or one of
        the catalogue that was put in."""
        if "." not in point:
            kept = [each for each in self._edits if _parsed(each)[0]["name"] != point]
            if len(kept) == len(self._edits):
                names = [step.name for step in self._steps if not step.stock]
                raise _error("unknown-step", f"no {point!r} was put into this pipeline", _words.nearest(point, names))
            return self._change(kept)
        return self._change([*self._edits, f"drop={_numbered(point, occurrence)}"])

    def set(self, point, occurrence=None, **arguments):
        """Gives a pass of stock's other arguments, each time that it occurs unless ``occurrence`` says which."""
        if not arguments:
            raise TypeError("set() expects arguments by name, such as num_stages=4")
        return self._change([*self._edits, _numbered(point, occurrence) + braced(arguments)])

    def with_text(self, text, kernel=None):
        """Another object: this one with the steps of a pipeline text added; with those for ``kernel``, where it names
        kernels."""
        added = self.copy()
        if kernel is not None:
            text = _pipeline.check(text).for_kernel(kernel).canonical
        return added._change([*added._edits, *map(step_text, _parsed(text))])

    def edited(self, listing):
        """Another object whose steps are those of ``listing``: this one's `str`, edited.

        A line of stock's that is gone is dropped, one with other arguments gets
        those, and a line with a pass of the catalogue puts it there. Raises
        PipelineError where stock's passes were moved or added to, which a text
        cannot say, and where the listing is another target's.
        """
        return self.stock()._change(_edits_of(listing, self))

    def _insert(self, how, point, passes, occurrence):
        place = f"@{how}={_numbered(point, occurrence)}"
        return self._change([*self._edits, *(each + place for each in _each(passes))])

    def _change(self, edits):
        steps = placed(self, _parsed(",".join(edits)))
        self._edits, self._steps = edits, steps
        return self


def _numbered(point, occurrence):
    if occurrence is None:
        return point
    if "#" in point:
        raise ValueError(f"{point!r} says which occurrence already")
    optional = point.endswith("?")
    return f"{point.removesuffix('?')}#{occurrence}" + "?" * optional


def _error(code, message, nearest=(), hint=None):
    """A PipelineError that says the nearest words and the hint in its message, too."""
    nearest = list(nearest)
    text = message
    if nearest:
        text += "; nearest: " + ", ".join(map(repr, nearest))
    if hint:
        text += f"; {hint}"
    return PipelineError(text, {"code": code, "nearest": nearest, "hint": hint, "sentence": message})


# What a text makes of stock's steps.


def _parsed(text):
    """The steps of a pipeline text, as the library reports them. Raises PipelineError."""
    rules = _pipeline.check(text).rules if text else []
    if len(rules) > 1 or any(rule["pattern"] is not None for rule in rules):
        raise _error(
            "kernel-pattern", f"{text!r} names kernels; expected the pipeline of one", hint="leave KERNEL: out"
        )
    return rules[0]["steps"] if rules else []


def _each(passes):
    """The texts of the passes in a pipeline text, none of which has a place."""
    texts = []
    for step in _parsed(passes):
        if step["kind"] != "pass" or step["place"]:
            raise _error(
                "placement", f"expected passes of the catalogue without a place, got {passes!r}", hint="drop the place"
            )
        texts.append(step["name"] + braced(step["knobs"]))
    if not texts:
        raise _error("syntax", "expected a pass of the catalogue, such as loop-split, got nothing")
    return texts


def placed(pipeline, edits):
    """The steps that ``edits`` (`_parsed`) make of the stock steps of ``pipeline``. Raises PipelineError."""
    stock = list(pipeline._stock)
    around = {"before": {}, "replace": {}, "after": {}}  # index -> passes
    gone, ends = set(), {}
    for edit in edits:
        if edit["kind"] == "pass":
            step = Step(edit["stage"], edit["name"], {name: value_of(text) for name, text in edit["knobs"].items()})
            if not edit["place"]:
                ends.setdefault(step.stage, []).append(step)
            for index in _found(pipeline, edit["place"], step)[:1] if edit["place"] else ():
                around[edit["place"]["how"]].setdefault(index, []).append(step)
        elif edit["kind"] == "drop":
            gone.update(_found(pipeline, edit["place"]))
        else:
            for index in _found(pipeline, edit["place"]):
                stock[index] = with_arguments(stock[index], edit["knobs"], pipeline.call(index))
    return _numbered_steps(_in_order(stock, around, gone, ends))


def _in_order(stock, around, gone, ends):
    for index, step in enumerate(stock):
        yield from around["before"].get(index, ())
        if index not in gone:  # nothing takes the place of what is dropped
            yield from around["replace"].get(index, (step,))
        yield from around["after"].get(index, ())
        if index + 1 == len(stock) or stock[index + 1].stage != step.stage:
            yield from ends.pop(step.stage, ())
    for passes in ends.values():  # of a stage that has no steps of stock's
        yield from passes


def _numbered_steps(steps):
    """``steps`` with the passes of the catalogue counted."""
    seen, result = {}, []
    for step in steps:
        if not step.stock:
            seen[step.name] = seen.get(step.name, 0) + 1
            step = dataclasses.replace(step, occurrence=seen[step.name])
        result.append(step)
    return result


def _found(pipeline, place, ours=None):
    """The indexes of the stock steps that ``place`` names, for a pass of the catalogue ``ours`` in its stage."""
    stock, name = pipeline._stock, place["pass"]
    stage = place["stage"]  # of a pass of the catalogue: its own
    named = [index for index, step in enumerate(stock) if step.name == name]
    there = [index for index in named if stage in (None, stock[index].stage)]
    fitting = [index for index in there if place["occurrence"] in (None, stock[index].occurrence)]
    if fitting or place["optional"]:
        return fitting
    if there:
        times = max(stock[index].occurrence for index in there)
        raise _error("unknown-step", f"{name}#{place['occurrence']}: {name} occurs {times} times in a stage here")
    if named:
        where = " and ".join(dict.fromkeys(stock[index].stage for index in named))
        why = f"{ours.name} runs in {stage}" if ours else f"{stage} has none"
        raise _error("wrong-stage", f"{name} is a step of {where} here, and {why}")
    raise unknown_name(pipeline, name)


def unknown_name(pipeline, name):
    """The PipelineError for a stock pass that a pipeline does not have."""
    names = list(dict.fromkeys(step.name for step in pipeline._stock))
    targets = _records.targets_with(name, pipeline.release)
    has = f"it is a step for {', '.join(targets)}" if targets else _records.who_has(name)
    return _error(
        "unknown-step",
        f"Triton {pipeline.release} has no step {name} for {pipeline.target}" + (f"; {has}" if has else ""),
        _words.nearest(name, names),
        "triton-ext pipeline lists what there is; with ? after the name it is skipped where it is missing",
    )


def with_arguments(step, knobs, call=None):
    """``step`` with other arguments. ``knobs``: text or value by name. Raises PipelineError.

    ``call``: the `_bindings.Call` that the step is, which knows all forms of the binding.
    """
    if call is None:
        changed = {name: _typed(step, name, text) for name, text in knobs.items()}
        return dataclasses.replace(step, arguments={**step.arguments, **changed})
    from ._bindings import UnknownParameter

    try:
        return dataclasses.replace(step, arguments=call.with_parameters(knobs).arguments())
    except UnknownParameter as error:
        raise PipelineError(str(error), {"code": "unknown-argument", "nearest": error.nearest}) from None
    except ValueError as error:
        raise _error("bad-value", str(error)) from None


def _typed(step, name, text):
    """``text`` as the argument ``name`` of ``step`` is typed."""
    arguments = step.arguments
    if name not in arguments:
        known = ", ".join(arguments)
        raise _error(
            "unknown-argument",
            f"the stock pass {step.name} has no parameter {name}",
            _words.nearest(name, arguments),
            f"it has {known}" if known else "it has none",
        )
    kind, value = type(arguments[name]), value_of(text) if isinstance(text, str) else text
    if kind is str:
        return str(text)
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise _error("bad-value", f"{step.name}: {name} expects {_KINDS[kind]}, got {text!r}")
    return value


_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}


# What an edited listing says.


def _edits_of(listing, pipeline):
    """The edits that make the steps of ``listing`` out of the stock steps of ``pipeline``."""
    import difflib

    stock = pipeline._stock
    lines = _lines(listing, pipeline)
    heads = [_head(line) for _, line in lines]
    matcher = difflib.SequenceMatcher(None, [f"{step.stage}.{step.name}" for step in stock], heads, autojunk=False)
    edits, additions, kept = [], [], {}
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            for index, (_, line) in zip(range(first, last), lines[start:end], strict=True):
                kept[index] = line
            continue
        edits += [f"drop={stock[index].point}" for index in range(first, last)]
        additions += [(last, *lines[position]) for position in range(start, end)]
    edits += filter(None, (_argument_edit(stock[index], line, pipeline.call(index)) for index, line in kept.items()))
    return edits + [_placed_text(stock, kept, *addition) for addition in additions]


def _lines(listing, pipeline):
    """(number, text) of the steps in a listing; comments and empty lines are left out."""
    lines = []
    for number, line in enumerate(listing.splitlines(), 1):
        line = line.strip()
        if line.startswith(_HEADER) and line != pipeline.header():
            raise _error(
                "other-listing",
                f"the listing is of {line[2:]}, and this pipeline of {pipeline.header()[2:]}",
                hint="print it again, or ask for the same target and options",
            )
        if line and not line.startswith("#"):
            lines.append((number, line))
    return lines


def _head(line):
    """What a line is about: ``ttgir.common.cse``, or a pass of the catalogue."""
    name = re.split(r"[{@#?]", line, maxsplit=1)[0].strip()
    return name.replace("-", "_") if "." in name else name


def _argument_edit(step, line, call):
    """The edit that gives ``step`` the arguments of its line; None where they are as they were."""
    if line.partition("{")[2] == str(step).partition("{")[2]:
        return None
    knobs = _parsed(step.point + "{" + line.partition("{")[2])[0]["knobs"] if "{" in line else {}
    arguments = with_arguments(step, knobs, call).arguments
    changed = {name: value for name, value in arguments.items() if value != step.arguments.get(name)}
    return step.point + braced(changed) if changed else None


def _placed_text(stock, kept, index, number, line):
    """The text of the pass in a line that stands before stock's step ``index``."""
    if "." in _head(line):
        raise _error(
            "placement",
            f"line {number}: {_head(line)} stands where stock has no such step",
            hint="stock's passes can be dropped or given other arguments, not moved or added",
        )
    (text,) = _each(line)
    stage = _parsed(text)[0]["stage"]
    around = [stock[each].stage for each in (index - 1, index) if 0 <= each < len(stock)]
    if stage not in around:
        raise _error("wrong-stage", f"line {number}: {_head(line)} runs in {stage}, and stands in {around[0]}")
    following = (each for each in range(index, len(stock)) if each in kept and stock[each].stage == stage)
    anchor = next(following, None)
    return text if anchor is None else f"{text}@before={stock[anchor].point}"


# Differences.


def diff_lines(one, other):
    """The unified diff of two pipelines: a list of lines, empty where they are the same."""
    import difflib

    names = [f"{each.release} {each.target}" for each in (one, other)]
    texts = [[step.line(numbered=False) for step in each] for each in (one, other)]
    return list(difflib.unified_diff(*texts, *names, lineterm=""))


# Where steps come from.


def installed(target=None, options=None):
    """The stock Pipeline of the Triton that is installed.

    ``target``: as in "cuda:90", "sm_90" or "gfx942"; None for this machine's
    GPU, and "cuda:90" where there is none. ``options``: compile options by
    name. Raises PipelineError for one that this Triton does not have,
    ImportError without Triton.
    """
    import triton

    from . import _recording

    options = dict(options or {})
    gpu = gpu_target(target) if target else _own_gpu()
    try:
        _check_options(_recording.backend_of(gpu), options)
        found = [pair for pairs in _recording.recorded_calls(gpu, options).values() for pair in pairs]
    except (LookupError, ValueError) as error:
        if isinstance(error, PipelineError):
            raise
        raise _error("unknown-target", str(error), _words.nearest(str(target), _records.TARGETS)) from None
    steps, calls = [_step(step) for step, _ in found], [call for _, call in found]
    return Pipeline(steps, f"{gpu.backend}:{gpu.arch}", triton.__version__, options, calls=calls)


def _step(recorded):
    return Step(recorded.stage, f"{recorded.namespace}.{recorded.name}", recorded.arguments, recorded.occurrence)


def recorded(release, target):
    """The stock Pipeline of a release, as its record has it. Raises PipelineError."""
    if release not in _records.releases():
        raise _error(
            "unknown-release",
            f"there is no record of Triton {release}",
            _words.nearest(release, _records.releases()),
            f"there is one of {', '.join(_records.releases())}",
        )
    stages = _records.read(release).get(target)
    if stages is None:
        raise _error(
            "unknown-target",
            f"{target} is not recorded",
            _words.nearest(target, _records.TARGETS),
            f"it is one of {', '.join(_records.TARGETS)}",
        )
    steps = []
    for stage, passes in stages.items():
        seen = {}
        for name, arguments in passes:
            seen[name] = seen.get(name, 0) + 1
            steps.append(Step(stage, name, arguments, seen[name]))
    return Pipeline(steps, target, release)


def target_words(word):
    """The (backend, arch) that ``word`` names: as `_entries.target`, which takes more. Raises PipelineError."""
    try:
        backend, arch = _entries.target(word)
        if not re.fullmatch({"cuda": r"\d{2,3}", "hip": r"gfx\d{1,2}[\da-f]{2}"}.get(backend, ".*"), arch):
            raise ValueError(f"{word!r} is no target such as sm_90, gfx942 or BACKEND:ARCH")
    except ValueError as error:
        raise _error("unknown-target", str(error), _words.nearest(word, _records.TARGETS)) from None
    return backend, arch


def gpu_target(word):
    """The GPUTarget that ``word`` names. Raises PipelineError."""
    from triton.backends.compiler import GPUTarget

    backend, arch = target_words(word)
    wide = backend == "hip" and arch.startswith("gfx9") and len(arch) == len("gfx942")
    return GPUTarget(backend, int(arch) if arch.isdecimal() else arch, 64 if wide else 32)


def _own_gpu():
    from triton.runtime.driver import driver

    try:
        return driver.active.get_current_target()
    except Exception:  # no GPU, or no driver or torch to ask
        return gpu_target("cuda:90")


def _check_options(backend, options):
    """Raises PipelineError for compile options that ``backend`` does not take."""
    known = vars(backend.parse_options({"enable_fp_fusion": True}))
    for name in options:
        if name not in known:
            raise _error(
                "unknown-option", f"there is no compile option {name!r} for this target", _words.nearest(name, known)
            )
    try:
        backend.parse_options({"enable_fp_fusion": True, **options})
    except Exception as error:  # whatever a backend raises
        raise _error("bad-option", f"Triton does not take these options: {error or type(error).__name__}") from None
