# SPDX-License-Identifier: MIT
"""Changes to the files of a checkout that happen all or not at all.

What is to be written goes to a hidden folder of the checkout first. Then one
rename gives that folder its journal, and from there on the change has happened:
the steps of the journal are renames, each of which can be made again. Whoever
comes next makes the steps that an interrupted run left, or throws away what it
had not yet decided. One process at a time: the others wait.
"""

import contextlib
import hashlib
import json
import os
from pathlib import Path

from ._answer import ENVIRONMENT, CommandError

#: The hidden folder; git takes no notice of it, by a file inside.
STAGE = ".triton-ext"


class Transaction:
    """A change of the checkout ``root``, made by ``commit``; a context manager.

    Paths are relative to ``root``, contents are bytes. ``command``: what the user
    asked for, to be named where it is interrupted. ``finished``: the command of an
    interrupted run whose change was completed on entry, or None.
    """

    def __init__(self, root, command):
        self.root = Path(root)
        self.stage = self.root / STAGE
        self.command = command
        self.finished = None
        self._created = {}
        self._replaced = {}
        self._moves = []

    def __enter__(self):
        import fcntl

        try:
            # The folder itself is the lock: no file of it can be left behind.
            self._lock = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.finished = self._recover()
        except OSError as error:
            raise _failed(self.command, error) from error
        return self

    def __exit__(self, *_):
        # After a failure that left the journal, the steps are made next time.
        with contextlib.suppress(OSError):
            if not (self.stage / "journal").exists():
                _remove_tree(self.stage)
        os.close(self._lock)

    def create(self, path, content):
        """A file that is not there yet, in folders that need not be."""
        self._created[path] = content

    def replace(self, path, old, new):
        """New contents for a file that now holds ``old``; after moves, under its new path."""
        self._replaced[path] = (old, new)

    def move(self, old, new):
        """Another path for a file or folder; a later move may be inside an earlier one's."""
        self._moves.append((old, new))

    def commit(self):
        """Makes the change. Raises CommandError, having changed nothing unless it says so."""
        try:
            journal = {"command": self.command, "steps": self._staged()}
            self._write(self.stage / "journal.part", json.dumps(journal).encode())
            _sync(self.stage)
            os.replace(self.stage / "journal.part", self.stage / "journal")
            _sync(self.stage)
        except OSError as error:
            raise _failed(self.command, error) from error
        try:
            self._perform(journal)
        except OSError as error:
            raise CommandError(
                "interrupted",
                f"'{self.command}' is decided, but stopped halfway: {error}",
                hint="mend that and run it again: it first makes what is left",
                status=ENVIRONMENT,
            ) from error

    # The steps, staged.

    def _staged(self):
        """Writes everything that is new, and returns the steps."""
        os.mkdir(self.stage)
        self._write(self.stage / ".gitignore", b"*\n")
        steps = [{"move": list(pair)} for pair in self._moves]
        for path, (old, new) in self._replaced.items():
            name = self._next_name(steps)
            now = self.root / self._path_before(path)
            if now.read_bytes() != old:
                raise CommandError("changed-meanwhile", f"{path} changed while it was worked on", hint="run it again")
            self._write(self.stage / name, new, now.stat().st_mode & 0o777)
            steps.append({"put": path, "from": name, "was": _digest(old)})
        for top, files in self._new_trees().items():
            name = self._next_name(steps)
            for path, content in files.items():
                staged = self.stage / name if path == top else self.stage / name / Path(path).relative_to(top)
                _make_folders(staged.parent)
                self._write(staged, content)
            for folder, _, _ in os.walk(self.stage / name):
                _sync(folder)
            steps.append({"put": top, "from": name, "was": None})
        return steps

    @staticmethod
    def _next_name(steps):
        return str(len(steps))

    def _path_before(self, path):
        """Where a file is before the moves that lead it to ``path``."""
        for old, new in reversed(self._moves):
            if path == new or path.startswith(new + "/"):
                path = old + path[len(new) :]
        return path

    def _new_trees(self):
        """The created files by what is to appear in one rename: the topmost folder that is not there."""
        trees = {}
        for path, content in self._created.items():
            top = Path(path)
            while not (self.root / top.parent).is_dir():
                top = top.parent
            trees.setdefault(str(top), {})[path] = content
        return trees

    def _write(self, path, content, mode=None):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(file, rest) :]
            if mode is not None:
                os.fchmod(file, mode)
            os.fsync(file)
        finally:
            os.close(file)

    # The steps, made.

    def _recover(self):
        """Finishes what an interrupted run decided, and forgets what it did not. The command of the former."""
        if not self.stage.is_dir():
            return None
        journal = self.stage / "journal"
        if not journal.exists():
            _remove_tree(self.stage)
            return None
        read = json.loads(journal.read_bytes())
        self._perform(read)
        return read["command"]

    def _perform(self, journal):
        for step in journal["steps"]:
            if "move" in step:
                self._perform_move(*step["move"])
            else:
                self._perform_put(step, journal["command"])
        # Without a journal the rest is nothing any more.
        os.unlink(self.stage / "journal")
        _sync(self.stage)
        _remove_tree(self.stage)

    def _perform_move(self, old, new):
        old, new = self.root / old, self.root / new
        if not os.path.lexists(old):
            return  # made before
        os.rename(old, new)
        _sync(new.parent)
        if old.parent != new.parent:
            _sync(old.parent)

    def _perform_put(self, step, command):
        staged, target = self.stage / step["from"], self.root / step["put"]
        if not staged.exists():
            return  # made before
        was = _digest(target.read_bytes()) if target.is_file() else "a folder" if target.exists() else None
        if was != step["was"]:
            raise CommandError(
                "changed-meanwhile",
                f"'{command}' was interrupted, and {step['put']} has changed since",
                hint=f"compare it with {STAGE}/{step['from']}, which was to take its place, and remove {STAGE}",
                status=ENVIRONMENT,
            )
        os.replace(staged, target)
        _sync(target.parent)


def _failed(command, error):
    return CommandError(
        "not-written", f"'{command}' changed nothing: {error}", hint="mend that and run it again", status=ENVIRONMENT
    )


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _make_folders(folder):
    """Path.mkdir(parents=True), by calls of `os` alone."""
    if not folder.is_dir():
        _make_folders(folder.parent)
        os.mkdir(folder)


def _sync(folder):
    """Has the names in ``folder`` on the disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _remove_tree(folder):
    for where, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(os.path.join(where, name))
        for name in folders:
            os.rmdir(os.path.join(where, name))
    with contextlib.suppress(FileNotFoundError):
        os.rmdir(folder)
