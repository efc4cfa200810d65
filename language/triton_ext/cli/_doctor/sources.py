# SPDX-License-Identifier: MIT
"""Check of a checkout: was the library built from the sources as they are?"""

import os
import re
import shlex
import tempfile

from .._answer import CommandError
from .._build import Build
from .._checkout import Checkout
from .child import ask
from .line import NONE, OK, WARNING, Line

_FOLDERS = ("infra", "passes", "backends", "dialects")
_TIME_LIMIT = 10.0  # seconds


def build(probe):
    """Whether a library that lies in the build of a checkout is of today. ``probe``: the Result of probe_library.

    The build's own recipe is what computes the hash, so only one of this
    package's checkout, or of the one that this is run in, is followed.
    """
    facts = probe.stages.get("load", {})
    if "path" not in facts:
        return Line("build", NONE, "not tried: there is no library")
    made = Build.of(facts["path"])
    if not made or made.root.resolve() not in _checkouts():
        return Line("build", NONE, "the library is not a build of the checkout that this is run in")
    product = re.sub(r"^lib|\.so$", "", os.path.basename(facts["path"]))
    files = _listed(made, product)
    new = sorted(_unlisted(files, made.root))
    now = _hash_now(made, product)
    if not new and now == facts["build_hash"]:
        return Line("build", OK, "built from the sources as they are")
    if not new and not now and all(map(os.path.exists, files)):
        return Line("build", NONE, f"not known: the recipe of {made.folder} cannot be followed")
    what = f"{new[0]} is not in the build" if new else f"changed last: {max(files, key=_time)}"
    return Line("build", WARNING, "the library is older than the sources", what, made.command())


def _checkouts():
    """The roots of the checkouts that this package and the working directory are in."""
    roots = set()
    for start in (None, __file__):
        try:
            roots.add(Checkout.here(start).root)
        except (CommandError, OSError):
            pass
    return roots


def _listed(made, product):
    """The files that the hash was computed of."""
    try:
        return (made.folder / "generated" / product / "sources.txt").read_text(encoding="utf-8").split("\n")[:-1]
    except OSError:
        return []


def _hash_now(made, product):
    """The hash that a build would have now; "" where its recipe cannot be followed."""
    try:
        recipe = (made.folder / "build.ninja").read_text(encoding="utf-8")
    except OSError:
        return ""
    command = re.search(rf"^ *COMMAND = .*?&& (.*generated/{re.escape(product)}/Version\.cpp.*)$", recipe, re.MULTILINE)
    if not command:
        return ""
    with tempfile.TemporaryDirectory(prefix="triton-ext-doctor-") as folder:
        output = os.path.join(folder, "Version.cpp")
        words = [f"-DOUTPUT={output}" if word.startswith("-DOUTPUT=") else word for word in shlex.split(command[1])]
        try:
            ask(words, _TIME_LIMIT)
            with open(output, encoding="utf-8") as file:
                found = re.search(r'buildHash\(\) *\{ *return "(\w+)"', file.read())
        except OSError:
            return ""
    return found[1] if found else ""


def _unlisted(files, root):
    """Sources that came after the build was configured."""
    listed = set(files)
    for top in _FOLDERS:
        for base, _, names in os.walk(root / top):
            paths = (os.path.join(base, name) for name in names if name.endswith((".cpp", ".h", ".td")))
            yield from (path for path in paths if path not in listed)


def _time(path):
    try:
        return os.stat(path).st_mtime
    except OSError:
        return float("inf")  # gone: nothing changed more
