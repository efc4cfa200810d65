# SPDX-License-Identifier: MIT
"""test/evidence.py, which `make evidence` calls, on a stock Triton without a GPU."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test"))

import evidence  # noqa: E402

KERNELS = ("causal_attention_d64", "for_loops", "branches", "softmax")
WORDS = [word for kernel in KERNELS for word in ("--kernel", kernel)] + ["--rounds", "1"]


@pytest.fixture(scope="module")
def stock_python():
    """The Python of a stock Triton."""
    return os.environ.get("TRITON_EXT_TEST_PYTHON", str(ROOT / ".venv" / "triton-3.9.0" / "bin" / "python"))


def gather(python, *words, **env):
    """Runs it: the finished process. The Python for the works is one without torch."""
    return subprocess.run(
        [python, str(ROOT / "test" / "evidence.py"), *words, "--python", sys.executable],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def found(stock_python):
    """What there is to say of loop-split on some kernels, as --json has it."""
    ran = gather(stock_python, "loop-split", *WORDS, "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def test_kernels_are_counted(found):
    assert found["counts"] == {"fired": 2, "noted": 0, "declined": 2, "failed": 0, "left-out": 0}
    assert {k["kernel"]: k["status"] for k in found["kernels"]} == {
        "causal_attention_d64": "fired",
        "for_loops": "fired",
        "branches": "declined",
        "softmax": "declined",
    }


def test_reasons_are_grouped_with_an_example(found):
    reasons = {group["id"]: group for group in found["declines"]}
    assert set(reasons) == {"rounding-not-kept", "no-loop"}
    example = reasons["rounding-not-kept"]["example"]
    assert example["kernel"] == "branches"
    file, line = example["place"].split(":")
    assert (ROOT / file).is_file() and int(line) > 1
    assert reasons["no-loop"]["kernels"] == 1


def test_the_difference_shows_the_pass_and_no_locations(found):
    (kernel,) = [k for k in found["kernels"] if k["kernel"] == "causal_attention_d64"]
    lines = kernel["difference"]
    assert sum("scf.for" in line for line in lines if line.startswith("+")) == 2
    assert sum("scf.for" in line for line in lines if line.startswith("-")) == 1
    assert not any("loc(" in line or line[1:].startswith("#loc") for line in lines)


def test_compile_time_is_in_pairs(found):
    times = found["compile_time"]
    assert times["kernels"] == 4 and times["pairs"] == 1
    assert 0.2 < times["median_declined"] < 5
    assert times["worst"] >= times["median_fired"] > 0
    assert all(len(k["ms"]["stock"]) == len(k["ms"]["pass"]) == 1 for k in found["kernels"])


def test_the_page_of_markdown(stock_python):
    ran = gather(stock_python, "loop-split", "--knobs", "max-splits=2", *WORDS, "--diff", "for_loops")
    page = ran.stdout
    assert ran.returncode == 0, ran.stderr
    assert page.startswith("## Evidence for `loop-split{max-splits=2}`, Triton ")
    assert "| sm_90 | 4 | 2 | 0 | 2 | 0 |" in page
    assert "Fires for sm_90 on `causal_attention_d64`, `for_loops`." in page
    assert "`rounding-not-kept`" in page and "control.py:" in page
    assert page.count("<details>") == 1 and "<code>for_loops</code>, sm_90, ttir" in page
    assert "median of all kernels" in page and "idle machine" in page
    assert "Nothing was executed here" in page and "no Python package torch" in page
    assert "python3 test/evidence.py loop-split --knobs max-splits=2\n" in page


def test_several_targets(stock_python):
    words = ("--kernel", "for_loops", "--rounds", "1", "--target", "sm_80", "--target", "gfx942")
    ran = gather(stock_python, "loop-split", *words)
    assert ran.returncode == 0, ran.stderr
    assert "| sm_80 | 1 | 1 | 0 | 0 |" in ran.stdout and "| gfx942 | 1 |" in ran.stdout


@pytest.mark.parametrize(
    "name, why", [("planted-crash", "crash: planted-crash: crashed"), ("planted-late-failure", "later-stage: stage ")]
)
def test_a_pass_that_fails_is_found_out(stock_python, build, name, why):
    ran = gather(
        stock_python,
        name,
        *("--kernel", "softmax", "--rounds", "1", "--json"),
        TRITON_EXT_LIBRARY=str(build / "lib" / "libTritonExtPlanted.so"),
        TRITON_EXT_WORKER=str(build / "bin" / "triton-ext-planted-opt"),
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    (kernel,) = json.loads(ran.stdout)["kernels"]
    assert kernel["status"] == "failed" and kernel["error"].startswith(why)


@pytest.mark.parametrize(
    "words, code, nearest",
    [
        (["loop-splt"], "unknown-name", ["loop-split"]),
        (["triton"], "not-a-pass", []),
        (["loop-split", "--kernel", "softmaxx"], "unknown-kernel", ["softmax"]),
        (["loop-split", "--knobs", "max-split=2"], "pipeline", ["max-splits"]),
        (["loop-split", "--rounds", "0"], "usage", []),
    ],
)
def test_mistakes(stock_python, words, code, nearest):
    ran = gather(stock_python, *words, "--json")
    error = json.loads(ran.stdout)["error"]
    assert (ran.returncode, error["code"]) == (2, code)
    assert error["nearest"][:1] == nearest


def test_without_a_library(stock_python, tmp_path):
    ran = gather(stock_python, "loop-split", TRITON_EXT_LIBRARY=str(tmp_path / "libNone.so"))
    assert ran.returncode == 3
    assert "make build" in ran.stderr


# --- Parts of it ------------------------------------------------------------


CHILD = """
import json, os, sys, time
answers = open(int(sys.argv[1]), "w")
for line in sys.stdin:
    task = json.loads(line)
    if task["kernel"] == "aborts":
        print("an assertion", file=sys.stderr, flush=True)
        os.abort()
    if task["kernel"] == "hangs":
        time.sleep(600)
    print(json.dumps({**task, "status": "declined"}), file=answers, flush=True)
