# SPDX-License-Identifier: MIT
"""Beside others: each row of the table of docs/others.md, with the real library on a stock wheel."""

import contextlib
import pathlib
import re
import types
import warnings

import pytest
import rig
import triton
from rig import value_of
from triton import knobs
from triton.runtime.driver import driver

import triton_ext
from triton_ext._stages import _ladder

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "others.md"
ROWS = {}


def row(title):
    """Marks the test of a row of the table."""

    def mark(test):
        ROWS.setdefault(title, test.__name__)
        return test

    return mark


@contextlib.contextmanager
def caught():
    """The FallbackWarnings of the block, as texts."""
    said = []
    with warnings.catch_warnings(record=True) as all_of_them:
        warnings.simplefilter("always")
        yield said
    said += [str(each.message) for each in all_of_them if each.category is triton_ext.FallbackWarning]


class Hook:
    """An add_stages_inspection_hook. ``change(stages)`` is what it does; ``runs`` counts the stages that it saw end."""

    def __init__(self, change=None, key="foreign"):
        self.change, self.key, self.runs = change, key, []

    def __call__(self, *words):
        if not words:
            return self.key, self.key
        _, stages, *_ = words
        if self.change:
            self.change(stages)
        stages["ttir"] = self.noting(stages["ttir"])
        return None

    def noting(self, stage):
        def run(module, metadata):
            result = stage(module, metadata)
            self.runs.append(str(result))
            return result

        return run


@pytest.fixture
def hooked(monkeypatch):
    """`hooked(hook)` sets the stage hook, for this test."""
    return lambda hook: monkeypatch.setattr(knobs.runtime, "add_stages_inspection_hook", hook)


def is_changed(text):
    """Whether planted-change has changed a module's text."""
    return bool(re.search(r"dense<1\.000000e\+00>", text))


# The stage hook --------------------------------------------------------------------------------------------------


@row("`add_stages_inspection_hook`, set before")
def test_hook_set_before(planted, target, hooked):
    hook = Hook()
    hooked(hook)
    with triton_ext.passes("planted-change"), caught() as said:
        kernel = rig.launch(rig.fresh(rig.add))
    assert value_of(kernel) == 1 and said == []
    assert len(hook.runs) == 1 and not is_changed(hook.runs[0])
    assert knobs.runtime.add_stages_inspection_hook is hook


@row("the same, set or replaced while passes are on")
def test_hook_set_and_replaced_inside(planted, cuda, hooked):
    def rounds():
        """Launches one kernel without a hook, with one, with another; how often it was compiled, and what they saw."""
        kernel, hooks = rig.fresh(rig.add), [None, Hook(), Hook(key="other")]
        with rig.counted() as compiled:
            for hook in hooks:
                hooked(hook)
                values.append(value_of(rig.launch(kernel)))
        hooked(None)
        return len(compiled), [len(hook.runs) for hook in hooks[1:]]

    values = []
    stock = rounds()
    with triton_ext.passes("planted-change"):
        assert rounds() == stock  # releases differ in whether a hook is part of Triton's own keys
    assert values == [None] * 3 + [1] * 3


def test_hook_sees_each_compilation_of_fresh_kernels(planted, cuda, hooked):
    hooks = [Hook(), Hook(key="other")]
    with triton_ext.passes("planted-change"), rig.counted() as compiled:
        for warps, hook in zip((4, 8), hooks, strict=True):
            hooked(hook)
            assert value_of(rig.launch(rig.fresh(rig.add), num_warps=warps)) == 1
    assert [len(hook.runs) for hook in hooks] == [1, 1] and len(compiled) == 2


@row("a hook that puts a function of its own in a stage's place")
def test_hook_that_replaces_a_stage(planted, target, hooked):
    def own(module, metadata):
        metadata["own"] = True
        return stock["ttir"](module, metadata)

    def change(stages):
        stock["ttir"], stages["ttir"] = stages["ttir"], own

    stock = {}
    hook = Hook(change)
    hooked(hook)
    with triton_ext.passes("planted-change"):
        kernel = rig.launch(rig.fresh(rig.add))
    assert value_of(kernel) == 1 and kernel.metadata.own is True and not is_changed(hook.runs[0])


