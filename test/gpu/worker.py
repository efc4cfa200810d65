# SPDX-License-Identifier: MIT
"""The tasks of the runner, in a process of its own that may hang or die.

    python worker.py DESCRIPTOR < tasks      (lines of JSON; see TASKS, and runner.py)

Needs the folder of triton_ext and test/python on PYTHONPATH.
"""

from __future__ import annotations

import re
import statistics
from typing import Any

import device
from runner import serve
from work import WORKS, Config, text_of

TIMING = {"coarse_ms": 25, "fine_ms": 60, "finalists": 4}
"""How long one timing takes, of every configuration and of the finalists; so many
configurations of each variant are timed again, in turn."""

TOO_LARGE = ("shared-memory", "tensor-memory")
"""What triton_ext calls a kernel's failure for want of room."""


def machine() -> dict[str, Any]:
    """What device.machine says, or {"missing": what}."""
    try:
        return device.machine()
    except device.Missing as error:
        return {"missing": str(error)}


_LOOP = re.compile(r"^ +for \w+ in ", re.MULTILINE)


def works() -> dict[str, Any]:
    """{"works": [{"name", "configs": how many, "timed", "streams"}]}.

    streams: whether its kernel has a loop and no product of tiles.
    """
    return {"works": [{**_words_of(w), "configs": len(w.configs), "timed": w.timed} for w in WORKS.values()]}


def _words_of(work: Any) -> dict[str, Any]:
    describe = getattr(work, "describe", None)
    source = describe().kernel.src if describe else ""
    return {"name": work.name, "streams": "tl.dot" not in source and bool(_LOOP.search(source))}


def compile_config(work: str, number: int, pipelines: list[str]) -> dict[str, Any]:
    """Compiles a configuration of a work as stock, and with each of the pipelines that makes something else of it.

    {"plan": {pipeline: {"as", "declines"}}, "failures": [{"pipeline", "error"}]}; as:
    the pipeline that makes the same of it, "" for stock. Where only a later stage
    shows what a pipeline does, it is itself. plan: None where stock fails.
    """
    found = WORKS[work]
    config = found.configs[number]
    failures = []

    def compiles(pipeline: str) -> bool:
        try:
            device.compile_only(found, config, pipeline)
            return True
        except Exception as error:  # what does not fit this GPU is left out when it is measured
            failures.append({"pipeline": pipeline, "error": _line(error)})
            return False

    try:
        planned = device.plan(found, config, pipelines)
    except Exception as error:
        return {"plan": None, "failures": [{"pipeline": "", "error": _line(error)}]}
    if not compiles(""):
        return {"plan": None, "failures": failures}
    plan, first = {}, {"": ""}
    for pipeline, made in planned.items():
        same = first.setdefault(pipeline if made["digest"] is None else made["digest"], pipeline)
        plan[pipeline] = {"as": same, "declines": made["declines"]}
        if same == pipeline:
            compiles(pipeline)
    return {"plan": plan, "failures": failures}


def measure(
    work: str, variants: dict[str, str], plans: list, timed: bool, rounds: int, timing: dict[str, int]
) -> dict[str, Any]:
    """Holds each variant (name -> pipeline) against stock on one work.

    plans: of each configuration, see compile_config; None where nothing is known.
    {"work", "left_out": [{"config", "error"}], "configs": [row of `compared`],
    "best": {variant or "stock": {"ms", "config"}}, "ratio": {variant: stock's best
    time over its own}}. Timed are stock and the variants that fired somewhere, where
    stock itself is right.
    """
    found = WORKS[work]
    problem = device.prepare(found)
    rows, left_out, usable = [], [], []
    for number, config in enumerate(found.configs):
        try:
            outputs = problem.outputs(config)
            device.launch(problem.call(config, outputs), "")
        except Exception as error:  # too much shared memory for this GPU: stock's own limit
            left_out.append({"config": text_of(config), "error": _line(error)})
            continue
        rows.append(compared(problem, config, outputs, variants, plans[number] or {}))
        usable.append(config)
    answer: dict[str, Any] = {"work": work, "left_out": left_out, "configs": rows, "best": {}, "ratio": {}}
    firing = [name for name in variants if any(row["variants"][name]["fired"] for row in rows)]
    right = all(row["error"] <= row["tolerance"] for row in rows)
    if timed and found.timed and firing and right:
        runs = {"stock": [("", at) for at in range(len(usable))]}
        for name in firing:
            own = [(at, row["variants"][name]) for at, row in enumerate(rows)]
            runs[name] = [(entry["as"], at) for at, entry in own if not entry["failures"]]
        runs = {name: pairs for name, pairs in runs.items() if pairs}
        answer["best"] = best_times(problem, usable, runs, rounds, {**TIMING, **timing})
        stock = answer["best"]["stock"]["ms"]
        answer["ratio"] = {name: stock / answer["best"][name]["ms"] for name in firing if name in runs}
    device.settle()
    return answer


