# SPDX-License-Identifier: MIT
"""Keys: the right code each time and no compilation that is not needed."""

import contextlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import rig
import standin
import triton
from rig import value_of

import triton_ext
import triton_ext.testing

ROUNDS = [None, "planted-change", None, "planted-change{value=2}", "planted-change"]


def play(rounds, kernel):
    """The value that each round's kernel shows."""
    seen = []
    for text in rounds:
        if text is None:
            seen.append(value_of(rig.launch(kernel)))
        else:
            with triton_ext.passes(text):
                seen.append(value_of(rig.launch(kernel)))
    return seen


def test_off_on_off_other_in_one_process(either, target):
    kernel = rig.fresh(rig.add)
    with rig.counted() as compiled:
        assert play(ROUNDS, kernel) == [None, 1, None, 2, 1]
        assert len(compiled) == 3
        # A new JITFunction has nothing in memory: now the disk answers.
        assert play(ROUNDS, rig.fresh(rig.add)) == [None, 1, None, 2, 1]
    assert len(compiled) == 3
    assert [record["cached"] for record in triton_ext.reports()] == [False, False, True, True]


def test_equal_pipelines_have_one_key(either, target):
    kernel = rig.fresh(rig.add)
    with rig.counted() as compiled:
        assert play(["planted-change", "planted-change{value=1}", " planted-change"], kernel) == [1, 1, 1]
    assert len(compiled) == 1


def test_another_build_of_the_library_has_other_keys(target):
    values, kernel = [], rig.fresh(rig.add)
    with rig.counted() as compiled:
        for build in ("aaaa", "bbbb", "aaaa"):
            with triton_ext.testing.use_library(standin.StandIn(build)), triton_ext.passes("planted-change"):
                values.append(rig.launch(kernel).metadata.triton_ext)
                values.append(rig.launch(rig.fresh(rig.add)).metadata.triton_ext)
    assert values == ["planted-change [aaaa]"] * 2 + ["planted-change [bbbb]"] * 2 + ["planted-change [aaaa]"] * 2
    assert len(compiled) == 2


@pytest.mark.parametrize("text", ["planted-crash", "planted-late-failure"])
def test_failure_is_not_stored(either, target, text):
    kernel = rig.fresh(rig.add)
    with rig.counted() as compiled, triton_ext.passes(text):
        with pytest.warns(triton_ext.FallbackWarning, match=text):
            rig.launch(kernel)
        rig.launch(kernel)  # kept in memory: a launch in a loop does not fail over and over
        assert len(compiled) == 1
        with pytest.warns(triton_ext.FallbackWarning, match=text):
            rig.launch(rig.fresh(rig.add))
        assert len(compiled) == 2


def test_decline_is_stored(library, target):
    with rig.counted() as compiled, triton_ext.passes("planted-decline"):
        rig.launch(rig.fresh(rig.add))
        rig.launch(rig.fresh(rig.add))
    assert len(compiled) == 1


def test_failed_kernel_is_stocks_in_every_file(either, target):
    stock = rig.launch(rig.fresh(rig.add))
    with triton_ext.passes("planted-late-failure"), pytest.warns(triton_ext.FallbackWarning):
        failed = rig.launch(rig.fresh(rig.add))
    assert failed.asm.keys() == stock.asm.keys()
    for name in stock.asm:
        assert failed.asm[name] == stock.asm[name], name
    with triton_ext.passes("planted-change"):  # the next kernel is fine
        assert value_of(rig.launch(rig.fresh(rig.add))) == 1


CHILD = """
import json, os, sys
sys.path.insert(0, {here!r})
import rig, standin, triton_ext, triton_ext.testing
from test_keys import play
rig.activate({target!r})
planted = {build!r} == "planted"
library = rig.planted_library(os.environ.__setitem__) if planted else standin.StandIn({build!r})
with triton_ext.testing.use_library(library), rig.counted() as compiled:
    values = play(json.loads({rounds!r}), rig.add)
library.stop_worker()
print(json.dumps([values, len(compiled), [record["cached"] for record in triton_ext.reports()]]))
"""


