# SPDX-License-Identifier: MIT
"""Enabling: by block, decorator and Config; nothing wrapped when nothing is enabled."""

import contextvars
import gc
import threading

import pytest
import rig
import triton
from rig import value_of

import triton_ext
import triton_ext.testing
from triton_ext import _switch


@pytest.fixture
def add():
    return rig.fresh(rig.add)


def test_nothing_is_wrapped_before_and_after_a_block(library, target, add):
    before = {owner: dict(vars(owner)) for owner in (triton.JITFunction, triton.runtime.Autotuner)}
    count = _switch._count
    if count == 0:
        assert rig.wrapped_methods() == []
    with triton_ext.passes("planted-change"):
        assert "JITFunction.device_caches" in rig.wrapped_methods()
        rig.launch(add)
        with triton_ext.passes("planted-crash"), pytest.warns(triton_ext.FallbackWarning):
            rig.launch(add)
            assert "FileCacheManager.put_group" in rig.wrapped_methods()
    assert _switch._count == count
    for owner, methods in before.items():
        assert dict(vars(owner)) == methods


def test_block_nesting_replaces_and_adds(library, target, add):
    with triton_ext.passes("planted-change"):
        assert value_of(rig.launch(add)) == 1
        with triton_ext.passes("planted-change{value=2}"):
            assert value_of(rig.launch(add)) == 2
        with triton_ext.passes(""):
            assert value_of(rig.launch(add)) is None
        with triton_ext.passes("+planted-gpu-change"):
            kernel = rig.launch(add)
            assert value_of(kernel) == 1
            assert "tt.gpu_change = 1" in kernel.asm["ttgir"]
        with triton_ext.passes("planted-gpu-change"):
            kernel = rig.launch(add)
            assert value_of(kernel) is None
            assert "tt.gpu_change = 1" in kernel.asm["ttgir"]
        assert value_of(rig.launch(add)) == 1
    assert value_of(rig.launch(add)) is None


def test_block_holds_for_direct_compilation(library, target):
    kwargs = {"target": rig.TARGETS[target]}
    stock = triton.compile(rig.source(rig.add), **kwargs)
    with triton_ext.passes("planted-change"):
        changed = triton.compile(rig.source(rig.add), **kwargs)
    again = triton.compile(rig.source(rig.add), **kwargs)
    assert [value_of(kernel) for kernel in (stock, changed, again)] == [None, 1, None]
    assert again.hash == stock.hash != changed.hash


def test_block_is_this_contexts_alone(library, cuda, add):
    seen = []
    with triton_ext.passes("planted-change"):
        thread = threading.Thread(target=lambda: seen.append(value_of(rig.launch(add))))
        thread.start()
        thread.join()
        other = contextvars.Context()
        seen.append(value_of(other.run(rig.launch, add)))
        seen.append(value_of(contextvars.copy_context().run(rig.launch, add)))
    assert seen == [None, None, 1]


def test_one_block_object_serves_many_times(library, cuda, add):
    block = triton_ext.passes("planted-change")
    with block, block:
        assert value_of(rig.launch(add)) == 1
    with block:
        assert value_of(rig.launch(add)) == 1
    assert value_of(rig.launch(add)) is None


def test_decorator_on_a_kernel(library, target):
    decorated = triton_ext.passes("planted-change{value=3}")(rig.fresh(rig.add))
    assert type(decorated) is triton.JITFunction
    plain = rig.fresh(rig.add)
    assert value_of(rig.launch(decorated)) == 3
    assert value_of(rig.launch(plain)) is None
    with triton_ext.passes("planted-change"):
        assert value_of(rig.launch(decorated)) == 3
        assert value_of(rig.launch(plain)) == 1


def test_decorator_can_ask_for_stock_and_add(library, target):
    stock = triton_ext.passes("")(rig.fresh(rig.add))
    more = triton_ext.passes("+planted-gpu-change")(rig.fresh(rig.add))
    with triton_ext.passes("planted-change"):
        assert value_of(rig.launch(stock)) is None
        kernel = rig.launch(more)
        assert value_of(kernel) == 1 and "tt.gpu_change" in kernel.asm["ttgir"]


def test_decorated_kernel_closes_the_channel_when_it_goes(library, cuda):
    count = _switch._count
    decorated = triton_ext.passes("planted-change")(rig.fresh(rig.add))
    assert _switch._count == count + 1
    del decorated
    gc.collect()
    with triton_ext.passes("planted-change"):
        pass
    assert _switch._count == count


@pytest.mark.parametrize("over", [True, False])
def test_decorator_and_autotune(library, cuda, over):
    configs = [triton.Config({"B": 128}), triton.Config({"B": 256})]
    tune = triton.autotune(configs, key=["n"])
    mark = triton_ext.passes("planted-change{value=2}")
    kernel = rig.fresh(rig.add)
    kernel = mark(tune(kernel)) if over else tune(mark(kernel))
    assert isinstance(kernel, triton.runtime.Autotuner)
    compiled = kernel.warmup(rig.MockTensor(rig.tl.float32), rig.MockTensor(rig.tl.float32), 5, grid=(1,))
    assert [value_of(each) for each in compiled] == [2, 2]


def test_decorator_below_jit_says_where_to_go(library):
    with pytest.raises(TypeError, match="goes above @triton.jit"):
        triton_ext.passes("planted-change")(lambda x: x)