def compared(
    problem: Any, config: Config, outputs: dict[str, Any], variants: dict[str, str], plan: dict[str, Any]
) -> dict[str, Any]:
    """Each variant against stock's `outputs` at one configuration.

    {"config", "error", "tolerance", "variants": {name: {"as", "fired", "declines",
    "failures", "too_large" (see summary), "error", "outputs": {name:
    device.difference}}}}; error: the largest difference from the reference. Variants
    that are the same by `plan` run once.
    """
    error = problem.error(config, outputs)
    same = {key: device.difference(value, value) for key, value in outputs.items()}
    ran: dict[str, dict[str, Any]] = {"": {**summary([]), "error": error, "outputs": same}}

    def run(pipeline: str) -> dict[str, Any]:
        again = problem.outputs(config)
        try:
            records = device.launch(problem.call(config, again), pipeline)
        except Exception as failure:
            return {**ran[""], "failures": [_line(failure)], "too_large": "out of resource" in str(failure)}
        differences = {key: device.difference(outputs[key], again[key]) for key in outputs}
        differs = any(each["differing"] for each in differences.values())
        return {
            **summary(records),
            "error": problem.error(config, again) if differs else error,
            "outputs": differences,
        }

    row: dict[str, Any] = {"config": text_of(config), "error": error, "tolerance": problem.tolerance, "variants": {}}
    for name, pipeline in variants.items():
        planned = plan.get(pipeline) or {"as": pipeline, "declines": []}
        same_as = planned["as"]
        if same_as not in ran:
            ran[same_as] = run(same_as)
        entry = {"as": same_as, **ran[same_as]}
        row["variants"][name] = entry if same_as == pipeline else {**entry, "declines": planned["declines"]}
    return row


def summary(records: list[dict]) -> dict[str, Any]:
    """What triton_ext's records of a kernel come to: fired, declines, failures, too_large.

    too_large: whether it failed since the GPU's shared memory has no room for it.
    """
    passes = [entry for record in records for entry in record["passes"]]
    errors = [record["error"] for record in records if record.get("error")]
    declines = [[r["id"], r["text"]] for entry in passes for r in entry["remarks"] if r["kind"] == "declined"]
    return {
        "fired": sum(entry["count"] for entry in passes if entry["status"] == "fired"),
        "declines": declines,
        "failures": [error.get("message", "") for error in errors],
        "too_large": any(error.get("code") in TOO_LARGE for error in errors),
    }


def best_times(
    problem: Any, configs: list[Config], runs: dict[str, list[tuple[str, int]]], rounds: int, timing: dict[str, int]
) -> dict[str, Any]:
    """{variant: {"ms", "config"}} at its best configuration.

    runs: variant -> (pipeline, number of a configuration) of what it may be run as;
    what is the same for several is timed once. Every one is timed twice, some time
    apart; then the best few of each variant in turn, `rounds` times, so that what
    disturbs the machine meets all of them. Medians count.
    """

    def time(pair: tuple[str, int], budget: int) -> float:
        pipeline, number = pair
        config = configs[number]
        return device.milliseconds(problem.call(config, problem.outputs(config)), pipeline, budget)

    pairs = list(dict.fromkeys(pair for each in runs.values() for pair in each))
    first, second = ([time(pair, timing["coarse_ms"]) for pair in pairs] for _ in range(2))
    coarse = dict(zip(pairs, map(min, first, second), strict=True))
    finalists = {name: sorted(each, key=coarse.get)[: timing["finalists"]] for name, each in runs.items()}
    samples: dict[tuple[str, int], list[float]] = {pair: [] for each in finalists.values() for pair in each}
    for _ in range(rounds):
        for pair, times in samples.items():
            times.append(time(pair, timing["fine_ms"]))
    median = {pair: statistics.median(times) for pair, times in samples.items()}
    best: dict[str, Any] = {}
    for name, each in finalists.items():
        pair = min(each, key=median.get)
        best[name] = {"ms": median[pair], "config": text_of(configs[pair[1]])}
    return best


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


TASKS = {"machine": machine, "works": works, "compile": compile_config, "measure": measure}


def answer(task: dict[str, Any]) -> dict[str, Any]:
    return TASKS[task.pop("task")](**task)


if __name__ == "__main__":
    serve(answer)
