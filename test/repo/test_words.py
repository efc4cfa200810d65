# SPDX-License-Identifier: MIT
"""What is said in two languages is said alike: the words of a catalogue, and keywords."""

import json
import keyword
import re

import pytest
import tree

from triton_ext.cli import _spelling

SCHEMA = "language/triton_ext/schemas/extension.json"
WORDS = {"kind": "kinds", "stage": "stages", "status": "statuses", "exactness": "exactnesses"}


def constants(schema):
    """The words that a property of a JSON Schema may be."""
    listed = schema.get("enum", []) + [each["const"] for each in schema.get("oneOf", []) if "const" in each]
    for each in schema.get("oneOf", []) + schema.get("anyOf", []):
        listed += constants({key: value for key, value in each.items() if key != "const"})
    return [word for word in listed if word is not None]


@pytest.mark.parametrize("field", WORDS)
def test_the_json_schema_has_the_words_of_the_catalogue(field):
    published = json.loads(tree.text_of(SCHEMA))["properties"][field]
    assert constants(published) == tree.schema_words(WORDS[field]), f"{SCHEMA} and infra/registry/Schema.cpp: {field}"


def test_the_json_schema_has_the_fields_of_the_catalogue():
    published = json.loads(tree.text_of(SCHEMA))["properties"].keys()
    unpublished = tree.schema_fields("Entry").keys() - published
    assert not unpublished, f"{SCHEMA} lacks {sorted(unpublished)}, which an entry may have"


def set_of(function):
    """The words of the set that a function of Schema.cpp holds."""
    text = tree.text_of("infra/registry/Schema.cpp")
    body = text[text.index(f"static bool {function}(") :].split("};", 1)[0]
    return set(re.findall(r'"(\w+)"', body))


def test_keywords_are_the_same_everywhere():
    assert set_of("isCppKeyword") == _spelling.CPP_KEYWORDS, "language/triton_ext/cli/_spelling.py, Schema.cpp"
    # `True`, `False` and `None` are no names in kebab-case.
    assert set_of("isPythonKeyword") == {word for word in keyword.kwlist if word.islower()}, "Schema.cpp"


def test_an_entry_is_explained_field_by_field():
    page = tree.text_of("CONTRIBUTING.md")
    said = set(re.findall(r"[a-z]+", " ".join(tree.spans(page))))
    # Where the folder is says the scope.
    unsaid = (tree.schema_fields("Entry").keys() | tree.schema_fields("KnobSpec").keys()) - said - {"scope"}
    assert not unsaid, f"CONTRIBUTING.md does not say what {sorted(unsaid)} of an entry mean"
    for field in ("exactness", "status", "kind"):
        missing = set(tree.schema_words(WORDS[field])) - set(tree.spans(page))
        assert not missing, f"CONTRIBUTING.md does not name the {field} {sorted(missing)}"


def test_the_helpers_see_mistakes():
    assert constants({"enum": ["a", None]}) == ["a"]
    assert constants({"oneOf": [{"const": "a"}, {"const": "b"}]}) == ["a", "b"]
    assert constants({"anyOf": [{"oneOf": [{"const": "a"}]}, {"type": "null"}]}) == ["a"]
    assert "switch" in set_of("isCppKeyword") and "lambda" in set_of("isPythonKeyword")
