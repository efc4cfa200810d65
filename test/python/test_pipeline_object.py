# SPDX-License-Identifier: MIT
"""`triton_ext.pipeline`: the record is what this release says, and what the object shows is what runs."""

from __future__ import annotations

import contextlib

import pytest
import triton
from triton.runtime.driver import driver

import harness
import triton_ext
from triton_ext import _library
from triton_ext._channel import _scope
from triton_ext._stock import _bindings, _records, _steps

RELEASE = triton.__version__
TARGETS = {"sm_90": "cuda:90", "gfx942": "hip:gfx942"}
TTGIR = {"sm_90": "conversion-report", "gfx942": "load-report"}  # a pass of that stage


@pytest.fixture(autouse=True)
def strict():
    """What fails is raised here."""
    with triton_ext.configure(on_failure="raise"):
        yield


@pytest.fixture(params=_records.TARGETS)
def recorded_target(request) -> str:
    return request.param


@pytest.fixture
def p() -> _steps.Pipeline:
    return triton_ext.pipeline("cuda:90")


# What is installed.


def test_the_record_is_what_this_release_says(recorded_target):
    installed, recorded = triton_ext.pipeline(recorded_target), _steps.recorded(RELEASE, recorded_target)
    assert installed.diff(recorded) == "", f"triton-ext pipeline --record, with the Python of Triton {RELEASE}"
    assert installed == recorded and list(installed) == list(recorded) and len(installed) > 40
    assert str(installed) == str(recorded) and installed.diff(RELEASE) == ""
    assert [step.arguments for step in installed] == [step.arguments for step in recorded]


def test_options_change_the_steps():
    more = triton_ext.pipeline("cuda:90", num_stages=5, num_warps=8)
    changed = [line for line in more.diff(triton_ext.pipeline("cuda:90")).splitlines()[2:] if line[0] == "-"]
    assert changed and all("num-stages=5" in line or "num-warps=8" in line for line in changed)
    assert more.header() == f"# Triton {RELEASE}, cuda:90, num_stages=5, num_warps=8"


def test_without_a_target_it_is_the_active_driver_s(monkeypatch):
    class Driver:
        def get_current_target(self):
            return harness.TARGETS["gfx942"]

    assert triton_ext.pipeline().target == "cuda:90"  # there is no GPU here
    monkeypatch.setattr(type(driver), "active", Driver())
    assert triton_ext.pipeline() == triton_ext.pipeline("hip:gfx942")


def test_it_is_a_sequence_of_steps(p):
    step = next(step for step in p if step.name == "ttgpuir.pipeline")
    assert (step.stage, step.arguments["num-stages"], step.occurrence, step.stock) == ("ttgir", 3, 1, True)
    assert p[p.index(step)] is step and step in p and len(p[:3]) == 3
    with pytest.raises(AttributeError):
        step.stage = "ttir"
    assert {step, *p} and str(p).splitlines()[1:] == [str(each) for each in p]


# Editing.


def names(pipeline, stage="ttir"):
    return [step.name for step in pipeline if step.stage == stage]


def test_edits_show_and_are_the_text(p):
    stock = names(p)
    assert p.insert_before("ttir.loop_unroll", "loop-split{max-splits=2}") is p
    p.insert_after("common.inliner", "loop-split").append("loop-split").drop("common.cse")
    p.set("ttgpuir.pipeline", num_stages=4)
    expected = [name for name in stock if name != "common.cse"]
    expected.insert(1, "loop-split")
    expected.insert(expected.index("ttir.loop_unroll"), "loop-split")
    assert names(p) == [*expected, "loop-split"]
    assert "common.cse" not in names(p, "ttgir")
    assert [step.arguments for step in p if step.name == "loop-split"] == [{}, {"max-splits": 2}, {}]
    assert [step.occurrence for step in p if step.name == "loop-split"] == [1, 2, 3]
    assert p.text() == (
        "loop-split{max-splits=2}@before=ttir.loop_unroll,loop-split@after=common.inliner,loop-split,"
        "drop=common.cse,ttgpuir.pipeline{num-stages=4}"
    )
    assert p.stock().with_text(p.text()) == p and p.stock() == triton_ext.pipeline("cuda:90") != p


