# SPDX-License-Identifier: MIT
"""Checks of the library, its worker, and whether a build is older than its sources."""

import ctypes
import hashlib
import os
import re

from .._build import Build
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


def build(probe):
    """Whether a library that lies in a build folder was built from the sources as they are."""
    facts = probe.stages.get("load", {})
    if "path" not in facts:
        return Line("build", NONE, _NO_LIBRARY)
    recipe = _recipe(facts["path"])
    if recipe is None:
        return Line("build", NONE, "an installed library, not one in a build folder")
    files, salt = recipe
    made = Build.of(facts["path"])
    new = sorted(_unlisted(files, str(made.root)))
    if not new and _hash(files, salt) == facts["build_hash"]:
        return Line("build", OK, "built from the sources as they are")
    what = f"{new[0]} is not in the build" if new else f"changed last: {max(files, key=_time)}"
    return Line("build", WARNING, "the library is older than the sources", what, made.command())


def _recipe(path):
    """What the hash of a build is made of: the sources, and the text they are salted with; None outside a build."""
    made = Build.of(path)
    if not made:
        return None
    product = re.sub(r"^lib|\.so$", "", os.path.basename(path))
    try:
        files = (made.folder / "generated" / product / "sources.txt").read_text(encoding="utf-8").splitlines()
        recipe = (made.folder / "build.ninja").read_text(encoding="utf-8")
    except OSError:
        return None
    salt = re.search(rf'"-DSALT=({re.escape(product)} [^"]*)"', recipe)
    return ([each for each in files if each], salt[1]) if salt else None


def _hash(files, salt):
    """As cmake/TritonExtBuildHash.cmake has it; "" where a file is gone."""
    digests = salt
    try:
        for each in sorted(files):
            with open(each, "rb") as file:
                digests += hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ""
    return hashlib.sha256(digests.encode()).hexdigest()[:16]


def _unlisted(files, root):
    """Sources in the same top folders of the checkout that came after the build was configured."""
    listed = set(files)
    inside = [os.path.relpath(each, root).split(os.sep) for each in files if each.startswith(root + os.sep)]
    for top in {parts[0] for parts in inside if len(parts) > 1}:
        for base, _, names in os.walk(os.path.join(root, top)):
            paths = (os.path.join(base, name) for name in names if name.endswith((".cpp", ".h", ".td")))
            yield from (path for path in paths if path not in listed)


def _time(path):
    try:
        return os.stat(path).st_mtime
    except OSError:
        return float("inf")  # gone: nothing changed more


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
