# SPDX-License-Identifier: MIT
"""`triton-ext list` and `triton-ext show`: what they keep, what they print, what they refuse."""

from __future__ import annotations

import copy
import json

import pytest

FILTERS = {
    ("--scope", "sample"): {"sample-arch"},
    ("--scope", "generic"): {"sample-dialect", "sample-knobs", "sample-target"},
    ("--arch", "sm_90"): {"sample-dialect", "sample-knobs", "sample-target"},
    ("--arch", "sm_90a"): {"sample-dialect", "sample-knobs", "sample-target"},
    ("--arch", "90"): {"sample-dialect", "sample-knobs", "sample-target"},
    ("--arch", "sm_80"): {"sample-dialect", "sample-knobs"},
    ("--arch", "sm_80,sm_90"): {"sample-dialect", "sample-knobs", "sample-target"},
    ("--arch", "sm_120"): {"sample-dialect", "sample-knobs"},
    ("--arch", "gfx942"): {"sample-dialect", "sample-knobs"},
    ("--arch", "sampled:s2"): {"sample-arch", "sample-dialect", "sample-knobs"},
    ("--stage", "ttgir"): {"sample-knobs"},
    ("--stage", "ttgir", "--stage", "ttir"): {"sample-arch", "sample-dialect", "sample-knobs", "sample-target"},
    ("--kind", "dialect"): {"sample-dialect"},
    ("--status", "retired"): {"old-sample"},
    ("--status", "retired,experimental", "--stage", "ttir", "--kind", "transform"): {
        "old-sample",
        "sample-arch",
        "sample-target",
    },
    ("--exactness", "approximates"): {"sample-knobs"},
    ("--exactness", "bit-exact,approximates"): {"sample-arch", "sample-knobs", "sample-target"},
    ("--knob", "some-mode"): {"sample-knobs"},
    ("HELLO",): {"sample-knobs"},
    ("for", "architectures"): {"sample-arch"},
    ("architectures", "--exactness", "approximates"): set(),
    ("no such words",): set(),
    (): {"sample-arch", "sample-dialect", "sample-knobs", "sample-target"},
}


@pytest.mark.parametrize("words", FILTERS, ids=" ".join)
def test_filters_keep_what_satisfies_them(stand_in, sample, words):
    run = stand_in(sample["extensions"])
    listed = run("list", *words, "--json")
    assert {entry["name"] for entry in listed.json["extensions"]} == FILTERS[words]
    assert listed.status == (0 if FILTERS[words] else 1)
    text = run("list", *words)
    assert {line.split()[0] for line in text.stdout.splitlines()} == FILTERS[words]
    assert text.status == listed.status


MISTAKES = {
    ("list", "--stage", "ttirr"): ("unknown-stage", "ttir"),
    ("list", "--kind", "tranform"): ("unknown-kind", "transform"),
    ("list", "--status", "stabel"): ("unknown-status", "stable"),
    ("list", "--status", "stable,retird"): ("unknown-status", "retired"),
    ("list", "--exactness", "bitexact"): ("unknown-exactness", "bit-exact"),
    ("list", "--knob", "max_splits"): ("unknown-knob", "max-splits"),
    ("list", "--scope", "genric"): ("unknown-scope", "generic"),
    ("list", "--arch", "sm90"): ("unknown-arch", "sm_90"),
    ("list", "--stats", "stable"): ("usage", "--status"),
    ("show", "lop-split"): ("unknown-extension", "loop-split"),
    ("show", "LoopSplit"): ("unknown-extension", "loop-split"),
    ("schema", "catalog"): ("unknown-schema", "catalogue"),
    ("completion", "bsh"): ("usage", "bash"),
    ("lst",): ("usage", "list"),
}


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_a_wrong_word_is_answered_with_the_nearest(cli, words):
    code, meant = MISTAKES[words]
    wrong = cli(*words, "--json")
    assert wrong.status == 2 and wrong.stderr == ""
    assert wrong.error["code"] == code and wrong.error["nearest"][0] == meant
    people = cli(*words)
    assert people.status == 2 and people.stdout == ""
    assert people.stderr.startswith("triton-ext: error: ") and f"did you mean {meant}" in people.stderr


def test_a_mistake_leads_to_the_help_of_its_command(cli):
    for words in (["list", "--stats", "x"], ["list", "--stage"], ["show"], ["show", "a", "b"]):
        assert cli(*words, "--json").error["hint"] == f"triton-ext {words[0]} --help"
    for words in (["lst"], ["--hlep"]):
        assert cli(*words, "--json").error["hint"] == "triton-ext --help"


def test_a_missing_library_is_the_environments_fault(cli, tmp_path):
    for words in (["list"], ["show", "loop-split"]):
        missing = cli(*words, "--json", env={"TRITON_EXT_LIBRARY": tmp_path / "none.so"})
        assert missing.status == 3 and missing.error["code"] == "library-missing"


