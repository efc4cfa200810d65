# SPDX-License-Identifier: MIT
"""The option channel: how a pipeline reaches Triton's keys and stages.

The pipeline travels as the compile option `triton_ext`. A launch finds its
kernel in the pipeline's own table (_caches.py); when it must compile, the
backend's ``parse_options`` puts the option on the options object (disk key,
compile threads, preload), ``add_stages`` reads it. Each wrapper passes through
when the channel is closed, and does no harm when it runs twice (ours over
somebody's over ours).
"""

import copy
import functools
import threading

from .. import _report
from .._errors import warn
from .._pipeline import OPTION
from .._stages import _ladder
from .._switch import acquire, is_open, provide, release
from . import _caches, _scope


def wrappers():
    """What is wrapped while the channel is open: (class, method name, wrapper maker)."""
    from triton.backends import backends
    from triton.runtime.autotuner import Autotuner
    from triton.runtime.jit import JITFunction

    if not _caches.understood(JITFunction):
        warn("how this Triton keeps compiled kernels is not known; kernels are compiled as stock")
        return
    for backend in dict.fromkeys(entry.compiler for entry in backends.values()):
        yield backend, "parse_options", _parse_options
        yield backend, "add_stages", _add_stages
        yield backend, "pack_metadata", _pack_metadata
    yield JITFunction, _caches.STOCKS, lambda stock: _caches.standing_in()
    yield JITFunction, "_do_compile", _do_compile
    yield JITFunction, "_call_hook", _call_hook
    yield Autotuner, "run", _tune
    if hasattr(Autotuner, "check_disk_cache"):
        yield Autotuner, "check_disk_cache", _tuning_cache


provide(wrappers)


def _do_compile(stock):

    def _do_compile(self, key, *args, **kwargs):
        kernel = stock(self, _caches.unnamed(key, self.device_caches), *args, **kwargs)
        _outlive_block(kernel)
        return kernel

    return _do_compile


def _outlive_block(kernel):
    """Keeps the channel open for a kernel that a compile thread makes: the block may end before that has run."""
    future = getattr(
        kernel, "future", None
    )  # not by way of __dict__: a kernel's attributes are slower once that is made
    if future is not None and not future.done():
        acquire()
        future.add_done_callback(lambda _: release())


def _call_hook(stock):

    def _call_hook(self, hook, key, *args, **kwargs):
        if hook:
            values = (getattr(each, "__dict__", {}).get(OPTION) for each in (*args, *kwargs.values()))
            key = _caches.named(key, next(filter(None, values), ""))
        return stock(self, hook, key, *args, **kwargs)

    return _call_hook


def _wider():
    layer = _scope.current()
    return bool(layer and layer.value)


def _parse_options(stock):

    def parse_options(self, options, *args, **kwargs):
        if not is_open():
            return stock(self, options, *args, **kwargs)
        given, launched = options.get(OPTION), _caches.launched(self)
        if given is None and launched is None and not _wider():
            return stock(self, options, *args, **kwargs)
        if OPTION in options:
            options = {name: value for name, value in options.items() if name != OPTION}
        parsed = stock(self, options, *args, **kwargs)
        return _attach(parsed, launched.resolve(given) if launched else _scope.resolve(None, given))

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