def child(target, rounds, build):
    """Plays rounds in a process of its own: values, number of compilations, which reports were cached."""
    text = CHILD.format(here=os.path.dirname(__file__), target=target, rounds=json.dumps(rounds), build=build)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("build", ["5a5a", "planted"])
def test_two_processes_share_a_cache_folder(target, build):
    assert child(target, ROUNDS, build) == [[None, 1, None, 2, 1], 3, [False, False]]
    assert child(target, ROUNDS[::-1], build) == [[1, 2, None, 1, None], 0, [True, True]]
    values, compiled, _ = child(target, ROUNDS, "0ddb")
    assert (values, compiled) == ([None, 1, None, 2, 1], 2)


@pytest.mark.parametrize("wait_in_block", [True, False])
def test_asynchronous_compilation(either, target, wait_in_block):
    kernel, kernels = rig.fresh(rig.add), []
    with rig.counted() as compiled, ThreadPoolExecutor(2) as executor:
        with triton.AsyncCompileMode(executor):
            for text in ("planted-change", "", "planted-change{value=2}"):
                with triton_ext.passes(text):
                    kernels.append(rig.launch(kernel))
                    if wait_in_block:
                        kernels[-1].result()
    assert [value_of(future.result()) for future in kernels] == [1, None, 2]
    assert len(compiled) == 3
    assert play(["planted-change", None, "planted-change{value=2}"], kernel) == [1, None, 2]
    assert len(compiled) == 3


def test_stock_under_a_process_wide_setting_in_a_compile_thread(library, cuda, monkeypatch):
    from triton_ext import _switch
    from triton_ext._channel import _scope

    monkeypatch.setattr(_scope, "_process", _scope.Layer("planted-change", None))
    _switch.acquire()
    try:
        kernel = rig.fresh(rig.add)
        with ThreadPoolExecutor(1) as executor, triton.AsyncCompileMode(executor):
            changed = rig.launch(kernel)
            with triton_ext.passes(""):
                stock = rig.launch(kernel)
        assert (value_of(changed.result()), value_of(stock.result())) == (1, None)
    finally:
        _switch.release()


@contextlib.contextmanager
def recorded(hook="jit_cache_hook"):
    """What Triton's hook is called with, as it happens."""
    from triton import knobs

    calls = []
    setattr(knobs.runtime, hook, lambda **kwargs: calls.append(kwargs) and None)
    try:
        yield calls
    finally:
        setattr(knobs.runtime, hook, None)


def test_preload_of_recorded_kernels(either, cuda):
    kernel = rig.fresh(rig.add)
    with triton_ext.passes("planted-change"):
        with recorded() as calls:
            rig.launch(kernel)
        other = rig.fresh(rig.add)
        assert value_of(other.preload(calls[0]["compile"]["specialization_data"])) == 1
        with rig.counted() as compiled:
            assert value_of(rig.launch(other)) == 1
        assert compiled == []
    assert value_of(rig.launch(other)) is None


@pytest.mark.parametrize("around", [None, "planted-change{value=2}"])
def test_preload_elsewhere_never_answers_for_another_pipeline(either, cuda, around):
    with recorded() as calls, triton_ext.passes("planted-change"):
        rig.launch(rig.fresh(rig.add))
    other = rig.fresh(rig.add)
    with triton_ext.passes(around) if around else contextlib.nullcontext():
        other.preload(calls[0]["compile"]["specialization_data"])
    assert play([None, "planted-change{value=2}", "planted-change"], other) == [None, 2, 1]


