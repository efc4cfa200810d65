#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of every pass on every kernel of the set: fired, declined and why, operations, ratios.

    make docs

or, with a Python that has a stock Triton, `python test/python/page.py --out kernels.md`
(`--json` for programs). A kernel is that of a work of test/gpu/work, made by the
Triton at hand for sm_90, or for the target of the pass's own vendor. A pass runs over
stock's TTIR at its defaults; where it does nothing there, with each value of a knob that
is worth trying, and the first that does something counts. Ratios are those that the
catalogue has in `measured`.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import pathlib
import sys
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import matrix  # noqa: E402
from triton_ext.cli._markdown import code, plain, table  # noqa: E402
from triton_ext.cli.show import value_text  # noqa: E402

TARGETS = {None: "sm_90", "cuda": "sm_90", "hip": "gfx942"}
"""Backend of a pass's scope -> the target that it is shown for."""

KINDS = ("transform", "instrument")
DONE = ("fired", "noted")


@dataclasses.dataclass(frozen=True)
class Cell:
    """A pass on a kernel. pipeline: how it ran; measured: the catalogue's rows of this work.

    status: "fired", "noted", "declined", "failed", or "left-out" where stock does not
    compile the kernel for the target. count: at how many places; before, after: how
    many operations the module has. reasons: [{"id", "text", "file", "line"}].
    """

    work: str
    pipeline: str
    status: str
    count: int = 0
    before: int = 0
    after: int = 0
    reasons: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    measured: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def gather(entries: list[dict[str, Any]], works: list[str]) -> dict[str, dict[str, Cell]]:
    """{pass: {work: Cell}}."""
    cells: dict[str, dict[str, Cell]] = {entry["name"]: {} for entry in entries}
    for target in dict.fromkeys(TARGETS.get(entry["backend"], "sm_90") for entry in entries):
        own = [entry for entry in entries if TARGETS.get(entry["backend"], "sm_90") == target]
        chosen = [p for p in matrix.pipelines([entry["name"] for entry in own]) if p.name]
        can = set(matrix.compilable(target))
        with matrix.Matrix("none") as asked:
            for work in works:
                answer = asked.of(work, target, chosen) if work in can else {"error": "excluded", "cases": []}
                for entry in own:
                    cells[entry["name"]][work] = cell(entry, work, chosen, answer)
    return cells


def cell(entry: dict[str, Any], work: str, chosen: list[matrix.Pipeline], answer: dict[str, Any]) -> Cell:
    """One pass on one kernel, of what `matrix` answered."""
    measured = [row for row in entry["measured"] if row["work"] == work]
    if answer["error"]:
        return Cell(work, entry["name"], "left-out", measured=measured)
    own = {pipeline.text for pipeline in chosen if pipeline.name == entry["name"]}
    found = [as_cell(work, case, measured) for case in answer["cases"] if case["pipeline"] in own]
    return next((each for each in found if each.status in ("failed", *DONE)), found[0])


def as_cell(work: str, case: dict[str, Any], measured: list[dict[str, Any]]) -> Cell:
    reports = case["passes"]
    status = "failed" if case["error"] else next((s for s in DONE if s in matrix.statuses(case)), "declined")
    reasons = [
        {key: remark[key] for key in ("id", "text", "file", "line")}
        for report in reports
        for remark in report["remarks"]
        if remark["kind"] == "declined"
    ]
    if case["error"]:
        reasons = [{"id": "failed", "text": case["error"], "file": None, "line": None}]
    return Cell(
        work,
        case["pipeline"],
        status,
        sum(report["count"] for report in reports if report["status"] == "fired"),
        reports[0]["operations_before"] if reports else 0,
        reports[-1]["operations_after"] if reports else 0,
        reasons,
        measured,
    )


# --- As Markdown ------------------------------------------------------------


def markdown(entries: list[dict[str, Any]], cells: dict[str, dict[str, Cell]], head: dict[str, str]) -> list[str]:
    """The page, as lines."""
    works = list(next(iter(cells.values()), {}))
    lines = [
        "# Every pass on every kernel",
        "",
        f"{len(works)} works of the project's own kernel set, {len(entries)} passes; stock Triton {head['triton']}, "
        f"triton-ext {code(head['version'])}. A number says at how many places a pass fired, a word in code the knob "
        "that it took, a dash that it declines; **bold** is the best ratio measured, stock's time over its time.",
        "",
        *summary(entries, cells),
        "",
        *overview(entries, cells, works),
    ]
    for entry in entries:
        lines += ["", *section(entry, list(cells[entry["name"]].values()))]
    return lines


