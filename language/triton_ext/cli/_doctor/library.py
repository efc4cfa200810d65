# SPDX-License-Identifier: MIT
"""Checks of the library, of those that are added to it, and of its worker."""

import ctypes
import os

from .line import NONE, OK, PROBLEM, WARNING, Line

_NO_LIBRARY = "not tried: there is no library"


def library(probe, expected, environment):
    """The library: where it came from and what it is. ``expected``: the path that is looked at."""
    facts = probe.stages.get("load")
    origin = _origin(expected, environment)
    if facts is None:
        died = probe.died_in("load") or probe.ended or "said nothing"
        fix = f"build it again (make build) or install the package again; it came from {origin}"
        return Line("library", PROBLEM, f"loading {expected} {died}", probe.last_words(), fix)
    if "error" in facts:
        fix = "make build" if origin == "this checkout" else "pip install --force-reinstall triton-ext"
        if origin == "TRITON_EXT_LIBRARY":
            fix = "unset TRITON_EXT_LIBRARY, or name a library in it"
        return Line("library", PROBLEM, f"no library from {origin}", facts["error"], fix)
    summary = f"{facts['version']}, ABI {facts['abi']}, build {facts['build_hash']}"
    detail = f"from {origin}: {facts['path']}, {facts['extensions']} extensions"
    return Line("library", OK, summary, detail)


def _origin(path, environment):
    if environment.get("TRITON_EXT_LIBRARY", "").split(os.pathsep)[0]:
        return "TRITON_EXT_LIBRARY"
    package = os.path.dirname(os.path.abspath(__file__)).rsplit(os.sep, 2)[0]
    return "the package" if os.path.abspath(path).startswith(package + os.sep) else "this checkout"


def others(probe):
    """The libraries that were added to it, by TRITON_EXT_LIBRARY or by installed packages."""
    facts = probe.stages.get("load", {})
    if "path" not in facts:
        return Line("libraries", NONE, _NO_LIBRARY)
    added = [f"{each['library']} {each['version']}: {each['path']}" for each in facts["others"]]
    if facts["refused"]:
        fix = "install the packages again, in a version that fits, or uninstall them"
        return Line("libraries", WARNING, "not all can be added", "\n".join(facts["refused"] + added), fix)
    if not added:
        return Line("libraries", OK, "no other library is added")
    return Line("libraries", OK, "1 is added" if len(added) == 1 else f"{len(added)} are added", "\n".join(added))


def worker(probe, environment):
    """Whether the worker starts and answers, and how fast."""
    facts = probe.stages.get("worker")
    if facts is None:
        if "path" not in probe.stages.get("load", {}):
            return Line("worker", NONE, _NO_LIBRARY)
        died = probe.died_in("worker") or probe.ended or "said nothing"
        return Line("worker", PROBLEM, f"starting the worker {died}", probe.last_words(), _worker_fix(environment))
    if "error" in facts:
        return Line("worker", PROBLEM, "no worker answers", facts["error"], _worker_fix(environment))
    program = os.path.normpath(facts["program"]) if facts["program"] else "it"
    times = f"starts in {facts['start_ms']:.0f} ms, answers in {facts['ms']:.2f} ms"
    named = ", named by TRITON_EXT_WORKER" if environment.get("TRITON_EXT_WORKER") else ""
    return Line("worker", OK, f"{program} {times}{named}")


def _worker_fix(environment):
    if environment.get("TRITON_EXT_WORKER"):
        return "unset TRITON_EXT_WORKER, or name a triton-ext-opt of the library's build in it"
    return (
        "let this process start programs, and have triton-ext-opt beside the library on a file system that is "
        "not mounted noexec; TRITON_EXT_WORKER names one that lies elsewhere"
    )


def protections(probe):
    """What the worker could give up."""
    facts = probe.stages.get("worker", {})
    if "status" not in facts:
        return Line("protections", NONE, "not looked at: no worker runs")
    status = facts["status"]
    if not status:
        return Line("protections", NONE, "not known: /proc does not show the worker")
    has = {
        "new privileges": status.get("NoNewPrivs") == "1",
        "system calls (seccomp)": status.get("Seccomp") == "2",
        "files (landlock)": landlock_version() > 0,
    }
    given = ", ".join(name for name, yes in has.items() if yes)
    if all(has.values()):
        return Line("protections", OK, f"the worker gave up {given}")
    lacking = ", ".join(name for name, yes in has.items() if not yes)
    fix = "let the kernel and the container have them, or use only libraries that you trust"
    return Line("protections", WARNING, f"the worker could not give up {lacking}", given and f"gave up {given}", fix)


def landlock_version():
    """The version of landlock that the kernel has, 0 for none."""
    create_ruleset, ask_version = 444, 1
    try:
        call = ctypes.CDLL(None).syscall
        call.restype = ctypes.c_long
        version = call(ctypes.c_long(create_ruleset), None, ctypes.c_size_t(0), ctypes.c_uint(ask_version))
    except (OSError, AttributeError):
        return 0
    return max(version, 0)
