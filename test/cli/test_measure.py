# SPDX-License-Identifier: MIT
"""`triton-ext measure`, on a GPU that is made up.

The command, the runner and its workers are the real ones, in a copy of the
checkout whose device.py and works are those of made_up_gpu.
"""

from __future__ import annotations

import difflib
import importlib.util
import pathlib
import sys
import time

import made_up_gpu
import pytest
import yaml
from made_up_gpu import GPU, ROOT, TOYS

REGISTRY = """\
# What comes before stays.
loop-split:
  summary: Split a loop.
  exactness: bit-exact
  declines: never
  measured:
    - {work: toy gain, machine: T9000, triton: 3.6.0, ratio: 1.001}
    # Of another machine.
    - {work: toy gain, machine: H200, triton: 3.6.0, ratio: 1.002}
    - {work: toy gain, machine: T9000, triton: 3.9.0, ratio: 1.003}
    - {work: toy gain, machine: T9000, triton: 3.6.0, ratio: 1.004, knobs: {max-splits: 2}}
  knobs:
    max-splits: {type: int, default: 1, range: [1, 4], help: How many.}   # and this comment
"""


@pytest.fixture
def checkout(tmp_path):
    """A checkout with a made-up GPU and works."""
    made_up_gpu.install(tmp_path)
    (tmp_path / "registry.yaml").write_text(REGISTRY)
    return tmp_path


@pytest.fixture
def measure(cli, checkout):
    """`measure(WORD...)`: runs `triton-ext measure loop-split` in it."""

    def run(*words, name="loop-split"):
        return cli("measure", name, "--python", sys.executable, "--rounds", 1, *words, cwd=checkout)

    return run


def changes(checkout):
    """The lines of registry.yaml that went and came."""
    after = (checkout / "registry.yaml").read_text()
    return [line for line in difflib.ndiff(REGISTRY.splitlines(), after.splitlines()) if line[0] in "+-"]


def only(ran):
    """The one line of an answer about one work."""
    (line,) = ran.json["works"]
    return line


def test_the_ratio_is_of_the_best_configurations(measure):
    ran = measure("--work", "toy gain", "--json")
    line = only(ran)
    assert ran.status == 0, ran.stdout
    assert (line["status"], line["ratio"], line["differing"]) == ("measured", 1.25, 0)
    assert line["stock"] == {"ms": 1.0, "config": "TILE=128"}
    assert line["best"] == {"ms": 0.8, "config": "TILE=64"}
    assert (line["fired"], line["configurations"], line["elements"]) == (3, 3, 24)
    assert ran.json["machine"] == "T9000"


def test_losses_are_told_like_gains(measure):
    ran = measure("--work", "toy loss")
    assert ran.status == 0
    assert "0.900x (loss)" in ran.stdout
    assert "2 of 2" in ran.stdout, "the configuration that stock cannot run does not count"


def test_a_work_on_which_it_does_not_fire_gives_no_row(measure, checkout):
    ran = measure("--work", "toy idle", "--write")
    assert ran.status == 1, "it fired nowhere"
    assert "toy idle: did not fire" in ran.stdout
    assert "there is no loop" in ran.stdout
    assert changes(checkout) == []


def test_a_work_for_its_bits_alone_gives_no_row(measure):
    ran = measure("--work", "untimed", "--write", "--json")
    assert (ran.status, only(ran)["status"], ran.json["written"]) == (0, "same", [])


def test_write_replaces_its_rows_and_leaves_the_others(measure, checkout):
    ran = measure("--write", "--work", "toy gain")
    assert ran.status == 0
    assert changes(checkout) == [
        "-     - {work: toy gain, machine: T9000, triton: 3.6.0, ratio: 1.001}",
        "+     - {work: toy gain, machine: T9000, triton: 3.6.0, ratio: 1.250}",
    ]


def test_what_was_edited_meanwhile_stays(measure, checkout):
    edit = (
        "\nimport os, pathlib; r, part = pathlib.Path('registry.yaml'), pathlib.Path(f'{os.getpid()}.yaml')\n"
        "part.write_text(r.read_text().replace('never', 'always')); os.replace(part, r)\n"
    )
    device = checkout / "test" / "gpu" / "device.py"
    device.write_text(device.read_text() + edit)
    assert measure("--write", "--work", "toy loss").status == 0
    assert "  declines: always" in (checkout / "registry.yaml").read_text()


def test_write_adds_what_is_new_behind(measure, checkout):
    assert measure("--write", "--work", "toy loss").status == 0
    assert changes(checkout) == ["+     - {work: toy loss, machine: T9000, triton: 3.6.0, ratio: 0.900}"]


def test_rows_of_other_knobs_are_other_rows(measure, checkout):
    ran = measure("--write", "--work", "toy gain", "--knobs", "max-splits=2", "--json")
    assert ran.json["written"] == [
        {"work": "toy gain", "machine": "T9000", "triton": "3.6.0", "ratio": 1.25, "knobs": {"max-splits": 2}}
    ]
    assert len(changes(checkout)) == 2
    assert "{max-splits: 2}" in changes(checkout)[1]


def test_several_settings_are_measured_side_by_side(measure):
    ran = measure("--work", "toy gain", "--knobs", "", "--knobs", "keep-rounding=false", "--json")
    assert [line["knobs"] for line in ran.json["works"]] == [{}, {"keep-rounding": False}]


