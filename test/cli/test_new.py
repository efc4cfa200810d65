# SPDX-License-Identifier: MIT
"""`triton-ext new`: what it makes, what it refuses, and that a refusal changes nothing."""

import re
import shutil
import subprocess

import checkouts
import pytest
import yaml

from triton_ext.cli import CommandError
from triton_ext.cli._knob_option import knob_of

KNOBS = {
    "some-flag:bool=true": {"type": "bool", "default": True},
    "some-count:int=1:1..4": {"type": "int", "default": 1, "range": [1, 4]},
    "some-ratio:float=0.5:0..1": {"type": "float", "default": 0.5, "range": [0.0, 1.0]},
    "some-mode:choice=all:all,mask": {"type": "choice", "default": "all", "values": ["all", "mask"]},
    "some-text:string=a:b": {"type": "string", "default": "a:b"},
    "some-sizes:int-list=16,32:1..64": {"type": "int-list", "default": [16, 32], "range": [1, 64]},
    "no-sizes:int-list=": {"type": "int-list", "default": []},
}
OTHERS = ["some-flag=false", "some-count=2", "some-ratio=1.0", "some-mode=mask", "some-text=other", "some-sizes=17"]


@pytest.fixture
def folder(tmp_path):
    return checkouts.make(tmp_path / "checkout")


def added_lines(folder):
    """The lines that the catalogue gained; no line of it may be gone."""
    diff = checkouts.git(folder, "diff", "-U0", "--", "registry.yaml").splitlines()
    changes = [line for line in diff if re.match(r"[-+](?!\+\+|--)", line)]
    assert all(line.startswith("+") for line in changes), changes
    return [line[1:] for line in changes]


def test_a_pass_is_a_folder_of_three_files_and_an_entry(folder, cli):
    ran = cli("new", "pass", "zero-fold", "--json", cwd=folder)
    assert ran.status == 0, ran.stdout + ran.stderr
    files = ["passes/ZeroFold/ZeroFold.cpp", "passes/ZeroFold/ZeroFold.mlir", "passes/ZeroFold/CMakeLists.txt"]
    assert ran.json["files"] == files
    status = checkouts.git(folder, "status", "--short", "-uall").splitlines()
    assert status == [" M registry.yaml", *sorted(f"?? {path}" for path in files)]
    assert (folder / files[2]).read_text() == "triton_ext_add_pass(NAME zero-fold CLASS ZeroFold)\n"
    assert added_lines(folder) == [
        *([""] if (folder / "registry.yaml").read_text().endswith("no integer is added to zero\n") else []),
        "zero-fold:",
        "  summary: Remove additions of zero.",
        "  exactness: bit-exact",
        "  declines: no integer is added to zero",
    ]
    line = ran.json["entry"]["line"]
    assert (folder / "registry.yaml").read_text().splitlines()[line - 1] == "zero-fold:"
    assert ran.json["next"][0] == "make check NAME=zero-fold" and len(ran.json["next"]) == 3


def test_each_knob_is_one_line_and_tested_away_from_its_default(folder, cli):
    words = [word for knob in KNOBS for word in ("--knob", knob)]
    ran = cli("new", "pass", "zero-fold", *words, cwd=folder)
    assert ran.status == 0, ran.stderr
    entry = yaml.safe_load((folder / "registry.yaml").read_text())["zero-fold"]
    for text, fields in KNOBS.items():
        name = text.split(":")[0]
        assert entry["knobs"][name] == {**fields, "help": f"Say what {name} decides."}
    assert len([line for line in added_lines(folder) if line.strip()]) == 4 + 1 + len(KNOBS)
    test = (folder / "passes/ZeroFold/ZeroFold.mlir").read_text()
    for setting in (*OTHERS, "no-sizes=1"):
        assert f"zero-fold{{{setting}}}" in test


def test_a_summary_is_the_users(folder, cli):
    assert cli("new", "pass", "zero-fold", "--summary", "Do: it.", cwd=folder).status == 0
    assert yaml.safe_load((folder / "registry.yaml").read_text())["zero-fold"]["summary"] == "Do: it."


def test_it_says_what_it_made_and_what_is_next(folder, cli):
    ran = cli("new", "pass", "zero-fold", cwd=folder / "passes")
    assert ran.status == 0 and "passes/ZeroFold/ZeroFold.cpp" in ran.stdout
    assert ran.stdout.index("Next\n") < ran.stdout.index("make check NAME=zero-fold")