PLACED = "planted-change@before=ttir.loop_unroll"


def remarks(kernel):
    """(status, id of the last remark) of each pass of a kernel's records; "" where there is no remark."""
    entries = [entry for record in triton_ext.report(kernel) for entry in record["passes"]]
    return [(entry["status"], entry["remarks"][-1]["id"] if entry["remarks"] else "") for entry in entries]


def test_hook_sees_what_is_placed_into_the_stage(planted, target, hooked):
    hook = Hook()
    hooked(hook)
    with triton_ext.passes(PLACED), caught() as said:
        kernel = rig.launch(rig.fresh(rig.add))
    assert value_of(kernel) == 1 and said == []
    assert [is_changed(each) for each in hook.runs] == [
        True
    ]  # that stock's passes were looked up is none of its affair


@pytest.mark.parametrize("calls_stock", [True, False])
def test_nothing_is_placed_into_a_function_that_runs_no_stock_passes(planted, cuda, hooked, calls_stock):
    def own(module, metadata):
        return stock["ttir"](module, metadata) if calls_stock else module

    def change(stages):
        stock["ttir"], stages["ttir"] = stages["ttir"], own

    stock = {}
    hooked(Hook(change))
    expected = rig.launch(rig.fresh(rig.add))
    with triton_ext.passes(PLACED), caught() as said:
        kernel = rig.launch(rig.fresh(rig.add))
    assert said == []
    assert value_of(kernel) == (1 if calls_stock else None)
    if not calls_stock:
        assert kernel.asm["cubin"] == expected.asm["cubin"]
        assert remarks(kernel) == [("declined", "stage-replaced")]


# Wrappers of the backend's methods ---------------------------------------------------------------------------------


def backend():
    return triton.backends.backends["nvidia"].compiler


def noting_wrapper(owner, name, calls):
    """Wraps a method as others do: ``calls`` grows by what each stage's end looks like, or by what options come out."""
    inner = getattr(owner, name)

    def add_stages(self, stages, *words):
        inner(self, stages, *words)
        stage = stages["ttir"]
        stages["ttir"] = lambda module, metadata: noted(stage(module, metadata))

    def noted(module):
        calls.append(is_changed(str(module)))
        return module

    def parse_options(self, options):
        parsed = inner(self, options)
        calls.append("triton_ext" in vars(parsed))
        return parsed

    return {"add_stages": add_stages, "parse_options": parse_options}[name]


@pytest.mark.parametrize("name", ["add_stages", "parse_options"])
@row("a wrapper of `add_stages` or `parse_options` below ours")
def test_wrapper_below_ours(planted, cuda, monkeypatch, name):
    calls = []
    foreign = noting_wrapper(backend(), name, calls)
    monkeypatch.setattr(backend(), name, foreign)
    with triton_ext.passes("planted-change"):
        assert getattr(backend(), name) is not foreign
        assert value_of(rig.launch(rig.fresh(rig.add))) == 1
    assert getattr(backend(), name) is foreign
    assert calls and not any(calls)  # it sees neither our change nor our option


@pytest.mark.parametrize("name", ["add_stages", "parse_options"])
@row("the same over ours")
def test_wrapper_over_ours(planted, cuda, monkeypatch, name):
    calls = []
    with triton_ext.passes("planted-change"):
        ours = getattr(backend(), name)
        foreign = noting_wrapper(backend(), name, calls)
        setattr(backend(), name, foreign)
        try:
            assert value_of(rig.launch(rig.fresh(rig.add))) == 1
            assert calls and all(calls)
            with triton_ext.passes("planted-change{value=2}"):
                assert value_of(rig.launch(rig.fresh(rig.add))) == 2
            with triton_ext.passes(""):
                assert value_of(rig.launch(rig.fresh(rig.add))) is None
        finally:
            setattr(backend(), name, ours)


