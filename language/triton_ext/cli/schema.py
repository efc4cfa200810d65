# SPDX-License-Identifier: MIT
"""`triton-ext schema`: what the JSON of the commands looks like, as JSON Schema (draft 2020-12)."""

import argparse
import json

from .. import _schemas, _words
from ._answer import Answer, CommandError


def add_arguments(parser):
    titles = {name: _schemas.schema(name)["description"].split(". ")[0].rstrip(".") for name in _schemas.schema_names()}
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(
        [
            "A schema stands alone: those that it refers to are among its definitions.",
            "",
            *(line for name, title in titles.items() for line in _wrapped(name, title)),
        ]
    )
    name = parser.add_argument(
        "name", nargs="?", default="catalogue", metavar="NAME", help="one of those below (default: catalogue)"
    )
    name.completer = lambda **_: _schemas.schema_names()


def _wrapped(name, title):
    import textwrap

    return textwrap.wrap(title, 78, initial_indent=f"  {name:<10} ", subsequent_indent=" " * 13)


def run(options):
    names = _schemas.schema_names()
    if options.name not in names:
        raise CommandError(
            "unknown-schema",
            f"there is no schema {options.name!r}",
            nearest=_words.nearest(options.name, names),
            hint=f"it is one of {', '.join(names)}",
        )
    schema = bundled(options.name)
    return Answer(schema, json.dumps(schema, indent=2))


def bundled(name):
    """The schema ``name`` with those that it refers to among its definitions, so that it stands alone."""
    schema = dict(_schemas.schema(name))
    by_id = {_schemas.schema(each)["$id"]: each for each in _schemas.schema_names()}
    inside = {by_id[each]: _schemas.schema(by_id[each]) for each in sorted(_references(schema)) if each in by_id}
    if inside:
        schema["$defs"] = {**schema.get("$defs", {}), **inside}
    return schema


def _references(value):
    """The addresses that ``$ref``s of a schema name."""
    if isinstance(value, dict):
        own = {value["$ref"].partition("#")[0]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()
