# SPDX-License-Identifier: MIT
"""`triton-ext rename`: every spelling, wherever it is written, and nothing else."""

import re
import shutil

import checkouts
import pytest
import yaml

FILES = {
    "docs/loop-split-notes.txt": "loop-split-notes and my-loop-split are other names; loop-split: this one.\n",
    "notes.txt": "`loop-split{a-b=2}` --loop-split LoopSplitBase LoopSplitter loopSplit loop_split_x noloop_split\n",
    "test/python/loop_split/test_it.py": "from loop_split import LoopSplitTest\n",
    "unit/LoopSplitTest.cpp": "//===- LoopSplitTest.cpp - Test --------------------*- C++ -*-===//\nLoopSplit a;\n",
    "other.txt": "A loop is split; loops split.\n",
    "CHANGELOG.md": "- loop-split came.\n",
}
ENTRIES = """
other-fold:
  summary: Be another.
  exactness: bit-exact
  declines: loop-split ran
  after: [loop-split]
"""


@pytest.fixture
def folder(tmp_path):
    folder = checkouts.make(tmp_path / "checkout")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "image.bin").write_bytes(b"\xff loop-split")
    registry = folder / "registry.yaml"
    text = registry.read_text()
    behind = next(name for name in re.findall(r"^([a-z-]+):$", text, re.MULTILINE) if name > "other-fold")
    registry.write_text(text.replace(f"\n{behind}:\n", f"{ENTRIES}\n{behind}:\n", 1))
    (folder / "passes/OtherFold").mkdir()
    (folder / "passes/OtherFold/OtherFold.mlir").write_text("// RUN: triton-ext-opt %s --other-fold\n")
    checkouts.commit(folder)
    return folder


def test_folder_files_class_entry_references_and_spellings(folder, cli):
    before = checkouts.state(folder)
    ran = cli("rename", "loop-split", "cut-loop", "--json", cwd=folder)
    assert ran.status == 0, ran.stdout
    after = checkouts.state(folder)
    assert "passes/LoopSplit" not in after
    for path in ("passes/CutLoop/CutLoop.cpp", "passes/CutLoop/CutLoop.mlir", "docs/cut-loop.md"):
        assert path in after
    assert after["passes/CutLoop/CMakeLists.txt"] == b"triton_ext_add_pass(NAME cut-loop CLASS CutLoop)\n"
    code = after["passes/CutLoop/CutLoop.cpp"].decode()
    assert "class CutLoop : public CutLoopBase<CutLoop>" in code and "class LoopSplitter" in code
    assert len(code.splitlines()[0]) == 80
    assert (
        after["docs/loop-split-notes.txt"]
        == b"loop-split-notes and my-loop-split are other names; cut-loop: this one.\n"
    )
    assert (
        after["notes.txt"] == b"`cut-loop{a-b=2}` --cut-loop CutLoopBase LoopSplitter cutLoop cut_loop_x noloop_split\n"
    )
    assert after["test/python/cut_loop/test_it.py"] == b"from cut_loop import CutLoopTest\n"
    assert after["unit/CutLoopTest.cpp"].endswith(b"-===//\nCutLoop a;\n")
    assert len(after["unit/CutLoopTest.cpp"].splitlines()[0]) == len(FILES["unit/LoopSplitTest.cpp"].splitlines()[0])
    for same in ("other.txt", "image.bin", "CHANGELOG.md"):
        assert after[same] == before[same]
    registry = after["registry.yaml"].decode()
    entries = yaml.safe_load(registry)
    assert "loop-split" not in entries and entries["other-fold"]["after"] == ["cut-loop"]
    assert list(entries) == sorted(entries)
    assert entries["cut-loop"] == yaml.safe_load(before["registry.yaml"])["loop-split"]
    edited = {each["path"]: each["places"] for each in ran.json["edited"]}
    references = len(re.findall(r"(?<![\w-])cut-loop(?![\w-])", registry))
    assert edited["notes.txt"] == 5 and edited["registry.yaml"] == references
    assert {"from": "passes/LoopSplit", "to": "passes/CutLoop"} in ran.json["moved"]


