# SPDX-License-Identifier: MIT
"""test/gpu/shelf.py, on a GPU that is made up: what is run and judged, the tables, the budget, going on later."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import made_up_gpu
import pytest

SPLIT = "loop-split"
CONTRACTS = "loop-split{keep-rounding=false}"


@pytest.fixture
def checkout(tmp_path):
    made_up_gpu.install(tmp_path)
    return tmp_path


@pytest.fixture
def shelf(checkout):
    """`shelf(WORD...)`: runs the script; (exit code, output, the JSON it wrote or None)."""

    def run(*words, out="out.json"):
        package = pathlib.Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]).resolve()
        (checkout / "language").unlink(missing_ok=True)
        (checkout / "language").symlink_to(package)
        command = [sys.executable, "test/gpu/shelf.py", "--out", out, "--rounds", "1", *words]
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=120)
        path = checkout / out
        return done.returncode, done.stdout + done.stderr, json.loads(path.read_text()) if path.exists() else None

    return run


def works(report):
    return {result["work"]: result for result in report["works"]}


def missed(report):
    return [check["what"] for check in report["checks"] if not check["holds"]]


def test_every_variant_of_a_pass_is_held_against_stock(shelf):
    status, said, report = shelf("--pass", SPLIT, "--only", "toy gain")
    assert status == 0, said
    assert {SPLIT, CONTRACTS, "loop-split{max-splits=2}", "loop-split{predicates=mask}"} <= set(report["variants"])
    assert report["variants"][CONTRACTS] == {"name": SPLIT, "knobs": {"keep-rounding": False}}
    (result,) = report["works"]
    assert set(result["ratio"]) == set(report["variants"])
    assert result["ratio"][SPLIT] == 1.25
    assert (report["machine"], report["left"]) == ("T9000", [])
    assert "| work | stock ms | stock's error | defaults | max-splits=2 |" in said
    assert "| toy gain | 1.0000 | 0.0e+00 | 1.250 |" in said


def test_what_is_the_same_runs_once(shelf, checkout):
    toys = checkout / "test/gpu/work/toys.py"
    same = f'makes={{"{CONTRACTS}": "{SPLIT}"}}'
    toys.write_text(made_up_gpu.TOYS.replace('toy("toy gain", ', f'toy("toy gain", {same}, '))
    report = shelf("--variant", SPLIT, "--variant", CONTRACTS, "--only", "toy gain")[2]
    (result,) = report["works"]
    for row in result["configs"]:
        assert row["variants"][CONTRACTS]["as"] == SPLIT
    assert result["best"][CONTRACTS] == result["best"][SPLIT]


def test_what_changes_nothing_is_not_run(shelf):
    status, said, report = shelf("--variant", SPLIT, "--only", "toy idle")
    (result,) = report["works"]
    row = result["configs"][0]["variants"][SPLIT]
    assert (row["as"], row["fired"], row["declines"]) == ("", 0, [["no-loop", "there is no loop"]])
    assert (status, result["ratio"]) == (0, {})
    assert "It changes none of the works." in said


def test_differing_bits_at_the_defaults_fail(shelf):
    status, said, report = shelf("--variant", SPLIT, "--only", "toy differs")
    assert status == 1
    assert missed(report) == ["toy differs: loop-split: 1 differing bits"]
    assert "MISSED toy differs: loop-split: 1 differing bits" in said


@pytest.mark.parametrize("off, status", [(0.25, 0), (3.0, 1)])
def test_with_knobs_the_error_stays_within_the_tolerance(shelf, checkout, off, status):
    toys = checkout / "test/gpu/work/toys.py"
    error = f'return max(self.kernel.get("off", 0.0), {off} if outputs["out"][0] != 1.0 else 0.0)'
    toys.write_text(made_up_gpu.TOYS.replace('return self.kernel.get("off", 0.0)', error))
    ran, said, report = shelf("--variant", CONTRACTS, "--only", "toy differs")
    assert ran == status, said
    what = f"toy differs: {CONTRACTS}: off the reference by {off:.1e}, at most 5.0e-01"
    assert {"what": what, "holds": not status} in report["checks"]
    assert f"(error {off:.1e})" in said


@pytest.mark.parametrize("work, why", [("dies", "SIGABRT"), ("wrong", "stock is off"), ("crash", "the pass crashed")])
def test_failures_fail_and_the_others_are_done(shelf, work, why):
    status, said, report = shelf("--variant", SPLIT, "--only", f"toy {work}", "--only", "toy gain")
    assert status == 1
    (what,) = missed(report)
    assert what.startswith(f"toy {work}") and why in what
    assert works(report)["toy gain"]["ratio"][SPLIT] == 1.25


def test_what_is_promised_has_to_hold(shelf, checkout):
    script = checkout / "test/gpu/shelf.py"
    script.write_text(script.read_text().replace("MUST = (", f'MUST = (Must("toy gain", "{SPLIT}", 1.2), '))
    status, said, _ = shelf("--variant", SPLIT, "--only", "toy")
    assert "OK     toy gain: loop-split 1.250x, at least 1.20x" in said
    script.write_text(script.read_text().replace(f'"{SPLIT}", 1.2)', f'"{SPLIT}", 1.3)'))
    status, said, report = shelf("--variant", SPLIT, "--only", "toy gain")
    assert status == 1
    assert missed(report) == ["toy gain: loop-split 1.250x, at least 1.30x"]


def test_what_does_not_fit_into_the_time_is_left_for_a_later_call(shelf):
    status, _, report = shelf("--variant", SPLIT, "--only", "toy gain", "--only", "toy loss", "--seconds", "0")
    assert (status, report["works"], report["left"]) == (1, [], ["toy gain", "toy loss"])
    assert shelf("--variant", SPLIT, "--only", "toy gain")[0] == 0
    later = ("--variant", SPLIT, "--only", "toy gain", "--only", "toy loss", "--skip-done", "out.json")
    status, said, report = shelf(*later)
    assert "1 variants, 1 works" in said
    assert (status, set(works(report)), report["left"]) == (0, {"toy gain", "toy loss"}, [])
    # Another variant was not done.
    assert "1 variants, 2 works" in shelf(*later[2:], "--variant", CONTRACTS)[1]


def test_its_results_become_rows_of_the_catalogue(shelf, checkout, cli):
    entry = "loop-split:\n  summary: Split a loop.\n  exactness: bit-exact\n  declines: never\n"
    (checkout / "registry.yaml").write_text(entry)
    shelf("--pass", SPLIT, "--only", "toy gain", "--only", "toy loss", "--only", "idle")
    measure = ("measure", SPLIT, "--from", "out.json", "--json")
    written = cli(*measure, "--write", cwd=checkout).json["written"]
    row = {"machine": "T9000", "triton": "3.6.0"}
    assert written == [{"work": "toy gain", **row, "ratio": 1.25}, {"work": "toy loss", **row, "ratio": 0.9}]
    assert "- {work: toy gain, machine: T9000, triton: 3.6.0, ratio: 1.250}" in (checkout / "registry.yaml").read_text()
    with_knobs = cli(*measure, "--work", "gain", "--knobs", "max-splits=2", cwd=checkout)
    assert [line["knobs"] for line in with_knobs.json["works"]] == [{"max-splits": 2}]
    assert cli(*measure, "--knobs", "max-splits=3", cwd=checkout).error["code"] == "not-in-report"
    assert cli(*measure[:3], "nowhere.json", "--json", cwd=checkout).error["code"] == "no-report"


def test_what_is_promised_is_of_works_that_there_are():
    """Works and variants by the names that MUST and BOUNDS use: without a GPU, they are only looked up."""
    code = (
        "import sys; sys.path[:0] = ['test/gpu', 'test/python', 'language']\n"
        "import shelf, worker; from work import WORKS\n"
        "assert all(any(name.startswith(must.work) for name in WORKS) for must in shelf.MUST), shelf.MUST\n"
        "every = {v.pipeline for entry in shelf.passes() for v in shelf.variants(entry)}\n"
        "assert {must.pipeline for must in shelf.promised()} | set(shelf.BOUNDS) <= every\n"
        "streams = {work['name'] for work in worker.works()['works'] if work['streams']}\n"
        "assert 'softmax of long rows f16 M=4096 N=32768' in streams\n"
        "assert not [name for name in streams if 'product' in name or 'causal attention' in name]\n"
    )
    python = os.environ["TRITON_EXT_TEST_PYTHON"]
    ran = subprocess.run([python, "-c", code], cwd=made_up_gpu.ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_a_name_that_is_no_pass_is_refused(shelf):
    status, said, _ = shelf("--pass", "loop-splt")
    assert status == 1 and "no pass is called loop-splt" in said


def test_without_a_gpu_it_is_skipped():
    ran = subprocess.run([sys.executable, made_up_gpu.GPU / "shelf.py"], capture_output=True, text=True)
    assert ran.returncode == 77
    assert "no Python package torch" in ran.stderr
