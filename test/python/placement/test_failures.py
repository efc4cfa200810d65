# SPDX-License-Identifier: MIT
"""The ladder in the middle of a stage: whatever fails, the kernel is stock's byte for byte, with one warning."""

import os

import pytest
import rig
import triton

import triton_ext
from triton_ext import _exchange
from triton_ext._stages import _ladder, _placement

#: Nothing of ours before it, and something that has to be taken back.
BEFORE = ("", "drop=ttir.combine,", "planted-change@before=ttir.combine,")


@pytest.fixture(autouse=True)
def tight_limits(planted, request, monkeypatch):
    monkeypatch.setattr(_ladder, "_unavailable_said", set())
    limit = 1000 if "hang" in request.node.name else 20000
    with triton_ext.configure(time_limit_ms=limit, memory_limit_mb=256):
        yield


def assert_stocks(failed, stock):
    for name in stock.asm:
        assert failed.asm[name] == stock.asm[name], name
    ours, stocks = failed.metadata._asdict(), stock.metadata._asdict()
    ignored = {"triton_ext", "triton_ext_report", "hash"}
    assert {name: ours[name] for name in ours if name not in ignored} == {
        name: stocks[name] for name in stocks if name not in ignored
    }


def errors(kernel):
    return [record["error"] for record in triton_ext.report(kernel) if record["error"]]


@pytest.mark.parametrize(
    ("before", "name"),
    [("", name) for name in rig.FAILURES]
    + [(before, name) for before in BEFORE[1:] for name in ("planted-fail", "planted-late-failure")],
)
def test_a_pass_that_fails_in_the_middle_of_a_stage(target, before, name):
    stock = rig.launch(rig.fresh(rig.add))
    failed, said = rig.launched(f"{before}{name}@after=common.cse")
    assert_stocks(failed, stock)
    assert len(said) == 1 and rig.FAILURES[name] in said[0] and "kernel add" in said[0] and name in said[0]
    (error,) = errors(failed)
    assert error["code"] == rig.FAILURES[name]
    with rig.counted() as compiled:
        rig.launched(f"{before}{name}@after=common.cse")
    assert len(compiled) == 1  # what failed is not stored
    fine, said = rig.launched("planted-change@before=ttir.combine", kernel=rig.scale)
    assert rig.value_of(fine) == 1 and said == []


@pytest.mark.parametrize("name", ["planted-crash", "planted-late-failure"])
def test_it_raises_where_asked_for(target, name):
    with triton_ext.configure(on_failure="raise"), pytest.raises(triton_ext.PassError) as caught:
        rig.launched(f"drop=ttir.combine,{name}@before=ttir.loop_unroll")
    assert caught.value.record["error"]["code"] == rig.FAILURES[name]
    assert rig.value_of(rig.launch(rig.fresh(rig.add))) is None


@pytest.mark.parametrize("before", BEFORE)
def test_what_comes_back_is_refused(planted, target, before, monkeypatch):
    """Rung 2: the gate at a point in the middle, after the stage's input was kept."""
    stock = rig.launch(rig.fresh(rig.add))
    library_run = planted.run

    def spoiled(module, request):
        result = library_run(module, request)
        if "value=9" in request["pipeline"]:
            result.output = result.output.replace('"arith.addf"', '"arith.no_such"')
        return result

    monkeypatch.setattr(planted, "run", spoiled)
    failed, said = rig.launched(f"{before}planted-change{{value=9}}@after=common.cse")
    assert_stocks(failed, stock)
    assert len(said) == 1 and "unreadable" in said[0] and "arith.no_such" in said[0]


@pytest.mark.parametrize("before", BEFORE)
def test_no_worker(planted, target, before):
    """Rung 5."""
    stock = rig.launch(rig.fresh(rig.add))
    planted.set_worker("/no/such/worker")
    try:
        failed, said = rig.launched(f"{before}planted-change@after=common.cse")
    finally:
        planted.set_worker(os.environ["TRITON_EXT_WORKER"])
    assert_stocks(failed, stock)
    assert len(said) == 1 and errors(failed)[0]["code"] in ("no-worker", "worker-unavailable", "unavailable")


DROPS = {
    # what is dropped: the stage that then fails
    "ttgir.ttir.convert_to_ttgpuir": "ttgir",
    "llir.ttgpuir.to_llvmir": "llir",
}


