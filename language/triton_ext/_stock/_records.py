# SPDX-License-Identifier: MIT
"""The stock pipelines of the supported releases, as the files in `records` keep them.

One file a release, written by ``triton-ext pipeline --record`` and held to the
release by a test: target -> stage -> steps. A step is its name, with arguments
``{name: {argument: value}}``. What is recorded is the pipeline of default
options in an environment without variables of Triton's.
"""

import functools
import json
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "records")
#: The targets that are recorded.
TARGETS = ("cuda:80", "cuda:90", "cuda:100", "cuda:120", "hip:gfx942")


def file_of(release):
    """Where the record of ``release`` is, or goes."""
    return os.path.join(FOLDER, f"{release}.json")


def releases():
    """The releases that have a record, oldest first."""
    found = [name[: -len(".json")] for name in os.listdir(FOLDER) if name.endswith(".json")]
    return sorted(found, key=lambda release: [int(part) for part in release.split(".")])


@functools.lru_cache
def read(release):
    """The record of ``release``: {target: {stage: [(name, arguments)]}}. Raises OSError where there is none."""
    with open(file_of(release), encoding="utf-8") as file:
        recorded = json.load(file)
    return {
        target: {stage: [_pair(step) for step in steps] for stage, steps in stages.items()}
        for target, stages in recorded.items()
    }


def _pair(step):
    return (step, {}) if isinstance(step, str) else next(iter(step.items()))


def written(pipelines):
    """The text of a record, one step a line. ``pipelines``: as `read` returns them."""
    targets = []
    for target, stages in pipelines.items():
        parts = []
        for stage, steps in stages.items():
            lines = [json.dumps({name: arguments} if arguments else name) for name, arguments in steps]
            body = ",\n".join(f"   {line}" for line in lines)
            parts.append(f"  {json.dumps(stage)}: [\n{body}\n  ]")
        targets.append(f" {json.dumps(target)}: {{\n" + ",\n".join(parts) + "\n }")
    return "{\n" + ",\n".join(targets) + "\n}\n"


@functools.lru_cache
def names(release, target=None):
    """The stock passes of a release, on any recorded target or on ``target``: a frozen set of ``ttir.loop_unroll``."""
    return frozenset(
        name
        for recorded, stages in read(release).items()
        if target in (None, recorded)
        for steps in stages.values()
        for name, _ in steps
    )


def targets_with(name, release):
    """The recorded targets of ``release`` whose pipelines have the stock pass ``name``; none of a release unknown."""
    return [target for target in TARGETS if release in releases() and name in names(release, target)]


def releases_with(name):
    """The releases whose pipelines have the stock pass ``name`` (``ttir.loop_unroll``) on some target, oldest first."""
    name = name.replace("-", "_")
    return [release for release in releases() if name in names(release)]


def who_has(name):
    """`releases_with` as the end of a sentence: "3.7.1 and newer have it"; "" where none has."""
    found, recorded = releases_with(name), releases()
    if not found:
        return ""
    if found == recorded:
        return "every recorded release has it"
    if found == recorded[-len(found) :]:
        return f"{found[0]} and newer have it"
    if len(found) == 1:
        return f"{found[0]} has it"
    if found == recorded[: len(found)]:
        return f"{found[-1]} and older have it"
    return ", ".join(found[:-1]) + f" and {found[-1]} have it"
