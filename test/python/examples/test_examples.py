# SPDX-License-Identifier: MIT
"""The scripts of docs/examples print what their page says, and the IR is what they say of it.

The one that builds a repository is in test/contribute/test_rename_example.py.
"""

import pathlib
import re
import runpy
import sys

import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "docs" / "examples"
PAGE = FOLDER.with_suffix(".md").read_text()


@pytest.fixture
def example(capsys, monkeypatch):
    """`example(name)` runs the script in this process: its globals. What it prints has to stand on the page."""
    monkeypatch.syspath_prepend(str(FOLDER))

    def run(name):
        made = runpy.run_path(str(FOLDER / name))
        printed = capsys.readouterr().out
        section = next(each for each in PAGE.split("\n## ") if f"`{name}`" in each)
        assert printed == re.search(r"```text\n(.*?)```", section, re.DOTALL)[1]
        return made

    return run


def loops(ttir):
    """The text of each outermost loop."""
    return [each.split("\n    }", 1)[0] for each in ttir.split("scf.for")[1:]]


def without_locations(text):
    return re.sub(r"\s*loc\(.*\)|#loc.*", "", text)


def test_off_on_off(example):
    made = example("off_on_off.py")
    assert made["off"] == made["off_again"]
    assert [("arith.select" in loop, "tt.load" in loop) for loop in loops(made["off"])] == [(True, True)]
    first, second = loops(made["on"])
    assert "tt.load" in first and "arith.select" not in first + second


def test_before_loop_unroll(example):
    made = example("before_loop_unroll.py")
    import triton_ext

    def ttir(place):
        with triton_ext.passes(f"loop-split{place}" if place is not None else ""):
            return made["ir_of"](made["head_sum"], {"x": "*fp32", "out": "*fp32", "n": "i32"}, B=128)["ttir"]

    # Two loops that were split, each unrolled: a main loop with two bodies and what is left over.
    before = loops(ttir("@before=ttir.loop_unroll"))
    assert [loop.count("tt.load") for loop in before][0] == 2
    assert not any("arith.select" in loop for loop in before)
    # No place is the end of the stage, and that is after.
    assert without_locations(ttir("")) == without_locations(ttir("@after=ttir.loop_unroll"))
    assert ttir(None).count("scf.for") == 2 and ttir(None).count("arith.select") == 3


def test_two_pipelines(example):
    made = example("two_pipelines.py")
    import triton_ext

    stock = made["compiled"]()
    with triton_ext.passes(made["PIPELINES"]):
        edited = made["compiled"]()
    assert "arith.select" in stock[0] and "arith.select" not in edited[0]
    assert "memdesc<3x64x64xf16" in stock[1] and "memdesc<4x64x64xf16" in edited[1]
    assert made["compiled"]() == stock
    fired = {(each["kernel"], entry["name"]) for each in triton_ext.reports() for entry in each["passes"]}
    assert {kernel for kernel, _ in fired} >= {"head_sum", "matmul"}


def test_every_script_has_its_paragraph():
    scripts = {path.name for path in FOLDER.iterdir() if path.is_file()} - {"targets.py"}
    assert scripts == set(re.findall(r"^`([\w.]+)`", PAGE, re.MULTILINE))
    for name in scripts:
        assert len((FOLDER / name).read_text().splitlines()) <= 50, f"{name} is more than one screen"


def test_the_scripts_run_by_themselves(tmp_path):
    import subprocess

    for name in ("off_on_off.py", "two_pipelines.py"):
        done = subprocess.run([sys.executable, FOLDER / name], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout in PAGE, done.stderr
