# SPDX-License-Identifier: MIT
"""Several compilations at once, and forked children."""

import multiprocessing
import os
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import rig
import triton
from rig import value_of

import triton_ext
from triton_ext import _switch

TEXTS = [None, "planted-change", "planted-change{value=2}", "planted-change{value=3}"]
EXPECTED = {None: None, "planted-change": 1, "planted-change{value=2}": 2, "planted-change{value=3}": 3}


def in_threads(count, work):
    """Runs ``work(index)`` in threads that start at once; their results."""
    barrier = threading.Barrier(count)

    def start(index):
        barrier.wait(60)
        return work(index)

    with ThreadPoolExecutor(count) as executor:
        return list(executor.map(start, range(count)))


def launched(kernel, text):
    """The value that the kernel shows when compiled with ``text``."""
    if text is None:
        return value_of(rig.launch(kernel))
    with triton_ext.passes(text):
        return value_of(rig.launch(kernel))


def test_eight_threads_each_with_its_own_pipeline(either, target):
    count = _switch._count

    def work(index):
        order = TEXTS[index % 4 :] + TEXTS[: index % 4]
        return [(text, launched(rig.fresh(rig.add), text)) for text in order]

    for results in in_threads(8, work):
        assert all(EXPECTED[text] == value for text, value in results)
    assert _switch._count == count
    assert count or rig.wrapped_methods() == []


def test_eight_threads_with_one_kernel(either, target):
    kernel = rig.fresh(rig.add)
    seen = in_threads(8, lambda index: (TEXTS[index % 4], launched(kernel, TEXTS[index % 4])))
    assert all(EXPECTED[text] == value for text, value in seen)


def test_a_slow_pass_holds_up_its_own_kernel_only(library, cuda):
    held, go = threading.Event(), threading.Event()
    run = library.run

    def slow(module, request):
        if request["kernel"] == "scale":
            held.set()
            assert go.wait(60)
        return run(module, request)

    library.run = slow
    with ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(launched, rig.fresh(rig.scale), "planted-change")
        assert held.wait(60)
        assert launched(rig.fresh(rig.add), None) is None
        assert launched(rig.fresh(rig.add), "planted-change") == 1
        go.set()
        assert waiting.result() == 1


def test_compile_thread_outlives_the_block(either, target):
    go, kernel = threading.Event(), rig.fresh(rig.add)
    count = _switch._count
    with ThreadPoolExecutor(1) as executor, triton.AsyncCompileMode(executor):
        executor.submit(go.wait, 60)
        with triton_ext.passes("planted-change"):
            future = rig.launch(kernel)
        assert _switch._count == count + 1  # held for the one that still has to run
        go.set()
        assert value_of(future.result()) == 1
    assert _switch._count == count


def in_child(work):
    """Runs ``work()`` in a forked child; what it returns, by pickle. Its failure is ours."""
    receive, send = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        try:
            send.send(work())
        except BaseException:
            send.send(traceback.format_exc())
        finally:
            os._exit(0)
    send.close()
    assert receive.poll(120), "the child says nothing"
    result = receive.recv()
    os.waitpid(child, 0)
    return result


def test_forked_child_compiles(either, cuda):
    with triton_ext.passes("planted-change"):
        assert value_of(rig.launch(rig.fresh(rig.add))) == 1

        def work():
            inner = value_of(rig.launch(rig.fresh(rig.scale)))
            with triton_ext.passes("planted-change{value=2}"):
                return inner, value_of(rig.launch(rig.fresh(rig.add)))

        assert in_child(work) == (1, 2)
        assert value_of(rig.launch(rig.fresh(rig.add))) == 1
    assert in_child(rig.wrapped_methods) == []


def test_forked_while_another_thread_holds_the_lock(either, cuda):
    from triton_ext import _report

    with _switch._lock, _report._lock:

        def work():
            with triton_ext.passes("planted-change"):
                return value_of(rig.launch(rig.fresh(rig.add)))

        assert in_child(work) == 1
