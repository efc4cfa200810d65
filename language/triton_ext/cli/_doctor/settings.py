# SPDX-License-Identifier: MIT
"""Check of the TRITON_EXT_ variables."""

import difflib
import os

from ... import _settings
from ..._library import _policy
from .line import NONE, OK, PROBLEM, WARNING, Line

#: Every variable of this package's that users set.
VARIABLES = sorted(
    ["TRITON_EXT_PASSES", "TRITON_EXT_DISABLE", "TRITON_EXT_REPORT", "TRITON_EXT_LIBRARY", "TRITON_EXT_WORKER"]
    + [_policy.VARIABLE]
    + [variable for variable, _, _ in _settings._NAMES.values()]
)


def settings(environment):
    """Which variables are in force, which are misspelt or wrong."""
    own = {name: value for name, value in environment.items() if name.upper().startswith("TRITON_EXT")}
    wrong = _wrong_values()
    unknown = [name for name in own if name not in VARIABLES]
    listing = [f"{name}={value}" for name, value in sorted(own.items()) if value]
    if wrong:
        return Line("settings", PROBLEM, f"{len(wrong)} with a wrong value", "\n".join(wrong), "correct or unset them")
    if unknown:
        notes = [f"{name}: no such variable{_nearest(name)}" for name in sorted(unknown)]
        known = f"correct or unset them; there are {', '.join(VARIABLES)}"
        return Line("settings", WARNING, f"{len(unknown)} that nothing reads", "\n".join(notes), known)
    odd = _odd(own)
    if odd:
        return Line("settings", WARNING, "set, and without effect", odd, "correct or unset it")
    if not listing:
        return Line("settings", OK, "no TRITON_EXT_ variable is set")
    return Line("settings", OK, f"{len(listing)} in force", "\n".join(listing))


def _wrong_values():
    messages = []
    for name in _settings._NAMES:
        try:
            _settings.get(name)
        except ValueError as error:
            messages.append(str(error))
    return messages


def _odd(own):
    disable = own.get("TRITON_EXT_DISABLE", "")
    if disable not in ("", "0", "1"):
        return f"TRITON_EXT_DISABLE={disable}: only 1 switches TRITON_EXT_PASSES off"
    return ""


def _nearest(name):
    near = difflib.get_close_matches(name.upper(), VARIABLES, 1, 0.6)
    return f"; nearest: {near[0]}" if near else ""


def policy():
    """The policy files that hold here, and what they say."""
    files = _policy.files()
    if not files:
        return Line("policy", OK, f"nothing is forbidden: there is no {_policy.SYSTEM}")
    wrong = [file.refuses() for file in files if file.mistake]
    if wrong:
        fix = f"correct it, or unset {_policy.VARIABLE} where that names it; until then no pass runs"
        return Line("policy", PROBLEM, "a policy file is wrong, so every pass is forbidden", "\n".join(wrong), fix)
    said = [f"{file.at(field)}: {field} = {', '.join(file.values[field])}" for file in files for field in file.values]
    return Line("policy", OK, " and ".join(file.path for file in files), "\n".join(said))


def passes(probe, environment):
    """Whether TRITON_EXT_PASSES is a pipeline that the library understands."""
    text = environment.get("TRITON_EXT_PASSES", "")
    if not text.strip():
        return Line("passes", OK, "TRITON_EXT_PASSES enables nothing")
    facts = probe.stages.get("pipeline")
    if facts is None:
        return Line("passes", NONE, "TRITON_EXT_PASSES is not checked: there is no library")
    if "error" in facts:
        fix = "correct it: until then it is one warning, and kernels are stock's; `triton-ext list` has the names"
        return Line("passes", PROBLEM, "TRITON_EXT_PASSES is wrong", facts["error"], fix)
    if environment.get("TRITON_EXT_DISABLE") == "1":
        fix = "unset TRITON_EXT_DISABLE to enable it"
        return Line("passes", WARNING, f"{facts['canonical']} is off: TRITON_EXT_DISABLE=1", fix=fix)
    if _waits_at_start():
        return Line("passes", OK, f"for every kernel of a process that imports triton: {facts['canonical']}")
    why = "no triton_ext.pth in site-packages: a program has to import triton_ext, or to be started by `triton-ext run`"
    return Line("passes", OK, f"for every kernel of a process that imports triton_ext: {facts['canonical']}", why)


def _waits_at_start():
    """Whether this Python reads triton_ext.pth at its start."""
    import site

    folders = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    return any(os.path.exists(os.path.join(folder, "triton_ext.pth")) for folder in folders)
