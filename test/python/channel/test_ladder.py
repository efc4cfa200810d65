# SPDX-License-Identifier: MIT
"""The ladder: whatever fails, the kernel is stock's byte for byte, with one warning."""

import os
import warnings

import pytest
import rig
import triton
from rig import value_of

import triton_ext
import triton_ext.testing
from triton_ext import _exchange, _library
from triton_ext._stages import _ladder, _limits

FAILURES = {
    "planted-crash": ("failed", "crash"),
    "planted-nonsense": ("failed", "garbage"),
    "planted-garbled": ("refused", "unreadable"),
    "planted-dropped": ("refused", "gate-out"),
    "planted-late-failure": ("failed", "later-stage"),
    "planted-unavailable": ("unavailable", "no-worker"),
}


@pytest.fixture(autouse=True)
def nothing_said_yet(monkeypatch):
    """Each test is the first to hear of a missing worker."""
    monkeypatch.setattr(_ladder, "_unavailable_said", set())


def launch_with(text, kernel=rig.add):
    """The kernel compiled with ``text``, and the FallbackWarnings that came."""
    with warnings.catch_warnings(record=True) as caught, triton_ext.passes(text):
        warnings.simplefilter("always")
        compiled = rig.launch(rig.fresh(kernel))
    return compiled, [str(each.message) for each in caught if each.category is triton_ext.FallbackWarning]


@pytest.mark.parametrize("text", FAILURES)
def test_failure_leaves_stocks_kernel(library, target, text):
    stock = rig.launch(rig.fresh(rig.add))
    failed, said = launch_with(text)
    for name in stock.asm:
        assert failed.asm[name] == stock.asm[name], name
    assert len(said) == 1
    (record,) = triton_ext.report(failed)
    assert (record["status"], record["error"]["code"]) == FAILURES[text]
    assert triton_ext.reports() == [record]
    if text not in ("planted-nonsense", "planted-unavailable"):
        assert text in said[0] and record["error"]["pass"] == text and "kernel add" in said[0]
    following, said = launch_with("planted-change", rig.scale)
    assert value_of(following) == 1 and said == []


@pytest.mark.parametrize("text", FAILURES)
def test_failure_raises_where_asked_for(library, cuda, text):
    with triton_ext.configure(on_failure="raise"), pytest.raises(triton_ext.PassError) as caught:
        launch_with(text)
    assert caught.value.record["error"]["code"] == FAILURES[text][1]
    assert triton_ext.reports()[-1]["error"]["code"] == FAILURES[text][1]
    assert value_of(rig.launch(rig.fresh(rig.add))) is None


def test_warning_points_at_the_users_line(library, cuda):
    with pytest.warns(triton_ext.FallbackWarning) as caught, triton_ext.passes("planted-crash"):
        rig.launch(rig.fresh(rig.add))
    assert {each.filename for each in caught} == {rig.__file__}


def on_our_module(monkeypatch, stage, act):
    """Calls ``act(metadata)`` in ``stage`` of the CUDA backend when the kernel is one that planted-change changed."""
    backend = triton.backends.backends["nvidia"].compiler
    make_llir, late = backend.make_llir, getattr(backend, stage)
    ours = []

    def remember(self, src, *args):
        ours[:] = [1] * ("tt.change" in str(src))
        return make_llir(self, src, *args)

    def then(self, src, metadata, *args):
        if ours:
            act(metadata)
        return late(self, src, metadata, *args)

    monkeypatch.setattr(backend, "make_llir", remember)
    monkeypatch.setattr(backend, stage, then)


@pytest.mark.parametrize("stage", ["make_ptx", "make_cubin"])
@pytest.mark.parametrize("text", ["planted-change", "planted-gpu-change,planted-change"])
def test_failure_in_a_last_stage(library, cuda, monkeypatch, text, stage):
    def fail(metadata):
        metadata["leftover"] = 1
        raise RuntimeError("planted")

    stock = rig.launch(rig.fresh(rig.add))
    on_our_module(monkeypatch, stage, fail)
    failed, said = launch_with(text)
    assert len(said) == 1 and f"later-stage: stage {stage[5:]}: planted" in said[0]
    for name in stock.asm:
        assert failed.asm[name] == stock.asm[name], name
    without = {"triton_ext", "triton_ext_report", "hash"}
    ours, stocks = failed.metadata._asdict(), stock.metadata._asdict()
    assert {name: ours[name] for name in ours if name not in without} == {
        name: stocks[name] for name in stocks if name not in without
    }


