# SPDX-License-Identifier: MIT
"""Isolation: passes that do what no pass should, in the real worker, on real kernels."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import rig
from rig import value_of
from test_threads import in_child, in_threads

import triton_ext

FAILURES = {**rig.FAILURES, "planted-shared": "shared-memory"}


@pytest.fixture(autouse=True)
def tight_limits(planted, request):
    """A quarter of a gigabyte for each kernel, and a second where a pass hangs."""
    hangs = "hang" in request.node.name
    with triton_ext.configure(time_limit_ms=1000 if hangs else 20000, memory_limit_mb=256):
        yield


def compile_for(text):
    """The launch and the kernel on which pass ``text`` acts."""
    return (rig.launch_product, rig.product) if text == "planted-shared" else (rig.launch, rig.add)


@pytest.mark.parametrize("text", FAILURES)
def test_kernel_is_stocks_and_the_next_one_is_fine(target, text, capfd):
    launch, kernel = compile_for(text)
    stock = launch(rig.fresh(kernel))
    failed, said = rig.launched(text, launch, kernel)
    assert rig.code(failed) == rig.code(stock)
    for name in stock.asm:
        assert failed.asm[name] == stock.asm[name], name
    assert len(said) == 1 and text in said[0]
    (record,) = triton_ext.report(failed)
    assert record["error"]["code"] == FAILURES[text] and record["error"]["pass"] == text
    following, said = rig.launched("planted-change{value=2}")
    assert value_of(following) == 2 and said == []
    if text == "planted-stdout":
        assert capfd.readouterr().out == ""


def test_fork_in_a_pass_is_refused(target):
    stock = rig.launch(rig.fresh(rig.add))
    kernel, said = rig.launched("planted-fork")
    assert rig.code(kernel) == rig.code(stock) and len(said) <= 1
    assert value_of(rig.launched("planted-change")[0]) == 1


@pytest.mark.parametrize("text", FAILURES)
def test_failure_raises_where_asked_for(cuda, text):
    with triton_ext.configure(on_failure="raise"), pytest.raises(triton_ext.PassError, match=text):
        rig.launched(text, *compile_for(text))
    assert value_of(rig.launched("planted-change")[0]) == 1


def test_failure_after_a_change_undoes_the_change(cuda):
    stock = rig.launch(rig.fresh(rig.add))
    failed, said = rig.launched("planted-change,planted-crash")
    assert rig.code(failed) == rig.code(stock) and len(said) == 1 and "planted-crash" in said[0]


def test_eight_threads_behind_a_hanging_pass(cuda):
    def work(index):
        text = "planted-hang" if index == 0 else f"planted-change{{value={index}}}"
        with triton_ext.passes(text):
            return value_of(rig.launch(rig.fresh(rig.add)))

    started = time.monotonic()
    with pytest.warns(triton_ext.FallbackWarning, match="planted-hang"):
        assert in_threads(8, work) == [None, 1, 2, 3, 4, 5, 6, 7]
    assert time.monotonic() - started < 60


def test_hanging_and_crashing_passes_in_many_threads(cuda):
    texts = [
        "planted-crash",
        "planted-change",
        "planted-exit",
        "planted-change",
        "planted-abort",
        "planted-change",
        "planted-stdout",
        "planted-change",
    ]

    def work(index):
        with triton_ext.passes(texts[index]):
            return value_of(rig.launch(rig.fresh(rig.add)))

    with pytest.warns(triton_ext.FallbackWarning):
        assert in_threads(8, work) == [1 if text == "planted-change" else None for text in texts]


def test_worker_is_one_a_process(planted, cuda):
    assert planted.worker_pid() == 0
    rig.launched("planted-change")
    worker = planted.worker_pid()
    assert worker > 0
    rig.launched("planted-change{value=2}")
    assert planted.worker_pid() == worker

    def in_the_child():
        value = value_of(rig.launched("planted-change{value=3}")[0])
        return value, planted.worker_pid(), rig.launched("planted-crash")[1]

    value, childs, said = in_child(in_the_child)
    assert value == 3 and childs not in (0, worker) and len(said) == 1
    assert planted.worker_pid() == worker
    assert value_of(rig.launched("planted-change{value=4}")[0]) == 4
    rig.launched("planted-crash")
    rig.launched("planted-change{value=5}")
    assert planted.worker_pid() not in (0, worker)


def test_no_worker_without_a_crossing(planted, cuda):
    rig.launch(rig.fresh(rig.add))
    with triton_ext.passes(""):
        rig.launch(rig.fresh(rig.scale))
    with triton_ext.passes("planted-change"):
        pass
    assert planted.worker_pid() == 0


def test_worker_that_is_not_there(planted, cuda, tmp_path, monkeypatch):
    stock = rig.launch(rig.fresh(rig.add))
    monkeypatch.setenv("TRITON_EXT_WORKER", str(tmp_path / "absent"))
    first, said = rig.launched("planted-change")
    second, again = rig.launched("planted-change", kernel=rig.scale)
    assert len(said) == 1 and again == [] and "cannot run" not in said[0] and "no pass can run here" in said[0]
    assert rig.code(first) == rig.code(stock)
    assert value_of(second) is None
    with triton_ext.configure(on_failure="raise"), pytest.raises(triton_ext.PassError, match="no pass can run here"):
        rig.launched("planted-change{value=2}")
    monkeypatch.undo()


def test_killed_worker_is_replaced(planted, cuda):
    rig.launched("planted-change")
    os.kill(planted.worker_pid(), 9)
    kernel, said = rig.launched("planted-change{value=2}")
    assert value_of(kernel) in (2, None) and len(said) <= 1
    assert value_of(rig.launched("planted-change{value=3}")[0]) == 3


def test_inline_mode_gives_the_same_code(planted, target):
    isolated, _ = rig.launched("planted-change{value=2}")
    os.environ["TRITON_CACHE_DIR"] += "-inline"
    planted.stop_worker()
    with triton_ext.configure(mode="inline"):
        inline, said = rig.launched("planted-change{value=2}")
    assert rig.code(inline) == rig.code(isolated) and said == []
    assert planted.worker_pid() == 0


def test_catalogue_is_the_librarys():
    names = [extension.name for extension in triton_ext.catalogue()]
    assert names == sorted(names) and {"planted-change", *FAILURES} <= set(names)


MISTAKES = {
    "planted-chnge": ("unknown-pass", "unknown pass 'planted-chnge'", 1),
    "planted-change,loop": ("unknown-pass", "unknown pass 'loop'", 16),
    "planted-change{valeu=1}": ("unknown-knob", "no knob 'valeu'", 16),
    "planted-change{value=x}": ("bad-value", "planted-change", 22),
    "planted-change{value=101}": ("bad-value", "planted-change", 22),
    "planted-change{value=1": ("syntax", "", 15),
    "planted-change planted-crash": ("syntax", "expected ','", 16),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistake_is_shown_with_a_caret(text):
    code, words, column = MISTAKES[text]
    with pytest.raises(triton_ext.PipelineError) as caught:
        triton_ext.passes(text)
    details, lines = caught.value.details, str(caught.value).splitlines()
    assert details["code"] == code and words in lines[0]
    assert details["column"] == column
    assert lines[-2].strip() == text
    assert lines[-1].index("^") - (len(lines[-2]) - len(text)) == column - 1
    if code == "unknown-pass":
        assert len(details["nearest"]) == 3


def test_eight_compile_threads_of_one_asynchronous_mode(cuda):
    import triton

    kernel = rig.fresh(rig.add)
    with ThreadPoolExecutor(8) as executor, triton.AsyncCompileMode(executor):
        futures = []
        for value in range(8):
            with triton_ext.passes(f"planted-change{{value={value}}}"):
                futures.append(rig.launch(kernel))
        assert [value_of(future.result()) for future in futures] == list(range(8))