def test_edits_can_be_taken_back(p):
    p.replace("ttir.combine", "loop-split").insert_before("ttir.loop_unroll", "loop-split")
    copy = p.copy()
    p.drop("loop-split")
    assert p == p.stock() and p.text() == "" and copy != p and "loop-split" in names(copy)


def test_occurrence_and_stage_say_which(p):
    before = names(p, "ttgir")
    at = [index for index, name in enumerate(before) if name == "common.canonicalizer"]
    assert len(at) > 1
    by_number = p.copy().drop("ttgir.common.canonicalizer", occurrence=2)
    assert names(by_number, "ttgir") == before[: at[1]] + before[at[1] + 1 :]
    assert by_number == p.copy().drop("ttgir.common.canonicalizer#2") and names(by_number) == names(p)
    with pytest.raises(ValueError, match="which occurrence already"):
        p.drop("common.canonicalizer#2", occurrence=2)


@pytest.mark.parametrize(
    "edit, code, said",
    [
        (lambda p: p.insert_before("ttir.lop_unroll", "loop-split"), "unknown-step", "'ttir.loop_unroll'"),
        (lambda p: p.drop("ttir.no_such_pass_at_all"), "unknown-step", f"Triton {RELEASE} has no step"),
        (lambda p: p.drop("ttgir.ttir.loop_unroll"), "wrong-stage", "ttgir has none"),
        (lambda p: p.insert_after("ttgpuir.pipeline", "loop-split"), "wrong-stage", "loop-split runs in ttir"),
        (lambda p: p.insert_before("ttir.loop_unroll", "lop-split"), "unknown-pass", "loop-split"),
        (lambda p: p.insert_before("ttir.loop_unroll", "loop-split{max-splits=9}"), "bad-value", "max-splits"),
        (lambda p: p.insert_before("ttir.loop_unroll", "loop-split@after=common.cse"), "placement", "without a place"),
        (lambda p: p.append(""), "syntax", "a pass of the catalogue"),
        (lambda p: p.set("ttgpuir.pipeline", num_stage=4), "unknown-argument", "num-stages"),
        (lambda p: p.set("ttgpuir.pipeline", num_stages="many"), "bad-value", "number"),
        (lambda p: p.set("ttir.combine", num_stages=4), "unknown-argument", "none"),
        (lambda p: p.drop("lop-split"), "unknown-step", "'loop-split'"),
    ],
)
def test_a_wrong_edit_changes_nothing(p, edit, code, said):
    p.append("loop-split")
    before, text = list(p), p.text()
    with pytest.raises(triton_ext.PipelineError) as raised:
        edit(p)
    assert raised.value.details["code"] == code and said in str(raised.value)
    assert list(p) == before and p.text() == text


def test_targets_options_and_releases_have_nearest_words():
    for call, code, nearest in (
        (lambda: triton_ext.pipeline("cuda:9O"), "unknown-target", "cuda:90"),
        (lambda: triton_ext.pipeline("cda:90"), "unknown-target", "cuda:90"),
        (lambda: triton_ext.pipeline("cuda:90", num_stage=3), "unknown-option", "num_stages"),
        (lambda: triton_ext.pipeline("cuda:90").diff("3.9"), "unknown-release", "3.9.0"),
    ):
        with pytest.raises(triton_ext.PipelineError) as raised:
            call()
        assert raised.value.details["code"] == code and nearest in raised.value.details["nearest"]
    with pytest.raises(TypeError, match="by name"):
        triton_ext.pipeline("cuda:90").set("ttgpuir.pipeline")


def test_an_edited_listing_is_the_same_pipeline(p):
    edited = p.copy().insert_before("ttir.loop_unroll", "loop-split").set("ttgpuir.pipeline", num_stages=4)
    edited.drop("ttgir.common.cse")
    again = p.edited(str(edited))
    assert again == edited and str(again) == str(edited) and p.edited(str(p)).text() == ""
    assert triton_ext.pipeline("cuda:90", num_stages=4).edited(str(triton_ext.pipeline("cuda:90", num_stages=4)))
    with pytest.raises(triton_ext.PipelineError, match="num_stages=4"):
        p.edited(str(triton_ext.pipeline("cuda:90", num_stages=4)))


# What runs.


