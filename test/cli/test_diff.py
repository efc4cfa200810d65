# SPDX-License-Identifier: MIT
"""`triton-ext diff`: how IR is written is no difference, an operation is one, and every mistake is a sentence."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess

import pytest
from ir_texts import TEXTS, TTIR
from test_terminal import on_terminal


@pytest.fixture
def pair(tmp_path):
    """`pair(a, b, suffix)`: the paths of two files with these texts."""

    def write(a, b, suffix="ttir"):
        files = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
        for file, text in zip(files, (a, b), strict=True):
            file.write_bytes(text.encode() if isinstance(text, str) else text)
        return files

    return write


@pytest.mark.parametrize("suffix", TEXTS)
def test_how_it_is_written_is_no_difference(cli, pair, suffix):
    text, otherwise, _, _ = TEXTS[suffix]
    ran = cli("diff", *pair(text, otherwise, suffix))
    assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")
    ran = cli("diff", *pair(otherwise, text.replace("\n", "\r\n"), suffix), "--json")
    assert ran.status == 0 and ran.json["same"] is True


@pytest.mark.parametrize("suffix", TEXTS)
def test_one_operation_is_one_difference(cli, pair, suffix):
    text, otherwise, one, another = TEXTS[suffix]
    assert text.count(one) == 1
    ran = cli("diff", *pair(text.replace(one, another), otherwise, suffix), "--json")
    (result,) = ran.json["results"]
    assert ran.status == 1 and result["status"] == "different"
    assert (result["changed"], result["inserted"], result["deleted"]) == (1, 0, 0)
    (hunk,) = result["hunks"]
    assert [line[0] for line in hunk["lines"]].count("-") == 1 == [line[0] for line in hunk["lines"]].count("+")
    assert hunk["function"] == "scale"


@pytest.mark.parametrize("suffix", TEXTS)
def test_a_normalised_text_is_itself(suffix):
    from triton_ext.ir import text as ir

    module = ir.parse(TEXTS[suffix][0], ir.WRITTEN[suffix])
    again = ir.parse("\n".join(module.lines()), ir.WRITTEN[suffix])
    assert again.lines() == module.lines() and again.digest() == module.digest()
    assert ir.parse(TEXTS[suffix][1], ir.WRITTEN[suffix]).digest() == module.digest()
    changed = TEXTS[suffix][0].replace(*TEXTS[suffix][2:])
    assert ir.parse(changed, ir.WRITTEN[suffix]).digest() != module.digest()


def test_it_reads_as_a_diff(cli, pair):
    ran = cli("diff", *pair(TTIR, TTIR.replace("arith.addf", "arith.mulf").replace("%y_0", "%z")), "--context", "1")
    a, b, *lines = ran.stdout.splitlines()
    assert a.startswith("--- ") and a.endswith("a.ttir") and b.startswith("+++ ") and b.endswith("b.ttir")
    assert lines == [
        "@@ -12 +12 @@ scale",
        "       %y = tt.load %0 : tensor<64x!tt.ptr<f32>>".replace("%0", "%1"),
        "-      %y_1 = arith.addf %acc, %y : tensor<64xf32>",
        "+      %y_1 = arith.mulf %acc, %y : tensor<64xf32>",
        "       scf.yield %y_1 : tensor<64xf32>",
        "1 operation: 1 changed",
    ]
    assert ran.status == 1


def test_what_only_one_has_keeps_its_name_and_disturbs_no_other(cli, pair):
    new = "    %y_0 = arith.constant 7 : i32\n"
    longer = TTIR.replace("    %0 = tt.splat", new + "    %0 = tt.splat")
    one, other = pair(TTIR, longer)
    assert re.findall(r"^[-+] .*", cli("diff", one, other).stdout, re.M) == ["+    %y_2 = arith.constant 7 : i32"]
    assert re.findall(r"^[-+] .*", cli("diff", other, one).stdout, re.M) == ["-    %y = arith.constant 7 : i32"]


def test_another_operand_is_a_difference(cli, pair):
    ran = cli("diff", *pair(TTIR, TTIR.replace("addf %acc, %y", "addf %y, %acc")), "--json")
    assert ran.json["results"][0]["changed"] == 1
    # A value that another operation makes is another value, though it has the same name.
    ran = cli("diff", *pair(TTIR, TTIR.replace("tt.addptr %0, %cols", "tt.addptr %0, %c0_i32")), "--json")
    assert ran.json["results"][0]["changed"] == 1


def test_colours_are_for_terminals(pair):
    files = [*map(str, pair(TTIR, TTIR.replace("arith.addf", "arith.mulf")))]
    status, printed = on_terminal("diff", *files, columns=200)
    assert status == 1
    assert "\x1b[31m-      %y_1 = arith.addf" in printed and "\x1b[32m+      %y_1 = arith.mulf" in printed
    plain = on_terminal("diff", *files, columns=200, NO_COLOR="1")[1]
    assert "\x1b" not in plain and re.sub(r"\x1b\[[0-9;]*m", "", printed) == plain


# --- Folders ------------------------------------------------------------------------------------------------------


def cache(folder: pathlib.Path, **entries: tuple[str, dict]) -> pathlib.Path:
    """A folder as Triton's cache: an entry a folder, its text, its metadata."""
    for entry, (text, metadata) in entries.items():
        place = folder / entry
        place.mkdir(parents=True)
        (place / "scale.ttir").write_text(text)
        (place / "scale.json").write_text(json.dumps(metadata))
    return folder


