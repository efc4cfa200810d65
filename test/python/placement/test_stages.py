# SPDX-License-Identifier: MIT
"""Stages that are not stock's, not there, or not run."""

import sys
import types

import pytest
import rig
import triton
from triton.backends.compiler import GPUTarget
from triton.runtime.driver import driver

import triton_ext
import triton_ext.testing
from triton_ext._stock import _recording


def remarks(kernel):
    return {
        entry["name"]: entry["remarks"][-1]["id"]
        for record in triton_ext.report(kernel)
        for entry in record["passes"]
        if entry["status"] == "declined"
    }


@pytest.fixture
def replaced(monkeypatch):
    """Somebody's hook: `replaced(stage, make)` puts ``make(backend, stock stage)`` in a stage's place."""
    from triton import knobs

    def put(name, make):
        def hook(self=None, stages=None, *args):
            if stages is None:
                return "planted", "planted"
            stages[name] = make(self, stages[name])

        monkeypatch.setattr(knobs.runtime, "add_stages_inspection_hook", hook)

    return put


def test_a_stage_that_was_replaced_outright(planted, target, replaced):
    def own(backend, stage):
        def make_ttir(module, metadata):
            from triton._C.libtriton import ir, passes

            manager = ir.pass_manager(module.context)
            manager.enable_debug()
            passes.common.add_inliner(manager)
            manager.run(module, "own")
            return module

        return make_ttir

    replaced("ttir", own)
    stock = rig.launch(rig.fresh(rig.add))
    with triton_ext.configure(on_failure="raise"), triton_ext.passes("planted-change@before=ttir.combine"):
        kernel = rig.launch(rig.fresh(rig.add))
    assert rig.code(kernel) == rig.code(stock)
    assert set(remarks(kernel).values()) == {"stage-replaced"}
    with triton_ext.passes("planted-change"):
        assert rig.value_of(rig.launch(rig.fresh(rig.add))) == 1  # the end of a stage is there


@pytest.mark.parametrize("method", [False, True])
def test_a_stage_that_was_wrapped(planted, target, replaced, monkeypatch, method):
    seen = []

    def around(backend, stage):
        def wrapper(module, metadata):
            seen.append(str(module)[:1])
            return stage(module, metadata)

        return wrapper

    if method:
        owner = type(_recording.backend_of(rig.TARGETS[target]))
        stock = owner.make_ttir
        monkeypatch.setattr(owner, "make_ttir", staticmethod(lambda *args: around(None, lambda *a: stock(*args))(0, 0)))
    else:
        replaced("ttir", around)
    with triton_ext.configure(on_failure="raise"), triton_ext.passes("planted-change{value=4}@before=ttir.combine"):
        kernel = rig.launch(rig.fresh(rig.add))
    assert rig.value_of(kernel) == 4 and seen


def test_a_wrapper_that_gives_back_the_module_it_was_given(planted, cuda, replaced):
    """Ours has taken that module's place: not to be had, so stock."""

    def around(backend, stage):
        def wrapper(module, metadata):
            stage(module, metadata)
            return module

        return wrapper

    stock = rig.launch(rig.fresh(rig.add))
    replaced("ttir", around)
    with triton_ext.passes("planted-change@before=ttir.combine"), pytest.warns(triton_ext.FallbackWarning):
        kernel = rig.launch(rig.fresh(rig.add))
    assert rig.code(kernel) == rig.code(stock)


def test_a_gluon_kernel_has_no_ttir_stage(planted, cuda):
    import gluon_kernels

    stock = gluon_kernels.launch()
    text = "planted-change@before=ttir.combine,drop=ttir.combine"
    with triton_ext.configure(on_failure="raise"), triton_ext.passes(text):
        kernel = gluon_kernels.launch()
    assert kernel.asm["cubin"] == stock.asm["cubin"]
    assert set(remarks(kernel).values()) == {"no-such-stage", "no-stock-pass"}
    with triton_ext.passes("drop=ttgir.common.sccp"):
        assert triton_ext.report(gluon_kernels.launch())[0]["passes"][0]["status"] == "fired"


def test_a_kernel_from_a_ttir_file(planted, target, tmp_path):
    path = tmp_path / "add.ttir"
    path.write_text(rig.launch(rig.fresh(rig.add)).asm["ttir"])
    with triton_ext.passes("planted-change@before=ttir.combine,drop=ttgir.ttgpuir.coalesce,planted-change{value=6}"):
        kernel = triton.compile(str(path), target=rig.TARGETS[target])
    assert set(remarks(kernel).values()) == {"no-such-stage"}
    statuses = {entry["name"]: entry["status"] for each in triton_ext.report(kernel) for entry in each["passes"]}
    assert statuses["drop=ttgir.ttgpuir.coalesce"] == "fired"
    assert "6.000000e+00" in kernel.asm["ttgir"]  # what has no place runs when the first stage starts


