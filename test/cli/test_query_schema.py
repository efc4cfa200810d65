# SPDX-License-Identifier: MIT
"""The published JSON Schemas: what --json prints satisfies them, and they say no more than there is."""

from __future__ import annotations

import copy
import json
import pathlib
import re
import subprocess

import jsonschema
import pytest

from triton_ext import _schemas

FOLDER = pathlib.Path(_schemas.__file__).parent / "schemas"


def validator(cli, name):
    """The validator of what `triton-ext schema NAME` prints; it needs no other file."""
    printed = cli("schema", name)
    schema = json.loads(printed.stdout)
    assert printed.status == 0 and schema == cli("schema", name, "--json").json
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def objects(schema, within="$"):
    """(where, sub-schema) of everything in a schema that describes a JSON object with named members."""
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict) and "type" in schema:
            yield within, schema
        for key, value in schema.items():
            yield from objects(value, f"{within}.{key}")
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            yield from objects(value, f"{within}[{number}]")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_schemas_are_closed_and_explained(path):
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:triton-ext:schema:{path.stem}"
    assert schema["title"] and schema["description"]
    found = list(objects(schema))
    assert found
    for where, part in found:
        assert part.get("additionalProperties") is False, f"{where} takes fields that it does not name"
        for name, described in part["properties"].items():
            assert described.get("description"), f"{where}: {name} has no description"


def test_every_schema_is_printed_whole(cli):
    names = [path.stem for path in FOLDER.glob("*.json")]
    assert {*names} >= {"catalogue", "extension", "error"}
    helped = cli("schema", "--help").stdout
    for name in names:
        text = json.dumps(validator(cli, name).schema)
        assert {*re.findall(r'"\$ref": "([^"#]+)', text)} <= {*re.findall(r'"\$id": "([^"]+)"', text)}
        assert f"  {name} " in helped
    assert cli("schema").stdout == cli("schema", "catalogue").stdout


@pytest.mark.parametrize("libraries", ["main", "planted", "main+mine"], indirect=True)
def test_list_and_show_satisfy_their_schemas(cli, libraries):
    env = {"TRITON_EXT_LIBRARY": libraries}
    catalogue = cli("list", "--json", env=env).json
    every, one = validator(cli, "catalogue"), validator(cli, "extension")
    every.validate(catalogue)
    assert catalogue["extensions"]
    for entry in catalogue["extensions"]:
        one.validate(entry)
    # That the others are shown as they are listed: test_query_agreement.py.
    one.validate(cli("show", entry["name"], "--json", env=env).json)
    none = cli("list", "--json", "no such words", env=env)
    assert none.status == 1
    every.validate(none.json)


def test_every_kind_of_knob_satisfies_the_schema(cli, sample):
    one = validator(cli, "extension")
    for entry in sample["extensions"] + sample["asked"]:
        one.validate(entry)


def test_no_field_may_be_more_or_less_than_the_schema_says(cli, sample):
    one = validator(cli, "extension")
    entry = next(each for each in sample["extensions"] if each["name"] == "sample-knobs")
    assert entry.keys() == {*one.schema["required"]} == one.schema["properties"].keys() - {"forbidden"}
    for change in _changes(entry):
        assert not one.is_valid(change)


def _changes(entry):
    """The entry with one thing wrong in turn."""
    for path in ((), ("knobs", 0), ("measured", 0), ("knobs", 3, "values", 0)):
        for key in [*_at(entry, path)]:
            yield _changed(entry, path, lambda at, key=key: at.pop(key))
        yield _changed(entry, path, lambda at: at.update(newer=1))
    for field, value in {"kind": "transfrom", "stage": "", "status": None, "exactness": "exact", "knobs": {}}.items():
        yield _changed(entry, (), lambda at, field=field, value=value: at.update({field: value}))
    yield _changed(entry, ("knobs", 0), lambda at: at.update(type="integer"))
    yield _changed(entry, ("measured", 0), lambda at: at.update(ratio=0))


def _at(entry, path):
    for step in path:
        entry = entry[step]
    return entry


def _changed(entry, path, change):
    copied = copy.deepcopy(entry)
    change(_at(copied, path))
    return copied


def test_errors_satisfy_their_schema(cli, tmp_path):
    error = validator(cli, "error")
    missing = {"TRITON_EXT_LIBRARY": tmp_path / "none.so"}
    codes = set()
    for words, env in {
        ("lst",): {},
        ("list", "--stage", "x"): {},
        ("show", "lop-split"): {},
        ("show",): {},
        ("schema", "x"): {},
        ("list", "--nothing"): {},
        ("list",): missing,
    }.items():
        ran = cli(*words, "--json", env=env)
        assert ran.status in (2, 3)
        error.validate(ran.json)
        codes.add(ran.error["code"])
    assert codes == {"usage", "unknown-stage", "unknown-extension", "unknown-schema", "library-missing"}


WORDS = {
    "stage": ("stage: {}", "extension"),
    "kind": ("kind: {}", "extension"),
    "status": ("status: {}", "extension"),
    "exactness": ("exactness: {}", "extension"),
    "type": ("knobs: {{a: {{type: {}, default: 1, help: H.}}}}", "knob"),
}


@pytest.mark.parametrize("field", WORDS)
def test_words_are_those_that_registry_yaml_may_have(build, tmp_path, field):
    """Each word of the schema, and no other, is one that the build tool names where it meets a wrong one."""
    line, kind = WORDS[field]
    entry = "one:\n  summary: Do.\n"
    entry += "" if field == "exactness" else "  exactness: bit-exact\n"
    registry = tmp_path / "registry.yaml"
    registry.write_text(f"{entry}  {line.format('no-such-word')}\n")
    tool = build / "bin" / "triton-ext-registry"
    said = subprocess.run([tool, registry, "--out", tmp_path / "out"], capture_output=True, text=True)
    expected = re.search(r"'no-such-word', expected [a-z ]+: ([^;\n]*)", said.stdout + said.stderr)
    assert expected, said.stdout + said.stderr
    assert set(re.split(r", | or ", expected[1])) == {*_schemas.words(field, kind)}