def test_folders_are_compared_by_kernel_and_stage(cli, tmp_path):
    mulf = TTIR.replace("arith.addf", "arith.mulf")
    a, b = (
        cache(tmp_path / "a", XY=(TTIR, {"num_warps": 4}), ZW=(TTIR, {"num_warps": 8})),
        cache(tmp_path / "b", AB=(mulf, {"num_warps": 8}), CD=(TTIR, {"num_warps": 4})),
    )
    ran = cli("diff", a, b, "--json")
    assert [(each["kernel"], each["stage"], each["status"]) for each in ran.json["results"]] == [
        ("scale (num_warps 4)", "ttir", "same"),
        ("scale (num_warps 8)", "ttir", "different"),
    ]
    assert cli("diff", a, a).stdout == "2 kernels: 2 the same, 0 different\n"
    (b / "AB" / "scale.ttgir").write_text(TEXTS["ttgir"][0])
    ran = cli("diff", a, b)
    assert ran.status == 1 and f"scale (num_warps 8) ttgir: only in {b}" in ran.stdout
    assert ran.stdout.endswith("2 kernels: 1 the same, 1 different\n")
    assert cli("diff", a, b, "--stage", "ttgir").status == 2  # a has none


def test_of_a_kernel_the_first_stage_that_differs_is_shown(cli, tmp_path):
    for name, change in (("a", False), ("b", True)):
        (tmp_path / name).mkdir()
        for suffix, (text, _, one, another) in TEXTS.items():
            (tmp_path / name / f"scale.{suffix}").write_text(text.replace(one, another) if change else text)
    ran = cli("diff", tmp_path / "a", tmp_path / "b")
    assert ran.stdout.count("@@ -") == 1 and "scale ptx: 1 operation: 1 changed\n" in ran.stdout
    assert cli("diff", tmp_path / "a", tmp_path / "b", "--all").stdout.count("@@ -") == 5


# --- Kernels ------------------------------------------------------------------------------------------------------

KERNELS = """\
import triton
import triton.language as tl


@triton.jit
def add(X, Y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(Y + at, tl.load(X + at, mask=at < n) + 1, mask=at < n)


@triton.jit
def sub(X, Y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(Y + at, tl.load(X + at, mask=at < n) - 1, mask=at < n)
"""
SIGNATURE = "*fp32:16, *fp32:16, i32, 128"


@pytest.fixture
def stock_python():
    """A Python with a stock Triton."""
    return os.environ["TRITON_EXT_TEST_PYTHON"]