def test_the_source_is_formatted_for_any_length_of_name(folder, cli):
    (folder / ".venv").symlink_to(checkouts.ROOT / ".venv")
    program = folder / ".venv/tools/bin/clang-format"
    for name in ("x", "a-rather-long-name-of-a-rewrite-that-reads-well"):
        assert cli("new", "pass", name, cwd=folder).status == 0
    sources = sorted(folder.glob("passes/*/*.cpp"))
    subprocess.run([program, "--dry-run", "-Werror", *sources], check=True)
    assert all(len(source.read_text().splitlines()[0]) == 80 for source in sources)


def test_a_scope_comes_with_its_first_pass(folder, cli):
    ran = cli("new", "pass", "zero-fold", "--scope", "nvidia", "--json", cwd=folder)
    assert ran.json["files"][0] == "backends/nvidia/CMakeLists.txt"
    assert (folder / ran.json["files"][0]).read_text() == "triton_ext_scope(NAME nvidia BACKEND cuda)\n"
    assert ran.json["files"][1] == "backends/nvidia/ZeroFold/ZeroFold.cpp"
    again = cli("new", "pass", "one-fold", "--scope", "nvidia", "--json", cwd=folder)
    assert len(again.json["files"]) == 3
    own = cli("new", "pass", "two-fold", "--scope", "our-chip", "--backend", "chip", "--json", cwd=folder)
    assert own.status == 0
    assert (folder / "backends/our-chip/CMakeLists.txt").read_text() == "triton_ext_scope(NAME our-chip BACKEND chip)\n"


def test_a_backend_is_a_scope_alone(folder, cli):
    ran = cli("new", "backend", "amd", "--json", cwd=folder)
    assert ran.json["files"] == ["backends/amd/CMakeLists.txt"] and ran.json["entry"] is None
    assert checkouts.git(folder, "status", "--short", "-uall") == "?? backends/amd/CMakeLists.txt\n"
    assert cli("new", "backend", "amd", "--json", cwd=folder).error["code"] == "name-taken"
    assert cli("new", "backend", "ours", "--json", cwd=folder).error["code"] == "unknown-scope"


def test_a_private_repository_has_other_commands(tmp_path, cli):
    folder = checkouts.make(tmp_path / "private", private=True, tool=False)
    ran = cli("new", "pass", "zero-fold", "--json", cwd=folder)
    assert ran.status == 0 and not any("make" in command.split() for command in ran.json["next"])


REFUSED = {
    "not kebab-case": (["ZeroFold"], "bad-name", ["zero-fold"]),
    "snake": (["zero_fold"], "bad-name", ["zero-fold"]),
    "a dash too many": (["zero--fold"], "bad-name", ["zero-fold"]),
    "a digit first": (["0-fold"], "bad-name", ["fold"]),
    "no letters": (["0"], "bad-name", []),
    "a path": (["../fold"], "bad-name", ["fold"]),
    "C++": (["namespace"], "bad-name", []),
    "Python": (["lambda"], "bad-name", []),
    "prefix": (["triton-fold"], "bad-name", ["fold"]),
    "the word pass": (["zero-fold-pass"], "bad-name", ["zero-fold"]),
    "entry": (["loop-split"], "name-taken", []),
    "dialect": (["triton"], "name-taken", []),
    "a pass of MLIR's": (["cse"], "name-taken", []),
    "an option of the tool": (["verify-each"], "name-taken", []),
    "knob keyword": (["fold", "--knob", "default:int=1"], "bad-knob", []),
    "knob keyword of Python": (["fold", "--knob", "from:int=1"], "bad-knob", []),
    "knob case": (["fold", "--knob", "maxSplits:int=1"], "bad-knob", ["max-splits"]),
    "knob type": (["fold", "--knob", "max:integer=1"], "bad-knob", ["int"]),
    "knob twice": (["fold", "--knob", "a-1:int=1", "--knob", "a1:int=1"], "bad-knob", []),
    "knob member": (["fold", "--knob", "request:int=1"], "registry-invalid", []),
    "knob enable": (["fold", "--knob", "enable-it:bool=true"], "registry-invalid", []),
    "long summary": (["fold", "--summary", "x" * 81], "registry-invalid", []),
    "scope": (["fold", "--scope", "nvidea"], "unknown-scope", ["nvidia"]),
    "scope case": (["fold", "--scope", "Ours", "--backend", "x"], "bad-scope", ["ours"]),
    "backend of another": (["fold", "--scope", "nvidia", "--backend", "hip"], "bad-scope", ["cuda"]),
    "backend alone": (["fold", "--backend", "hip"], "bad-scope", []),
    "no backend": (["fold", "--scope", "ours", "--backend", "a b"], "bad-scope", []),
}


