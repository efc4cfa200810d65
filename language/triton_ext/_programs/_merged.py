# SPDX-License-Identifier: MIT
"""The reports of many processes as one: what TRITON_EXT_REPORT collected in a folder.

A file is one process's, a line one record (see `_report`); the first says which
process it is. Files may end in the middle of a line, where a process was killed.
"""

import collections
import fnmatch
import json
import os

#: What a pass came to on a kernel, in the order in which it is shown.
OUTCOMES = ("fired", "noted", "declined", "failed")


def merged(folder, kernel="*"):
    """All that the files in ``folder`` say of the kernels whose names match ``kernel``: see schemas/report.json.

    Raises OSError where the folder cannot be listed.
    """
    processes, rows, ranks = [], {}, {}
    totals = collections.Counter()
    for name in sorted(name for name in os.listdir(folder) if name.endswith(".jsonl")):
        process, records, unreadable = _read(os.path.join(folder, name))
        records = [record for record in records if fnmatch.fnmatchcase(record["kernel"], kernel)]
        processes.append({"file": name, **process, "records": len(records), "unreadable": unreadable})
        for record in records:
            totals.update(records=1, cached=int(bool(record.get("cached"))), us=_cost(record))
            for outcome in _outcomes(record):
                _count(rows.setdefault((outcome["pass"], record["kernel"], record["stage"]), _row()), outcome, record)
                if process["rank"] is not None:
                    seen = ranks.setdefault(record["kernel"], {}).setdefault(process["rank"], set())
                    seen.add(_words(outcome, record))
    differences = _differences(ranks)
    return {
        "processes": processes,
        "records": totals["records"],
        "cached": totals["cached"],
        "us": totals["us"],
        "passes": [_shown(key, row) for key, row in sorted(rows.items())],
        "differences": differences,
        "warnings": _warnings(processes, differences),
    }


# Reading.


def _read(path):
    """The process of a file, its records, and how many lines are none."""
    process = {"host": None, "pid": None, "program": None, "build": None}
    process.update(rank=None, local_rank=None, world_size=None)
    records, unreadable = [], 0
    try:
        file = open(path, "rb")
    except OSError:
        return process, [], 1
    with file:
        for line in file:
            try:
                value = json.loads(line)
                if "process" in value:
                    process.update({name: value["process"].get(name) for name in process})
                else:
                    _outcomes(value), _cost(value)  # what a record must have
                    records.append({**value, "kernel": str(value["kernel"]), "stage": str(value["stage"])})
            except (ValueError, TypeError, KeyError, AttributeError):
                unreadable += 1
    return process, records, unreadable


def _cost(record):
    """Microseconds that a crossing took; none where the kernel came out of a cache."""
    us = record.get("us") or {}
    return 0 if record.get("cached") else sum(int(us.get(name) or 0) for name in ("total", "print", "read_back"))


def _outcomes(record):
    """What each pass of a record came to: pass, outcome, changes, reasons, us.

    Where a crossing failed its kernel is stock's: what had fired before counts as nothing.
    """
    found = []
    error = record.get("error")
    for entry in record.get("passes") or []:
        fired = entry["status"] == "fired"
        if entry["status"] == "failed" or error and (fired or entry["name"] == error.get("pass")):
            continue
        reasons = [
            (each["id"], each["text"], each.get("file"), each.get("line"))
            for each in entry.get("remarks") or []
            if each["kind"] == "declined"
        ]
        outcome = entry["status"] if entry["status"] in OUTCOMES else "declined"
        found.append(
            {
                "pass": str(entry["name"]),
                "outcome": outcome,
                "changes": int(entry.get("count") or 0),
                "reasons": reasons if outcome == "declined" else [],
                "us": 0 if record.get("cached") else int(entry.get("us") or 0),
            }
        )
    if error:
        reason = (error["code"], (error.get("message") or "").strip().split("\n")[0], None, None)
        name = error.get("pass") or record.get("pipeline")
        found.append({"pass": str(name), "outcome": "failed", "changes": 0, "reasons": [reason], "us": 0})
    return found


# Summing up.


def _row():
    return {"counts": collections.Counter(), "reasons": collections.Counter(), "targets": set()}


def _count(row, outcome, record):
    cached = int(bool(record.get("cached")))
    row["counts"].update({outcome["outcome"]: 1, "changes": outcome["changes"], "cached": cached, "us": outcome["us"]})
    row["reasons"].update((outcome["outcome"], *reason) for reason in outcome["reasons"])
    row["targets"].add(str(record.get("target")))


def _shown(key, row):
    name, kernel, stage = key
    return {
        "pass": name,
        "kernel": kernel,
        "stage": stage,
        "targets": sorted(row["targets"]),
        **{each: row["counts"][each] for each in (*OUTCOMES, "changes", "cached", "us")},
        "reasons": [
            {"outcome": outcome, "id": identifier, "text": text, "file": file, "line": line, "count": count}
            for (outcome, identifier, text, file, line), count in row["reasons"].most_common()
        ],
    }


# Ranks, which must not differ.


def _words(outcome, record):
    why = f" ({outcome['reasons'][0][0]})" if outcome["outcome"] == "failed" else ""
    return f"{outcome['pass']} {outcome['outcome']} in {record['stage']}{why}"


def _differences(ranks):
    """The kernels of which ranks tell different things: which ranks say what."""
    found = []
    for kernel, said in sorted(ranks.items()):
        groups = {}
        for rank, outcomes in sorted(said.items()):
            groups.setdefault(tuple(sorted(outcomes)), []).append(rank)
        if len(groups) > 1:
            shown = [{"ranks": members, "outcomes": list(outcomes)} for outcomes, members in groups.items()]
            found.append({"kernel": kernel, "groups": shown})
    return found


def _warnings(processes, differences):
    found = []
    for each in differences:
        groups = [f"rank {_listed(group['ranks'])}: {', '.join(group['outcomes'])}" for group in each["groups"]]
        found.append(f"ranks differ on {each['kernel']}: {'; '.join(groups)}")
    of_ranks = [each for each in processes if each["rank"] is not None]
    if len({each["build"] for each in of_ranks}) > 1:
        found.append("ranks differ in the build of the library")
    sizes = {each["world_size"] for each in of_ranks} - {None}
    if len(sizes) == 1:
        missing = sorted(set(range(*sizes)) - {each["rank"] for each in of_ranks})
        if missing:
            found.append(f"no report of rank {_listed(missing)} of {sizes.pop()}")
    lines = sum(each["unreadable"] for each in processes)
    if lines:
        files = sum(bool(each["unreadable"]) for each in processes)
        found.append(f"{lines} unreadable line{'s' * (lines > 1)} in {files} file{'s' * (files > 1)}")
    return found


def _listed(ranks):
    shown = ", ".join(map(str, ranks[:8]))
    return f"{shown} and {len(ranks) - 8} more" if len(ranks) > 8 else shown
