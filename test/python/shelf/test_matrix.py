# SPDX-License-Identifier: MIT
"""No pass makes a kernel of the set fail: see matrix.py, which names the command that repeats a case.

A usual run looks at all kernels for one target, another one with each release: every
pass at its defaults, all in order, and of the knobs away from their defaults a share
with each kernel. It reads everything back, and compiles some of it on. All targets,
all knobs, all of it compiled and the assembler with TRITON_EXT_TEST_WHOLE=1.
"""

import functools
import os
import pathlib
import subprocess
import sys

import pytest

import harness
import matrix
from harness import TURN, WHOLE

LATER = 8  # of so many kernels one goes on to TTGIR, for the passes there
KNOBS = 5  # of so many pipelines with knobs each kernel meets one; no divisor in common with LATER

CASES = [
    pytest.param(name, target, id=f"{target}-{name}")
    for target in harness.in_turn(harness.TARGETS, len(harness.TARGETS))
    for name in matrix.compilable(target)
]
ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def observed():
    """`observed(kernel, target)`: what all pipelines do to it; asked once."""
    every = matrix.pipelines()
    places = {case.values: place for place, case in enumerate(CASES)}
    with matrix.Matrix("all" if WHOLE else "some", assemble=WHOLE, turn=TURN) as asked:

        @functools.cache
        def ask(kernel, target):
            return asked.of(kernel, target, every if WHOLE else share(every, TURN + places[kernel, target]))

        yield ask


def share(pipelines, turn):
    """What one kernel meets of all pipelines."""
    if turn % LATER:
        pipelines = [pipeline for pipeline in pipelines if pipeline.stage != "ttgir"]
    with_knobs = [pipeline for pipeline in pipelines if pipeline.knobs]
    met = with_knobs[turn % KNOBS :: KNOBS]
    return [pipeline for pipeline in pipelines if not pipeline.knobs or pipeline in met]


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
    with matrix.Matrix("all") as asked:
        own = asked._ask

        def ask(kernel, target, pipelines):
            return {"failed": "ended by SIGABRT"} if chosen[0] in pipelines else own(kernel, target, pipelines)

        monkeypatch.setattr(asked, "_ask", ask)
        answer = asked.of("softmax", "sm_90", chosen)
    (wrong,) = matrix.complaints("softmax", "sm_90", answer)
    assert wrong.startswith("softmax, sm_90, loop-split: ended by SIGABRT\n")
