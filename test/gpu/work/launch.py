# SPDX-License-Identifier: MIT
"""One launch described without a device: what it takes, what it writes, what PyTorch makes of the same.

A description serves twice. On a GPU it becomes a :class:`work.Problem` with tensors
of a fixed seed. Without one it says how a kernel is compiled for it, see
test/python/collected.py: types, values, and the sizes that are multiples of 16.
:func:`declare` makes works of it, one whose sizes are multiples of every tile and a
ragged one.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import Call, Config, Problem, work

TORCH = {
    "fp16": "float16",
    "bf16": "bfloat16",
    "fp32": "float32",
    "fp64": "float64",
    "fp8e4nv": "float8_e4m3fn",
    "i8": "int8",
    "u8": "uint8",
    "i32": "int32",
    "i64": "int64",
}
"""PyTorch's names of Triton's types."""


@dataclasses.dataclass(frozen=True)
class Array:
    """A contiguous tensor: dtype in Triton's words, shape, what is in it.

    fill: called with (torch, the array, the device, the tensors made so far by name).
    written: the kernel writes it; then each launch gets a fresh one.
    """

    dtype: str
    shape: tuple[int, ...]
    fill: Callable[[Any, Array, str, Mapping[str, Any]], Any]
    written: bool = False

    def stride(self, axis: int) -> int:
        """How many elements lie between neighbours along an axis."""
        return math.prod(self.shape[axis % len(self.shape) + 1 :])

    @property
    def strides(self) -> tuple[int, ...]:
        """The strides of all axes but the last, which is 1."""
        return tuple(self.stride(axis) for axis in range(len(self.shape) - 1))

    def make(self, device: str, tensors: Mapping[str, Any]) -> Any:
        """The tensor; on the device "meta" one without memory."""
        import torch

        dtype = getattr(torch, TORCH[self.dtype])
        if device == "meta":
            return torch.empty(self.shape, dtype=dtype, device=device)
        made = self.fill(torch, self, device, tensors)
        made = made.to(device=device, dtype=dtype).contiguous()
        if tuple(made.shape) != self.shape:
            raise ValueError(f"a fill made {tuple(made.shape)} for {self.shape}")
        return made


def normal(dtype: str, *shape: int, scale: float = 1.0) -> Array:
    """Normally distributed values of deviation `scale`."""
    return Array(dtype, shape, lambda torch, a, device, _: scale * torch.randn(a.shape, device=device))


def uniform(dtype: str, *shape: int, low: float = 0.0, high: float = 1.0) -> Array:
    """Evenly distributed values from `low` to `high`."""
    return Array(dtype, shape, lambda torch, a, device, _: low + (high - low) * torch.rand(a.shape, device=device))


def integers(dtype: str, low: int, high: int, *shape: int) -> Array:
    """Integers from `low` to `high` - 1, as values of any type."""
    return Array(dtype, shape, lambda torch, a, device, _: torch.randint(low, high, a.shape, device=device))


def given(dtype: str, values: Iterable[float]) -> Array:
    """These very values, in one dimension."""
    values = list(values)
    return Array(dtype, (len(values),), lambda torch, a, device, _: torch.tensor(values, device=device))


def derived(dtype: str, *shape: int, of: Callable[[Any, Any], Any]) -> Array:
    """What `of(torch, tensors)` computes; the tensors of the arguments before are its attributes."""
    return Array(dtype, shape, lambda torch, a, device, tensors: of(torch, Tensors(tensors)))


def result(dtype: str, *shape: int) -> Array:
    """What a kernel writes; zeros before."""
    return Array(dtype, shape, lambda torch, a, device, _: torch.zeros(a.shape, device=device), written=True)


def updated(array: Array) -> Array:
    """What a kernel reads and writes."""
    return dataclasses.replace(array, written=True)


def covering(**sizes: int) -> Callable[[Config], tuple[int, ...]]:
    """The grid with a program for each tile: an axis for each of the tile's parameters, how much it covers."""
    return lambda config: tuple(math.ceil(size / config[block]) for block, size in sizes.items())


