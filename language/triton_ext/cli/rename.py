# SPDX-License-Identifier: MIT
"""``triton-ext rename``: another name for a pass, in every spelling, wherever it is written."""

import copy
import re
import subprocess
import sys
from collections import Counter

from .._library._entries import PASS_KINDS
from . import _scaffold, _spelling
from ._answer import ENVIRONMENT, Answer, CommandError
from ._checkout import Checkout
from ._registry_file import RegistryFile
from ._transaction import Transaction

#: What is history keeps the names it was made with.
_HISTORY = ("CHANGELOG.md",)
_BREAKING = (
    "A pass that was released under its old name is a breaking change under another one: say so in CHANGELOG.md, "
    "and leave the old name behind as a retired entry that leads to the new one (--retire)."
)


def add_arguments(parser):
    old = parser.add_argument("old", metavar="OLD", help="the name in the catalogue")
    old.completer = lambda **_: RegistryFile(Checkout.here().registry).names()
    parser.add_argument("new", metavar="NEW", help="the name that it is to have")
    parser.add_argument("--retire", action="store_true", help="leave a retired entry OLD with successor NEW")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")


def run(options):
    checkout = Checkout.here()
    with Transaction(checkout.root, f"triton-ext rename {options.old} {options.new}") as change:
        if change.finished:
            print(f"finished the interrupted '{change.finished}'", file=sys.stderr)
        registry = _scaffold.read_registry(checkout)
        _check(options, checkout, registry)
        files = _files(checkout)
        words = _Words(options.old, options.new, registry.names(), _folder(options, checkout))
        moves = _moves(files, words, checkout)
        edits = _edits(files, words, checkout)
        edits[checkout.registry.name] = (registry.text(), *_renamed_entry(options, registry, checkout))
        for old, new in moves:
            change.move(old, new)
        for path, (old, new, _) in edits.items():
            change.replace(words.path(path), old.encode(), new.encode())
        if not options.dry_run:
            change.commit()
    return _answer(options, moves, {words.path(path): count for path, (_, _, count) in edits.items()})


def _folder(options, checkout):
    folder = _scaffold.folder_of(_spelling.pascal(options.old), checkout)
    if folder is None:
        raise CommandError("no-folder", f"'{options.old}' has an entry and no folder", hint="make test-repo")
    return folder


def _check(options, checkout, registry):
    """Raises CommandError unless OLD is a pass of the catalogue, and NEW a free name."""
    if options.old not in registry.names():
        near = _scaffold.nearest(options.old, registry.names())
        raise CommandError("unknown-name", f"found no extension '{options.old}' in {checkout.registry.name}", near)
    entry = registry.entry(options.old)
    kind = entry.get("kind", "transform")
    if kind not in PASS_KINDS:
        raise CommandError(
            "not-a-pass",
            f"'{options.old}' is of the kind {kind}, whose name is in its operations: only a pass is renamed",
        )
    if entry.get("status") == "retired":
        raise CommandError("retired", f"'{options.old}' is retired: its name is all that is left of it")
    _scaffold.checked_name(options.new, checkout, registry)


def _renamed_entry(options, registry, checkout):
    """The catalogue's new text, and in how many places it changed."""
    edited = copy.copy(registry)
    entry = edited.entry(options.old)
    edited.rename(options.old, options.new)
    if options.retire:
        kept = {key: entry[key] for key in ("kind", "summary", "exactness", "since") if key in entry}
        edited.insert(options.old, {**kept, "status": "retired", "successor": options.new})
    _scaffold.check_registry(checkout, edited.text())
    count = (Counter(_lines(edited)) - Counter(_lines(registry))).total()
    return edited.text(), max(1, count)


def _lines(registry):
    return registry.text().splitlines()


