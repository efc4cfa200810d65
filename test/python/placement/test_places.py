# SPDX-License-Identifier: MIT
"""Where passes run: before, after and instead of stock passes; stock passes left out and given other arguments."""

import contextlib
import re

import pytest
import rig
import triton

import triton_ext
import triton_ext.testing
from triton_ext import _exchange
from triton_ext._stock import _recording

STAGES = ("ttir", "ttgir")


class Spy:
    """The library, with what crosses noted: pairs (request, module text)."""

    def __init__(self, library):
        self._library, self.crossed = library, []

    def __getattr__(self, name):
        return getattr(self._library, name)

    def run(self, module, request):
        self.crossed.append((request, module))
        return self._library.run(module, request)


@pytest.fixture
def spy(planted):
    with triton_ext.testing.use_library(Spy(planted)) as spy:
        yield spy


@contextlib.contextmanager
def stage_inputs():
    """Notes the generic text of what each MLIR stage of the next compilation is given: {stage: text}."""
    from triton.backends import backends

    texts, before = {}, {}

    def wrap(stock):
        def add_stages(self, stages, *args):
            stock(self, stages, *args)
            for name in STAGES:
                stages[name] = noting(name, stages[name])

        return add_stages

    def noting(name, stage):
        def run(module, metadata):
            texts[name] = _exchange.print_generic(module).restored()
            return stage(module, metadata)

        return run

    for entry in backends.values():
        before[entry.compiler] = entry.compiler.add_stages
        entry.compiler.add_stages = wrap(entry.compiler.add_stages)
    try:
        yield texts
    finally:
        for owner, stock in before.items():
            owner.add_stages = stock


def module_at(target, text, calls):
    """The module of ``text`` after the stock passes ``calls``, run by Triton's own pass manager; as it would cross."""
    from triton._C.libtriton import ir

    context = ir.context()
    ir.load_dialects(context)
    _recording.backend_of(rig.TARGETS[target]).load_dialects(context)
    module = _exchange.parse_text(text, context)
    manager = ir.pass_manager(context)
    for call in calls:
        call.add_to(manager)
    if calls:
        manager.run(module, "oracle")
    return _exchange.print_generic(module).text


def launched(text, kernel=rig.add, launch=rig.launch):
    with triton_ext.configure(on_failure="raise"), triton_ext.passes(text):
        return launch(rig.fresh(kernel))


@pytest.mark.parametrize("stage", STAGES)
def test_a_pass_crosses_where_it_is_placed(spy, target, stage):
    """Every point of the stage: what crosses there is what Triton's own passes up to it make."""
    pairs = _recording.recorded_calls(rig.TARGETS[target], stages=(stage,))[stage]
    with stage_inputs() as inputs:
        rig.launch(rig.fresh(rig.add))
    for index, (step, _) in enumerate(pairs):
        name = f"{stage}.{step.namespace}.{step.name}#{step.occurrence}"
        for how, count in (("before", index), ("after", index + 1)):
            if (index + count) % 4:  # a part of all points: test_neutral takes the others
                continue
            spy.crossed.clear()
            with triton_ext.testing.crossing(f"{how}={name}"):
                rig.launch(rig.fresh(rig.add))
            ((request, module),) = spy.crossed
            assert request["stage"] == stage
            expected = module_at(target, inputs[stage], [call for _, call in pairs[:count]])
            assert plain(module) == plain(expected), f"{how}={name}"


def plain(text):
    """Without locations and their aliases, which number what else is alive in the context."""
    return re.sub(r"^#loc.*\n|loc\(.*?\)+|#loc\d*", "", text, flags=re.MULTILINE)


def test_each_place_has_its_code(planted, target):
    for text in ("@before=ttir.combine", "@after=ttir.combine", "@replace=ttir.reorder_broadcast", ""):
        kernel = launched("planted-change{value=7}" + text)
        assert rig.value_of(kernel) == 7
        (record,) = triton_ext.report(kernel)
        assert record["stage"] == "ttir" and record["status"] == "changed"
        assert record.get("points") == ([text[1:]] if text else None)


def test_several_at_one_point_keep_the_texts_order(spy, target):
    launched(
        "planted-change{value=3}@after=ttir.combine,planted-change{value=2}@before=ttir.reorder-broadcast,"
        "planted-change{value=5}@after=ttir.combine,planted-change{value=4}"
    )
    middle, end = (request["pipeline"] for request, _ in spy.crossed)
    assert middle == "planted-change{value=3},planted-change{value=5},planted-change{value=2}"
    assert end == "planted-change{value=4}"


def names_run(text, capfd, monkeypatch, launch=rig.launch, kernel=rig.add):
    """The stock passes that Triton itself says it ran, by MLIR's argument-less names."""
    monkeypatch.setenv("MLIR_ENABLE_DUMP", "1")
    capfd.readouterr()
    launched(text, kernel, launch)
    return re.findall(r"IR Dump Before (\w+)", capfd.readouterr().err)


def test_dumps_of_every_pass_go_on(planted, target, capfd, monkeypatch):
    stock = names_run("", capfd, monkeypatch)
    assert len(stock) > 40
    placed = names_run(
        "planted-change@before=ttir.combine,planted-change{value=2}@after=common.cse", capfd, monkeypatch
    )
    assert placed == stock


