# SPDX-License-Identifier: MIT
"""``triton-ext docs``: the reference of the catalogue, as Markdown.

A page an extension and an index; one page of all where --out names a file that
ends in .md. In a checkout whose build the library is, a pass has an example: a
case of its lit test, and what the built tool makes of it now (see `_example` for
which case that is). Pages are all written or none.
"""

import os
import re
from pathlib import Path

from .. import _library
from .._library import _entries
from ._answer import ENVIRONMENT, Answer, CommandError

FOLDER = "triton-ext-reference"
_NAME = re.compile(r"[a-z][a-z0-9-]*(/[a-z][a-z0-9-]*)?")


def add_arguments(parser):
    parser.epilog = (
        "A pass has an example, made by its tool now, where this is run in the checkout that the library was built "
        f"from. Without --out the pages go to docs in that build folder, else to ./{FOLDER}."
    )
    names = parser.add_argument("names", nargs="*", metavar="NAME", help="only these extensions")
    names.completer = lambda **_: [entry["name"] for entry in _entries.data()["extensions"]]
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="where to write; a name with .md: one page of all")


def run(options):
    entries = _chosen(options.names)
    checkout = _checkout()
    examples = {entry["name"]: _example(entry, checkout) for entry in entries}
    out = options.out or _default(checkout)
    if out.suffix == ".md":
        texts = {out: _one_page(entries, examples)}
    else:
        texts = _pages(entries, examples, out)
    _write(texts)
    data = {
        "index": str(next(iter(texts))),
        "extensions": [
            {
                "name": entry["name"],
                "page": str(_page(entry["name"], out) if out.suffix != ".md" else out),
                "example": _example_data(examples[entry["name"]][0]),
            }
            for entry in entries
        ],
    }
    return Answer(data, _text(data, examples))


def _text(data, examples):
    lines = [data["index"]]
    shown = sum(example is not None for example, _ in examples.values())
    lines.append(f"{len(examples)} extensions, {shown} with an example")
    reasons = sorted({why for _, why in examples.values() if why})
    return "\n".join(lines + reasons)


def _example_data(example):
    return example and {"test": str(example.test), "line": example.line, "pipeline": example.pipeline}


def _chosen(names):
    """The entries of these names, all where there is none, sorted by name. Raises CommandError."""
    from .show import find

    entries = [find(name) for name in dict.fromkeys(names)] if names else _entries.data()["extensions"]
    for entry in entries:
        # Names become names of files: whatever a library says, nothing else does.
        if not _NAME.fullmatch(entry["name"]):
            raise CommandError("bad-name", f"the name {entry['name']!r} is not kebab-case", status=ENVIRONMENT)
    return sorted(entries, key=lambda entry: entry["name"])


def _checkout():
    """The checkout that the working directory lies in, or None."""
    from ._checkout import Checkout

    try:
        return Checkout.here()
    except CommandError:
        return None


def _build(entry, checkout):
    """The build of this checkout that the library with ``entry`` is from, or None."""
    from ._build import Build

    library = entry.get("source") or _library.load().path
    build = Build.of(os.path.abspath(library)) if checkout else None
    return build if build and build.root.resolve() == checkout.root.resolve() else None


def _example(entry, checkout):
    """(Example or None, why there is none: a sentence, "" where none is expected). Raises CommandError."""
    from .._library._entries import PASS_KINDS
    from ._example import of_test

    if entry["kind"] not in PASS_KINDS or entry["status"] == "retired":
        return None, ""
    if entry["stage"] == "llir":
        return None, ""  # of MLIR only
    build = _build(entry, checkout)
    if not build:
        return None, "Examples are shown where the library is a build of the checkout that this is run in."
    folder = build.root / (entry["folder"] or "")
    if not entry["folder"] or build.root.resolve() not in folder.resolve().parents:
        raise CommandError("no-example", f"{entry['name']} has no folder in {build.root}", status=ENVIRONMENT)
    name = entry["name"].rpartition("/")[2]  # as its own tool calls it
    example = of_test(folder / f"{entry['class']}.mlir", build.tool(), name, entry["kind"])
    example.test = example.test.relative_to(build.root)
    return example, ""


def _default(checkout):
    """Where pages go: into the build folder of the library, if that is of this checkout."""
    build = _build({}, checkout)
    if build:
        return build.folder / "docs"
    return (checkout.build / "docs") if checkout else Path(FOLDER)


def _page(name, out):
    return out / f"{name}.md"


def _pages(entries, examples, out):
    """{path: lines}, the index first."""
    from . import _reference

    here = {entry["name"] for entry in entries}

    def address_from(folder):
        def address(name):
            return os.path.relpath(_page(name, out), folder) if name in here else None

        return address

    texts = {out / "index.md": _reference.index(entries, address_from(out))}
    for entry in entries:
        page = _page(entry["name"], out)
        back = f"[The catalogue]({os.path.relpath(out / 'index.md', page.parent)})"
        texts[page] = [back, "", *_reference.extension(entry, *examples[entry["name"]], address_from(page.parent))]
    return texts


def _one_page(entries, examples):
    from . import _reference

    address = _reference.in_page(entries)
    lines = _reference.index(entries, address)
    for entry in entries:
        lines += [f'<a id="{_reference.anchor(entry["name"])}"></a>', ""]
        lines += _reference.extension(entry, *examples[entry["name"]], address, title_level=2)
    return lines


def _write(texts):
    """Writes {path: lines}. Raises CommandError."""
    for path, lines in texts.items():
        text = "\n".join(lines).rstrip("\n") + "\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.{os.getpid()}")
            try:
                beside.write_text(text, encoding="utf-8")
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise CommandError(
                "not-written", f"{path}: {error.strerror}", hint="name another place: --out FOLDER", status=ENVIRONMENT
            ) from None
