# SPDX-License-Identifier: MIT
"""The stock passes of the installed Triton, told by its stages themselves."""

import types
from typing import Any, NamedTuple

from ._bindings import libtriton
from ._player import Player


class Step(NamedTuple):
    """One stock pass of one stage.

    ``arguments``: name -> value, in order, names as in a pipeline text
    ("num-stages"). ``occurrence``: from 1, among the passes of that name in
    that stage.
    """

    stage: str
    namespace: str
    name: str
    arguments: dict[str, Any]
    occurrence: int


# The smallest kernel; it has to be one, since stages ask the module for its kernel.
_TINY = """"builtin.module"() ({
  "tt.func"() <{function_type = () -> (), sym_name = "kernel", sym_visibility = "public"}> ({
    "tt.return"() : () -> ()
  }) {noinline = false} : () -> ()
}) : () -> ()
"""


class _Over(Exception):
    """A stage has left MLIR: nothing more is added."""


class _Listing(Player):
    """Runs nothing and keeps the names."""

    def __init__(self, stage):
        super().__init__()
        self.stage = stage
        self.steps = []
        self.calls = []
        self._seen = {}

    def run(self, recorder, module, rest):
        for call in recorder.calls:
            occurrence = self._seen[call.key] = self._seen.get(call.key, 0) + 1
            self.steps.append(Step(self.stage, call.namespace, call.name, call.arguments(), occurrence))
            self.calls.append(call)

    def leaving(self, namespace):
        if namespace is not self.native.ir:
            raise _Over


def backend_of(target):
    """A new object of the backend that compiles for ``target`` (a GPUTarget).

    Raises LookupError where this Triton has none, or several.
    """
    from triton.backends import backends

    fitting = [each.compiler for each in backends.values() if each.compiler.supports_target(target)]
    if len(fitting) != 1:
        there = ", ".join(sorted(backends)) or "none"
        raise LookupError(
            f"{len(fitting)} backends of the installed Triton compile for {target.backend}:{target.arch}; "
            f"its backends are: {there}"
        )
    return fitting[0](target)


def recorded(target, options=None, stages=None):
    """What the stages of the installed Triton do for ``target``, without compiling anything.

    ``target``: a GPUTarget. ``options``: compile options, as `triton.compile`
    takes them. ``stages``: names of those to tell; None for all that work on
    MLIR, of a kernel of the Triton language.

    Returns {stage name: [Step, …]} in order. Raises LookupError where no
    backend compiles for the target.
    """
    return {name: listing.steps for name, listing in _listings(target, options, stages).items()}


def recorded_calls(target, options=None, stages=None):
    """As `recorded`, with pairs (Step, Call)."""
    return {
        name: list(zip(listing.steps, listing.calls, strict=True))
        for name, listing in _listings(target, options, stages).items()
    }


def _listings(target, options, wanted):
    from .._exchange import parse_text
    from .._pipeline import OPTION

    backend = backend_of(target)
    native = libtriton()
    # Said, since a release that is about to change its default warns where it is not; no pass sees it.
    parsed = backend.parse_options({"enable_fp_fusion": True, **(options or {})})
    vars(parsed).pop(OPTION, None)  # what is enabled here does not matter
    stages = {}
    _add_stages(backend, stages, parsed)
    context = native.ir.context()
    native.ir.load_dialects(context)
    backend.load_dialects(context)
    module = parse_text(_TINY, context)
    metadata = dict(vars(parsed))
    found = {}
    for name, stage in stages.items():
        if wanted is not None and not set(wanted) - set(found):
            break
        listing = _Listing(name)
        try:
            result = listing.call(backend, stage, module, metadata)
        except _Over:
            found[name] = listing
            break  # what follows works on text
        except Exception:
            if listing.steps:
                found[name] = listing
            break  # this module has not been where the stage expects it to come from
        if listing.steps or isinstance(result, native.ir.module):
            found[name] = listing
        if not isinstance(result, native.ir.module):
            break
        module = result
    return {name: listing for name, listing in found.items() if wanted is None or name in wanted}


def _add_stages(backend, stages, options):
    add_stages = _without_hook(backend.add_stages)
    try:
        from triton.backends.compiler import Language
    except ImportError:
        add_stages(stages, options)
    else:
        add_stages(stages, options, Language.TRITON)


def _without_hook(method):
    """``method`` on globals of its own in which no stage hook is set: hooks are for kernels, and here is none."""
    import inspect

    function = inspect.unwrap(method.__func__)
    knobs = function.__globals__.get("knobs")
    if not hasattr(getattr(knobs, "runtime", None), "add_stages_inspection_hook"):
        return method
    space = {
        **function.__globals__,
        "knobs": _Instead(knobs, runtime=_Instead(knobs.runtime, add_stages_inspection_hook=None)),
    }
    copy = types.FunctionType(function.__code__, space, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return types.MethodType(copy, method.__self__)


class _Instead:
    """An object with some attributes of its own, and all others of another one's."""

    def __init__(self, other, **own):
        self._other = other
        vars(self).update(own)

    def __getattr__(self, name):
        return getattr(self._other, name)
