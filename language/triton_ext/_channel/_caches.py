# SPDX-License-Identifier: MIT
"""Kernels in memory: for each pipeline a table of its own, so that a launch says nothing of pipelines.

Triton keeps the compiled kernels of a JITFunction in ``device_caches``, and takes
from there the backend object that reads a launch's options. While the channel is
open the attribute is looked up here: under a pipeline it is another table, whose
backend knows the pipeline. What a launch costs more is that look-up; nothing is
passed along, and the function that launches is stock's.
"""

import copy

from . import _scope

#: Attribute of a table's backend: the table.
LAUNCHED = "_triton_ext_launched"

#: Attribute of a JITFunction: stock's kernels.
STOCKS = "device_caches"


def standing_in():
    """What stands in for the attribute ``device_caches`` of JITFunctions while the channel is open: a property."""
    block = _scope._block.get

    # At each launch, so in few steps; looking into __dict__ would slow down every look at the kernel's attributes.
    def caches(function):
        layer = block() or _scope._process
        if layer is None:
            return _without_layer(function)
        try:
            return function._triton_ext_caches[layer.value]
        except (AttributeError, KeyError):
            return _table(function, layer.value)

    def replace(function, caches):
        vars(function).pop(_scope.TABLES, None)
        vars(function)[STOCKS] = caches

    def delete(function):
        vars(function).pop(_scope.TABLES, None)
        del vars(function)[STOCKS]

    return property(caches, replace, delete)


def _without_layer(function):
    if _scope.OWN not in vars(function):
        return vars(function)[STOCKS]
    tables = vars(function).get(_scope.TABLES) or {}
    return tables.get(None) or _table(function, None)


def understood(kind):
    """Whether functions of the class JITFunction keep their kernels as is understood here."""
    return STOCKS in kind.__init__.__code__.co_names and all(
        hasattr(kind, name) for name in ("_do_compile", "_call_hook")
    )


def _table(function, around):
    """The table of the pipeline that holds for a kernel; found by ``around`` from now on."""
    value = _scope.of_launch(function, vars(function).get(_scope.OWN))
    if value is None:
        return vars(function)[STOCKS]
    if _scope.TABLES not in vars(function):
        setattr(function, _scope.TABLES, {})
    tables = getattr(function, _scope.TABLES)
    # Rules for several kernels, say, come to what this one has by itself elsewhere.
    table = tables.setdefault(("pipeline", value), Table(function, value))
    return tables.setdefault(around, table)


class Table(dict):
    """``device_caches`` of one pipeline: device -> stock's tuple, its dicts empty, its backend knowing this table.

    ``function``: the JITFunction. ``value``: the option's value; "" where stock was asked for.
    """

    def __init__(self, function, value):
        super().__init__()
        self.function, self.value = function, value

    def __missing__(self, device):
        from triton.backends.compiler import BaseBackend

        def own(part):
            if isinstance(part, BaseBackend):
                part = copy.copy(part)
                setattr(part, LAUNCHED, self)
                return part
            return {} if isinstance(part, dict) else part

        self[device] = tuple(map(own, vars(self.function)[STOCKS][device]))
        return self[device]

    def resolve(self, given):
        """The option's value of a launch; ``given``: its keyword argument, or None."""
        if given is None:
            return self.value
        return _scope.of_launch(self.function, vars(self.function).get(_scope.OWN), given)


def launched(backend):
    """The table that a backend object comes from; None where a launch is stock's, or there is none."""
    return getattr(backend, "__dict__", {}).get(LAUNCHED)


# What is kept of a kernel outside the process (the key that hooks see, that `preload` is given) does name the
# pipeline; within a table it would be the same for all.


def named(key, value):
    """A key of Triton's, with the pipeline of the kernel."""
    return key + _suffix(value) if value and isinstance(key, str) else key


def unnamed(key, caches):
    """A key as it stands in ``caches``: without the pipeline, where that is theirs."""
    value = caches.value if isinstance(caches, Table) else ""
    return key.removesuffix(_suffix(value)) if value and isinstance(key, str) else key


def _suffix(value):
    return f"[triton_ext={value!r}]"