@pytest.mark.parametrize(("words", "code", "nearest"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_changes_nothing(folder, cli, words, code, nearest):
    old = checkouts.state(folder)
    ran = cli("new", "pass", *words, "--json", cwd=folder)
    assert (ran.status, ran.error["code"], ran.error["nearest"]) == (2, code, nearest), ran.stdout
    assert checkouts.state(folder) == old


@pytest.mark.parametrize(("kind", "nearest"), [("pas", ["pass"]), ("op", []), ("conversion", [])])
def test_a_kind_that_is_none_is_refused(folder, cli, kind, nearest):
    old = checkouts.state(folder)
    ran = cli("new", kind, "zero-fold", "--json", cwd=folder)
    assert (ran.status, ran.error["code"], ran.error["nearest"]) == (2, "unknown-kind", nearest)
    assert "pass, dialect, backend" in ran.error["message"]
    assert checkouts.state(folder) == old


def test_a_retired_name_stays_taken(folder, cli):
    registry = folder / "registry.yaml"
    text = registry.read_text()
    retired = "gone-1:\n  summary: Be gone.\n  exactness: bit-exact\n  status: retired\n  successor: loop-split\n\n"
    behind = next(word for word in re.findall(r"^[a-z].*:\n", text, re.MULTILINE) if word > "gone-1")
    registry.write_text(text.replace(behind, retired + behind, 1))
    old = checkouts.state(folder)
    # The second is another name of the same class.
    for name in ("gone-1", "gone1"):
        ran = cli("new", "pass", name, "--json", cwd=folder)
        assert ran.error["code"] == "name-taken" and "a retired entry 'gone-1'" in ran.error["message"]
        assert ("whose class is Gone1" in ran.error["message"]) == (name == "gone1")
        assert checkouts.state(folder) == old


def test_a_folder_without_an_entry_is_taken_too(folder, cli):
    (folder / "backends/amd/ZeroFold").mkdir(parents=True)
    old = checkouts.state(folder)
    ran = cli("new", "pass", "zero-fold", "--json", cwd=folder)
    assert ran.error["code"] == "name-taken" and "backends/amd/ZeroFold" in ran.error["message"]
    assert checkouts.state(folder) == old


@pytest.mark.parametrize("tail", ["broken: [\n", "zz:\n  sumary: It.\n  kind: op\n"], ids=["YAML", "schema"])
def test_a_catalogue_that_is_wrong_already_is_to_be_mended_first(folder, cli, tail):
    registry = folder / "registry.yaml"
    registry.write_text(registry.read_text() + tail)
    old = checkouts.state(folder)
    ran = cli("new", "pass", "zero-fold", "--json", cwd=folder)
    assert (ran.status, ran.error["code"]) == (2, "registry-invalid")
    assert re.search(r"registry\.yaml:\d+:\d+: error: found ", ran.error["message"])
    assert ran.error["hint"]
    assert checkouts.state(folder) == old


def test_outside_a_checkout_it_says_where_to_run(tmp_path, cli):
    ran = cli("new", "pass", "zero-fold", "--json", cwd=tmp_path)
    assert (ran.status, ran.error["code"]) == (3, "no-checkout")


def test_a_pass_that_was_built_and_removed_can_be_made_again(folder, cli):
    """triton-ext-opt still has it as an option."""
    shutil.rmtree(folder / "passes/LoopSplit")
    (folder / "registry.yaml").write_text("triton:\n  kind: dialect\n  summary: Read TTIR.\n")
    assert cli("new", "pass", "loop-split", cwd=folder).status == 0


def test_without_the_built_tool_it_works(tmp_path, cli):
    folder = checkouts.make(tmp_path / "checkout", tool=False)
    assert cli("new", "pass", "zero-fold", cwd=folder).status == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a:int",
        "a:int=",
        "a:int=x",
        "a:int=1.5",
        "a:int=99999999999999999999",
        "a:int=1:2..4",
        "a:int=1:4..1",
        "a:int=1:1..1",
        "a:int=1:1-4",
        "a:bool=1",
        "a:float=nan",
        "a:choice=x",
        "a:choice=x:x",
        "a:choice=x:y,z",
        "a:choice=x:x,x",
        "a:choice=X:X,Y",
        "a:int-list=1,x",
        "a:int-list=1,9:1..4",
        "a b:int=1",
    ],
)
def test_a_knob_that_is_none_is_refused(text):
    with pytest.raises(CommandError) as error:
        knob_of(text)
    assert error.value.code == "bad-knob" and error.value.hint


def test_a_knob_may_say_what_it_is():
    knob = knob_of("max-splits:int=4:1..4  How many: at most.")
    assert knob.fields == {"type": "int", "default": 4, "range": [1, 4], "help": "How many: at most."}
    assert knob.other == "3"
