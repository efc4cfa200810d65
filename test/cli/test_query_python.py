# SPDX-License-Identifier: MIT
"""`triton_ext.catalogue`: frozen entries, called for their text in a pipeline."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
import typing

import pytest

import triton_ext
from triton_ext._catalogue import _extension
from triton_ext._library import _entries


@pytest.fixture
def samples(stand_in, sample):
    """The catalogue, with the sample's entries in place of the library's."""
    stand_in(sample["extensions"])
    return triton_ext.catalogue


def test_the_catalogue_is_sorted_and_frozen():
    extensions = triton_ext.catalogue()
    names = [each.name for each in extensions]
    assert isinstance(extensions, tuple) and names == sorted(names) and "loop-split" in names
    for extension in extensions:
        for entry in (extension, *extension.knobs, *extension.measured):
            assert hash(entry) == hash(copy.deepcopy(entry)) and copy.deepcopy(entry) == entry
            assert pickle.loads(pickle.dumps(entry)) == entry
            with pytest.raises(dataclasses.FrozenInstanceError):
                entry.name = "another"
        with pytest.raises(TypeError, match="cannot be changed"):
            extension.requires["capability"] = ">=90"
    assert [*triton_ext.catalogue] == [*extensions] and len(triton_ext.catalogue) == len(extensions)


def test_fields_are_those_of_the_json(samples, sample):
    """Every value, under the JSON's name or the one that Python allows."""
    pairs = [(samples[entry["name"]], entry) for entry in sample["extensions"]]
    assert len(pairs) == len(samples())
    for extension, entry in pairs:
        assert same(extension, entry), entry["name"]
    altered = copy.deepcopy(pairs[-2][1])
    altered["knobs"][0]["try"] = []
    assert not same(pairs[-2][0], altered)


def same(value, data):
    """Whether what Python has says the same as what JSON has."""
    if dataclasses.is_dataclass(value):
        named = {field.metadata.get("json") or field.name: field.name for field in dataclasses.fields(value)}
        return named.keys() == data.keys() and all(same(getattr(value, named[key]), data[key]) for key in data)
    if isinstance(data, list):
        return isinstance(value, tuple) and len(value) == len(data) and all(map(same, value, data))
    if isinstance(data, dict):
        return value.keys() == data.keys() and all(same(value[key], data[key]) for key in data)
    return value == data and type(value) is type(data)


@pytest.mark.parametrize("kind", [_extension.Extension, _extension.Knob, _extension.KnobValue, _extension.Measured])
def test_every_field_is_explained(kind):
    for field in dataclasses.fields(kind):
        assert f"\n{field.name}: " in inspect.cleandoc(kind.__doc__), field.name


def test_values_have_the_types_of_their_knobs(samples):
    knobs = {knob.name: knob for knob in samples.sample_knobs.knobs}
    assert knobs["some-flag"].default is True and knobs["some-flag"].try_values == (True, False)
    assert knobs["some-count"].range == (-1, 8) and type(knobs["some-count"].default) is int
    assert knobs["some-ratio"].default == 0.5 and type(knobs["some-ratio"].default) is float and knobs["some-ratio"].log
    assert knobs["some-sizes"].default == (16, 32) and knobs["some-sizes"].try_values == ((16,), (32, 64))
    assert knobs["no-sizes"].default == () and knobs["least"].default == -(2**63)
    assert knobs["some-mode"].values[0] == _extension.KnobValue("first-mode", 'the "first"')
    assert samples.sample_knobs.measured[0].knobs == {"some-count": 4}


