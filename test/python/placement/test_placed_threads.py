# SPDX-License-Identifier: MIT
"""Eight threads with eight pipelines at once: each its own code, nothing of Triton changed."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import rig
import triton

import triton_ext
from triton_ext._stock import _bindings

TEXTS = (
    None,
    "planted-change@before=ttir.combine",
    "planted-change{value=2}@after=ttir.combine,drop=ttir.reorder_broadcast",
    "planted-change{value=3}@replace=ttir.loop_unroll",
    "drop=ttir.loop_unroll,planted-change{value=4}",
    "ttir.convert_to_ttgpuir{num-warps=8},planted-change{value=5}@before=common.symbol_dce",
    "a*: planted-change{value=6}@before=ttir.combine; s*: planted-change{value=7}",
    "<crossing>@before=ttgir.common.symbol_dce",
)
VALUES = (None, 1, 2, 3, 4, 5, 6, None)


def state():
    """What copies stand in for: the globals of the backends' modules, and their classes."""
    found = []
    for entry in triton.backends.backends.values():
        for space in (*_bindings.homes(entry.compiler), vars(entry.compiler)):
            found.append({name: id(value) for name, value in space.items()})
    return found


def launched(text):
    if text is None:
        return rig.launch(rig.fresh(rig.add))
    with triton_ext.passes(text):
        return rig.launch(rig.fresh(rig.add))


def test_eight_threads_eight_pipelines(planted, target, monkeypatch):
    monkeypatch.setenv("TRITON_ALWAYS_COMPILE", "1")  # a cache hit would show nothing
    alone = [rig.code(launched(text)) for text in TEXTS]
    assert len({ttir for ttir, _ in alone}) >= 6 and alone[7] == alone[0]
    before, rounds, barrier = state(), 4, threading.Barrier(8)

    def work(thread):
        done = []
        for turn in range(rounds):
            barrier.wait(120)
            index = (thread + turn) % len(TEXTS)
            done.append((index, launched(TEXTS[index])))
        return done

    with triton_ext.configure(on_failure="raise"), ThreadPoolExecutor(8) as executor:
        done = [each for results in executor.map(work, range(8)) for each in results]
    wrong = [TEXTS[index] for index, kernel in done if rig.code(kernel) != alone[index]]
    print(f"Triton {triton.__version__} {target}: {len(done)} kernels by 8 threads, {len(wrong)} wrong")
    assert wrong == [] and len(done) == 8 * rounds
    assert [rig.value_of(kernel) for _, kernel in done] == [VALUES[index] for index, _ in done]
    assert not [record for record in triton_ext.reports() if record["error"]]
    assert state() == before
    assert rig.wrapped_methods() == []


def test_threads_that_fail_leave_the_others_alone(planted, cuda, monkeypatch):
    monkeypatch.setenv("TRITON_ALWAYS_COMPILE", "1")
    texts = ("planted-fail@before=ttir.combine", TEXTS[1], "drop=ttgir.ttir.convert_to_ttgpuir", TEXTS[3]) * 2
    expected = [None, 1, None, 3] * 2
    before, barrier = state(), threading.Barrier(8)

    def work(index):
        barrier.wait(120)
        return rig.value_of(launched(texts[index]))

    with warnings.catch_warnings(), ThreadPoolExecutor(8) as executor:
        warnings.simplefilter("ignore")
        assert list(executor.map(work, range(8))) == expected
    assert state() == before
