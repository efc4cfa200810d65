# SPDX-License-Identifier: MIT
"""The stages' own account of themselves: names, parameters and their values."""

import pytest
import rig
import triton
from triton._C import libtriton

from triton_ext._stock import _bindings, _points, _recording, _records, _steps


def adders(module, namespace=""):
    """(namespace, name, binding) of every pass that a submodule of libtriton can add."""
    for name in dir(module):
        value = getattr(module, name)
        if _bindings.is_native(value):
            yield from adders(value, name)
        elif name.startswith("add_"):
            yield namespace, name.removeprefix("add_"), value


def test_every_parameter_of_every_binding_has_a_name():
    """A parameter that a new release brings is arg1 until the table knows it: here that is said."""
    modules = (libtriton.passes, libtriton.nvidia.passes, libtriton.amd.passes)
    unknown, count = [], 0
    for module in modules:
        for namespace, name, function in adders(module):
            for form in _bindings.signatures(namespace, name, function):
                count += 1
                unknown += [f"{namespace}.{name}({form})" for each in form if each.startswith("arg")]
    assert count > 80 and unknown == []


@pytest.mark.parametrize("target", _records.TARGETS)
def test_a_listing_runs_nothing_and_is_the_same_each_time(target, cache_folder):
    gpu = _steps.gpu_target(target)
    listed = _recording.recorded(gpu)
    assert list(listed)[:2] == ["ttir", "ttgir"] and "llir" in listed
    assert _recording.recorded(gpu) == listed
    assert _recording.recorded(gpu, stages=("ttgir",)) == {"ttgir": listed["ttgir"]}
    assert not cache_folder.exists()


def test_options_change_what_is_listed():
    def stages(options):
        steps = _recording.recorded(rig.TARGETS["cuda"], options)["ttgir"]
        return {step.arguments["num-stages"] for step in steps if "num-stages" in step.arguments}

    assert stages(None) == {3} and stages({"num_stages": 5}) == {5}


def test_a_target_that_nothing_compiles_for():
    from triton.backends.compiler import GPUTarget

    with pytest.raises(LookupError, match="0 backends .* compile for nothing:1; its backends are: .*nvidia"):
        _recording.recorded(GPUTarget("nothing", 1, 32))


def add_both(manager):
    """add_both(*args, **kwargs)
    Overloaded function.

    1. add_both(arg0: triton._C.libtriton.ir.pass_manager) -> None

    2. add_both(arg0: triton._C.libtriton.ir.pass_manager, arg1: typing.SupportsInt, arg2: bool) -> None
    """


def add_plain(manager, rounds, eager=False):
    """No signature in here."""


def test_names_by_position_where_nothing_is_known():
    call = _bindings.Call("x", "both", add_both, (7, True))
    assert call.arguments() == {"arg1": 7, "arg2": True}
    assert call.with_parameters({"arg2": "false"}).values == (7, False)
    assert _bindings.Call("x", "both", add_both, ()).arguments() == {}
    longer = _bindings.Call("x", "both", add_both, ()).with_parameters({"arg1": "4", "arg2": "true"})
    assert longer.values == (4, True)
    assert _bindings.Call("x", "plain", add_plain, (7,)).arguments() == {"rounds": 7}


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"agr1": "4"}, "has no parameter agr1: it has arg1, arg2; did you mean arg1?"),
        ({"arg1": "4"}, "cannot be given arg1 alone"),
    ],
)
def test_parameters_that_are_not_there(knobs, said):
    with pytest.raises(_bindings.UnknownParameter) as caught:
        _bindings.Call("x", "both", add_both, ()).with_parameters(knobs)
    assert said in str(caught.value)


@pytest.mark.parametrize("value", ["4.5", "x", "", True])
def test_values_that_do_not_fit(value):
    with pytest.raises(ValueError, match="arg1 expects a whole number"):
        _bindings.Call("x", "both", add_both, (7, True)).with_parameters({"arg1": value})


def test_names_that_can_be_written():
    assert {"ttir.loop_unroll", "common.cse", "ttgpuir.pipeline", "ttnvgpuir.lower_mma"} <= _points.bindings()
    assert _records.names(triton.__version__) <= _points.bindings()