# A third party's backend: CUDA's, with a stage between its TTIR and TTGIR and a submodule of its own.

TOY = GPUTarget("toy", 1, 32)


@pytest.fixture
def toy(monkeypatch):
    """The toy backend as an installed one: a module with a submodule of libtriton's that only it has."""
    from triton.backends import backends
    from triton.backends.nvidia import compiler as nvidia

    native = types.ModuleType("triton._C.libtriton.toy")
    native.toyir = types.ModuleType("triton._C.libtriton.toy.toyir")
    ran = []

    def add_fold(manager, rounds: int, eager: bool):
        from triton._C.libtriton import passes

        ran.append((rounds, eager))
        passes.common.add_canonicalizer(manager)

    native.toyir.add_fold = add_fold
    module = types.ModuleType("triton_toy.compiler")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    vars(module).update(ir=__import__("triton._C.libtriton", fromlist=["ir"]).ir, toy=native, nvidia=nvidia)
    exec(compile(TOY_SOURCE, "triton_toy/compiler.py", "exec"), vars(module))
    monkeypatch.setitem(backends, "toy", types.SimpleNamespace(compiler=module.ToyBackend, driver=None))
    before = driver._active
    driver.set_active(rig.Driver(TOY))
    yield ran
    driver.set_active(before)


TOY_SOURCE = """
from triton.backends.compiler import GPUTarget


def build(manager, rounds):
    toy.toyir.add_fold(manager, rounds, True)


class ToyBackend(nvidia.CUDABackend):
    binary_ext = "cubin"

    @staticmethod
    def supports_target(target):
        return target.backend == "toy"

    def __init__(self, target):
        self.target, self.real = target, GPUTarget("cuda", 90, 32)

    def parse_options(self, options):
        target, self.target = self.target, self.real
        try:
            return super().parse_options({**options, "arch": "sm90"})
        finally:
            self.target = target

    def hash(self):
        return "toy"

    def make_toyir(self, module, metadata):
        manager = ir.pass_manager(module.context)
        manager.enable_debug()
        build(manager, 2)
        build(manager, 3)
        manager.run(module, "make_toyir")
        return module

    def add_stages(self, stages, options, language):
        stock = {}
        cuda = nvidia.CUDABackend(self.real)
        cuda.add_stages(stock, options, language)
        for name, stage in stock.items():
            stages[name] = stage
            if name == "ttir":
                stages["toyir"] = self.make_toyir
"""


def launch_toy(text):
    with triton_ext.passes(text):
        return rig.launch(rig.fresh(rig.add))


def test_the_stages_of_a_third_party(planted, toy):
    steps = _recording.recorded(TOY)["toyir"]
    assert [(step.namespace, step.name, step.arguments, step.occurrence) for step in steps] == [
        ("toyir", "fold", {"rounds": 2, "eager": True}, 1),
        ("toyir", "fold", {"rounds": 3, "eager": True}, 2),
    ]
    assert toy == []


def test_places_in_a_stage_of_a_third_party(planted, toy):
    stock = launch_toy("")
    assert toy == [(2, True), (3, True)]
    for text, ran in {
        "drop=toyir.fold": [],
        "drop=toyir.toyir.fold#2": [(2, True)],
        "toyir.fold{rounds=9 eager=false}": [(9, False), (9, False)],
        "toyir.fold#1{rounds=7}": [(7, True), (3, True)],
        "<crossing>@before=toyir.toyir.fold#2": [(2, True), (3, True)],
    }.items():
        toy.clear()
        kernel = launch_toy(text)
        assert toy == ran, text
        assert kernel.asm["cubin"] == stock.asm["cubin"]
        assert [each["stage"] for each in triton_ext.report(kernel)] == ["toyir"]


def test_mistakes_about_a_third_partys_passes(planted, toy):
    with pytest.raises(triton_ext.PipelineError, match=r"has no stock pass toyir\.flod.*toyir\.fold"):
        triton_ext.passes("drop=toyir.flod")
    with pytest.raises(triton_ext.PipelineError, match="rounds expects a whole number"):
        triton_ext.passes("toyir.fold{rounds=many}")
    with pytest.raises(triton_ext.PipelineError, match="has no parameter round: it has rounds, eager"):
        triton_ext.passes("toyir.fold{round=2}")


def test_a_third_partys_pass_that_fails(planted, toy, monkeypatch):
    stock = launch_toy("")

    def broken(manager, rounds: int, eager: bool):
        if rounds > 5:
            raise RuntimeError("planted")

    monkeypatch.setattr(sys.modules["triton_toy.compiler"].toy.toyir, "add_fold", broken)
    with pytest.warns(triton_ext.FallbackWarning, match="stage toyir: planted"):
        kernel = launch_toy("planted-change,toyir.fold{rounds=9}")
    assert kernel.asm["cubin"] == stock.asm["cubin"]
