# SPDX-License-Identifier: MIT
"""The JSON Schemas of what the command line prints, and the words that they explain."""

import functools
import json
import os

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schemas")


def schema_names():
    """The names that `schema` knows, sorted."""
    return sorted(name[: -len(".json")] for name in os.listdir(_FOLDER) if name.endswith(".json"))


@functools.lru_cache
def schema(name):
    """The JSON Schema called ``name``, as its file has it: a dict."""
    with open(os.path.join(_FOLDER, f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


def words(field, kind="extension"):
    """The words that a field may have, with what each means: a dict, from the schema."""
    described = schema("extension")
    found = (described if kind == "extension" else described["$defs"][kind])["properties"][field]
    choices = next((each for each in found.get("anyOf", [found]) if "oneOf" in each), found)
    return {each["const"]: each["description"] for each in choices["oneOf"]}