def test_second_crossing_fails_after_the_first_changed(library, target):
    stock = rig.launch(rig.fresh(rig.add))
    run = library.run

    def run_ttir_only(module, request):
        if request["stage"] == "ttgir":
            return _library.Result(
                _library.FAILED,
                "",
                {"status": "failed", "error": {"code": "time-limit", "pass": "planted-gpu-change", "message": "10 s"}},
            )
        return run(module, request)

    library.run = run_ttir_only
    failed, said = launch_with("planted-change,planted-gpu-change")
    assert len(said) == 1 and "planted-gpu-change" in said[0]
    for name in stock.asm:
        assert failed.asm[name] == stock.asm[name], name


def test_stocks_own_error_stays_stocks_own(library, cuda, monkeypatch):
    backend = triton.backends.backends["nvidia"].compiler

    def broken(self, *args):
        raise RuntimeError("stock's own")

    monkeypatch.setattr(backend, "make_cubin", broken)
    with pytest.raises(RuntimeError, match="stock's own"):
        launch_with("planted-change")
    assert [record["status"] for record in triton_ext.reports()] == ["changed"]


@pytest.mark.parametrize("figure", ["shared", "tmem_size"])
def test_memory_over_the_limit(library, cuda, monkeypatch, figure):
    on_our_module(monkeypatch, "make_ptx", lambda metadata: metadata.update({figure: 1 << 20}))
    stock = rig.launch(rig.fresh(rig.add))
    failed, said = launch_with("planted-change")
    assert rig.code(failed) == rig.code(stock)
    assert getattr(failed.metadata, figure) == getattr(stock.metadata, figure)
    (record,) = triton_ext.report(failed)
    assert record["error"]["code"] == {"shared": "shared-memory", "tmem_size": "tensor-memory"}[figure]
    assert len(said) == 1 and "1048576" in said[0]


def test_stock_over_the_limit_is_no_failure(library, cuda, monkeypatch):
    backend = triton.backends.backends["nvidia"].compiler
    make_ptx = backend.make_ptx

    def greedy(self, src, metadata, *args):
        metadata["shared"] = 1 << 20
        return make_ptx(self, src, metadata, *args)

    monkeypatch.setattr(backend, "make_ptx", greedy)
    kernel, said = launch_with("planted-change")
    assert said == [] and kernel.metadata.shared == 1 << 20
    assert value_of(kernel) is None
    (record,) = triton_ext.report(kernel)
    assert record["status"] == "unchanged" and record["error"] is None
    assert record["passes"][0]["remarks"][-1]["id"] == "over-limit"
    with rig.counted() as compiled:
        assert value_of(launch_with("planted-change")[0]) is None
    assert compiled == []  # a decline is stored


def test_limit_is_the_devices_where_a_driver_is_active(cuda, monkeypatch):
    active = rig.driver._active
    target = active.target
    assert _limits.exceeded(target, {"shared": 232448}) is None
    assert _limits.exceeded(target, {"shared": 232449})[0] == "shared-memory"

    class Utils:
        @staticmethod
        def get_device_properties(device):
            return {"max_shared_mem": 1000}

    active.utils = Utils
    assert _limits.exceeded(target, {"shared": 1001})[0] == "shared-memory"
    assert _limits.exceeded(rig.TARGETS["hip"], {"shared": 1001}) is None


def test_worker_that_cannot_start_is_said_once(library, cuda):
    stock = rig.launch(rig.fresh(rig.add))
    first, said = launch_with("planted-unavailable")
    second, again = launch_with("planted-unavailable", rig.scale)
    assert len(said) == 1 and again == []
    assert rig.code(first) == rig.code(stock)


def test_module_object_is_never_spoiled(library, cuda):
    texts = []
    run = library.run

    def spy(module, request):
        texts.append(module)
        raise RuntimeError("nothing comes back")

    library.run = spy
    stock = rig.launch(rig.fresh(rig.add))
    failed, _ = launch_with("planted-change")
    assert failed.asm["ttir"] == stock.asm["ttir"]
    assert texts[0].count(_exchange.MARKER) == 1 and '"tt.func"' in texts[0]
    library.run = run