@pytest.mark.parametrize("point", DROPS)
def test_a_dropped_pass_that_others_need(target, point):
    """Triton's error, the pipeline's text and the step; no bare traceback."""
    stock = rig.launch(rig.fresh(rig.add))
    text = f"planted-change,drop={point}"
    failed, said = rig.launched(text)
    assert_stocks(failed, stock)
    assert len(said) == 1
    for part in (f"step drop={point}", f"pipeline '{text}'", f"stage {DROPS[point]}", "kernel add"):
        assert part in said[0]
    with triton_ext.configure(on_failure="raise"), pytest.raises(triton_ext.PassError) as caught:
        rig.launched(text)
    assert str(caught.value).startswith(f"triton_ext: step drop={point} of pipeline '{text}' failed on kernel add")
    assert isinstance(caught.value.__cause__, RuntimeError)  # Triton's own


def test_stock_begins_with_the_stages_input(target):
    """What a stage did to its module in place is not what stock goes on with."""
    stock = rig.launch(rig.fresh(rig.add))
    failed, said = rig.launched("ttir.convert_to_ttgpuir{num-warps=8},drop=llir.ttgpuir.to_llvmir")
    assert_stocks(failed, stock)
    assert len(said) == 1 and "drop=llir.ttgpuir.to_llvmir" in said[0]


def test_a_replaced_pass_that_others_need(target):
    """The pass in its place fired and does not do what is needed."""
    text = "planted-change@replace=common.inliner"
    kernel, said = rig.launched(text)
    assert rig.value_of(kernel) == 1 and said == []  # this kernel calls nothing
    stock = rig.launch_product(rig.fresh(rig.product))
    failed, said = rig.launched(text, rig.launch_product, rig.product)  # this one calls tl.zeros
    assert_stocks(failed, stock)
    assert len(said) == 1 and "planted-change" in said[0] and "kernel product" in said[0]


def test_arguments_that_need_more_memory_than_there_is(cuda):
    stock = rig.launch_product(rig.fresh(rig.product))
    failed, said = rig.launched(
        "ttgpuir.assign_latencies{num-stages=9},ttgpuir.pipeline{num-stages=9}", rig.launch_product, rig.product
    )
    assert_stocks(failed, stock)
    assert len(said) == 1 and "shared-memory" in said[0] and "ttgpuir.pipeline{num-stages=9}" in said[0]


def test_a_point_that_this_kernel_does_not_have(target):
    """What no default pipeline has is seen at the compile only."""
    name = "gluon.canonicalizer"
    stock = rig.launch(rig.fresh(rig.add))
    failed, said = rig.launched(f"planted-change@before=ttir.combine,drop={name}")
    assert_stocks(failed, stock)
    assert len(said) == 1 and f"drop={name}" in said[0] and "no-stock-pass" in said[0]
    with triton_ext.configure(on_failure="raise"), pytest.raises(triton_ext.PassError, match="no-stock-pass"):
        rig.launched(f"drop={name}")
    skipped, said = rig.launched(f"planted-change@before=ttir.combine,drop={name}?")
    assert rig.value_of(skipped) == 1 and said == []


def test_a_stage_that_raises_by_itself_still_does(cuda, monkeypatch):
    backend = triton.backends.backends["nvidia"].compiler

    def broken(self, *args):
        raise RuntimeError("stock's own")

    monkeypatch.setattr(backend, "make_llir", broken)
    with pytest.raises(RuntimeError, match="stock's own"):
        rig.launched("planted-change@before=ttir.combine,drop=ttgpuir.coalesce")


def test_a_stage_whose_input_cannot_be_kept(cuda, monkeypatch):
    """Without a way back nothing is taken out and nothing inserted: a decline."""
    stock = rig.launch(rig.fresh(rig.add))

    def refused(*args):
        raise _exchange.GateError("planted")

    monkeypatch.setattr(_exchange, "read_back", refused)
    kernel, said = rig.launched("planted-change@before=ttir.combine,drop=ttgir.ttgpuir.coalesce")
    assert_stocks(kernel, stock)
    assert said == []
    remarks = [entry["remarks"][0]["id"] for record in triton_ext.report(kernel) for entry in record["passes"]]
    assert remarks == ["cannot-cross", "cannot-cross"]


def test_our_own_mistake_while_placing(cuda, monkeypatch):
    """An error that stock does not have is a failure of ours, whoever raises it."""
    stock = rig.launch(rig.fresh(rig.add))

    def wrong(*args):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(_placement._Run, "_step", wrong)
    failed, said = rig.launched("planted-change@before=ttir.combine")
    assert_stocks(failed, stock)
    assert len(said) == 1 and "stage ttir: planted" in said[0]