def _files(checkout):
    """Paths of what is in git or could be added, relative to the checkout."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-zco", "--exclude-standard"], cwd=checkout.root, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise CommandError(
            "no-git", f"git does not say which files {checkout.root} has: {error}", status=ENVIRONMENT
        ) from None
    paths = sorted(path for path in done.stdout.decode("utf-8", "surrogateescape").split("\0") if path)
    return [path for path in paths if (checkout.root / path).is_file() and not (checkout.root / path).is_symlink()]


class _Words:
    """The spellings of the old name as whole words, and those of the new one in their place.

    A word may be a part of a longer one that is put together: `LoopSplitBase`,
    `test_loop_split`; not where that is another extension's. A name of one word is
    also an English one: in lower case it is only taken for the name in ``folder``.
    """

    def __init__(self, old, new, names, folder):
        forms = {
            "kebab": (r"(?<!\w)(?<!\w-){}(?!\w|-\w)", str),
            "snake": (r"(?<![A-Za-z0-9]){}(?![A-Za-z0-9])", _spelling.snake),
            "camel": (r"(?<!\w){}(?![a-z0-9])", _spelling.camel),
            "pascal": (r"{}(?![a-z0-9])", _spelling.pascal),
        }
        if "-" not in old:
            # `ConstantFold` is not about a pass `fold`; these are.
            forms["pascal"] = (r"(?:(?<!\w)|(?<=TritonExtPass)|(?<=create)){}(?![a-z0-9])", _spelling.pascal)
        self._new = {key: spell(new) for key, (_, spell) in forms.items()}
        self._folder = folder + "/"
        longer = {spell(name) for _, spell in forms.values() for name in names if name != old}
        kept = "|".join(re.escape(word) for word in sorted(longer, key=len, reverse=True))
        parts = {key: f"(?P<{key}>{form.format(re.escape(spell(old)))})" for key, (form, spell) in forms.items()}
        kept = f"(?P<kept>(?<![A-Za-z0-9])(?:{kept})(?![a-z0-9]))|" if kept else ""
        self._everywhere = re.compile(kept + "|".join(parts.values() if "-" in old else [parts["pascal"]]))
        self._inside = re.compile(kept + "|".join(parts.values()))

    def text(self, path, text):
        """``text`` of the file ``path`` with the new name, and how often that is in it."""
        count = 0

        def word(match):
            nonlocal count
            if match.lastgroup == "kept":
                return match[0]
            count += 1
            return self._new[match.lastgroup]

        pattern = self._inside if path.startswith(self._folder) else self._everywhere
        return pattern.sub(word, text), count

    def path(self, path):
        """``path`` with the new name in it."""
        return "/".join(self.text("", part)[0] for part in path.split("/"))


def _moves(files, words, checkout):
    """(old, new) of each file and folder that is called by the name, outer ones first."""
    moves = {}
    for path in files:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            before = words.path("/".join(parts[: depth - 1]))
            old = f"{before}/{parts[depth - 1]}".lstrip("/")
            new = words.path("/".join(parts[:depth]))
            if old != new and path not in _HISTORY:
                moves[old] = new
    for new in moves.values():
        if (checkout.root / new).exists():
            raise CommandError("name-taken", f"{new} is there already")
    return sorted(moves.items(), key=lambda pair: pair[0].count("/"))


def _edits(files, words, checkout):
    """{path: (old text, new text, places)} of each file that says the name."""
    edits = {}
    for path in files:
        if path in _HISTORY or path == checkout.registry.name:
            continue
        try:
            old = (checkout.root / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        new, count = words.text(path, old)
        if count:
            edits[path] = (old, _as_wide(old, new), count)
    return edits


def _as_wide(old, new):
    """``new`` with a first line that is as wide as that of ``old``: `//===- LoopSplit.cpp - ... -===//`."""
    before, after = old.partition("\n")[0], new.partition("\n")[0]
    match = re.fullmatch(r"(//===- .*? )(-+)(\*- .*===//|===//)", after)
    if not match:
        return new
    width = max(3, len(match[2]) + len(before) - len(after))
    return match[1] + "-" * width + match[3] + new[len(after) :]


def _answer(options, moves, edits):
    data = {
        "old": options.old,
        "new": options.new,
        "dry_run": options.dry_run,
        "moved": [{"from": old, "to": new} for old, new in moves],
        "edited": [{"path": path, "places": count} for path, count in edits.items()],
        "retired": options.retire,
    }
    lines = [f"{options.old} {'would be' if options.dry_run else 'is'} {options.new}"]
    lines += [f"  {old} -> {new}" for old, new in moves]
    lines += [f"  {path}: {count} place{'s' if count > 1 else ''}" for path, count in edits.items()]
    if not options.retire:
        lines += ["", _BREAKING]
    if not options.dry_run:
        lines += ["", "Next", f"  make check NAME={options.new}", "  make format test"]
    return Answer(data, "\n".join(lines))