@pytest.mark.parametrize("missing", ["nothing", "memfd", "memfd and /dev/shm", "/proc"])
def test_text_comes_back_by_any_way(library, cuda, monkeypatch, missing, cache_folder):
    if missing != "nothing":
        monkeypatch.delattr(os, "memfd_create")
    if "shm" in missing:
        monkeypatch.setattr(_exchange, "_file_folders", lambda: iter(["/no/such/folder", str(cache_folder.parent)]))
    if missing == "/proc":
        exists = os.path.exists
        monkeypatch.setattr(_exchange.os.path, "exists", lambda path: "/proc/" not in str(path) and exists(path))
    before = set(os.listdir("/dev/shm"))
    opened = len(os.listdir("/proc/self/fd"))
    kernel, said = launch_with("planted-change")
    assert value_of(kernel) == 1 and said == []
    assert set(os.listdir("/dev/shm")) == before
    assert len(os.listdir("/proc/self/fd")) == opened
    assert not list(cache_folder.parent.glob("triton_ext*"))


def test_triton_that_does_not_show_its_module(library, cuda, monkeypatch):
    stock = rig.launch(rig.fresh(rig.add))

    def unsupported(module):
        raise _exchange.Unsupported("this Triton does not show the entry function: planted")

    monkeypatch.setattr(_exchange, "_entry", unsupported)
    kernel, said = launch_with("planted-change")
    assert rig.code(kernel) == rig.code(stock) and said == []
    (record,) = triton_ext.report(kernel)
    assert record["passes"][0]["status"] == "declined"
    assert record["passes"][0]["remarks"][0]["id"] == "cannot-cross"


def test_kernel_from_a_ttir_file(library, target, tmp_path):
    path = tmp_path / "add.ttir"
    path.write_text(rig.launch(rig.fresh(rig.add)).asm["ttir"])
    stock = triton.compile(str(path), target=rig.TARGETS[target])
    with triton_ext.passes("planted-change,planted-gpu-change"):
        kernel = triton.compile(str(path), target=rig.TARGETS[target])
    assert "tt.change = 1" in kernel.asm["ttgir"] and "tt.gpu_change = 1" in kernel.asm["ttgir"]
    with triton_ext.passes("planted-late-failure"), pytest.warns(triton_ext.FallbackWarning):
        failed = triton.compile(str(path), target=rig.TARGETS[target])
    for name in stock.asm:
        assert failed.asm[name] == stock.asm[name], name


def test_kernel_from_a_ttgir_file(library, target, tmp_path):
    path = tmp_path / "add.ttgir"
    path.write_text(rig.launch(rig.fresh(rig.add)).asm["ttgir"])
    with triton_ext.passes("planted-change,planted-gpu-change"):
        kernel = triton.compile(str(path), target=rig.TARGETS[target])
    records = triton_ext.report(kernel)
    assert [(record["stage"], record["status"]) for record in records] == [("ttir", "unchanged"), ("ttgir", "changed")]
    assert records[0]["passes"][0]["remarks"][0]["id"] == "no-such-stage"


def test_overridden_module_is_left_alone(library, cuda, tmp_path, monkeypatch):
    override = tmp_path / "add.ttir"
    override.write_text(rig.launch(rig.fresh(rig.add)).asm["ttir"])
    stock = rig.launch(rig.fresh(rig.add), ir_override=str(override))
    with (
        triton_ext.passes("planted-late-failure"),
        pytest.warns(triton_ext.FallbackWarning, match="ir_override=.* replac"),
    ):
        kernel = rig.launch(rig.fresh(rig.add), ir_override=str(override))
    assert kernel.asm["cubin"] == stock.asm["cubin"]


def test_gluon_kernel_declines_ttir_passes(library, cuda):
    import gluon_kernels

    with triton_ext.passes("planted-change"):
        kernel = gluon_kernels.launch()
    (record,) = triton_ext.report(kernel)
    assert record["status"] == "unchanged" and record["kernel"] == "copy"
    assert record["passes"][0]["remarks"][0]["id"] == "no-such-stage"
    with triton_ext.passes("planted-gpu-change"):
        assert "tt.gpu_change = 1" in gluon_kernels.launch().asm["ttgir"]