def test_there_and_back_is_no_change(folder, cli):
    before = checkouts.state(folder)
    assert cli("rename", "loop-split", "cut-it-up", cwd=folder).status == 0
    assert checkouts.state(folder) != before
    assert cli("rename", "cut-it-up", "loop-split", cwd=folder).status == 0
    assert checkouts.state(folder) == before


def test_a_dry_run_says_it_all_and_changes_nothing(folder, cli):
    before = checkouts.state(folder)
    dry = cli("rename", "loop-split", "cut-loop", "--dry-run", "--json", cwd=folder)
    assert dry.status == 0 and checkouts.state(folder) == before
    real = cli("rename", "loop-split", "cut-loop", "--json", cwd=folder)
    assert {**dry.json, "dry_run": False} == real.json


def test_what_was_released_leaves_a_retired_entry(folder, cli):
    told = cli("rename", "loop-split", "cut-loop", "--dry-run", cwd=folder)
    assert "breaking change" in told.stdout and "--retire" in told.stdout
    ran = cli("rename", "loop-split", "cut-loop", "--retire", cwd=folder)
    assert ran.status == 0, ran.stderr
    entries = yaml.safe_load((folder / "registry.yaml").read_text())
    assert entries["loop-split"]["status"] == "retired" and entries["loop-split"]["successor"] == "cut-loop"
    assert "knobs" not in entries["loop-split"] and entries["other-fold"]["after"] == ["cut-loop"]
    again = cli("new", "pass", "loop-split", "--json", cwd=folder)
    assert again.error["code"] == "name-taken" and "retired" in again.error["message"]


def test_the_name_of_another_that_has_it_as_a_part_stays(folder, cli):
    assert cli("new", "pass", "loop-split-wide", cwd=folder).status == 0
    (folder / "both.txt").write_text("LoopSplitWide loop_split_wide loop-split-wide LoopSplitWideBase LoopSplitBase\n")
    assert cli("rename", "loop-split", "cut-loop", cwd=folder).status == 0
    assert (folder / "both.txt").read_text() == (
        "LoopSplitWide loop_split_wide loop-split-wide LoopSplitWideBase CutLoopBase\n"
    )
    assert (folder / "passes/LoopSplitWide/LoopSplitWide.cpp").is_file()


def test_a_name_of_one_word_is_also_a_word(folder, cli):
    assert cli("new", "pass", "fold", cwd=folder).status == 0
    (folder / "prose.txt").write_text("We fold it; class Fold, not ConstantFold.\n")
    assert cli("rename", "fold", "zero-fold", cwd=folder).status == 0
    assert (folder / "prose.txt").read_text() == "We fold it; class ZeroFold, not ConstantFold.\n"
    assert "builtin.module(zero-fold)" in (folder / "passes/ZeroFold/ZeroFold.mlir").read_text()


@pytest.mark.parametrize(
    ("words", "code", "nearest"),
    [
        (["loop-spilt", "cut-loop"], "unknown-name", ["loop-split"]),
        (["loop-split", "CutLoop"], "bad-name", ["cut-loop"]),
        (["loop-split", "loop-split"], "name-taken", []),
        (["loop-split", "other-fold"], "name-taken", []),
        (["loop-split", "operator"], "bad-name", []),
        (["triton", "three-ton"], "not-a-pass", []),
        (["loop-split", "over-there"], "name-taken", []),
    ],
)
def test_a_refusal_changes_nothing(folder, cli, words, code, nearest):
    (folder / "docs/over-there.md").write_text("In the way.\n")
    before = checkouts.state(folder)
    ran = cli("rename", *words, "--json", cwd=folder)
    assert (ran.status, ran.error["code"], ran.error["nearest"]) == (2, code, nearest), ran.stdout
    assert checkouts.state(folder) == before


def test_without_git_it_says_so(folder, cli):
    shutil.rmtree(folder / ".git")
    ran = cli("rename", "loop-split", "cut-loop", "--json", cwd=folder, env={"GIT_CEILING_DIRECTORIES": folder.parent})
    assert (ran.status, ran.error["code"]) == (3, "no-git")
