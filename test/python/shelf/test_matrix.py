# SPDX-License-Identifier: MIT
"""No pass makes a kernel of the set fail: see matrix.py, which names the command that repeats a case.

A usual run looks at all kernels and pipelines for one target, another one with each
release and day, reads everything back, and compiles some of it on. All targets, all
of it and the assembler with TRITON_EXT_TEST_WHOLE=1.
"""

import datetime
import functools
import os
import pathlib
import subprocess
import sys
import zlib

import pytest
import triton

import harness
import matrix

WHOLE = os.environ.get("TRITON_EXT_TEST_WHOLE") == "1"
TURN = datetime.date.today().toordinal() + zlib.crc32(triton.__version__.encode())
LATER = 8  # of so many kernels one goes on to TTGIR, for the passes there

TARGETS = list(harness.TARGETS)
CHOSEN = (
    TARGETS if WHOLE else [TARGETS[(datetime.date.today().toordinal() + int(triton.__version__[2])) % len(TARGETS)]]
)
CASES = [pytest.param(name, target, id=f"{target}-{name}") for target in CHOSEN for name in matrix.compilable(target)]
ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def observed():
    """`observed(kernel, target)`: what all pipelines do to it; asked once."""
    every = matrix.pipelines()
    ttir = [pipeline for pipeline in every if pipeline.stage != "ttgir"]
    how = {"compile": "all" if WHOLE else "some", "assemble": WHOLE, "turn": TURN}
    with matrix.Matrix(every, **how) as whole, matrix.Matrix(ttir, **how) as early:

        @functools.cache
        def ask(kernel, target):
            later = WHOLE or (zlib.crc32(kernel.encode()) + TURN) % LATER == 0
            return (whole if later else early).of(kernel, target)

        yield ask


@pytest.mark.parametrize(("kernel", "target"), CASES)
def test_no_pass_makes_a_kernel_fail(kernel, target, observed):
    wrong = matrix.complaints(kernel, target, observed(kernel, target))
    assert not wrong, "\n".join(wrong)


def test_the_cases_are_what_they_are_called(observed):
    """Something fires, is read back and compiled on, and every pipeline is run over a kernel."""
    answers = [observed(case.values[0], case.values[1]) for case in CASES]
    cases = [case for answer in answers for case in answer["cases"]]
    assert {case["pipeline"] for case in cases} == {pipeline.text for pipeline in matrix.pipelines()}
    assert sum(case["compiled"] for case in cases) >= 5
    assert any("fired" in matrix.statuses(case) for case in cases)
    assert any("declined" in matrix.statuses(case) for case in cases)


def planted(kernel, pipeline):
    """The matrix with the library of planted passes over one kernel: exit code, what it prints."""
    build = pathlib.Path(os.environ["TRITON_EXT_BUILD"])
    library = {
        "TRITON_EXT_LIBRARY": str(build / "lib" / "libTritonExtPlanted.so"),
        "TRITON_EXT_WORKER": str(build / "bin" / "triton-ext-planted-opt"),
    }
    command = [sys.executable, matrix.__file__, "--target", "sm_80", "--kernel", kernel]
    command += ["--pipeline", pipeline, "--assemble"]
    ran = subprocess.run(command, env={**os.environ, **library}, capture_output=True, text=True, cwd=ROOT)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("kernel", "pipeline", "why"),
    [
        ("softmax", "planted-crash", "crash"),
        ("softmax", "planted-invalid", "block with no terminator"),
        ("softmax", "planted-change", "run twice it makes something else"),
        ("softmax", "planted-change,planted-late-failure", "a later stage of stock fails: PTXASError"),
        ("causal_attention_d128", "planted-shared", "bytes of shared memory"),
    ],
)
def test_what_is_wrong_is_seen(kernel, pipeline, why):
    status, said = planted(kernel, pipeline)
    assert status == 1, said
    assert f"{kernel}, sm_80, {pipeline}: " in said
    assert why in said
    assert f"--target sm_80 --pipeline {pipeline} --compile all --assemble" in said


def test_what_ends_the_process_is_blamed(monkeypatch):
    """A stage of stock that aborts, as LLVM may: the pipeline whose module it was has failed, and no other."""
    chosen = [matrix.Pipeline("loop-split", "loop-split", "ttir"), matrix.Pipeline("", "", "ttir")]
    with matrix.Matrix(chosen, "all") as asked:
        own = asked._ask

        def ask(kernel, target, pipelines):
            return {"failed": "ended by SIGABRT"} if chosen[0] in pipelines else own(kernel, target, pipelines)

        monkeypatch.setattr(asked, "_ask", ask)
        answer = asked.of("softmax", "sm_90")
    (wrong,) = matrix.complaints("softmax", "sm_90", answer)
    assert wrong.startswith("softmax, sm_90, loop-split: ended by SIGABRT\n")
