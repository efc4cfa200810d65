# SPDX-License-Identifier: MIT
"""What the GPU runner finds out of a work before anything is launched (device.plan); needs no GPU."""

import importlib.util
import pathlib

import pytest
import rig
import triton
import triton.language as tl
from triton.runtime.jit import MockTensor

GPU = pathlib.Path(__file__).resolve().parents[2] / "gpu"


@triton.jit
def tailed(x, o, n, B: tl.constexpr, MASKED: tl.constexpr):
    """A loop that loop-split splits, where it is masked."""
    for start in range(0, n, B):
        i = start + tl.arange(0, B)
        mask = i < n if MASKED else None
        tl.store(o + i, tl.load(x + i, mask=mask) * 2.0, mask=mask)


@triton.jit
def squared(x, o):
    """A product of f32 tiles."""
    i = tl.arange(0, 32)
    at = i[:, None] * 32 + i[None, :]
    tile = tl.load(x + at)
    tl.store(o + at, tl.dot(tile, tile, input_precision="ieee"))


class Squared:
    """As Tailed; what passes make of it hangs on the backend's options."""

    def prepare(self, device):
        return self

    def outputs(self, config):
        return {"o": MockTensor(tl.float32)}

    def call(self, config, outputs):
        from work import Call

        return Call(squared, (1,), (MockTensor(tl.float32), outputs["o"]), config)


class Tailed:
    """A work, and its problem, without torch."""

    def prepare(self, device):
        assert device == "meta"
        return self

    def outputs(self, config):
        return {"o": MockTensor(tl.float32)}

    def call(self, config, outputs):
        from work import Call

        return Call(tailed, (1,), (MockTensor(tl.float32), outputs["o"], 1000), {"B": 128, **config})


@pytest.fixture
def device(monkeypatch):
    monkeypatch.syspath_prepend(str(GPU))
    spec = importlib.util.spec_from_file_location("triton_ext_gpu_device", GPU / "device.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_the_same_has_one_digest(device, target):
    split, alike, scalar = "loop-split", "loop-split{max-splits=2}", "loop-split{predicates=scalar}"
    made = device.plan(Tailed(), {"MASKED": True}, [split, alike, scalar])
    assert made[split]["digest"] == made[alike]["digest"] not in ("", None)
    assert made[split]["declines"] == []
    # Only masks of tensors hang on the counter here.
    assert made[scalar]["digest"] == ""
    assert made[scalar]["declines"]
    assert device.plan(Tailed(), {"MASKED": False}, [split])[split]["digest"] == ""


def test_passes_are_told_the_options_of_the_backend(device, target):
    assert device.plan(Squared(), {}, ["dot-precision"])["dot-precision"]["digest"]


def test_what_ttir_does_not_show_is_not_guessed(device, target):
    pipelines = ["conversion-report", "loop-split@before=ttir.loop_unroll", "drop=ttir.loop_unroll"]
    made = device.plan(Tailed(), {"MASKED": True}, pipelines)
    assert made == {pipeline: {"digest": None, "declines": []} for pipeline in pipelines}


def test_what_was_planned_is_compiled_next(device, target):
    """Planning leaves nothing behind by which a launch would be taken for compiled."""
    work = Tailed()
    for _ in range(2):
        assert device.plan(work, {"MASKED": True}, ["loop-split"])["loop-split"]["digest"]
    with rig.counted() as compiled:
        device.compile_only(work, {"MASKED": True}, "")
        device.compile_only(work, {"MASKED": True}, "loop-split")
        device.compile_only(work, {"MASKED": True}, "loop-split")
    assert len(compiled) == 2