def test_a_dropped_pass_does_not_run(planted, target, capfd, monkeypatch):
    stock = names_run("", capfd, monkeypatch)
    without = names_run("drop=ttir.combine,drop=ttir.reorder_broadcast", capfd, monkeypatch)
    assert [name for name in stock if name not in ("TritonCombineOps", "TritonReorderBroadcast")] == without
    assert len(without) == len(stock) - 2


def test_every_occurrence_one_of_them_and_those_of_a_stage(planted, target, capfd, monkeypatch):
    def runs(text):
        return sum(name in ("CSE", "CSEPass") for name in names_run(text, capfd, monkeypatch))

    found = {
        stage: sum((step.namespace, step.name) == ("common", "cse") for step in steps)
        for stage, steps in _recording.recorded(rig.TARGETS[target]).items()
    }
    stock = runs("")
    assert found["llir"] == 2 and found["ttir"] == found["ttgir"] == 1
    assert stock == sum(found.values())
    assert runs("drop=common.cse") == 0
    assert runs("drop=llir.common.cse") == stock - 2
    assert runs("drop=llir.common.cse#2") == runs("drop=ttgir.common.cse") == stock - 1


def test_other_arguments(planted, target):
    latencies = {"cuda": "ttgpuir.assign_latencies{num-stages=1}", "hip": "ttgpuir.schedule_loops{num-stages=1}"}
    same = {"cuda": "ttgpuir.assign_latencies{num-stages=3}", "hip": "ttgpuir.schedule_loops{num-stages=2}"}
    stock = rig.launch_product(rig.fresh(rig.product))
    changed = launched(latencies[target], rig.product, rig.launch_product)
    assert changed.asm["ttir"] == stock.asm["ttir"]
    assert changed.asm["ttgir"] != stock.asm["ttgir"]
    assert rig.code(launched(same[target], rig.product, rig.launch_product)) == rig.code(stock)
    assert '"ttg.num-warps" = 8' in launched("ttir.convert_to_ttgpuir{num-warps=8}").asm["ttgir"]


def test_a_replacing_pass_that_declines_leaves_stocks_in_its_place(planted, target, capfd, monkeypatch):
    """planted-change declines where no f32 is stored."""
    stock = names_run("", capfd, monkeypatch, launch_ints)
    declined = names_run("planted-change@replace=ttir.combine", capfd, monkeypatch, launch_ints)
    assert declined == stock
    fired = names_run("planted-change@replace=ttir.combine", capfd, monkeypatch)
    assert "TritonCombineOps" in stock and "TritonCombineOps" not in fired


def launch_ints(kernel):
    return kernel.warmup(rig.MockTensor(rig.tl.int32), rig.MockTensor(rig.tl.int32), 5, grid=(1,), B=128)


def test_a_decline_leaves_drops_in_force(planted, target, capfd, monkeypatch):
    names = names_run("planted-change@after=ttir.combine,drop=ttir.reorder_broadcast", capfd, monkeypatch, launch_ints)
    assert "TritonReorderBroadcast" not in names and "TritonCombineOps" in names


def test_an_optional_point_is_skipped_with_a_note(planted, target):
    kernel = launched("planted-change@before=ttir.no_such_pass?,drop=ttgpuir.no_such_pass?,planted-change{value=2}")
    assert rig.value_of(kernel) == 2
    remarks = {
        entry["name"]: entry["remarks"][0]["id"]
        for record in triton_ext.report(kernel)
        for entry in record["passes"]
        if entry["status"] == "declined"
    }
    assert set(remarks.values()) == {"no-stock-pass"} and len(remarks) == 2


def test_nothing_of_triton_is_changed(planted, target):
    backend = type(_recording.backend_of(rig.TARGETS[target]))
    module = __import__(backend.__module__, fromlist=["*"])
    before = dict(vars(module)), dict(vars(backend))
    objects = []

    def note(self, stages, *args):
        objects.append(self)
        return add_stages(self, stages, *args)

    add_stages = backend.add_stages
    backend.add_stages = note
    try:
        launched("planted-change@before=ttir.combine,drop=ttgpuir.coalesce")
        with pytest.raises(triton_ext.PassError):
            launched("planted-crash@before=ttir.combine")
    finally:
        backend.add_stages = add_stages
    assert len(objects) == 2
    for each in objects:
        assert not any(callable(value) for value in vars(each).values())
    assert dict(vars(module)) == before[0]
    assert dict(vars(backend)) == before[1]
    assert rig.wrapped_methods() == []


def test_a_kernel_dump_has_what_was_placed(planted, cuda, tmp_path, monkeypatch):
    monkeypatch.setenv("TRITON_KERNEL_DUMP", "1")
    monkeypatch.setenv("TRITON_DUMP_DIR", str(tmp_path / "dump"))
    kernel = launched("planted-change{value=6}@before=ttir.combine")
    (dumped,) = (tmp_path / "dump").rglob("*.ttir")
    assert dumped.read_text() == kernel.asm["ttir"] and rig.value_of(kernel) == 6
    assert triton.knobs.compilation.dump_ir
