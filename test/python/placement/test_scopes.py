# SPDX-License-Identifier: MIT
"""Which kernels a pipeline is for, under which key; what is said where it is written."""

import pytest
import rig
import triton
from triton.runtime.driver import driver

import triton_ext
from triton_ext._channel import _scope
from triton_ext._stock import _points, _records

TEXT = "add: planted-change{value=3}@before=ttir.combine; s?ale: planted-change{value=4}; a*: planted-change{value=5}"


def launched(text, kernel=rig.add):
    with triton_ext.passes(text):
        return rig.launch(rig.fresh(kernel))


def test_the_first_rule_that_matches(planted, target):
    assert rig.value_of(launched(TEXT)) == 3
    assert rig.value_of(launched(TEXT, rig.scale)) == 4
    with triton_ext.passes(TEXT):
        product = rig.launch_product(rig.fresh(rig.product))
    stock = rig.launch_product(rig.fresh(rig.product))
    assert rig.code(product) == rig.code(stock) and triton_ext.report(product) == []


def test_keys_follow_the_kernels_own_rule(planted, target):
    with rig.counted() as compiled:
        stock, none = rig.launch(rig.fresh(rig.add)), launched("x*: planted-change")
        assert len(compiled) == 1 and none.hash == stock.hash  # stock under stock's key
        one = launched("planted-change{value=3}@before=ttir.combine")
        two = launched(TEXT)
        three = launched("add: planted-change{value=3}@before=ttir.combine; x*: planted-change")
    assert one.hash == two.hash == three.hash != stock.hash and len(compiled) == 2
    kernel = rig.fresh(rig.add)
    seen = []
    for text in (None, TEXT, None, "x*: planted-change", TEXT):  # in memory, too
        seen.append(rig.value_of(rig.launch(kernel) if text is None else _in(text, kernel)))
    assert seen == [None, 3, None, None, 3]


def _in(text, kernel):
    with triton_ext.passes(text):
        return rig.launch(kernel)


def test_a_compile_without_a_launch(planted, target):
    with triton_ext.passes(TEXT):
        kernel = triton.compile(rig.source(rig.fresh(rig.add)), target=rig.TARGETS[target])
        other = triton.compile(rig.source(rig.fresh(rig.scale)), target=rig.TARGETS[target])
    assert (rig.value_of(kernel), rig.value_of(other)) == (3, 4)


def test_a_kernel_whose_name_depends_on_its_specialisation(planted, cuda):
    kernel = triton.jit(rig.add.fn, repr=lambda specialization: f"add_{specialization.constants['B']}")
    assert _scope._name_of(kernel) is None
    with triton_ext.passes("add_128: planted-change{value=8}; add_256: planted-change{value=9}"):
        values = [rig.value_of(rig.launch(kernel, B=size)) for size in (128, 256, 512)]
    assert values == [8, 9, None]


def test_a_tuner_keeps_a_table_for_each_rule(planted, cuda):
    counts = []

    def bench(call, quantiles):
        counts.append(1)
        return [1.0, 1.0, 1.0]

    tuner = triton.autotune([triton.Config({"B": 128}), triton.Config({"B": 256})], key=["n"], do_bench=bench)(
        rig.fresh(rig.add)
    )

    def tune(text):
        with triton_ext.passes(text):
            tuner.run(rig.MockTensor(rig.tl.float32), rig.MockTensor(rig.tl.float32), 5, grid=(1,), warmup=True)
        return len(counts)

    assert [tune(text) for text in ("", "x*: planted-change", TEXT, "planted-change{value=3}@before=ttir.combine")] == [
        2,
        2,
        4,
        4,
    ]


@pytest.mark.parametrize(
    ("wider", "added", "expected"),
    [
        ("planted-change", "+drop=ttir.combine", "planted-change,drop=ttir.combine"),
        ("a*: planted-change", "+drop=ttir.combine", "a*: planted-change,drop=ttir.combine; drop=ttir.combine"),
        ("planted-change", "+a*: drop=ttir.combine", "a*: planted-change,drop=ttir.combine; planted-change"),
        ("a*: planted-change", "+a*: drop=ttir.combine", "a*: planted-change,drop=ttir.combine"),
        (
            "a*: planted-change; planted-change{value=2}",
            "+drop=ttir.combine",
            "a*: planted-change,drop=ttir.combine; planted-change{value=2},drop=ttir.combine",
        ),
    ],
)
def test_what_is_added_stands_behind_what_a_kernel_has(planted, cuda, wider, added, expected):
    from triton_ext import _pipeline

    assert _pipeline.check(_pipeline.compose(wider, added)).canonical == _pipeline.check(expected).canonical


def test_rules_cannot_be_added_to_other_rules(planted, cuda):
    with (
        pytest.raises(triton_ext.PipelineError, match="by different patterns"),
        triton_ext.passes("a*: planted-change"),
    ):
        with triton_ext.passes("+s*: planted-change"):
            pass


MISTAKES = {
    "drop=ttir.lop_unroll": ("has no stock pass ttir.lop_unroll", "'ttir.loop_unroll'"),
    "drop=ttir.lop-unroll": ("has no stock pass ttir.lop_unroll", "'ttir.loop_unroll'"),
    "planted-change@before=ttgpuir.coalesce": ("ttgpuir.coalesce is a step of ttgir", "planted-change runs in ttir"),
    "drop=ttgir.ttir.loop_unroll": ("ttir.loop_unroll is a step of ttir", "ttgir has none"),
    "drop=ttir.combine#4": ("ttir.combine occurs 1 times", ""),
    "ttgpuir.assign_latencies{num-stagse=3}": ("has no parameter num-stagse", "did you mean num-stages?"),
    "ttgpuir.f32_dot_tc{emu-tf32=3}": ("expects true or false, got", ""),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_an_error_where_it_is_written(planted, cuda, text):
    with pytest.raises(triton_ext.PipelineError) as caught:
        triton_ext.passes(text)
    message = str(caught.value)
    assert all(part in message for part in MISTAKES[text])
    line, caret = message.splitlines()[-2:]
    column = caught.value.details["column"]
    assert line.strip() == text and caret.index("^") == line.index(text[column - 1 :])
    if "{" not in text:
        triton_ext.passes(f"{text}?")


def test_the_releases_that_have_a_pass_are_named(planted, cuda):
    """A pass that some release has and this one does not."""
    everything = {name for release in _records.releases() for name in _records.names(release)}
    gone = sorted(everything - _points.bindings())
    assert gone, "every recorded pass of every release is there"
    with pytest.raises(triton_ext.PipelineError, match=r"ha(s|ve) it"):
        triton_ext.passes(f"drop={gone[0]}")
    triton_ext.passes(f"drop={gone[0]}?")


def test_another_targets_pass(planted, target):
    names = {"cuda": ("ttgpuir.optimize_epilogue", "hip:gfx942"), "hip": ("ttnvgpuir.tma_lowering", "cuda:90")}
    name, other = names[target]
    with pytest.raises(triton_ext.PipelineError, match=f"has no step {name}") as caught:
        triton_ext.passes(f"drop={name}")
    assert other in str(caught.value)
    before = driver._active
    driver._active = None
    try:
        triton_ext.passes(f"drop={name}")  # nobody knows for which target
    finally:
        driver._active = before
