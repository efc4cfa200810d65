# SPDX-License-Identifier: MIT
"""The generated page of every pass on every kernel: page.py."""

import json
import pathlib
import subprocess
import sys

import pytest

import page

ROOT = pathlib.Path(__file__).resolve().parents[3]
CAUSAL = "causal attention forward N=4096 D=64 H=16"
PRODUCT = "matrix product f16 masked edges M=2048 N=2048 K=2048"
SWIGLU = "swiglu f16 M=8192 N=8192"


def made(*words):
    """What the page's command prints."""
    works = [word for work in (CAUSAL, PRODUCT, SWIGLU) for word in ("--work", work)]
    passes = ["--pass", "loop-split", "--pass", "loop-annotate", "--pass", "grid-xcd"]
    ran = subprocess.run([sys.executable, page.__file__, *works, *passes, *words], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def cells():
    """{pass: {work: cell}}, from the JSON."""
    data = json.loads(made("--json"))
    assert data["works"] == [CAUSAL, PRODUCT, SWIGLU]
    return {name: {cell["work"]: cell for cell in found} for name, found in data["passes"].items()}


def test_where_a_pass_fires(cells):
    cell = cells["loop-split"][CAUSAL]
    assert (cell["status"], cell["count"], cell["pipeline"]) == ("fired", 1, "loop-split")
    assert 0 < cell["before"] < cell["after"]
    assert {row["ratio"] for row in cell["measured"]} and all(row["work"] == CAUSAL for row in cell["measured"])


def test_where_it_declines_and_why(cells):
    cell = cells["loop-split"][SWIGLU]
    assert (cell["status"], cell["count"], cell["before"]) == ("declined", 0, cell["after"])
    assert all(reason["id"] and reason["text"] for reason in cell["reasons"]) and cell["reasons"]


def test_a_pass_that_does_nothing_by_default_shows_the_knob_by_which_it_does(cells):
    assert cells["loop-annotate"][CAUSAL]["pipeline"].startswith("loop-annotate{")
    assert cells["loop-annotate"][CAUSAL]["status"] == "fired"
    assert cells["loop-annotate"][SWIGLU]["status"] == "declined"


def test_a_vendors_pass_is_shown_for_its_target(cells):
    """grid-xcd declines on any GPU but AMD's."""
    assert cells["grid-xcd"][PRODUCT]["status"] == "fired"


def test_the_page_says_the_same(cells, tmp_path):
    text = made("--out", str(tmp_path / "kernels.md"))
    assert text.strip() == str(tmp_path / "kernels.md")
    lines = (tmp_path / "kernels.md").read_text().splitlines()
    split = cells["loop-split"][CAUSAL]
    assert "| work | grid-xcd | loop-annotate | loop-split |" in lines
    best = max(row["ratio"] for row in split["measured"])
    (row,) = [line for line in lines if line.startswith(f"| {CAUSAL} | ") and line.count("|") == 5 and "**" in line]
    assert row.endswith(f"| {split['count']} **{best:.2f}x** |")
    assert any(f"| {split['before']} → {split['after']} |" in line for line in lines)
    reason = cells["loop-split"][SWIGLU]["reasons"][0]["id"]
    assert any(line.startswith("| 1 | `" + reason) for line in lines)
