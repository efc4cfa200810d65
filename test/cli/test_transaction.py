# SPDX-License-Identifier: MIT
"""A change of a checkout happens all or not at all, whatever stops it."""

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import checkouts
import pytest
import ruamel.yaml  # noqa: F401  (once, rather than in each process of hundreds)

import triton_ext.cli.new  # noqa: F401  (likewise)
import triton_ext.cli.rename  # noqa: F401
from triton_ext.cli import CommandError, _transaction, main
from triton_ext.cli._transaction import STAGE, Transaction

#: What changes the disk. Each use of one of them is a place to stop at.
OPERATIONS = ("open", "write", "fsync", "fchmod", "mkdir", "rename", "replace", "unlink", "rmdir")
NEW = ("new", "pass", "zero-fold", "--scope", "nvidia", "--knob", "some-count:int=1")
RENAME = ("rename", "loop-split", "cut-loop", "--retire")


class Watched:
    """The module `os` as a transaction sees it: its `stop_at`-th change of the disk goes wrong."""

    def __init__(self, stop_at, how):
        self.stop_at, self.how, self.count = stop_at, how, 0

    def __getattr__(self, name):
        value = getattr(os, name)
        return self._watched(name, value) if name in OPERATIONS else value

    def _watched(self, name, function):
        def operation(*words, **options):
            self.count += 1
            if self.how == "kill" and self.count == self.stop_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if self.how == "full" and self.count >= self.stop_at:
                self._full(name, function, words)
            if self.how == "broken" and self.count == self.stop_at:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return function(*words, **options)

        return operation

    @staticmethod
    def _full(name, function, words):
        """A disk without room: what makes files or makes them longer fails, from here on."""
        if name == "write" and len(words[1]) > 1:
            function(words[0], words[1][: len(words[1]) // 2])
        if name in ("write", "mkdir") or (name == "open" and words[1] & os.O_CREAT):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def run_stopped(folder, words, stop_at=0, how=""):
    """Runs a command in a process of its own, and returns (exit code or -signal, operations)."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            watched = _transaction.os = Watched(stop_at, how)
            os.chdir(folder)
            with open(os.devnull, "w") as sink, contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
                status = main(list(words))
            os.write(writer, b"%d" % watched.count)
        except BaseException:
            status = 99
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        count = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), int(count or 0)


#: Short, since hundreds of processes read it.
REGISTRY = """\
# The catalogue.

loop-split:
  summary: Split loops.
  exactness: bit-exact
  declines: there is none

other:
  summary: Do something else.
  exactness: bit-exact
  after: [loop-split]  # a reason
"""


@pytest.fixture
def memory(tmp_path):
    """A folder in memory, where there is such a thing: what is tested is the order of thousands of writes."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="triton-ext-", dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def folder(memory):
    """A small checkout, without the build's tool: both would take most of the time."""
    folder = checkouts.make(memory / "checkout", tool=False)
    kept = ("LoopSplit", "CMakeLists.txt")
    for path in [*folder.glob("passes/*"), folder / "dialects", folder / "docs", folder / ".git"]:
        if path.name not in kept:
            shutil.rmtree(path)
    (folder / "CHANGELOG.md").write_text("- loop-split came.\n")
    checkouts.git(folder, "init", "-q", "--template=")
    (folder / "registry.yaml").write_text(REGISTRY)
    (folder / "passes/LoopSplit/LoopSplit.mlir").write_text("// RUN: triton-ext-opt %s --loop-split\n")
    (folder / "passes/LoopSplit/LoopSplit.cpp").write_text("class LoopSplit : LoopSplitBase<LoopSplit> {};\n")
    checkouts.commit(folder)
    shutil.copytree(folder, memory / "as it was")
    return folder


def reset(folder):
    shutil.rmtree(folder)
    shutil.copytree(folder.parent / "as it was", folder)


@pytest.mark.parametrize("words", [NEW, RENAME], ids=["new", "rename"])
@pytest.mark.parametrize("how", ["kill", "full", "broken"])
def test_stopped_anywhere_it_is_the_old_state_or_the_new(folder, words, how):
    old = checkouts.state(folder)
    status, operations = run_stopped(folder, words)
    assert status == 0 and operations > 20
    new = checkouts.state(folder)
    assert new != old
    seen = []
    for stop_at in range(1, operations + 1):
        reset(folder)
        assert checkouts.state(folder) == old
        status, _ = run_stopped(folder, words, stop_at, how)
        decided = (folder / STAGE / "journal").exists()
        if not decided:
            # Nothing is left to be done: it is one or the other already.
            assert without_stage(checkouts.state(folder)) in (old, new), stop_at
        if how == "kill":
            assert status == -signal.SIGKILL
        elif without_stage(checkouts.state(folder)) == old and not decided:
            assert status == 3, "a failure that changed nothing says so"
        # Whatever comes next finishes it, even what is refused itself.
        assert run_stopped(folder, ["new", "pass", "Not-Kebab"])[0] == 2
        after = checkouts.state(folder)
        assert after in (old, new), f"operation {stop_at}: {sorted(set(after.items()) ^ set(new.items()))}"
        seen.append(after == new)
    if how != "full":
        assert seen == sorted(seen) and set(seen) == {False, True}, "old up to some operation, new from there on"
    else:
        assert False in seen


def without_stage(state):
    return {path: content for path, content in state.items() if path.split("/")[0] != STAGE}


def test_a_second_kill_while_the_first_is_mended(folder):
    """The steps that are left can be stopped anywhere, too."""
    old = checkouts.state(folder)
    _, operations = run_stopped(folder, NEW)
    new = checkouts.state(folder)
    refused = ("new", "pass", "Not-Kebab")
    for stop_at in range(operations, 0, -1):
        reset(folder)
        run_stopped(folder, NEW, stop_at, "kill")
        if not (folder / STAGE / "journal").exists():
            continue
        for second in range(1, 4):
            run_stopped(folder, refused, second, "kill")
        run_stopped(folder, refused)
        assert checkouts.state(folder) == new != old


def test_the_user_hears_of_what_was_finished(folder):
    _, operations = run_stopped(folder, NEW)
    for stop_at in range(operations, 0, -1):
        reset(folder)
        run_stopped(folder, NEW, stop_at, "kill")
        if (folder / STAGE / "journal").exists():
            break
    with Transaction(folder, "the next") as change:
        assert change.finished == "triton-ext new pass zero-fold"
    with Transaction(folder, "the one after") as change:
        assert change.finished is None


def test_two_at_once_wait_for_each_other(folder, cli):
    with Transaction(folder, "the first"):
        command = [sys.executable, "-m", "triton_ext", "new", "pass"]
        env = {**os.environ, "PYTHONPATH": str(checkouts.ROOT / "language")}
        both = [subprocess.Popen([*command, f"zero-fold-{i}"], cwd=folder, env=env, stdout=-3) for i in range(2)]
        time.sleep(0.5)
        assert [each.poll() for each in both] == [None, None], "both wait"
    assert [each.wait(120) for each in both] == [0, 0]
    text = (folder / "registry.yaml").read_text()
    assert "\nzero-fold-0:\n" in text and "\nzero-fold-1:\n" in text
    assert (folder / "passes/ZeroFold0").is_dir() and (folder / "passes/ZeroFold1").is_dir()


def test_a_file_that_changes_meanwhile_is_not_overwritten(folder):
    registry = folder / "registry.yaml"
    with pytest.raises(CommandError, match="changed while"), Transaction(folder, "it") as change:
        old = registry.read_bytes()
        change.create("a/b", b"1")
        change.replace("registry.yaml", old, b"2")
        registry.write_bytes(old + b"# an editor\n")
        change.commit()
    assert registry.read_bytes() == old + b"# an editor\n" and not (folder / "a").exists()
    assert not (folder / STAGE).exists()


def test_a_file_that_changed_since_the_interruption_is_not_overwritten(folder):
    registry = folder / "registry.yaml"
    _, operations = run_stopped(folder, NEW)
    for stop_at in range(1, operations + 1):
        reset(folder)
        run_stopped(folder, NEW, stop_at, "kill")
        if (folder / STAGE / "journal").exists():
            break
    edited = registry.read_bytes() + b"# an editor\n"
    registry.write_bytes(edited)
    with pytest.raises(CommandError, match="has changed since") as error, Transaction(folder, "the next"):
        pass
    assert error.value.status == 3 and STAGE in error.value.hint
    assert registry.read_bytes() == edited


def test_git_takes_no_notice_of_what_is_staged(folder):
    _, operations = run_stopped(folder, NEW)
    reset(folder)
    run_stopped(folder, NEW, operations // 3, "kill")
    assert (folder / STAGE).is_dir()
    assert checkouts.git(folder, "status", "--short") == ""


def test_modes_and_neighbours_stay(folder):
    script = folder / "script"
    script.write_bytes(b"1")
    script.chmod(0o755)
    (folder / "passes/LoopSplit/notes.orig").write_bytes(b"of an editor")
    with Transaction(folder, "it") as change:
        change.move("passes/LoopSplit", "passes/CutLoop")
        change.move("passes/CutLoop/LoopSplit.cpp", "passes/CutLoop/CutLoop.cpp")
        change.replace("script", b"1", b"2")
        change.create("deep/er/file", b"3")
        change.create("deep/other", b"4")
        change.commit()
    assert script.read_bytes() == b"2" and script.stat().st_mode & 0o777 == 0o755
    assert (folder / "passes/CutLoop/notes.orig").is_file() and (folder / "passes/CutLoop/CutLoop.cpp").is_file()
    assert (folder / "deep/er/file").read_bytes() == b"3" and (folder / "deep/other").read_bytes() == b"4"
    assert not (folder / "passes/LoopSplit").exists() and not (folder / STAGE).exists()