def test_differing_bits_of_a_bit_exact_pass_are_never_written(measure, checkout):
    ran = measure("--write", "--work", "toy")
    assert ran.status == 1
    assert "The entry says bit-exact, but 1 of the works have differing bits." in ran.stdout
    assert "1 of 24, at most by 2.5e-01" in ran.stdout
    assert changes(checkout) == [], "nothing is written, the other works' rows neither"
    assert "--inexact" not in ran.stdout, "the defaults are what the entry speaks of"


def test_knobs_may_change_bits_where_that_is_said(measure, checkout):
    knobs = ("--work", "differs", "--knobs", "keep-rounding=false", "--write")
    ran = measure(*knobs)
    assert ran.status == 1
    assert "--inexact" in ran.stdout
    assert changes(checkout) == []
    ran = measure(*knobs, "--inexact")
    assert ran.status == 0
    assert "1 of 24" in ran.stdout
    assert len(changes(checkout)) == 1
    # Without knobs the word changes nothing.
    assert measure("--work", "differs", "--inexact").status == 1


@pytest.mark.parametrize(
    "work, why",
    [
        ("dies", "ended by SIGABRT"),
        ("wrong", "stock is off the reference by 3.0e+00 at TILE=64"),
        ("crash", "the pass crashed (at TILE=64)"),
    ],
)
def test_what_fails_is_reported_and_the_others_are_written(measure, checkout, work, why):
    ran = measure("--work", work, "--json")
    assert (ran.status, only(ran)["status"]) == (1, "failed")
    assert only(ran)["why"][0].startswith(why)
    text = measure("--work", work).stdout
    assert f"toy {work}: failed\n  {why}" in text
    (checkout / "test/gpu/work/toys.py").write_text(TOYS.replace("differs=0.25,", ""))
    assert measure("--write").status == 1
    assert len(changes(checkout)) == 4, "gain, of one row two lines; loss; differs, which no longer does"


def runner_module():
    """test/gpu/runner.py."""
    spec = importlib.util.spec_from_file_location("runner", GPU / "runner.py")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    return runner


def test_a_worker_that_hangs_is_ended_with_what_it_started(tmp_path):
    runner = runner_module()
    pid = tmp_path / "pid"
    script = f"import subprocess; subprocess.run(['sh', '-c', 'echo $$ >{pid}; sleep 600'])"
    began = time.monotonic()
    with runner.Worker([sys.executable, "-c", script], {}) as worker:
        assert worker.ask({}, 2) == {"failed": "no answer within 2 s"}
    assert time.monotonic() - began < 120
    state = pathlib.Path("/proc", pid.read_text().strip(), "stat")
    deadline = time.monotonic() + 60
    while state.exists() and state.read_text().split()[2] != "Z" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_a_worker_that_died_is_started_again(tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(
        "import json, os, sys\n"
        "with open(int(sys.argv[1]), 'w') as answers:\n"
        "    for line in sys.stdin:\n"
        "        print('asked', line) if json.loads(line) else os.abort()\n"
        "        print(json.dumps({'pid': os.getpid()}), file=answers, flush=True)\n"
    )
    with runner_module().Worker([sys.executable, str(script)], {}) as worker:
        first = worker.ask(1, 60)
        assert worker.ask(2, 60) == first
        assert worker.ask(0, 60)["failed"].startswith("ended by SIGABRT")
        assert worker.ask(3, 60)["pid"] != first["pid"]


def test_no_gpu_here(cli):
    ran = cli("measure", "loop-split", "--python", sys.executable, "--json", cwd=ROOT)
    assert (ran.status, ran.error["code"]) == (3, "no-gpu")
    assert "no Python package torch" in ran.error["message"]


@pytest.mark.parametrize(
    "words, code, nearest",
    [
        (["loop-splt"], "unknown-name", ["loop-split"]),
        (["loop-split", "--work", "toy gian"], "no-work", ["toy gain"]),
    ],
)
def test_mistakes_name_what_was_likely_meant(cli, checkout, words, code, nearest):
    ran = cli("measure", *words, "--python", sys.executable, "--json", cwd=checkout)
    assert (ran.status, ran.error["code"]) == (2, code)
    assert ran.error["nearest"][:1] == nearest


def test_only_passes_are_measured(measure):
    ran = measure("--json", name="triton")
    assert (ran.status, ran.error["code"]) == (2, "not-a-pass")


def test_a_wrong_knob_is_refused(measure):
    assert measure("--knobs", "max-splits=9").status == 2


def test_outside_a_checkout(cli, tmp_path):
    ran = cli("measure", "loop-split", "--json", cwd=tmp_path)
    assert (ran.status, ran.error["code"]) == (3, "no-checkout")


def test_a_checkout_without_works(cli, tmp_path):
    (tmp_path / "CMakeLists.txt").touch()
    (tmp_path / "registry.yaml").touch()
    ran = cli("measure", "loop-split", "--json", cwd=tmp_path)
    assert (ran.status, ran.error["code"]) == (3, "no-works")


def test_every_measured_row_is_of_a_work_that_can_be_run_again():
    sys.path.insert(0, str(GPU))
    try:
        from work import WORKS
    finally:
        sys.path.remove(str(GPU))
    catalogue = yaml.safe_load((ROOT / "registry.yaml").read_text())
    measured = {row["work"] for entry in catalogue.values() for row in entry.get("measured", [])}
    assert measured <= set(WORKS), f"no module of test/gpu/work declares {sorted(measured - set(WORKS))}"
