# SPDX-License-Identifier: MIT
"""The works that passes are timed on, and compared with stock bit by bit.

Each module of this package declares works with :func:`work`; importing the
package collects them in :data:`WORKS`. That needs neither torch nor Triton: a
work imports its kernels (those of test/python/kernels) when it is prepared.

A *configuration* is a dict of what a launch varies: tile sizes, num_warps,
num_stages. A work's name says what is computed and at which size, in the words of
the catalogue's `measured` rows, and never changes its meaning.
"""

from __future__ import annotations

import abc
import dataclasses
import importlib
import itertools
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Config = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Call:
    """One launch: `kernel[grid](*args, **options)`."""

    kernel: Any
    grid: tuple[int, ...]
    args: tuple
    options: Mapping[str, Any]


class Problem(abc.ABC):
    """A work's inputs on a device, made from a fixed seed.

    On the device "meta" tensors have no memory: a call can then be compiled,
    with the same specialization, but not launched.
    """

    tolerance: float
    """How far stock may be off the reference, at most."""

    @abc.abstractmethod
    def outputs(self, config: Config) -> dict[str, Any]:
        """Fresh tensors for the results, by name."""

    @abc.abstractmethod
    def call(self, config: Config, outputs: dict[str, Any]) -> Call:
        """The launch that computes `outputs`."""

    @abc.abstractmethod
    def error(self, config: Config, outputs: dict[str, Any]) -> float:
        """The largest difference of `outputs` from what PyTorch computes."""


@dataclasses.dataclass(frozen=True, eq=False)
class Work:
    """Something to compute: `prepare(device)` makes its Problem.

    configs: all are compared with stock; the best of each side is timed.
    timed: False for a work that is there for its bits alone.

    Of a work that launch.declare declares, also: shape, "even" where every size is a
    multiple of its tile, else "ragged"; describe, which makes its Launch; small, the
    same at sizes for the interpreter; excluded, targets that cannot compile it and why.
    """

    name: str
    prepare: Callable[[str], Problem]
    configs: tuple[Config, ...]
    timed: bool = True
    shape: str = ""
    describe: Callable[[], Any] | None = None
    small: tuple[Callable[[], Any], ...] = ()
    excluded: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


WORKS: dict[str, Work] = {}
"""Every declared work by name, in the order of declaration."""


def work(name: str, prepare: Callable[[str], Problem], configs: Iterable[Config], **more: Any) -> None:
    """Declares a work, see :class:`Work`."""
    if name in WORKS:
        raise ValueError(f"two works are called {name}")
    WORKS[name] = Work(name, prepare, tuple(configs), **more)


def grid_of(**choices: Iterable[Any]) -> list[dict[str, Any]]:
    """Every combination of the choices, as configurations."""
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


def text_of(config: Config) -> str:
    """A configuration as people read it: `BLOCK_M=128 BLOCK_N=64 num_warps=4`."""
    return " ".join(f"{name}={value}" for name, value in config.items())


for _module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_module}")