def test_list_has_one_line_an_extension_in_aligned_columns(cli):
    lines = cli("list").stdout.splitlines()
    entries = cli("list", "--json").json["extensions"]
    assert len(lines) == len(entries)
    starts = set()
    for line, entry in zip(lines, entries, strict=True):
        assert line.split()[0] == entry["name"] and line.endswith(entry["summary"])
        starts.add(line.index(entry["summary"]))
    assert len(starts) == 1


def test_show_says_all_there_is(stand_in, sample):
    """Every text of the entry, every value of every knob and the facts of every run stand somewhere."""
    entry = copy.deepcopy(next(each for each in sample["extensions"] if each["name"] == "sample-knobs"))
    entry |= {"name": "mine/sample-knobs", "library": "mine", "source": "/opt/mine.so"}
    entry["requires"] = {"capability": ">=90, <120"}
    entry["measured"].append({"work": "gemm", "machine": "MI300X", "triton": "3.9.0", "ratio": 1.25, "knobs": {}})
    shown = stand_in([entry])("show", entry["name"])
    assert shown.status == 0
    text = " ".join(shown.stdout.split())
    unsaid = ("class",)
    for field, value in entry.items():
        for said in _said(value) if field not in unsaid and field != "knobs" else ():
            assert said in text, field
    for knob in entry["knobs"]:
        line = next(line for line in shown.stdout.splitlines() if line.startswith(f"  {knob['name']} "))
        assert line.split()[1] == knob["type"] and "default " in line
        assert knob["range"] is None or "from {} to {}".format(*knob["range"]) in line
        assert ("try " in line) == bool(knob["try"])
        assert " ".join(knob["help"].split()) in text
        for value in knob["values"]:
            assert f"{value['value']} {value['help']}" in text
    assert "some-count int default 2, from -1 to 8, try 1 2" in text
    assert "some-ratio float default 0.5, from 0.25 to 1, searched by factors" in text
    assert "some-sizes int-list default 16,32, from 1 to 64, try 16 32,64" in text
    assert "0.970 attention H200 3.6.0 some-count=4" in text and "1.250 gemm MI300X 3.9.0" in text
    assert "approximates: values may differ by more than rounding" in text


def _said(value):
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, list):
        for each in value:
            yield from _said(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _said(each)


def test_what_is_assumed_is_read_as_sentences(stand_in, sample):
    entry = copy.deepcopy(next(each for each in sample["extensions"] if each["name"] == "sample-knobs"))
    entry["assumes"] = ["Nothing is masked.", "every pointer is aligned"]
    said = stand_in([entry])("show", "sample-knobs").stdout
    assert "Nothing is masked. every pointer is aligned." in " ".join(said.split())


def test_show_leads_from_what_is_retired_to_its_successor(stand_in, sample):
    shown = stand_in(sample["extensions"])("show", "old-sample")
    assert shown.status == 0 and "Retired: use sample-knobs instead." in shown.stdout
    assert "triton_ext.passes" not in shown.stdout


def test_the_usage_that_show_gives_is_right(cli):
    """The pipeline text of both lines is one that the library takes."""
    import triton_ext

    lines = cli("show", "loop-split").stdout.splitlines()
    python = next(line for line in lines if "triton_ext.passes(" in line).split('"')[1]
    shell = next(line for line in lines if "TRITON_EXT_PASSES=" in line).split("'")[1]
    assert python == shell == triton_ext.catalogue.loop_split(max_splits=2)


def test_an_extension_of_another_library_is_found_by_its_whole_name(stand_in, sample):
    entries = copy.deepcopy(sample["extensions"])
    for entry in entries:
        entry["name"] = f"mine/{entry['name']}"
    run = stand_in(entries)
    assert run("show", "mine/sample-knobs").status == 0
    for wrong in ("sample-knobs", "mine/sample-knob", "main/sample-knobs"):
        missing = run("show", wrong, "--json")
        assert missing.status == 2 and missing.error["nearest"][0] == "mine/sample-knobs"


def test_help_says_what_no_match_comes_to(cli):
    helped = " ".join(cli("list", "--help").stdout.split())
    assert "1 where nothing matches" in helped and "--status retired only" in helped


@pytest.mark.parametrize(
    "words", [["list"], ["show", "loop-split"], ["schema"], ["schema", "error"], ["--version"], []]
)
def test_every_answer_is_json_and_the_same_as_yaml(cli, words):
    from ruamel.yaml import YAML

    as_json = cli(*words, "--json")
    as_yaml = cli(*words, "--yaml")
    assert as_json.status == as_yaml.status == 0
    loaded = YAML(typ="safe").load(as_yaml.stdout)
    assert json.loads(json.dumps(loaded)) == as_json.json