class Tensors:
    """Tensors by name, as attributes."""

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        self.__dict__.update(tensors)


@dataclasses.dataclass(frozen=True)
class Launch:
    """What one launch of `kernel` computes.

    args: the run-time parameters by name, arrays and numbers. constexprs: those
    compile-time parameters that no configuration chooses. grid(config): its size.
    expected(torch, tensors): what PyTorch makes of the arguments as they are before
    the launch, name -> tensor, in float64 where rounding matters. A tensor smaller
    than the result stands for its leading part. tolerance: the largest difference.
    aside: arrays that the kernel does not take, made first, for others to derive from.
    """

    kernel: Any
    args: Mapping[str, Any]
    grid: Callable[[Config], tuple[int, ...]]
    expected: Callable[[Any, Any], Mapping[str, Any]]
    tolerance: float
    constexprs: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    aside: Mapping[str, Array] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        order = [name for name in self.kernel.arg_names if name in self.args]
        if order != list(self.args):
            raise ValueError(f"{self.kernel} takes {order}, not {list(self.args)}")

    def fixed(self, config: Config) -> dict[str, Any]:
        """Compile-time parameters and options of a launch with this configuration."""
        return {**self.constexprs, **config}


class Launched(Problem):
    """A description with tensors on a device."""

    def __init__(self, describe: Callable[[], Launch], device: str) -> None:
        import torch

        torch.manual_seed(0)
        self.launch, self.device = describe(), device
        self.tolerance = self.launch.tolerance
        self.before: dict[str, Any] = {}
        for name, value in {**self.launch.aside, **self.launch.args}.items():
            if isinstance(value, Array):
                self.before[name] = value.make(device, self.before)

    def outputs(self, config: Config) -> dict[str, Any]:
        written = (name for name, value in self.launch.args.items() if isinstance(value, Array) and value.written)
        return {name: self.before[name].clone() for name in written}

    def call(self, config: Config, outputs: dict[str, Any]) -> Call:
        tensors = {**self.before, **outputs}
        args = {name: tensors.get(name, value) for name, value in self.launch.args.items()}
        return Call(self.launch.kernel, self.launch.grid(config), tuple(args.values()), self.launch.fixed(config))

    @functools.cached_property
    def expected(self) -> Mapping[str, Any]:
        """What PyTorch computes, by name."""
        import torch

        return self.launch.expected(torch, Tensors({**self.launch.args, **self.before}))

    def error(self, config: Config, outputs: dict[str, Any]) -> float:
        return max(largest_difference(outputs[name], value) for name, value in self.expected.items())


def largest_difference(got: Any, expected: Any) -> float:
    """How far the leading part of `got` is off `expected`, compared in float64; infinite at a NaN of one alone."""
    part = got[tuple(slice(size) for size in expected.shape)].double()
    expected = expected.double()
    off = (part - expected).abs()
    off[(part == expected) | (part.isnan() & expected.isnan())] = 0.0
    off[off.isnan()] = math.inf
    return off.max().item()


def declare(
    name: str,
    describe: Callable[..., Launch],
    configs: Iterable[Config],
    *,
    even: Mapping[str, Any] | None = None,
    ragged: Mapping[str, Any] | None = None,
    small: Iterable[Mapping[str, Any]] = (),
    timed: bool = True,
    excluded: Mapping[str, str] | None = None,
) -> None:
    """Declares a work for each of two sizes, `describe(**even)` and `describe(**ragged)`.

    name: has the sizes in braces. small: sizes for the interpreter, which walks
    through a kernel on the CPU (test/gpu/interpret.py). excluded: targets that
    cannot compile the kernel, and why.
    """
    configs, small = tuple(configs), tuple(functools.partial(describe, **sizes) for sizes in small)
    for shape, sizes in (("even", even), ("ragged", ragged)):
        if sizes is None:
            continue
        described = functools.partial(describe, **sizes)
        work(
            name.format(**sizes),
            functools.partial(Launched, described),
            configs,
            timed=timed,
            shape=shape,
            describe=described,
            small=small,
            excluded=dict(excluded or {}),
        )
