# SPDX-License-Identifier: MIT
"""`triton-ext pipeline`: the listing, what is fed back, differences, records, and mistakes.

This Python has no Triton; the records stand in for one, and the Python of
TRITON_EXT_TEST_PYTHON has one.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from test_terminal import on_terminal

from conftest import ROOT
from triton_ext._stock import _records, _steps

OLD, NEW = _records.releases()[0], _records.releases()[-1]
PLACED = "loop-split{max-splits=2}@before=ttir.loop_unroll,ttgpuir.pipeline{num-stages=4}"


@pytest.fixture(scope="module")
def python() -> str:
    """A Python that has a stock Triton."""
    found = os.environ.get("TRITON_EXT_TEST_PYTHON", ROOT / ".venv" / f"triton-{OLD}" / "bin" / "python")
    return str(pathlib.Path(ROOT, found))


@pytest.fixture
def listing(cli):
    """`listing(*words)`: the lines that the command prints of a record, without the header."""

    def lines(*words):
        ran = cli("pipeline", "--release", NEW, *words)
        assert ran.status == 0, ran.stderr
        return ran.stdout.splitlines()[1:]

    return lines


# The listing.


def test_a_listing_is_the_record_with_stages_and_occurrences(cli, listing):
    assert cli("pipeline", "--release", NEW).stdout.startswith(f"# Triton {NEW}, cuda:90\n")
    lines = listing("--target", "gfx942")
    recorded = _records.read(NEW)["hip:gfx942"]
    assert [line.split("#")[0].split("{")[0] for line in lines] == [
        f"{stage}.{name}" for stage, steps in recorded.items() for name, _ in steps
    ]
    assert "ttgir.ttir.convert_to_ttgpuir{target=hip:gfx942 num-warps=4 threads-per-warp=64 num-ctas=1}" in lines
    assert "ttgir.common.canonicalizer#2" in lines and len(lines) == len(set(lines))


@pytest.mark.parametrize("word", ["sm_80", "80", "cuda:80"])
def test_a_target_has_several_spellings(cli, word):
    assert cli("pipeline", "--release", NEW, "--target", word).stdout.startswith(f"# Triton {NEW}, cuda:80\n")


def test_json_says_what_the_listing_says(cli):
    said = cli("pipeline", "--release", NEW, "--with", PLACED, "--json").json
    steps = [_steps.Step(each["stage"], each["name"], each["arguments"], each["occurrence"]) for each in said["steps"]]
    printed = cli("pipeline", "--release", NEW, "--with", PLACED).stdout.splitlines()
    assert [str(step) for step in steps] == printed[1:]
    assert [each["name"] for each in said["steps"] if not each["stock"]] == ["loop-split"]
    assert said["text"] == PLACED and (said["triton"], said["target"], said["options"]) == (NEW, "cuda:90", {})


def test_the_installed_triton_of_another_python(cli, python):
    release = subprocess.run(
        [python, "-c", "import triton; print(triton.__version__)"], capture_output=True, text=True, check=True
    ).stdout.strip()
    asked = cli("pipeline", "--python", python, "--target", "cuda:100")
    assert asked.status == 0 and asked.stdout == cli("pipeline", "--release", release, "--target", "cuda:100").stdout
    options = cli("pipeline", "--python", python, "--options", "num_stages=4", "num_warps=8", "--target", "cuda:90")
    assert options.stdout.startswith(f"# Triton {release}, cuda:90, num_stages=4, num_warps=8\n")
    assert "ttgir.ttgpuir.pipeline{num-stages=4 " in options.stdout and "num-warps=8" in options.stdout


def test_no_triton_names_another_python_and_the_records(cli, tmp_path):
    ran = cli("pipeline", "--json")
    assert (ran.status, ran.error["code"]) == (3, "triton-missing")
    assert "--python" in ran.error["hint"] and "--release" in ran.error["hint"]
    nowhere = cli("pipeline", "--python", tmp_path / "python", "--json")
    assert (nowhere.status, nowhere.error["code"]) == (2, "python-unusable")
    other = cli("pipeline", "--python", sys.executable, "--json")
    assert (other.status, other.error["code"]) == (3, "triton-missing")


def test_a_triton_that_does_not_import_is_said(cli, tmp_path):
    (tmp_path / "triton.py").write_text("import no_such_module\n")
    ran = cli("pipeline", "--json", env={"PYTHONPATH": f"{ROOT / 'language'}:{tmp_path}"})
    assert (ran.status, ran.error["code"]) == (3, "triton-unusable") and "no_such_module" in ran.error["message"]


# Passes in place.


def test_with_shows_passes_in_place(listing):
    stock, placed = listing(), listing("--with", PLACED)
    at = stock.index("ttir.ttir.loop_unroll")
    assert placed[at : at + 2] == ["loop-split{max-splits=2}", "ttir.ttir.loop_unroll"]
    rest = [line for line in placed if line != "loop-split{max-splits=2}"]
    assert [line.replace("num-stages=4", "num-stages=3") for line in rest] == stock
    assert sum("num-stages=4" in line for line in placed) == 1


@pytest.mark.parametrize(
    "text, expected",
    [
        ("loop-split", ["ttir.ttir.loop_unroll", "loop-split", "ttgir.ttir.convert_to_ttgpuir"]),
        ("loop-split@after=ttir.combine", ["ttir.ttir.combine", "loop-split", "ttir.ttir.reorder_broadcast"]),
        ("loop-split@replace=ttir.combine", ["ttir.common.canonicalizer", "loop-split", "ttir.ttir.reorder_broadcast"]),
        ("drop=ttir.combine", ["ttir.common.canonicalizer", "ttir.ttir.reorder_broadcast"]),
        ("drop=ttgir.common.cse", ["ttgir.common.sccp", "ttgir.common.canonicalizer"]),
        ("loop-split@before=ttir.no_such_pass?", ["ttir.common.inliner", "ttir.common.canonicalizer"]),
        (
            "loop-split@after=ttir.combine,loop-split{max-splits=2}@after=ttir.combine",
            ["ttir.ttir.combine", "loop-split", "loop-split{max-splits=2}", "ttir.ttir.reorder_broadcast"],
        ),
    ],
)
def test_every_kind_of_edit(listing, text, expected):
    names = [
        line if line.startswith("loop-split") else line.split("{")[0].split("#")[0] for line in listing("--with", text)
    ]
    assert any(names[at : at + len(expected)] == expected for at in range(len(names))), names


def test_kernel_says_whose_pipeline_of_a_text(cli, listing):
    text = "attention_*: loop-split; debug_?: ; drop=ttir.loop_unroll"
    for kernel, own in (("attention_fwd", "loop-split"), ("debug_1", ""), ("softmax", "drop=ttir.loop_unroll")):
        assert listing("--with", text, "--kernel", kernel) == listing("--with", own)
    assert cli("pipeline", "--release", NEW, "--kernel", "softmax", "--json").error["code"] == "usage"


def test_drop_takes_every_occurrence_unless_numbered(listing):
    count = sum(line.startswith("ttgir.common.canonicalizer") for line in listing())
    assert count > 1
    for text, left in (("drop=ttgir.common.canonicalizer", 0), ("drop=ttgir.common.canonicalizer#2", count - 1)):
        lines = listing("--with", text)
        assert sum(line.startswith("ttgir.common.canonicalizer") for line in lines) == left
        assert "ttgir.common.canonicalizer#2" not in lines


def test_a_place_without_a_number_is_the_first():
    names = ["common.cse", "ttir.combine", "common.cse"]
    stock = [_steps.Step("ttir", name, {}, 1 + names[:at].count(name)) for at, name in enumerate(names)]
    for edit in ("insert_before", "insert_after", "replace"):
        first = getattr(_steps.Pipeline(stock, "cuda:90", NEW), edit)("common.cse", "loop-split")
        second = getattr(_steps.Pipeline(stock, "cuda:90", NEW), edit)("common.cse", "loop-split", occurrence=2)
        assert (
            [step.name for step in first].index("loop-split") < 2 <= [step.name for step in second].index("loop-split")
        )


def test_what_is_skipped_is_noted(cli):
    text = "loop-split@before=ttir.rewrite_tensor_pointer?,drop=common.cse"
    ran = cli("pipeline", "--release", NEW, "--with", text)
    note = "# skipped: loop-split@before=ttir.rewrite_tensor_pointer?; 3.7.1 and older have it"
    assert ran.stdout.splitlines()[1] == note and ran.stdout.count("# ") == 2
    said = cli("pipeline", "--release", NEW, "--with", text, "--json").json
    assert said["skipped"] == ["loop-split@before=ttir.rewrite_tensor_pointer?"] and said["text"] == text
    assert cli("pipeline", "--release", OLD, "--with", text, "--json").json["skipped"] == []


def test_text_is_the_canonical_text_alone(cli):
    ran = cli(
        "pipeline", "--release", NEW, "--text", "--with", " loop-split{ max-splits=1 }@before=ttir.loop-unroll#1 "
    )
    assert ran.stdout == "loop-split@before=ttir.loop_unroll\n"
    assert cli("pipeline", "--release", NEW, "--text").stdout == ""


# Feeding back.


@pytest.fixture
def fed_back(cli):
    """`fed_back(listing text, ...)`: the command with --from, given that text."""
    return lambda text, *words: cli("pipeline", "--release", NEW, "--from", "-", *words, input=text)


@pytest.mark.parametrize("release", _records.releases())
@pytest.mark.parametrize("target", _records.TARGETS)
def test_an_unedited_listing_is_stock(cli, release, target):
    words = ("pipeline", "--release", release, "--target", target)
    printed = cli(*words).stdout
    assert cli(*words, "--from", "-", "--text", input=printed).stdout == ""
    assert cli(*words, "--from", "-", input=printed).stdout == printed


@pytest.mark.parametrize(
    "edit",
    [
        PLACED,
        "loop-split",
        "loop-split@replace=ttir.combine",
        "drop=ttgir.common.canonicalizer#2",
        "drop=common.cse",
        "loop-split,drop=ttir.loop_unroll",
        "loop-split@before=common.inliner,loop-split{max-splits=2}@after=common.inliner",
        "ttgir.ttir.convert_to_ttgpuir{num-warps=8 target='cuda:91'}",
    ],
)
def test_a_listing_with_edits_makes_the_same_steps_again(cli, fed_back, edit):
    printed = cli("pipeline", "--release", NEW, "--with", edit).stdout
    text = fed_back(printed, "--text").stdout.strip()
    assert text
    assert cli("pipeline", "--release", NEW, "--with", text).stdout == printed
    assert fed_back(printed).stdout == printed


def test_what_was_edited_is_the_text(cli, fed_back):
    lines = cli("pipeline", "--release", NEW).stdout.splitlines()
    lines = [line.replace("num-stages=3", "num-stages=5") if "ttgpuir.pipeline{" in line else line for line in lines]
    lines.remove("ttgir.common.canonicalizer#2")
    lines.insert(lines.index("ttir.ttir.loop_unroll"), "loop-split{max-splits=2}  ")
    lines.insert(5, "# a comment")
    assert fed_back("\n\n".join(lines), "--text").stdout.strip() == (
        "drop=ttgir.common.canonicalizer#2,ttgir.ttgpuir.pipeline#1{num-stages=5},"
        "loop-split{max-splits=2}@before=ttir.loop_unroll"
    )


def test_explicit_says_the_arguments_of_every_step(cli):
    text = cli("pipeline", "--release", NEW, "--with", PLACED, "--text", "--explicit").stdout.strip()
    steps = [step for step in _steps.recorded(NEW, "cuda:90") if step.arguments]
    assert text.count("{") == len(steps) + 1
    assert "ttgir.ttgpuir.pipeline#1{dump-intermediate-steps=false num-stages=4}" in text
    again = cli("pipeline", "--release", NEW, "--with", text)
    assert again.stdout == cli("pipeline", "--release", NEW, "--with", PLACED).stdout


def test_listings_of_something_else_are_refused(cli, fed_back):
    other = cli("pipeline", "--release", OLD).stdout
    ran = fed_back(other, "--json")
    assert (ran.status, ran.error["code"]) == (2, "other-listing")
    assert f"Triton {OLD}, cuda:90" in ran.error["message"] and f"Triton {NEW}, cuda:90" in ran.error["message"]


@pytest.mark.parametrize(
    "change, code, said",
    [
        (lambda lines: [*lines[:3], lines[5], *lines[3:5], *lines[6:]], "placement", "not moved or added"),
        (lambda lines: [*lines[:3], "ttir.ttir.no_such_pass", *lines[3:]], "placement", "ttir.ttir.no_such_pass"),
        (lambda lines: [*lines, "loop-split"], "wrong-stage", "loop-split runs in ttir"),
        (lambda lines: [*lines[:3], "lop-split", *lines[3:]], "unknown-pass", "lop-split"),
        (lambda lines: [*lines[:3], "loop-split@before=common.cse", *lines[3:]], "placement", "without a place"),
        (
            lambda lines: [line.replace("num-stages", "nm-stages") for line in lines],
            "unknown-argument",
            "no parameter nm-stages",
        ),
        (lambda lines: [line.replace("num-stages=3", "num-stages=x") for line in lines], "bad-value", "a whole number"),
    ],
)
def test_edits_that_no_text_can_say_are_refused(cli, fed_back, change, code, said):
    lines = cli("pipeline", "--release", NEW).stdout.splitlines()
    ran = fed_back("\n".join(change(lines)), "--json")
    assert (ran.status, ran.error["code"]) == (2, code), ran.stdout
    assert said in ran.error["message"] + (ran.error["hint"] or "")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", "folder"], ids=["missing", "binary", "folder"])
def test_files_that_cannot_be_read_are_a_sentence(cli, tmp_path, content):
    path = tmp_path / "steps.txt"
    if content == "folder":
        path.mkdir()
    elif content:
        path.write_bytes(content)
    ran = cli("pipeline", "--release", NEW, "--from", path)
    assert ran.status == 2 and f"{path} cannot be read" in ran.stderr and len(ran.stderr.splitlines()) == 1


# Differences.


def test_differences_between_two_releases(cli):
    ran = cli("pipeline", "--diff", "3.7.1", "3.8.0")
    assert ran.status == 1
    lines = ran.stdout.splitlines()
    assert lines[:2] == ["--- 3.7.1 cuda:90", "+++ 3.8.0 cuda:90"]
    assert "-ttir.ttir.rewrite_tensor_pointer" in lines and "+ttgir.ttnvgpuir.tmem_load_reduce" in lines
    assert not any("#" in line for line in lines)  # one more pass does not renumber those after it
    assert ran.stdout.count("canonicalizer") < 12
    same = cli("pipeline", "--diff", NEW, NEW)
    assert (same.status, same.stdout) == (0, "")
    data = cli("pipeline", "--diff", "3.7.1", "3.8.0", "--json")
    assert data.status == 1 and data.json["lines"] == lines


def test_differences_from_stock_and_from_a_record(cli, python):
    ours = cli("pipeline", "--release", NEW, "--with", PLACED, "--diff")
    changed = [line for line in ours.stdout.splitlines()[2:] if line[0] in "+-"]
    assert ours.status == 1 and [line.split("{")[0] for line in changed] == [
        "+loop-split",
        "-ttgir.ttgpuir.pipeline",
        "+ttgir.ttgpuir.pipeline",
    ]
    nothing = cli("pipeline", "--release", NEW, "--diff")
    assert (nothing.status, nothing.stdout) == (0, "")
    installed = cli("pipeline", "--python", python, "--target", "gfx942", "--diff", NEW)
    assert installed.stdout.startswith(f"--- {NEW} hip:gfx942\n+++ ")
    assert cli("pipeline", "--release", OLD, "--diff", OLD).status == 0


def test_differences_are_coloured_on_a_terminal():
    status, printed = on_terminal("pipeline", "--diff", "3.7.1", "3.8.0")
    assert status == 1
    assert "\x1b[31m-ttir.ttir.rewrite_tensor_pointer\x1b[0m" in printed
    assert "\x1b[32m+ttgir.ttnvgpuir.tmem_load_reduce\x1b[0m" in printed
    assert "\x1b[32mloop-split\x1b[0m" in on_terminal("pipeline", "--release", NEW, "--with", "loop-split")[1]


# Mistakes.


@pytest.mark.parametrize(
    "words, code, nearest, said",
    [
        (["--target", "cuda:9O"], "unknown-target", "cuda:90", "'cuda:9O'"),
        (["--target", "gfx94"], "unknown-target", "hip:gfx942", "'gfx94'"),
        (["--target", "cuda:91"], "unknown-target", "cuda:90", "not recorded"),
        (["--release", "3.9"], "unknown-release", NEW, "3.9"),
        (["--diff", "3.6"], "unknown-release", OLD, "3.6"),
        (["--with", "loop-split@before=ttir.lop_unroll"], "unknown-step", "ttir.loop_unroll", "ttir.lop_unroll"),
        (["--with", "drop=ttir.rewrite_tensor_pointer"], "unknown-step", None, "3.7.1 and older have it"),
        (["--with", "drop=ttgpuir.hoist_tmem_alloc"], "unknown-step", None, "it is a step for cuda:100, cuda:120"),
        (["--with", "drop=common.cse#9"], "unknown-step", None, "occurs"),
        (["--with", "loop-split@before=ttgpuir.pipeline"], "wrong-stage", None, "loop-split runs in ttir"),
        (["--with", "ttgpuir.pipeline{num-stage=4}"], "unknown-argument", "num-stages", "num-stage"),
        (["--with", "ttgpuir.pipeline{num-stages=many}"], "bad-value", None, "a whole number"),
        (["--with", "lop-split"], "unknown-pass", "loop-split", "lop-split"),
        (["--with", "matmul_*: loop-split"], "kernel-pattern", None, "names kernels"),
        (["--explicit"], "usage", None, "--text"),
        (["--options", "num_stages=4"], "usage", None, "--options"),
        (["--diff", "3.6.0", "3.7.1", "3.8.0"], "usage", None, "two releases"),
        (["--record", "--target", "cuda:90"], "usage", None, "--record"),
    ],
)
def test_mistakes_say_what_was_meant(cli, words, code, nearest, said):
    words = words if {"--release", "--record"} & {*words} else ["--release", NEW, *words]
    ran = cli("pipeline", *words, "--json")
    assert (ran.status, ran.error["code"]) == (2, code), ran.stdout
    assert said in ran.error["message"]
    assert nearest is None or ran.error["nearest"][0] == nearest


def test_an_unknown_option_has_a_nearest(cli, python):
    ran = cli("pipeline", "--python", python, "--target", "sm_90", "--options", "num_stage=4", "--json")
    assert (ran.status, ran.error["code"]) == (2, "unknown-option") and "num_stages" in ran.error["nearest"]


def test_options_that_triton_refuses_are_said(cli, python):
    ran = cli("pipeline", "--python", python, "--target", "sm_90", "--options", "num_warps=3", "--json")
    assert (ran.status, ran.error["code"]) == (2, "bad-option") and "power of 2" in ran.error["message"]
    assert cli("pipeline", "--python", python, "--options", "num_warps").status == 2


# Records.


def test_every_supported_release_is_recorded():
    supported = [line for line in (ROOT / "language/triton_ext/supported.txt").read_text().split() if line[0].isdigit()]
    supported = [line for line in supported if line.count(".") == 2]
    assert _records.releases() == supported
    for release in supported:
        assert tuple(_records.read(release)) == _records.TARGETS
        text = pathlib.Path(_records.file_of(release)).read_text()
        assert _records.written(_records.read(release)) == text
        assert max(line.count('"common.') for line in text.splitlines()) == 1  # a step a line
        json.loads(text)


def test_who_has_a_step():
    every = _records.releases()
    assert _records.releases_with("ttir.loop_unroll") == _records.releases_with("ttir.loop-unroll") == every
    assert _records.who_has("ttir.loop_unroll") == "every recorded release has it"
    assert _records.who_has("ttir.rewrite_tensor_pointer") == "3.7.1 and older have it"
    assert _records.who_has("ttgpuir.canonicalize_llvm_ir") == "3.8.0 and newer have it"
    assert (_records.who_has("no.such_pass"), _records.releases_with("no.such_pass")) == ("", [])


def test_a_record_is_written_into_the_checkout(cli, python, tmp_path):
    for name in ("registry.yaml", "CMakeLists.txt"):
        shutil.copy(ROOT / name, tmp_path)
    folder = tmp_path / "language" / "triton_ext" / "records"
    folder.mkdir(parents=True)
    # What is set for somebody's own kernels is not recorded.
    ran = cli(
        "pipeline", "--record", "--python", python, "--json", cwd=tmp_path, env={"TRITON_HIP_USE_ASYNC_COPY": "1"}
    )
    assert ran.status == 0, ran.stdout
    (written,) = folder.iterdir()
    assert ran.json["written"] == str(written)
    assert written.read_text() == pathlib.Path(_records.file_of(ran.json["triton"])).read_text()


def test_a_record_goes_into_a_checkout_only(cli, python, tmp_path):
    ran = cli("pipeline", "--record", "--python", python, "--json", cwd=tmp_path)
    assert (ran.status, ran.error["code"]) == (3, "no-checkout")