def summary(entries: list[dict[str, Any]], cells: dict[str, dict[str, Cell]]) -> list[str]:
    """A row a pass: on how many kernels it fires."""
    rows = []
    for entry in entries:
        own = list(cells[entry["name"]].values())
        done = [each for each in own if each.status in DONE]
        ratios = [row["ratio"] for each in own for row in each.measured]
        rows.append(
            [
                f"[{entry['name']}](#{entry['name']})",
                plain(entry["summary"]),
                str(sum(each.pipeline == entry["name"] for each in done)),
                str(sum(each.pipeline != entry["name"] for each in done)),
                str(sum(each.status == "declined" for each in own)),
                f"{min(ratios):.2f} to {max(ratios):.2f}" if ratios else "",
            ]
        )
    head = ["pass", "what it does", "fires at its defaults", "with a knob", "declines", "measured"]
    return table(head, rows)


def overview(entries: list[dict[str, Any]], cells: dict[str, dict[str, Cell]], works: list[str]) -> list[str]:
    """The matrix: a row a work, a column a pass."""
    names = [entry["name"] for entry in entries]
    rows = [[plain(work), *(short(cells[name][work]) for name in names)] for work in works]
    return table(["work", *names], rows)


def short(one: Cell) -> str:
    """A cell of the matrix."""
    best = max((row["ratio"] for row in one.measured), default=None)
    ratio = f" **{best:.2f}x**" if best is not None else ""
    if one.status == "fired":
        return f"{one.count}{knobs(one)}{ratio}"
    return {"noted": "noted", "declined": "–", "left-out": "", "failed": "FAILED"}[one.status] + ratio


def knobs(one: Cell) -> str:
    """The knob of a cell that is not at its default, as " `mode=tf32`"."""
    text = one.pipeline.partition("{")[2].rstrip("}")
    return f" {code(text, True)}" if text else ""


def section(entry: dict[str, Any], own: list[Cell]) -> list[str]:
    """One pass: where it fires, then why not."""
    lines = [f"## {entry['name']}", "", plain(entry["summary"])]
    done = [each for each in own if each.status in DONE]
    if done:
        rows = [
            [
                plain(each.work),
                f"{each.count}{knobs(each)}",
                f"{each.before} → {each.after}" if each.before != each.after else str(each.before),
                ", ".join(map(ratio, each.measured)),
            ]
            for each in done
        ]
        lines += ["", *table(["fires on", "places", "operations", "ratio measured"], rows)]
    groups = declines(own)
    if groups:
        rows = [
            [str(len(works)), code(name, True) if name else "", plain(text), plain(works[0])]
            for (name, text), works in groups
        ]
        lines += ["", *table(["kernels", "id", "why it declines", "for one"], rows)]
    return lines


def ratio(row: dict[str, Any]) -> str:
    """One row of `measured`."""
    words = " ".join(f"{name}={value_text(value)}" for name, value in row["knobs"].items())
    said = f"{row['ratio']:.3f} ({plain(row['machine'])}, {plain(row['triton'])})"
    return f"{said} {code(words, True)}" if words else said


def declines(own: list[Cell]) -> list[tuple[tuple[str, str], list[str]]]:
    """((id, sentence), works) of each reason why kernels are left as they are, the most frequent first."""
    groups: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for each in own:
        if each.status in ("declined", "failed"):
            reasons = dict.fromkeys((reason["id"], reason["text"]) for reason in each.reasons)
            for key in reasons or [("", "it gives no reason")]:
                groups[key].append(each.work)
    return sorted(groups.items(), key=lambda group: -len(group[1]))


# --- The command ------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", metavar="FILE", type=pathlib.Path, help="where to write (default: standard output)")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--pass", dest="names", action="append", metavar="NAME", help="only this pass; again for more")
    parser.add_argument("--work", action="append", metavar="NAME", help="only this work; again for more")
    options = parser.parse_args()

    import triton

    import collected
    from catalogued import passes
    from triton_ext._library import _entries

    works = options.work or list(collected.KERNELS)
    unknown = [work for work in works if work not in collected.KERNELS]
    entries = [e for e in passes(KINDS) if e["stage"] == "ttir" and (not options.names or e["name"] in options.names)]
    if unknown or not entries:
        parser.error(f"no work is called {unknown[0]!r}" if unknown else f"no pass is called {options.names[0]!r}")
    cells = gather(entries, works)
    head = {"triton": triton.__version__, "version": _entries.data()["version"]}
    if options.json:
        own = {name: [dataclasses.asdict(each) for each in found.values()] for name, found in cells.items()}
        text = json.dumps({**head, "works": works, "passes": own}, indent=1) + "\n"
    else:
        text = "\n".join(markdown(entries, cells, head)) + "\n"
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, encoding="utf-8")
        print(options.out)
    else:
        print(text, end="")
    failed = [each for found in cells.values() for each in found.values() if each.status == "failed"]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
