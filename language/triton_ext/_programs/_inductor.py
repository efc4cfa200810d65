# SPDX-License-Identifier: MIT
"""torch.compile: what Inductor must know of a pipeline for its caches and its compile processes to be right.

Inductor keeps compiled graphs, with their kernels, under keys of its own, which do
not see Triton's compile options, and compiles in processes in which no with-block
of ours holds. So the enabled pipeline enters its keys, and travels with each task.
Nothing of PyTorch is imported here, and nothing is wrapped while nothing is enabled.
"""

import functools
import sys

from .. import _pipeline, _report, _switch
from .._channel import _scope
from .._switch import is_open
from . import _startup


def wrappers():
    """What is wrapped while the channel is open, of the modules that are there; the others are waited for."""
    for module in _startup.INDUCTOR:
        if _startup.is_there(module):
            yield from _of(module)
        else:
            _startup.expect(module, functools.partial(imported, module))


def imported(module):
    """Called when a module of `_startup.INDUCTOR` has been imported."""
    for owner, name, make in _of(module):
        _switch.wrap(owner, name, make)


def _of(module):
    for where, owner, name, make in _WRAPPED:
        if where == module:
            found = getattr(sys.modules[module], owner, None)
            if isinstance(found, type) and hasattr(found, name):
                yield found, name, make
            elif make is _details:
                _do_without_caches()


def _do_without_caches():
    """For a PyTorch whose keys are made otherwise: slow, and right."""
    from .._errors import warn

    sys.modules["torch._inductor.codecache"].config.force_disable_caches = True
    warn("torch.compile caches nothing in this process: how this PyTorch makes its keys is not known")


def _value():
    """The option's value that holds here outside any kernel's own setting; "" for stock."""
    layer = _scope.current() if is_open() else None
    return layer.value if layer else ""


# Keys.


def _details(stock):
    def __init__(self, *args, **kwargs):
        stock(self, *args, **kwargs)
        value = _value()
        if value:
            self.triton_ext = value  # the key is made of all attributes

    return __init__


def _key(stock):
    def key(*args, **kwargs):
        found, value = stock(*args, **kwargs), _value()
        import hashlib

        return hashlib.sha256(f"{found}-{value}".encode()).hexdigest() if value else found

    return key


# Tasks.


def _submit(stock):
    def submit(self, job, *args, **kwargs):
        if is_open() and getattr(job, "__name__", "") == "_worker_compile_triton":
            job = functools.partial(in_worker, _pipeline.text_of(_value()), job)
        return stock(self, job, *args, **kwargs)

    return submit


def in_worker(text, job, *args, **kwargs):
    """Runs a task of Inductor's, in a process of its own, with the pipeline of the process that asked for it."""
    with _scope.passes(text):
        return job(*args, **kwargs)


# Reports.


def _make_launcher(stock):
    def make_launcher(self, *args, **kwargs):
        if is_open():
            _startup.guarded(lambda: _report_loaded(self))
        return stock(self, *args, **kwargs)

    return make_launcher


def _report_loaded(result):
    """Reports a kernel that another process has compiled, this one or an earlier one."""
    kernel = result.kernel
    if _report.knows(kernel.hash):
        return
    metadata = getattr(kernel, "metadata", None)
    if metadata is None:  # one without its metadata, whose launcher needs none
        metadata = _stored_metadata(result)
    if metadata is not None:
        _report.loaded(metadata)


def _stored_metadata(result):
    """What Triton has stored beside the binary of a kernel, as an object; None where it is not there."""
    import json
    import os
    import types

    if not result.kernel.cubin_path:
        result.reload_cubin_path()
    try:
        with open(os.path.splitext(result.kernel.cubin_path)[0] + ".json", encoding="utf-8") as file:
            return types.SimpleNamespace(**json.load(file))
    except (OSError, ValueError, TypeError):
        return None


#: module, class, method, wrapper maker
_WRAPPED = [
    ("torch._inductor.codecache", "FxGraphHashDetails", "__init__", _details),  # FX graphs', and so AOTAutograd's
    ("torch._inductor.async_compile", "CompiledTritonKernels", "key", _key),
    ("torch._inductor.runtime.autotune_cache", "AutotuneCache", "_prepare_key", _key),
    ("torch._inductor.compile_worker.subproc_pool", "SubprocPool", "submit", _submit),
    ("torch._inductor.compile_worker.tracked_process_pool", "TrackedProcessPoolExecutor", "submit", _submit),
    ("torch._inductor.runtime.triton_heuristics", "StaticTritonCompileResult", "make_launcher", _make_launcher),
    ("torch._inductor.runtime.triton_heuristics", "TritonCompileResult", "make_launcher", _make_launcher),
]

_switch.provide(wrappers)