# Overrides and dumps -----------------------------------------------------------------------------------------------


@pytest.fixture
def said_nothing_yet(monkeypatch):
    monkeypatch.setattr(_ladder, "_overrides_said", set())


def stage_file(tmp_path, stage):
    """A file with what stock makes of `add` in a stage."""
    file = tmp_path / f"own.{stage}"
    file.write_text(rig.launch(rig.fresh(rig.add)).asm[stage])
    return str(file)


@pytest.mark.parametrize("text", ["planted-change", PLACED])
@pytest.mark.parametrize("stage", ["ttir", "ttgir"])
@row("`ir_override` in a configuration")
def test_ir_override(planted, cuda, tmp_path, said_nothing_yet, stage, text):
    file = stage_file(tmp_path, stage)  # CUDA's alone: not every release of the AMD backend has the option
    stock = rig.launch(rig.fresh(rig.add), ir_override=file)
    with triton_ext.passes(text), caught() as said:
        kernels = [rig.launch(rig.fresh(rig.add), ir_override=file, num_ctas=1, debug=debug) for debug in (False, True)]
    assert kernels[0].asm["cubin"] == stock.asm["cubin"]
    assert len(said) == 1, said
    assert f"ir_override={file} replaces kernel add after {stage}, and with it what {text!r} made" in said[0]
    assert remarks(kernels[0]) == [("declined", "overridden")]
    assert {record["status"] for record in triton_ext.report(kernels[0])} == {"unchanged"}


def test_ir_override_of_an_earlier_stage_leaves_later_passes(library, cuda, tmp_path, said_nothing_yet):
    file = stage_file(tmp_path, "ttir")
    with triton_ext.passes("planted-gpu-change"), caught() as said:
        kernel = rig.launch(rig.fresh(rig.add), ir_override=file)
    assert "tt.gpu_change = 1" in kernel.asm["ttgir"] and said == []


def test_ir_override_in_a_config_of_ours(planted):
    config = triton_ext.Config({"B": 128}, passes="planted-change", ir_override="own.ttir")
    assert {"B", "ir_override", "triton_ext"} <= config.all_kwargs().keys()


@row("`TRITON_KERNEL_OVERRIDE`")
def test_kernel_override(planted, cuda, tmp_path, monkeypatch, said_nothing_yet):
    for name, value in (("DUMP", "1"), ("OVERRIDE", "0")):
        monkeypatch.setenv(f"TRITON_KERNEL_{name}", value)
    monkeypatch.setenv("TRITON_DUMP_DIR", str(tmp_path / "files"))
    stock = rig.launch(rig.fresh(rig.add))
    for name, value in (("DUMP", "0"), ("OVERRIDE", "1")):
        monkeypatch.setenv(f"TRITON_KERNEL_{name}", value)
    monkeypatch.setenv("TRITON_OVERRIDE_DIR", str(tmp_path / "files"))
    for file in (tmp_path / "files").rglob("add.*"):
        if file.suffix != ".ttir":
            file.unlink()
    with triton_ext.passes("planted-change"), caught() as said:
        kernel = rig.launch(rig.fresh(rig.add))
    assert kernel.asm["cubin"] == stock.asm["cubin"]
    assert len(said) == 1 and "TRITON_KERNEL_OVERRIDE replaces kernel add after ttir" in said[0]


@row("`TRITON_KERNEL_DUMP`")
def test_kernel_dump(planted, target, tmp_path, monkeypatch):
    monkeypatch.setenv("TRITON_KERNEL_DUMP", "1")
    monkeypatch.setenv("TRITON_DUMP_DIR", str(tmp_path / "files"))
    stock = rig.launch(rig.fresh(rig.add))
    (file,) = (tmp_path / "files").rglob("add.ttir")
    assert file.read_text() == stock.asm["ttir"]
    with triton_ext.passes("planted-change"):
        kernel = rig.launch(rig.fresh(rig.add))
    # One folder a source, whatever it is compiled with: what was compiled last is what lies there.
    assert [file] == list((tmp_path / "files").rglob("add.ttir"))
    assert file.read_text() == kernel.asm["ttir"] != stock.asm["ttir"]


