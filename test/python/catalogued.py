# SPDX-License-Identifier: MIT
"""The passes of the catalogue as tests run them: each with the knobs worth trying, and all in order.

Asks the library alone, and needs no Triton.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import triton_ext
from triton_ext._library import _entries
from triton_ext.cli._pass import pipelines
from triton_ext.cli.show import value_text

STAGES = ("ttir", "ttgir")
"""Where the passes run that tests look at."""


@dataclasses.dataclass(frozen=True)
class Variant:
    """One pass with its knobs. knobs: those that are not at their default, by name."""

    name: str
    pipeline: str
    knobs: dict[str, Any] = dataclasses.field(hash=False, default_factory=dict)

    def __str__(self) -> str:
        return self.pipeline


def passes(kinds: Iterable[str] = _entries.PASS_KINDS) -> list[dict[str, Any]]:
    """The entries of triton-ext's own passes in use that run on Triton's IR, by name.

    Another library that this process has loaded is not there in the processes that tests start.
    """
    return [
        entry
        for entry in _entries.data()["extensions"]
        if entry["kind"] in kinds and entry["stage"] in STAGES and entry["status"] != "retired" and not entry["library"]
    ]


def tried(knob: dict[str, Any]) -> list[Any]:
    """The values of a knob that are worth a test, its default left out."""
    values = knob["try"] or [value["value"] for value in knob["values"]]
    if knob["type"] == "bool":
        values = [True, False]
    return [value for value in values if value != knob["default"]]


def variants(entry: dict[str, Any]) -> list[Variant]:
    """A pass at its defaults, then with each value that is worth trying, one knob at a time."""
    texts = ["", *(f"{k['name']}={value_text(value)}" for k in entry["knobs"] for value in tried(k))]
    return [Variant(entry["name"], text, knobs) for text, knobs in pipelines(entry, texts).items()]


def all_variants(kinds: Iterable[str] = _entries.PASS_KINDS) -> list[Variant]:
    """The variants of every pass."""
    return [variant for entry in passes(kinds) for variant in variants(entry)]


def all_together(entries: list[dict[str, Any]]) -> list[str]:
    """Pipelines of all passes of a stage in the catalogue's order: at their defaults, and with knobs away from them.

    Passes that conflict stand in different ones, so that each pass is in one at least.
    """
    found = []
    for stage in STAGES:
        for several in _without_conflicts([entry for entry in entries if entry["stage"] == stage]):
            found.append(triton_ext.pipeline_of({entry["name"] for entry in several}))
            found.append(triton_ext.pipeline_of({_away(entry) for entry in several}))
    return list(dict.fromkeys(found))


def _away(entry: dict[str, Any]) -> str:
    """A pass with its first knob that has something to try away from the default."""
    return variants(entry)[min(1, len(variants(entry)) - 1)].pipeline


def _without_conflicts(entries: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Sets without conflicts, as large as they come, that together have all the entries."""
    left = list(entries)
    while left:
        chosen: list[dict[str, Any]] = []
        for entry in [*left, *(other for other in entries if other not in left)]:
            if not any(_conflict(entry, other) for other in chosen):
                chosen.append(entry)
        yield chosen
        left = [entry for entry in left if entry not in chosen]


def _conflict(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one["name"] in (other["conflicts"] or ()) or other["name"] in (one["conflicts"] or ())