@pytest.mark.parametrize("hook", ["jit_cache_hook", "jit_post_compile_hook"])
def test_hooks_see_a_key_for_each_pipeline(either, cuda, hook):
    with recorded(hook) as calls:
        play(ROUNDS, rig.fresh(rig.add))
        play([None, "planted-change"], rig.fresh(rig.add))
    keys = [call["key"] for call in calls]
    assert len(keys) == 5 and len(set(keys)) == 3
    assert keys[3:] == keys[:2]
    assert [("planted-change" in key) for key in keys] == [False, True, True, False, True]


def test_decorating_a_kernel_that_was_launched(either, cuda):
    kernel = rig.fresh(rig.add)
    with triton_ext.passes("planted-change"):
        assert value_of(rig.launch(kernel)) == 1
        triton_ext.passes("planted-change{value=2}")(kernel)
        assert value_of(rig.launch(kernel)) == 2
    assert value_of(rig.launch(kernel)) == 2


def test_rules_and_a_pipeline_share_what_they_compile(planted, cuda):
    kernel = rig.fresh(rig.add)
    with triton_ext.passes("add: planted-change; other: planted-invalid"):
        first = rig.launch(kernel)
    with triton_ext.passes("planted-change"):
        assert rig.launch(kernel) is first


def test_kernels_in_memory_can_be_dropped(either, cuda):
    kernel = rig.fresh(rig.add)
    with triton_ext.passes("planted-change"):
        first = rig.launch(kernel)
        kernel.device_caches.clear()
        assert rig.launch(kernel) is not first
        kernel.device_caches = type(vars(kernel)["device_caches"])(kernel.create_binder)
        assert value_of(rig.launch(kernel)) == 1
    assert value_of(rig.launch(kernel)) is None


def tuned(kernel, counts, **kwargs):
    """An Autotuner over two configurations that counts how often it measures."""

    def bench(call, quantiles):
        counts.append(1)
        return [1.0, 1.0, 1.0]

    configs = [triton.Config({"B": 128}), triton.Config({"B": 256})]
    return triton.autotune(configs, key=["n"], do_bench=bench, **kwargs)(kernel)


def tune(tuner):
    """Runs an Autotuner as a launch does, without launching; the compiled kernel."""
    return tuner.run(rig.MockTensor(rig.tl.float32), rig.MockTensor(rig.tl.float32), 5, grid=(1,), warmup=True)


def test_autotuner_measures_each_pipeline(either, cuda, cache_folder):
    rounds, counts = ["", "planted-change", "", "planted-change{value=2}", "planted-change"], []
    tuner = tuned(rig.fresh(rig.add), counts, cache_results=True)
    seen = []
    for text in rounds:
        with triton_ext.passes(text):
            seen.append((value_of(tune(tuner)), len(counts)))
    assert seen == [(None, 2), (1, 4), (None, 4), (2, 6), (1, 6)]
    # Another process: its tables are empty, the disk answers.
    tuner = tuned(rig.fresh(rig.add), counts, cache_results=True)
    for text in rounds:
        with triton_ext.passes(text):
            tune(tuner)
    assert len(counts) == 6


def test_configs_with_passes_in_the_tuning_cache(either, cuda, cache_folder):
    def make(other):
        counts = []

        def bench(call, quantiles):
            call()
            counts.append(1)
            return [float(len(counts))] * 3

        configs = [triton_ext.Config({"B": 128}, passes=text) for text in ("planted-change", other)]
        return triton.autotune(configs, key=["n"], do_bench=bench, cache_results=True)(rig.fresh(rig.add)), counts

    # _bench launches; without a GPU that must not happen, so a launch is a warmup.
    def tune_once(other):
        tuner, counts = make(other)
        tuner.fn.run = lambda *args, warmup, **kwargs: type(tuner.fn).run(tuner.fn, *args, warmup=True, **kwargs)
        return value_of(tune(tuner)), len(counts)

    assert tune_once("planted-change{value=2}") == (1, 2)
    assert tune_once("planted-change{value=2}") == (1, 0)
    assert tune_once("planted-change{value=3}") == (1, 2)
    assert list(cache_folder.rglob("*.autotune.json"))
