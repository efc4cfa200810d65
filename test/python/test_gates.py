# SPDX-License-Identifier: MIT
"""Nothing that somebody on the way does not know is lost in silence.

Planted, one of each kind in each dialect: inbound, in what Triton prints (a
future Triton's); outbound, in what the library sends back (a release that does
not know it yet). Every time the kernel is stock's, and the report names the
operation.
"""

from __future__ import annotations

import functools
import warnings

import pytest

import harness
import planting
import triton_ext
import triton_ext.testing
from planting import Plant
from triton_ext import _exchange, _library

REGISTERED = ("builtin", "tt", "arith", "math", "scf", "cf")
"""Dialects that our library reads with operations of its own, which may drop things."""

OPEN = ("tt",)
"""Of these, the ones whose unknown attributes and types are kept as their text."""

PLANTS = [pytest.param(plant, id=f"{plant}") for plant in planting.plants()]


def refused_when_read(plant: Plant) -> bool:
    """Whether the library cannot keep it, so that it must refuse the module."""
    if plant.dialect not in REGISTERED or plant.kind == "operation":
        return False
    return plant.kind == "property" or plant.dialect not in OPEN


@pytest.mark.parametrize("plant", PLANTS)
def test_library_refuses_or_keeps(plant: Plant) -> None:
    module = planting.texts()[plant.kernel, plant.stage]
    planted = plant.apply(module)
    assert plant.text in planted and plant.text not in module
    result = _library.load().run(planted, {"pipeline": "", "stage": plant.stage})
    if refused_when_read(plant):
        assert result.status == _library.REFUSED
        assert result.report["error"]["operation"] == plant.operation
        assert not result.output
    else:
        assert result.status == _library.OK
        assert plant.text in result.output
        assert _library.load().compare(planted, result.output, {}).status == _library.OK


@pytest.mark.parametrize("plant", PLANTS)
def test_comparison_tells_them_apart(plant: Plant) -> None:
    module = planting.texts()[plant.kernel, plant.stage]
    planted = plant.apply(module)
    assert _library.load().compare(planted, planted, {}).status == _library.OK
    for sent, read_back in ((planted, module), (module, planted)):
        result = _library.load().compare(sent, read_back, {})
        assert result.status == _library.REFUSED
        assert plant.kind == "operation" or result.report["error"]["operation"] == plant.operation


@pytest.mark.parametrize("plant", PLANTS)
def test_inbound_is_caught(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    own = _exchange.print_generic

    def print_planted(module: object) -> _exchange.Printed:
        printed = own(module)
        if _stage_of(printed.text) == plant.stage:
            printed.text = plant.apply(printed.text)
            # Once: what the outbound gate prints is not ours to change.
            monkeypatch.setattr(_exchange, "print_generic", own)
        return printed

    monkeypatch.setattr(_exchange, "print_generic", print_planted)
    assert_stock_and_named(plant)


@pytest.mark.parametrize("plant", PLANTS)
def test_outbound_is_caught(plant: Plant) -> None:
    with triton_ext.testing.use_library(PlantingLibrary(_library.load(), plant)):
        assert_stock_and_named(plant)


class PlantingLibrary:
    """The library, with a thing planted in what it sends back."""

    def __init__(self, library: _library.Library, plant: Plant) -> None:
        self._library = library
        self._plant = plant

    def __getattr__(self, name: str) -> object:
        return getattr(self._library, name)

    def run(self, module: str, request: dict) -> _library.Result:
        result = self._library.run(module, request)
        if request["stage"] == self._plant.stage:
            result.output = self._plant.apply(result.output)
        return result


def assert_stock_and_named(plant: Plant) -> None:
    """Compiles with a crossing: stock's assembly, one warning, the operation in the report."""
    triton_ext.testing.clear_reports()
    with warnings.catch_warnings(record=True) as caught, triton_ext.testing.crossing():
        warnings.simplefilter("always")
        compiled = harness.compile_kernel(harness.KERNELS[plant.kernel], planting.TARGET, assemble=False)
    harness.assert_as_stock(compiled)
    warned = [str(warning.message) for warning in caught if warning.category is triton_ext.FallbackWarning]
    assert len(warned) == 1
    (error,) = [record["error"] for record in triton_ext.reports() if record["error"]]
    assert error["operation"] == plant.operation
    assert plant.operation in warned[0]


@functools.cache
def _stage_of(text: str) -> str:
    return "ttgir" if "ttg.num-warps" in text else "ttir"
