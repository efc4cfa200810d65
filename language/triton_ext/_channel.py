# SPDX-License-Identifier: MIT
"""The option channel: how a pipeline reaches Triton's keys and stages.

The pipeline travels as the compile option `triton_ext`. Each launch gets it as
a keyword argument (in-memory key), the backend's ``parse_options`` puts it on
the options object (disk key, compile threads, preload), ``add_stages`` reads
it. Each wrapper passes through when the channel is closed, and does no harm
when it runs twice (ours over somebody's over ours).
"""

import copy
import functools
import threading

from . import _ladder, _report, _scope, _switch
from ._pipeline import OPTION
from ._switch import acquire, is_open, provide, release


def wrappers():
    """What is wrapped while the channel is open: (class, method name, wrapper maker)."""
    from triton.backends import backends
    from triton.runtime.autotuner import Autotuner
    from triton.runtime.jit import JITFunction

    for backend in dict.fromkeys(entry.compiler for entry in backends.values()):
        yield backend, "parse_options", _parse_options
        yield backend, "add_stages", _add_stages
        yield backend, "pack_metadata", _pack_metadata
    yield JITFunction, "run", _run
    yield Autotuner, "run", _tune
    if hasattr(Autotuner, "check_disk_cache"):
        yield Autotuner, "check_disk_cache", _tuning_cache


provide(wrappers)


def _run(stock):
    from triton.compiler import CompiledKernel

    block, own = _scope._block.get, _scope.OWN

    # At each launch, so in few steps.
    def run(self, *args, **kwargs):
        if not _switch._open:
            return stock(self, *args, **kwargs)
        layer = block() or _scope._process
        if layer is not None and layer.for_all and own not in self.__dict__ and OPTION not in kwargs:
            value = layer.for_all
        else:
            value = _scope.of_launch(self, self.__dict__.get(own), kwargs.pop(OPTION, None))
        if value:
            kwargs[OPTION] = value
        elif value == "" and (_wider() or _scope.process_wide()):
            # Stock against a wider setting has to be said, or the wider one
            # would hold: here for a narrow "", in a compile thread for any.
            kwargs[OPTION] = ""
        kernel = stock(self, *args, **kwargs)
        if type(kernel) is not CompiledKernel:
            _outlive_block(kernel)
        return kernel

    return run


def _outlive_block(kernel):
    """Keeps the channel open for a kernel that a compile thread makes: the block may end before that has run."""
    future = getattr(kernel, "__dict__", {}).get("future")
    if future is not None and not future.done():
        acquire()
        future.add_done_callback(lambda _: release())


def _wider():
    layer = _scope.current()
    return bool(layer and layer.value)


def _parse_options(stock):

    def parse_options(self, options, *args, **kwargs):
        given = options.get(OPTION) if is_open() else None
        if not is_open() or (given is None and not _wider()):
            return stock(self, options, *args, **kwargs)
        if OPTION in options:
            options = {name: value for name, value in options.items() if name != OPTION}
        parsed = stock(self, options, *args, **kwargs)
        return _attach(parsed, _scope.resolve(None, given))

    return parse_options


_hash_sees = {}


def _attach(parsed, value):
    """Sets the option on a backend's options object, so that its hash() follows."""
    kind = type(parsed)
    if kind not in _hash_sees:
        without = parsed.hash()
        object.__setattr__(parsed, OPTION, "?")
        _hash_sees[kind] = parsed.hash() != without
    object.__setattr__(parsed, OPTION, value)
    if not value or not _hash_sees[kind]:
        object.__setattr__(parsed, "__class__", _hashing(kind))
    return parsed


@functools.cache
def _hashing(kind):
    """``kind`` with a hash() that is stock's for "", and depends on the option else."""
    if getattr(kind, "_triton_ext_hashing", False):
        return kind

    def hash(self):
        import hashlib

        plain = copy.copy(self)
        object.__setattr__(plain, "__class__", kind)
        value = vars(plain).pop(OPTION, "")
        return hashlib.sha256(f"{plain.hash()}-{value}".encode()).hexdigest() if value else plain.hash()

    return type(
        kind.__name__,
        (kind,),
        {"hash": hash, "_triton_ext_hashing": True, "__module__": kind.__module__, "__doc__": kind.__doc__},
    )


_adding = threading.local()


def _add_stages(stock):

    def add_stages(self, stages, options, *args, **kwargs):
        # A backend's may call another's, or its base's: all the stages are there when the outermost is done.
        outermost = not getattr(_adding, "now", False)
        _adding.now = True
        try:
            result = stock(self, stages, options, *args, **kwargs)
        finally:
            _adding.now = not outermost
        value = getattr(options, "__dict__", {}).get(OPTION)
        if outermost and is_open() and value is not None:
            _ladder.wrap_stages(self, stages, options, value)
        return result

    return add_stages


def _pack_metadata(stock):

    def pack_metadata(self, metadata, *args, **kwargs):
        if is_open():
            _report.loaded(metadata)
        return stock(self, metadata, *args, **kwargs)

    return pack_metadata


def _tune(stock):

    def run(self, *args, **kwargs):
        value = _scope.of_launch(self, _scope.own_of(self)) if is_open() else None
        if not value:
            return stock(self, *args, **kwargs)
        # What was best for stock need not be best here: a table for each pipeline.
        tables = vars(self).setdefault("_triton_ext_tables", {})
        before, self.cache = self.cache, tables.setdefault(value, {})
        try:
            return stock(self, *args, **kwargs)
        finally:
            self.cache = before

    return run


def _tuning_cache(stock):

    def check_disk_cache(self, tuning_key, *args, **kwargs):
        value = _scope.of_launch(self, _scope.own_of(self)) if is_open() else None
        if not value or not tuning_key or value in tuning_key:
            return stock(self, tuning_key, *args, **kwargs)
        key = (*tuning_key, value)
        result = stock(self, key, *args, **kwargs)
        if key in self.cache:
            self.cache[tuning_key] = self.cache.pop(key)
        return result

    return check_disk_cache