def test_config_is_a_plain_config(library, cuda):
    one = triton_ext.Config({"B": 128}, passes="planted-change", num_warps=8)
    two = triton_ext.Config({"B": 128}, passes="planted-change{value=2}", num_warps=8)
    none = triton_ext.Config({"B": 128}, num_warps=8)
    assert type(one) is triton.Config and one.num_warps == 8
    assert one != two and str(one) != str(two) and hash(one) != hash(two)
    assert one == triton_ext.Config({"B": 128}, passes=" planted-change{value=1}".strip(), num_warps=8)
    assert none == triton.Config({"B": 128}, num_warps=8)
    kernel = triton.autotune([one, two, none], key=["n"])(rig.fresh(rig.add))
    compiled = kernel.warmup(rig.MockTensor(rig.tl.float32), rig.MockTensor(rig.tl.float32), 5, grid=(1,))
    assert [value_of(each) for each in compiled] == [1, 2, None]


def test_config_is_narrower_than_block_and_decorator(library, cuda):
    configs = [
        triton_ext.Config({"B": 128}, passes="planted-change{value=4}"),
        triton_ext.Config({"B": 128}, passes=""),
        triton_ext.Config({"B": 128}, passes="+planted-gpu-change"),
        triton.Config({"B": 128}),
    ]
    kernel = triton.autotune(configs, key=["n"])(triton_ext.passes("planted-change{value=2}")(rig.fresh(rig.add)))
    with triton_ext.passes("planted-change"):
        compiled = kernel.warmup(rig.MockTensor(rig.tl.float32), rig.MockTensor(rig.tl.float32), 5, grid=(1,))
    assert [value_of(each) for each in compiled] == [4, None, 2, 2]
    assert "tt.gpu_change" in compiled[2].asm["ttgir"]


def test_stock_asked_for_has_stocks_key(library, target):
    stock = rig.launch(rig.fresh(rig.add))
    kernel = rig.fresh(rig.add)
    with triton_ext.passes("planted-change"):
        rig.launch(kernel)
        with triton_ext.passes(""), rig.counted() as compiled:
            inner = rig.launch(kernel)
        narrow = rig.launch(triton_ext.passes("")(rig.fresh(rig.add)))
    assert inner.hash == narrow.hash == stock.hash
    assert compiled == []
    assert not hasattr(inner.metadata, "triton_ext")


def test_stock_compiled_under_a_wider_setting_is_stocks_entry(library, target, cache_folder):
    with triton_ext.passes("planted-change"):
        stock = rig.launch(triton_ext.passes("")(rig.fresh(rig.add)))
    assert not hasattr(stock.metadata, "triton_ext")
    with rig.counted() as compiled:
        assert rig.launch(rig.fresh(rig.add)).hash == stock.hash
    assert compiled == []


def test_a_triton_that_keeps_kernels_otherwise_goes_on_as_stock(library, cuda, add, monkeypatch):
    monkeypatch.delattr(triton.JITFunction, "_call_hook")
    with pytest.warns(triton_ext.FallbackWarning, match="compiled as stock"), triton_ext.passes("planted-change"):
        assert not any(name.startswith("JITFunction") for name in rig.wrapped_methods())
    monkeypatch.undo()
    with triton_ext.passes("planted-change"):
        assert value_of(rig.launch(add)) == 1


def test_a_launch_goes_through_nothing_of_ours(library, cuda, add):
    stock = triton.JITFunction.run
    with triton_ext.passes("planted-change"):
        kernel = rig.launch(add)
        assert triton.JITFunction.run is stock
        assert rig.launch(add) is kernel


def test_foreign_wrapper_over_ours_stays(library, cuda, add):
    calls = []
    block = triton_ext.passes("planted-change")
    block.__enter__()
    ours = triton.JITFunction._do_compile

    def foreign(self, *args, **kwargs):
        calls.append(1)
        return ours(self, *args, **kwargs)

    triton.JITFunction._do_compile = foreign
    try:
        assert value_of(rig.launch(add)) == 1
        block.__exit__(None, None, None)
        assert triton.JITFunction._do_compile is foreign
        assert value_of(rig.launch(add)) is None
        with triton_ext.passes("planted-change{value=2}"):
            assert value_of(rig.launch(add)) == 2
        assert triton.JITFunction._do_compile is foreign
        assert len(calls) == 3
    finally:
        triton.JITFunction._do_compile = ours.__wrapped__


def test_foreign_wrapper_over_add_stages_crosses_once(library, cuda, add):
    backend = rig.triton.backends.backends["nvidia"].compiler
    block = triton_ext.passes("planted-change")
    block.__enter__()
    ours = backend.add_stages

    def foreign(self, *args):
        return ours(self, *args)

    backend.add_stages = foreign
    try:
        block.__exit__(None, None, None)
        with triton_ext.passes("planted-change"):
            rig.launch(add)
        assert len(library.runs) == 1
    finally:
        backend.add_stages = ours.__wrapped__


def test_backend_whose_hash_ignores_the_option(library, cuda):
    from triton_ext import _channel

    class Options:
        def __init__(self):
            self.num_warps = 4

        def hash(self):
            return f"warps-{self.num_warps}"

    stock = Options().hash()
    hashes = {value: _channel._attach(Options(), value).hash() for value in ("", "a [1]", "b [1]")}
    assert hashes[""] == stock
    assert len(set(hashes.values())) == 3


def test_stage_hook_slot_stays_free(library, cuda, add):
    from triton import knobs

    assert knobs.runtime.add_stages_inspection_hook is None
    with triton_ext.passes("planted-change"):
        rig.launch(add)
        assert knobs.runtime.add_stages_inspection_hook is None


def test_crossing_reads_back_at_both_levels(library, target, add):
    stock = rig.launch(add)
    with triton_ext.testing.crossing():
        crossed = rig.launch(add)
    assert [(record["stage"], record["status"]) for record in triton_ext.report(crossed)] == [
        ("ttir", "changed"),
        ("ttgir", "changed"),
    ]
    assert rig.code(crossed) == rig.code(stock)