"""


def observed(monkeypatch, *kernels):
    monkeypatch.setattr(evidence, "CHILD", [sys.executable, "-c", CHILD])
    return list(evidence.observe([(kernel, "sm_90") for kernel in kernels], "loop-split", 1))


def test_a_kernel_that_takes_the_compiler_down_has_failed_and_the_others_go_on(monkeypatch):
    answers = observed(monkeypatch, "a", "aborts", "b", "aborts")
    assert [each["status"] for each in answers] == ["declined", "failed", "declined", "failed"]
    assert answers[1]["error"] == "the compiling process: ended by SIGABRT: an assertion"


def test_a_kernel_that_never_ends_has_failed_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(evidence, "KERNEL_LIMIT", 2)
    began = time.monotonic()
    answers = observed(monkeypatch, "hangs", "a")
    assert [each["status"] for each in answers] == ["failed", "declined"]
    assert answers[0]["error"] == "the compiling process: no answer within 2 s"
    assert time.monotonic() - began < 300


def test_numbers_of_values_are_no_difference():
    before = "#loc = loc(unknown)\n%0 = a loc(#loc)\n%x_1 = b %0\n%c = c %x_1"
    after = '%9 = new\n%0 = a\n%x_2 = b %1 loc("x"(#loc3))\n%c = c %x_2 loc(callsite(#loc1 at #loc2))'
    assert evidence.ir_difference(before, after, context=0) == ["@@ -1,0 +1,1 @@", "+%9 = new"]
    assert evidence.ir_difference(before, before) == []


def evidence_of(works, knobs=None, exactness="bit-exact"):
    bits = {"missing": None, "machine": {"machine": "H200", "triton": "3.6.0"}, "works": works}
    return evidence.Evidence("loop-split", "loop-split", knobs or {}, exactness, "3.6.0", "", [], 0.0, bits)


def test_differing_bits_of_a_bit_exact_pass_fail():
    same = {"work": "a", "configurations": 2, "fired": 2, "differing": 0, "elements": 8, "max": 0.0, "failures": []}
    differs = {**same, "work": "b", "differing": 1, "max": 0.25}
    assert evidence_of([same]).status() == 0
    assert evidence_of([same, differs]).status() == 1
    assert evidence_of([same, differs], exactness="contracts").status() == 0
    assert evidence_of([same, differs], knobs={"keep-rounding": False}).status() == 0
    assert evidence_of([{"work": "c", "failures": ["ended by SIGABRT"]}]).status() == 1
    page = evidence.bits_part(evidence_of([same, differs, {"work": "c", "failures": ["ended by SIGABRT"]}]))
    assert "| a | 2 | 2 | 0 | 8 |  |" in page
    assert "| b | 2 | 2 | 1 | 8 | 2.5e-01 |" in page
    assert "| c |  |  |  |  | ended by SIGABRT |" in page