def test_signature_is_that_of_the_knobs(samples):
    signature = inspect.signature(samples.sample_knobs)
    assert signature.return_annotation is str
    assert {each.kind for each in signature.parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    expected = {
        "some_flag": (bool, True),
        "some_count": (int, 2),
        "some_ratio": (float, 0.5),
        "some_mode": (typing.Literal["first-mode", "second-mode"], "second-mode"),
        "some_text": (str, 'a "b" \\ c'),
        "some_sizes": (tuple[int, ...], (16, 32)),
        "no_sizes": (tuple[int, ...], ()),
        "least": (int, -(2**63)),
    }
    assert {name: (each.annotation, each.default) for name, each in signature.parameters.items()} == expected
    assert "name" in inspect.signature(_extension.Extension).parameters


def test_help_is_made_from_the_entry(samples):
    text = samples.sample_knobs.__doc__
    assert text.startswith("sample_knobs(*, some_flag: bool = True,")
    for said in (
        'Say "hello"',
        "approximates",
        'it "likes"',
        "some_count: int, -1 to 8, default 2. Count.",
        "the second",
    ):
        assert said in text
    assert samples.sample_knobs.__name__ == "sample_knobs"
    shown = subprocess.run(
        [sys.executable, "-c", "import triton_ext; help(triton_ext.catalogue.loop_split)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "max_splits: int, 1 to 4, default 1." in shown


def test_calling_a_pass_gives_its_canonical_text():
    split = triton_ext.catalogue.loop_split
    assert split() == split(max_splits=1) == "loop-split"
    assert split(max_splits=2) == "loop-split{max-splits=2}"
    assert split(predicates="mask", keep_rounding=False, max_splits=3) == (
        "loop-split{max-splits=3 keep-rounding=false predicates=mask}"
    )
    assert split(**{"keep-rounding": False}) == split.pipeline(keep_rounding=False) == "loop-split{keep-rounding=false}"
    for run in split.measured:
        assert split(**run.knobs).startswith("loop-split")
    assert triton_ext.passes(split(max_splits=2))


def test_every_value_to_try_is_taken():
    tried = 0
    for extension in triton_ext.catalogue():
        for knob in extension.knobs:
            for value in (knob.default, *knob.try_values):
                text = extension(**{knob.python: value})
                assert (value == knob.default) == (text == extension.name)
                tried += 1
    assert tried


def test_values_are_spelled_as_pipelines_read_them(samples):
    text = {knob.name: knob.text for knob in samples.sample_knobs.knobs}
    assert text["some-flag"](False) == "false" and text["some-ratio"](0.5) == "0.5"
    assert text["some-sizes"]((1, 2)) == text["some-sizes"]([1, 2]) == "1,2" and text["no-sizes"](()) == "{}"
    assert text["some-text"]("plain") == "plain" and text["some-text"]("") == "''"
    assert text["some-text"]("two words") == "'two words'" and text["some-text"]("it's") == '"it\'s"'


MISTAKES = {
    lambda split: split(max_split=2): (TypeError, "did you mean 'max_splits'"),
    lambda split: split(nothing=2): (TypeError, "It has max_splits, keep_rounding, predicates, dot_tails, pointers"),
    lambda split: split(2): (TypeError, "positional"),
    lambda split: split(max_splits=9): (triton_ext.PipelineError, "from 1 to 4, not '9'"),
    lambda split: split(max_splits=True): (triton_ext.PipelineError, "from 1 to 4, not 'true'"),
    lambda split: split(max_splits=None): (triton_ext.PipelineError, "from 1 to 4, not 'None'"),
    lambda split: split(keep_rounding=1): (triton_ext.PipelineError, "true or false, not '1'"),
    lambda split: split(predicates="masks"): (triton_ext.PipelineError, "scalar, tail, causal, windowed, mask or all"),
    lambda split: split(predicates="mask max-splits=2"): (
        triton_ext.PipelineError,
        "scalar, tail, causal, windowed, mask or all",
    ),
    lambda split: triton_ext.catalogue.triton(): (triton_ext.PipelineError, "is a dialect, not a pass"),
    lambda split: triton_ext.catalogue.lop_split: (AttributeError, "did you mean 'loop_split'"),
    lambda split: triton_ext.catalogue["lop-split"]: (KeyError, "did you mean 'loop-split'"),
    lambda split: triton_ext.catalogue["loop_split"]: (KeyError, "did you mean 'loop-split'"),
    lambda split: split.unmet_requirement("sm90"): (ValueError, "sm_90"),
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=[words for _, words in MISTAKES.values()])
def test_a_mistake_is_told_at_once(mistake):
    kind, words = MISTAKES[mistake]
    with pytest.raises(kind) as caught:
        mistake(triton_ext.catalogue.loop_split)
    assert words in str(caught.value)


def test_names_of_libraries_are_kept_apart(stand_in, sample):
    other = copy.deepcopy(sample["extensions"])
    for entry in other:
        entry["name"] = f"my-own/{entry['name']}"
    stand_in(sample["extensions"] + other)
    catalogue = triton_ext.catalogue
    assert len(catalogue()) == 2 * len(other) and len(catalogue.my_own()) == len(other)
    assert catalogue.my_own.sample_knobs.name == "my-own/sample-knobs"
    assert catalogue.my_own["sample-knobs"] is catalogue["my-own/sample-knobs"] is catalogue.my_own.sample_knobs
    assert catalogue.sample_knobs.name == "sample-knobs"
    assert (
        "my_own" in dir(catalogue) and "sample_knobs" in dir(catalogue.my_own) and "my_own" not in dir(catalogue.my_own)
    )
    with pytest.raises(AttributeError, match="sample_knobs"):
        catalogue.my_own.sample_knob  # noqa: B018


def test_dir_has_what_can_be_asked_for():
    for name in dir(triton_ext.catalogue):
        getattr(triton_ext.catalogue, name)
    assert "loop_split" in dir(triton_ext.catalogue)
    assert "loop-split" in triton_ext.catalogue and "loop_split" not in triton_ext.catalogue


def test_targets_are_read_as_people_write_them():
    read = {"sm_90": ("cuda", "90"), "sm_90a": ("cuda", "90"), "90": ("cuda", "90"), "sm_120": ("cuda", "120")}
    read |= {"gfx942": ("hip", "gfx942"), "cpu:x86-64": ("cpu", "x86-64"), "cuda:90": ("cuda", "90")}
    assert {word: _entries.target(word) for word in read} == read
    for wrong in ("", "sm90", "sm_", "90x86", "hopper", "gfx", ":90", "cuda:"):
        with pytest.raises(ValueError, match="is no target"):
            _entries.target(wrong)


def test_the_rule_of_requirements_is_the_librarys(sample):
    """The same sentence, or none, as C++ says for every entry and target of the sample."""
    compared, unmet = 0, 0
    for entry, reasons in zip(sample["asked"], sample["reasons"], strict=True):
        for reason in reasons:
            ours = _entries.unmet_requirement(entry, reason["backend"], reason["arch"])
            assert ours == reason["unmet"], (entry["requires"], reason)
            compared, unmet = compared + 1, unmet + (ours is not None)
    assert compared > 1000 and 200 < unmet < compared - 200


def test_an_extension_says_why_it_is_not_for_a_target(samples):
    assert samples.sample_target.unmet_requirement("sm_90") is None
    assert samples.sample_target.unmet_requirement("sm_80") == (
        "sample-target requires capability >=90, <120, and this target is 80"
    )


def test_asking_imports_no_triton():
    code = (
        "import sys, triton_ext; triton_ext.catalogue(); triton_ext.catalogue.loop_split(max_splits=2);"
        "sys.exit('triton' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
