# SPDX-License-Identifier: MIT
"""What ``new`` and ``rename`` share: which names are free, templates, and the build's own check of the catalogue."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from . import _spelling
from ._answer import CommandError
from ._registry_file import RegistryFile

#: Folders that hold an extension each: passes/LoopSplit, backends/nvidia/PointerToDescriptor.
PLACES = ("passes/*", "backends/*/*", "dialects/*")
#: GPUTarget.backend of the scopes that everybody knows; vendors add their own.
KNOWN_BACKENDS = {"nvidia": "cuda", "amd": "hip"}


def nearest(word, words):
    import difflib

    return difflib.get_close_matches(word, list(words), 1)


def checked_name(name, checkout, registry):
    """``name``, if an extension may be called so and none is. Raises CommandError."""
    if not _spelling.is_kebab(name):
        meant = _spelling.to_kebab(name)
        raise CommandError(
            "bad-name",
            f"found the name {name!r}, expected one in kebab-case, such as loop-split",
            [meant] if meant else [],
        )
    language = _spelling.keyword_of(name)
    if language:
        raise CommandError("bad-name", f"found the name {name!r}, which is a keyword of {language}")
    if name.startswith("triton-"):
        raise CommandError("bad-name", f"found {name!r}, expected no prefix 'triton-'", [name.removeprefix("triton-")])
    if "pass" in name.split("-"):
        without = "-".join(word for word in name.split("-") if word != "pass")
        raise CommandError(
            "bad-name", f"found {name!r}, expected a name without the word 'pass'", [without] if without else []
        )
    _check_free(name, checkout, registry)
    return name


def _check_free(name, checkout, registry):
    class_name = _spelling.pascal(name)
    for other in registry.names():
        if _spelling.pascal(other) != class_name:
            continue
        status = registry.entry(other).get("status")
        was = "an entry" if status != "retired" else "a retired entry"
        same = "" if other == name else f", whose class is {class_name} too"
        raise CommandError(
            "name-taken",
            f"the name '{name}' is taken: {checkout.registry.name} has {was} '{other}' on line "
            f"{registry.line_of(other)}{same}",
            hint=f"triton-ext show {other}",
        )
    folder = folder_of(class_name, checkout)
    if folder:
        raise CommandError("name-taken", f"the name '{name}' is taken: there is a folder {folder}")
    if name in _options_of_the_tool(checkout):
        raise CommandError("name-taken", f"the name '{name}' is taken: triton-ext-opt has an option --{name} of MLIR's")


def _options_of_the_tool(checkout):
    """What a pass cannot be called, since it becomes an option of triton-ext-opt; none where that is not built."""
    tool = checkout.build / "bin" / "triton-ext-opt"
    if not tool.is_file():
        return set()
    said = [
        subprocess.run([tool, word], capture_output=True, text=True).stdout
        for word in ("--help-hidden", "--list-passes")
    ]
    # The passes of the last build are the catalogue's business, which may be newer.
    passes = {line.split()[0] for line in said[1].splitlines() if line.strip()}
    return set(re.findall(r"^\s+--?([a-z][\w-]*)", said[0], re.MULTILINE)) - passes


def folder_of(class_name, checkout):
    """The folder of an extension, relative to the checkout; None where there is none."""
    for pattern in PLACES:
        for folder in sorted(checkout.root.glob(pattern)):
            # Folders that differ in nothing but case are one on some machines.
            if folder.name.lower() == class_name.lower():
                return folder.relative_to(checkout.root).as_posix()
    return None


def scopes(checkout):
    """{scope: GPUTarget.backend} of the folders in backends/."""
    found = {}
    for file in sorted(checkout.root.glob("backends/*/CMakeLists.txt")):
        match = re.search(r"triton_ext_scope\(\s*NAME\s+(\S+)\s+BACKEND\s+([^\s)]+)", file.read_text(encoding="utf-8"))
        if match:
            found[match[1]] = match[2]
    return found


def read_registry(checkout):
    """The checkout's catalogue, which is valid. Raises CommandError."""
    registry = RegistryFile(checkout.registry)
    check_registry(checkout, registry.text(), "mend that first")
    return registry


def check_registry(checkout, text, hint=None):
    """Has the build's own tool, if it is built, check a catalogue. Raises CommandError."""
    tool = checkout.build / "bin" / "triton-ext-registry"
    if not tool.is_file():
        return
    with tempfile.TemporaryDirectory(prefix="triton-ext-") as folder:
        file = Path(folder) / checkout.registry.name
        file.write_bytes(text.encode())
        done = subprocess.run(
            [tool, file, "--root", folder], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}
        )
    if done.returncode:
        raise CommandError("registry-invalid", done.stderr.strip(), hint=hint)


def rendered(template, **values):
    """A template of this package with its ${...} filled in."""
    from string import Template

    text = (Path(__file__).parent / "templates" / template).read_text(encoding="utf-8")
    return Template(text).substitute(values)


def banner(file, what, language="C++"):
    """The first line of a source file, 80 columns wide where that is possible."""
    head, tail = f"//===- {file} - {what.rstrip('.')} ", f"*- {language} -*-===//"
    if len(head) + len(tail) > 79:
        head = f"//===- {file} "
    return head + "-" * max(3, 80 - len(head) - len(tail)) + tail


def formatted(checkout, file, text):
    """C++ as clang-format writes it, where the checkout's tools are installed."""
    program = checkout.root / ".venv" / "tools" / "bin" / "clang-format"
    if not program.is_file():
        return text
    done = subprocess.run(
        [program, f"--assume-filename={checkout.root / file}"], input=text, capture_output=True, text=True
    )
    return done.stdout if done.returncode == 0 else text