@contextlib.contextmanager
def steps_that_run():
    """Yields a list that grows by what really runs: stock's passes as they are added, crossings as they are made."""
    ran: list[tuple[str, dict]] = []
    add, run = _bindings.Call.add_to, _library.Library.run

    def add_to(call, manager):
        ran.append((call.key, call.arguments()))
        return add(call, manager)

    def cross(library, module, request):
        ran.extend((name, {}) for name in request["pipeline"].split(","))
        return run(library, module, request)

    _bindings.Call.add_to, _library.Library.run = add_to, cross
    try:
        yield ran
    finally:
        _bindings.Call.add_to, _library.Library.run = add, run


@pytest.fixture(autouse=True)
def nothing_of_other_tests(monkeypatch):
    """A text is held against the active target, or all targets' pipelines: neither may stem from another test."""
    from triton.runtime.driver import driver

    from triton_ext._stock import _points

    monkeypatch.setattr(driver, "_active", None)
    _points._pipelines.cache_clear()


def options_of(kernel, target):
    return harness.options_of(harness.KERNELS[kernel], target)


@pytest.mark.parametrize("target", TARGETS)
def test_the_object_shows_what_runs(target, compile_kernel):
    """Stage by stage, in order, with the arguments; as the library's requests and real pass managers see it."""
    shown = triton_ext.pipeline(TARGETS[target], **options_of("gemm_even", target))
    shown.insert_after("common.inliner", "loop-split").insert_before("ttir.loop_unroll", "loop-split")
    shown.insert_before("ttir.loop_unroll", "loop-split").insert_after("common.symbol_dce", "loop-split")
    shown.insert_after("ttgpuir.coalesce", TTGIR[target]).append(TTGIR[target])
    shown.insert_before("ttgir.ttgpuir.remove_layout_conversions", TTGIR[target], occurrence=2)
    shown.drop("ttir.reorder_broadcast").replace("ttir.combine", "loop-split").append("loop-split")
    stages = [step.stage for step in shown.stock() if step.name == "common.canonicalizer"]
    shown.drop("ttgir.common.canonicalizer", occurrence=stages.count("ttgir")).set("ttgpuir.f32_dot_tc", emu_tf32=False)
    with steps_that_run() as ran, harness.fresh_cache():
        compile_kernel("gemm_even", target, shown.text(), assemble=False)
    expected = [(step.name, step.arguments) for step in shown]
    # There is no loop to split, and what declines leaves the pass that it would replace where it is.
    replacing = expected.index(("common.canonicalizer", {})) + 1
    assert expected[replacing] == ("loop-split", {})
    expected.insert(replacing + 1, ("ttir.combine", {}))
    assert ran == expected


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kernel", ["gemm_even", "softmax"])
def test_the_explicit_text_is_neutral(kernel, target, compile_kernel, stock):
    """Every argument set to what stock gives: the same assembly, byte for byte on NVIDIA."""
    text = triton_ext.pipeline(TARGETS[target], **options_of(kernel, target)).text(explicit=True)
    assert text.count("{") > 5
    compiled = compile_kernel(kernel, target, text, assemble=False)
    assert compiled.assembly == stock(kernel, target).assembly


@pytest.mark.parametrize("target", TARGETS)
def test_object_and_text_compile_the_same(target, compile_kernel, stock):
    shown = triton_ext.pipeline(TARGETS[target]).drop("ttir.loop_unroll").drop("ttir.triton_licm?")
    shown.set("ttgpuir.f32_dot_tc", emu_tf32=False)
    with harness.fresh_cache():
        by_text = compile_kernel("gemm_even", target, shown.text(), assemble=False)
    with triton_ext.passes(shown):
        by_object = harness.compile_kernel(harness.KERNELS["gemm_even"], target, assemble=False)
    assert by_object.assembly == by_text.assembly
    records = [each for each in triton_ext.reports() if each["kernel"] == by_object.metadata.name]
    assert records[-1]["pipeline"] == shown.text()


def test_passes_takes_the_object_as_it_was(p):
    p.append("loop-split")
    taken = triton_ext.passes(p)
    p.drop("loop-split")
    with taken:
        assert _scope.current().text == "loop-split"
    assert (
        triton_ext.Config({}, passes=p.insert_before("ttir.loop_unroll", "loop-split"))
        .kwargs["triton_ext"]
        .startswith(p.text() + " [")
    )
