#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a launch costs while a pipeline is enabled, with none, and by Triton alone.

With PyTorch and a GPU the launches are real ones. Elsewhere a driver whose launcher
does nothing takes its place, and what is timed is Triton's own way from the call to
the launcher, with the kernel in memory; a GPU's driver adds its part to all of them.
Measured in turns; the median of the turns' ratios counts.

    bench/run build/dev, or
    PYTHONPATH=language:test/python TRITON_EXT_LIBRARY=… python bench/launches.py
"""

from __future__ import annotations

import contextlib
import pathlib
import statistics
import sys
import time
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "python" / "channel"))

import rig
import triton

import triton_ext

LAUNCHES = 2000  # of one measurement: many more than Python takes to get used to what a block has changed
TURNS = 40
NONE_LIMIT = 1.05  # with nothing enabled: noise
ENABLED_LIMIT = 1.15  # of the launch without the driver's part
REAL_LIMIT = 1.05  # of a launch on a GPU: noise
PIPELINE = "loop-split@before=ttir.loop_unroll"
RULES = "attention*: loop-split; add*: loop-split@before=ttir.loop_unroll"


class Launcher:
    """Takes what a launch hands to the driver, and does nothing with it."""

    def __init__(self, source, metadata) -> None:
        pass

    def __call__(self, *arguments) -> None:
        pass


class Utils:
    """Loads any binary."""

    @staticmethod
    def load_binary(*arguments) -> tuple:
        return 0, 0, 0, 0, 1024

    @staticmethod
    def get_device_properties(device) -> dict:
        return {"max_shared_mem": 232448}

    @staticmethod
    def unload_module(module) -> None:
        pass


class Driver(rig.Driver):
    """As a GPU's driver, up to the launch."""

    launcher_cls = Launcher
    utils = Utils


def gpu():
    """PyTorch where it sees a GPU, else None."""
    try:
        import torch
    except ImportError:
        return None
    return torch if torch.cuda.is_available() else None


def launcher(kernel):
    """A launch of ``kernel``, as a function."""
    torch = gpu()
    if torch:
        pointers = [torch.zeros(128, device="cuda") for _ in range(2)]
    else:
        pointers = [rig.MockTensor(rig.tl.float32) for _ in range(2)]
    arguments = (*pointers, 5)
    grid = (1,)
    return lambda: kernel[grid](*arguments, B=128)


def microseconds(launch) -> float:
    """Of one of many launches."""
    started = time.perf_counter()
    for _ in range(LAUNCHES):
        launch()
    return 1e6 * (time.perf_counter() - started) / LAUNCHES


def measured(settings: dict) -> dict[str, list[float]]:
    """name -> microseconds a launch, a value each turn. ``settings``: name -> (kernel, context maker)."""
    found = {name: [] for name in settings}
    launches = {name: launcher(kernel) for name, (kernel, _) in settings.items()}
    for turn in range(TURNS + 1):
        for name, (_, enabled) in settings.items():
            with enabled():
                launches[name]()
                value = microseconds(launches[name])
            if turn:  # the first compiles
                found[name].append(value)
    return found


def main() -> int:
    warnings.simplefilter("ignore")
    if not gpu():
        rig.driver.set_active(Driver(rig.TARGETS["cuda"]))
    kernel = rig.fresh(rig.add)
    nothing = contextlib.nullcontext
    found = measured(
        {
            "Triton alone": (kernel, nothing),
            "none enabled": (kernel, nothing),
            "enabled": (kernel, lambda: triton_ext.passes(PIPELINE)),
            "enabled, by kernel": (kernel, lambda: triton_ext.passes(RULES)),
        }
    )
    alone = statistics.median(found["Triton alone"])
    where = "on a GPU" if gpu() else "without a GPU's driver"
    print(f"Triton {triton.__version__}: a launch from memory {where}, {TURNS} turns of {LAUNCHES}")
    holds = True
    for name, values in found.items():
        # Turn by turn: what else the machine does is then the same for both.
        ratio = statistics.median(own / stock for own, stock in zip(values, found["Triton alone"], strict=True))
        enabled_limit = REAL_LIMIT if gpu() else ENABLED_LIMIT
        limit = enabled_limit if name.startswith("enabled") else NONE_LIMIT
        fits = ratio <= limit
        holds &= fits
        print(
            f"{name:20} {statistics.median(values):7.2f} us, +{statistics.median(values) - alone:5.2f} us, "
            f"ratio {ratio:.3f} (limit {limit:g})  {'OK' if fits else 'MISSED'}"
        )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