# Proton ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def device(cuda):
    """What proton asks the driver about its device."""
    properties = {"max_shared_mem": 227 << 10, "arch": "sm90"}
    driver.active.utils = types.SimpleNamespace(get_device_properties=lambda device: properties)


@pytest.fixture
def session(device, tmp_path):
    """A session of proton's, with its hooks at launches and its instrumentation of what is compiled."""
    import triton.profiler as proton

    number = proton.start(str(tmp_path / "profile"), backend="instrumentation", hook="triton")
    yield number
    proton.finalize(number)
    assert not knobs.runtime.launch_enter_hook.calls


@row("`proton.start` to `proton.finalize`")
def test_proton_session(planted, session):
    hooks = list(knobs.runtime.launch_enter_hook.calls)
    assert hooks
    with triton_ext.passes("planted-change"):
        assert value_of(rig.launch(rig.fresh(rig.add))) == 1
    assert list(knobs.runtime.launch_enter_hook.calls) == hooks
    assert value_of(rig.launch(rig.fresh(rig.add))) is None


@pytest.mark.parametrize("text", ["planted-change", PLACED])
@row("proton's instrumentation, and its scopes in a kernel")
def test_proton_instrumentation(planted, session, text):
    import proton_kernels

    stock = rig.launch(rig.fresh(proton_kernels.timed))
    with triton_ext.passes(text), caught() as said:
        kernel = rig.launch(rig.fresh(proton_kernels.timed))
    assert value_of(kernel) == 1 and said == []
    assert kernel.asm["ttir"].count("proton.record") == stock.asm["ttir"].count("proton.record") == 2
    assert kernel.asm["ptx"].count("%clock") == stock.asm["ptx"].count("%clock") > 0
    assert kernel.asm["ptx"] != stock.asm["ptx"]


# Kernels without TTIR ------------------------------------------------------------------------------------------------


def test_nothing_is_placed_into_a_stage_that_is_not_there(planted, cuda, tmp_path):
    import gluon_kernels

    file = stage_file(tmp_path, "ttir")
    with triton_ext.passes(PLACED), caught() as said:
        kernels = [gluon_kernels.launch(), triton.compile(file, target=rig.TARGETS["cuda"])]
    assert [remarks(kernel) for kernel in kernels] == [[("declined", "no-such-stage")]] * 2 and said == []


# The table ---------------------------------------------------------------------------------------------------------

#: Rows whose tests are the option channel's.
ELSEWHERE = {
    "two libraries of ours": "test_libraries.py::test_two_passes_of_one_name_fire_in_one_pipeline",
    "Gluon kernels": "test_ladder.py::test_gluon_kernel_declines_ttir_passes",
    "kernels compiled from a `.ttir` or `.ttgir` file": "test_ladder.py::test_kernel_from_a_ttir_file",
}


def test_the_page_names_what_is_wrapped(planted, cuda):
    named = set(re.findall(r"`(\w+)`", PAGE.read_text().split("\n## What of Triton's is wrapped\n")[1]))
    with triton_ext.passes("planted-change"):
        wrapped = {method.split(".")[1] for method in rig.wrapped_methods()}
        assert wrapped <= named
        with triton_ext.passes("planted-crash"), caught():
            rig.launch(rig.fresh(rig.add))
            wrapped |= {method.split(".")[1] for method in rig.wrapped_methods()}
    assert wrapped == {name for name in named if name.islower()}


def test_every_row_has_its_test():
    table = PAGE.read_text().split("\n| beside passes |", 1)[1].split("\n\n", 1)[0]
    titles = [line.split(" | ")[0].strip("| ") for line in table.splitlines()[2:]]
    assert titles and sorted(titles) == sorted([*ROWS, *ELSEWHERE])
    for where in ELSEWHERE.values():
        file, _, name = where.partition("::")
        assert f"\ndef {name}(" in (HERE.parent / "channel" / file).read_text(), where
