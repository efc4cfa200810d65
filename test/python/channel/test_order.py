# SPDX-License-Identifier: MIT
"""`triton_ext.pipeline_of`: a set of passes in the order that the catalogue asks for."""

import copy
import itertools

import pytest
import rig

import triton_ext
from triton_ext._library import _entries


@pytest.fixture
def wants(planted, monkeypatch):
    """``wants(name, after=[...], conflicts=[...])`` alters an entry of the planted catalogue."""
    catalogue = copy.deepcopy(_entries.data())
    entries = {entry["name"]: entry for entry in catalogue["extensions"]}
    monkeypatch.setattr(_entries, "data", lambda: catalogue)

    def alter(name, **fields):
        entries[name].update(fields)

    return alter


def names(text):
    return [each.removeprefix("planted-") for each in text.split(",")]


def test_without_wishes_the_order_is_that_of_the_names(wants):
    assert triton_ext.pipeline_of({"planted-hang", "planted-crash", "planted-fail"}) == (
        "planted-crash,planted-fail,planted-hang"
    )
    assert triton_ext.pipeline_of(set()) == triton_ext.pipeline_of({}) == ""


def test_a_set_has_one_text(wants):
    wants("planted-abort", after=["planted-hang"])
    wants("planted-crash", after=["planted-abort"])
    some = ["planted-abort", "planted-crash", "planted-exit", "planted-hang"]
    texts = {triton_ext.pipeline_of(order) for order in itertools.permutations(some)}
    assert [names(text) for text in texts] == [["exit", "hang", "abort", "crash"]]


def test_among_those_that_may_come_next_the_name_decides(wants):
    wants("planted-abort", after=["planted-exit"])
    wants("planted-change", after=["planted-hang"])
    text = triton_ext.pipeline_of(["planted-abort", "planted-change", "planted-exit", "planted-fail", "planted-hang"])
    assert names(text) == ["exit", "abort", "fail", "hang", "change"]


def test_what_is_not_in_the_set_still_stands_between(wants):
    wants("planted-abort", after=["planted-crash"])
    wants("planted-crash", after=["planted-hang", "planted-abort"])
    assert names(triton_ext.pipeline_of({"planted-abort", "planted-hang"})) == ["hang", "abort"]
    assert triton_ext.pipeline_of({"planted-abort"}) == "planted-abort"


def test_forms_of_one_pass(wants):
    text = "planted-change{value=7}"
    change = triton_ext.catalogue.planted_change
    forms = [{"planted-change": {"value": 7}}, {change: {"value": 7}}, [text], {change(value=7)}, [text, text]]
    assert {triton_ext.pipeline_of(form) for form in forms} == {text}
    defaults = [{"planted-change"}, {change}, {"planted-change": None}, {"planted-change": {}}, {change: {"value": 1}}]
    assert {triton_ext.pipeline_of(form) for form in defaults} == {"planted-change"}
    assert triton_ext.pipeline_of(iter(["planted-change{value=1}", change])) == "planted-change"
    assert triton_ext.pipeline_of({"planted-fail": {}, change: {"value": 2}}) == "planted-change{value=2},planted-fail"


def test_the_text_is_taken_where_pipelines_are(wants, cuda):
    wants("planted-change", after=["planted-hang"])
    with triton_ext.passes(triton_ext.pipeline_of({"planted-change": {"value": 3}})):
        assert rig.value_of(rig.launch(rig.fresh(rig.add))) == 3


@pytest.mark.parametrize("side", ["planted-crash", "planted-hang"])
def test_conflicts_are_refused_from_either_side(wants, side):
    (other,) = {"planted-crash", "planted-hang"} - {side}
    wants(side, conflicts=[other])
    with pytest.raises(triton_ext.PipelineError, match=f"^{side} and {other} conflict; a pipeline has one") as caught:
        triton_ext.pipeline_of({"planted-crash", "planted-hang", "planted-fail"})
    assert caught.value.details["code"] == "conflict"
    assert triton_ext.pipeline_of({side, "planted-fail"})


def test_a_circle_is_named(wants):
    wants("planted-abort", after=["planted-hang"])
    wants("planted-hang", after=["planted-abort"])
    sentence = "the catalogue wants (planted-abort|planted-hang) after (?!\\1)planted-(abort|hang) after \\1, so no"
    with pytest.raises(triton_ext.PipelineError, match=sentence) as caught:
        triton_ext.pipeline_of(["planted-abort", "planted-crash", "planted-hang"])
    with pytest.raises(triton_ext.PipelineError) as again:
        triton_ext.pipeline_of(["planted-hang", "planted-crash", "planted-abort"])
    assert str(caught.value) == str(again.value)
    assert triton_ext.pipeline_of({"planted-abort", "planted-crash"}) == "planted-abort,planted-crash"


def test_unknown_names_and_values(wants):
    with pytest.raises(triton_ext.PipelineError, match="unknown pass 'planted-chagne'.*'planted-change'"):
        triton_ext.pipeline_of({"planted-fail", "planted-chagne"})
    with pytest.raises(triton_ext.PipelineError, match="from 0 to 100"):
        triton_ext.pipeline_of({"planted-change": {"value": 101}})
    with pytest.raises(TypeError, match="did you mean 'value'"):
        triton_ext.pipeline_of({"planted-change": {"valeu": 1}})


@pytest.mark.parametrize(
    "passes",
    [
        ["planted-change", "planted-change{value=2}"],
        ["planted-change{value=3}", "planted-change{value=2}"],
        {"planted-change{value=3}": {"value": 3}},
    ],
)
def test_one_pass_in_two_forms(wants, passes):
    with pytest.raises(triton_ext.PipelineError, match="planted-change (is in the set twice|has knobs in its text)"):
        triton_ext.pipeline_of(passes)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "planted-fail,planted-hang",
        "planted-fail@before=ttir.loop_unroll",
        "planted-change{value=2}@before=ttir.loop_unroll",
        "k: planted-fail",
        "k: planted-change{value=2}",
        "drop=ttir.loop_unroll",
        "ttgpuir.pipeline{num-stages=2}",
        "planted-fail,drop=ttir.loop_unroll",
        "drop=ttir.loop_unroll,planted-change{value=2}",
    ],
)
def test_what_is_not_one_pass(wants, word):
    with pytest.raises(triton_ext.PipelineError, match="is not one pass with its knobs; kernels, places and") as caught:
        triton_ext.pipeline_of(["planted-crash", word])
    assert caught.value.details["code"] == "not-a-pass"


@pytest.mark.parametrize("passes", ["planted-fail", None, 3, [3], [("planted-fail", {})], {"planted-fail": "value=1"}])
def test_what_is_no_set_of_passes(wants, passes):
    with pytest.raises(TypeError, match="expected a set of passes|expected the name of a pass"):
        triton_ext.pipeline_of(passes)


def test_it_says_so_where_there_is_no_library(monkeypatch, tmp_path):
    monkeypatch.setenv("TRITON_EXT_LIBRARY", str(tmp_path / "absent.so"))
    with triton_ext.testing.use_library(None), pytest.raises(triton_ext.LibraryMissing):
        triton_ext.pipeline_of({"planted-fail"})