@pytest.fixture
def kernels(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(KERNELS)
    return file


def test_two_kernels(cli, kernels, stock_python):
    words = ("--signature", SIGNATURE, "--python", stock_python, "--stage", "ttir")
    ran = cli("diff", f"{kernels}:add", f"{kernels}::sub", *words, "--json")
    (result,) = ran.json["results"]
    assert ran.status == 1 and (result["changed"], result["inserted"], result["deleted"]) == (2, 0, 0)
    assert any("arith.subf" in line for hunk in result["hunks"] for line in hunk["lines"])
    assert cli("diff", f"{kernels}:add", f"{kernels}:add", *words).status == 0


def test_two_targets_and_two_pipelines_of_one_kernel(cli, kernels, stock_python):
    words = ("--signature", SIGNATURE, "--python", stock_python)
    targets = ("--target", "cuda:90", "--target", "hip:gfx942", "--stage", "ttir,ttgir")
    ran = cli("diff", f"{kernels}:add", *words, *targets, "--json")
    assert [each["status"] for each in ran.json["results"]] == ["same", "different"]
    ran = cli("diff", f"{kernels}:add", *words, "--passes", "", "--passes", "loop-split", "--json")
    assert ran.status == 0 and (ran.json["a"], ran.json["b"]) == ("stock", "passes 'loop-split'")
    assert [each["stage"] for each in ran.json["results"]] == ["ttir", "ttgir", "llir", "ptx"]


# --- Mistakes -----------------------------------------------------------------------------------------------------


def test_files_that_cannot_be_read(cli, pair, tmp_path):
    good, bad = pair(TTIR, b"\x7fELF\0\0", "ttir")
    for content, why in (
        (b"\x7fELF\0\0\0", "is no text"),
        (b"caf\xe9", "byte 4 is not UTF-8"),
        (b" \n", "is empty"),
    ):
        bad.write_bytes(content)
        ran = cli("diff", good, bad, "--json")
        assert ran.status == 2 and ran.error["code"] == "not-ir"
        assert ran.error["message"].startswith(str(bad)) and why in ran.error["message"]
    text = tmp_path / "notes.txt"
    text.write_text("nothing of Triton's\n")
    assert "expected one of .ttir, " in cli("diff", good, text, "--json").error["message"]
    missing = cli("diff", good, tmp_path / "none.ttir", "--json")
    assert missing.status == 2 and missing.error["message"].endswith(
        "none.ttir cannot be read: No such file or directory"
    )


def test_what_is_no_file(cli, pair, tmp_path):
    good, deep = pair(TTIR, "module attributes " + "{a = " * 5000 + "1" + "}" * 5000 + " {\n}\n")
    assert cli("diff", good, deep, "--json").error["message"] == f"{deep} is nested deeper than IR is"
    assert cli("diff", good, "/dev/zero", "--json").error["message"] == "/dev/zero cannot be read: it is no file"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["sh", "-c", f"cat {good} > {pipe}"]):
        assert cli("diff", pipe, good).status == 0


def test_broken_ir_is_compared_as_it_stands(cli, pair):
    ran = cli("diff", *pair(TTIR[: len(TTIR) // 2], TTIR))
    assert ran.status == 1 and "Traceback" not in ran.stderr


def test_what_does_not_fit_together(cli, pair, tmp_path):
    file, _ = pair(TTIR, TTIR)
    (tmp_path / "c.ptx").write_text(TEXTS["ptx"][0])
    (tmp_path / "empty").mkdir()
    for words, why in (
        ((file,), "with what is"),
        ((file, tmp_path / "c.ptx"), "is mlir and"),
        ((file, tmp_path), "not of one kind"),
        ((tmp_path / "empty", tmp_path / "empty"), "has no file of a stage"),
        ((file, file, "--stage", "ttgirr"), "there is no stage 'ttgirr'"),
        ((file, file, "--context", "-1"), "expected a number of lines"),
        ((file, file, "--html", tmp_path / "none" / "page.html"), "cannot be written"),
    ):
        ran = cli("diff", *words, "--json")
        assert ran.status == 2 and why in ran.error["message"], ran.stdout
    assert cli("diff", file, file, "--stage", "ttgirr", "--json").error["nearest"][0] == "ttgir"


def test_kernels_that_cannot_be_had(cli, kernels, stock_python):
    words = ("--python", stock_python, "--target", "cuda:90", "--target", "cuda:80", "--json")
    for kernel, more, why in (
        ("add", (), "--signature has to say"),
        ("addd", ("--signature", SIGNATURE), "has no kernel addd"),
        ("add", ("--signature", "*fp32"), "the signature has 1 entries"),
        ("add", ("--signature", "*fp32, *fp32, i32, what?"), "neither a type"),
    ):
        ran = cli("diff", f"{kernels}:{kernel}", *more, *words)
        assert ran.status == 2 and why in ran.error["message"], ran.stdout
    wrong = cli("diff", f"{kernels}:add", "--signature", SIGNATURE, "--python", stock_python, "--json")
    assert wrong.status == 2 and "nothing tells the two apart" in wrong.error["message"]
    nowhere = cli("diff", f"{kernels}:add", "--python", "triton-0.0.1", "--passes", "loop-split", "--json")
    assert nowhere.status == 2 and nowhere.error["code"] == "unknown-python"
    no_such = cli(
        "diff", f"{kernels}:add", "--signature", SIGNATURE, "--python", stock_python, "--passes", "lop", "--json"
    )
    assert no_such.status == 3 and "lop" in no_such.error["message"]
