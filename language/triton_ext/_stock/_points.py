# SPDX-License-Identifier: MIT
"""Whether the installed Triton has the stock passes that a pipeline text names, and what to say where not.

Asked where the text is written, as far as Triton can be asked there: it is
imported, and its bindings and stages tell. What only the options of a kernel
bring in is seen when that is compiled.
"""

import functools
import re
import sys

from .._errors import PipelineError
from . import _records


def check_written(checked, text):
    """Raises PipelineError, with a caret in ``text``, for a stock pass, stage or parameter that is not there.

    ``checked``: the Checked form. Says nothing where Triton is not imported.
    """
    steps = [step for rule in checked.rules for step in rule["steps"] if step["place"]]
    steps = [step for step in steps if not step["place"]["optional"]]
    if not steps or not hasattr(sys.modules.get("triton"), "compile"):
        return
    target = _active_target()
    key = (checked.canonical, target, bindings())
    if key in _right:
        return
    for step in steps:
        error = _wrong(step, target)
        if error is not None:
            raise _with_caret(error, step["place"]["pass"], text)
    _right.add(key)


# What was found to be right: a text may be written at each launch.
_right = set()


def _wrong(step, target):
    """The PipelineError of a step with a point; None where it may have one. ``target``: a word, or None for any."""
    name = step["place"]["pass"]
    known = bindings()
    if name not in known:
        return _unknown(name)
    if not step["name"]:
        return None  # an empty crossing
    from . import _steps

    errors = []
    for pipeline in _pipelines(target) if target else _some_pipelines():
        try:
            _steps.placed(pipeline, [step])
            return None
        except PipelineError as error:
            errors.append((error, any(each.name == name for each in pipeline.stock())))
    # A pass that is nowhere among the default ones comes with an option, or with a backend that cannot be asked.
    found = [error for error, there in errors if there]
    if found:
        return found[0]
    return errors[0][0] if errors and _is_default(name) else None


def _unknown(name):
    import triton

    from .. import _words

    has = _records.who_has(name)
    nearest = _words.nearest(name, sorted(bindings()))
    hint = "triton-ext pipeline lists what there is; with ? after the name it is skipped where it is missing"
    text = f"Triton {triton.__version__} has no stock pass {name}" + (f"; {has}" if has else "")
    if nearest:
        text += "; nearest: " + ", ".join(map(repr, nearest))
    return PipelineError(f"{text}; {hint}", {"code": "unknown-step", "nearest": nearest, "hint": hint})


def _with_caret(error, name, text):
    """``error`` with the text's line, and a caret under ``name``."""
    found = re.search(re.escape(name).replace("_", "[-_]"), text)
    if not found:
        return error
    start = text.rfind("\n", 0, found.start()) + 1
    line, column = text.count("\n", 0, found.start()) + 1, found.start() - start + 1
    source = text[start:].split("\n", 1)[0]
    details = {**error.details, "line": line, "column": column}
    return PipelineError(f"{error}\n  {source}\n  {' ' * (column - 1)}^", details)


def missing(edit, stage, names, target):
    """The sentence for a point that a kernel's stages did not have. ``names``: of the stock passes that they ran."""
    import triton

    from .. import _words

    where = f"{stage} of Triton {triton.__version__} for {target.backend}:{target.arch}"
    if edit.key in names and edit.occurrence:
        return f"{where} has fewer than {edit.occurrence} of {edit.key} on this kernel"
    has = _records.who_has(edit.key)
    nearest = _words.nearest(edit.key, list(dict.fromkeys(names)))
    return (
        f"{where} has no step {edit.key} on this kernel"
        + (f"; {has}" if has else "")
        + ("; nearest: " + ", ".join(map(repr, nearest)) if nearest else "")
    )


# What Triton has.


def bindings():
    """The stock passes that the installed Triton can add, whatever its stages do: a frozen set of names."""
    from triton.backends import backends

    return _bindings(tuple(entry.compiler for entry in backends.values()))


@functools.lru_cache(maxsize=1)
def _bindings(kinds):
    from . import _bindings

    found = set()
    roots = [_bindings.libtriton()]
    for home in (home for kind in kinds for home in _bindings.homes(kind)):
        roots += [value for value in home.values() if _bindings.is_native(value)]
    for root in roots:
        _collect(root, found)
    return frozenset(found)


def _collect(module, found):
    from ._bindings import is_native

    namespace = module.__name__.rpartition(".")[2]
    for name in dir(module):
        value = getattr(module, name)
        if is_native(value):
            _collect(value, found)
        elif name.startswith("add_") and callable(value):
            found.add(f"{namespace}.{name.removeprefix('add_')}")


def _active_target():
    """The target of the active driver, as a word; None where none is active. Starts no driver."""
    try:
        from triton.runtime.driver import driver

        target = driver._active.get_current_target() if driver._active is not None else None
    except Exception:
        return None
    return f"{target.backend}:{target.arch}" if target else None


@functools.lru_cache
def _pipelines(target):
    """The stock Pipeline of a target, in a tuple; empty where this Triton does not compile for it."""
    from . import _steps

    try:
        return (_steps.installed(target),)
    except (PipelineError, ImportError):
        return ()


def _some_pipelines():
    return [pipeline for target in _records.TARGETS for pipeline in _pipelines(target)]


def _is_default(name):
    return any(step.name == name for pipeline in _some_pipelines() for step in pipeline.stock())
