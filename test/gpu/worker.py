# SPDX-License-Identifier: MIT
"""One task of the runner, in a process of its own that may hang or die.

    python worker.py ANSWER < task      (both JSON; see TASKS, and runner.py)

Needs the folder of triton_ext and test/python on PYTHONPATH.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from typing import Any

import device
from work import WORKS, Config, text_of

COARSE_MS, FINE_MS = 25, 60
"""How long one timing takes, of every configuration and of the finalists."""

FINALISTS = 4
"""So many configurations of each variant are timed again, in turn."""


def machine() -> dict[str, Any]:
    """What device.machine says, or {"missing": what}."""
    try:
        return device.machine()
    except device.Missing as error:
        return {"missing": str(error)}


def works() -> dict[str, Any]:
    """{"works": [{"name", "configs": how many, "timed"}]}."""
    return {"works": [{"name": w.name, "configs": len(w.configs), "timed": w.timed} for w in WORKS.values()]}


def compile_all(jobs: list[list]) -> dict[str, Any]:
    """Compiles `jobs`, each (work, number of its configuration, pipeline)."""
    failures = []
    for name, number, pipeline in jobs:
        config = WORKS[name].configs[number]
        try:
            device.compile_only(WORKS[name], config, pipeline)
        except Exception as error:  # what does not fit this GPU is left out when it is measured
            failures.append({"work": name, "config": text_of(config), "pipeline": pipeline, "error": _line(error)})
    return {"failures": failures}


def measure(work: str, variants: dict[str, str], timed: bool, rounds: int) -> dict[str, Any]:
    """Holds each variant (name -> pipeline) against stock on one work.

    {"work", "left_out": [{"config", "error"}], "configs": [row of `compared`],
    "best": {variant or "stock": {"ms", "config"}}, "ratio": {variant: stock's best
    time over its own}}. Timed are stock and the variants that fired somewhere, where
    stock itself is right.
    """
    found = WORKS[work]
    problem = device.prepare(found)
    rows, left_out, usable = [], [], []
    for config in found.configs:
        try:
            outputs = problem.outputs(config)
            device.launch(problem.call(config, outputs), "")
        except Exception as error:  # too much shared memory for this GPU: stock's own limit
            left_out.append({"config": text_of(config), "error": _line(error)})
            continue
        rows.append(compared(problem, config, outputs, variants))
        usable.append(config)
    answer: dict[str, Any] = {"work": work, "left_out": left_out, "configs": rows, "best": {}, "ratio": {}}
    firing = [name for name in variants if any(row["variants"][name]["fired"] for row in rows)]
    right = all(row["error"] <= row["tolerance"] for row in rows)
    if timed and found.timed and firing and right:
        pipelines = {"stock": "", **{name: variants[name] for name in firing}}
        answer["best"] = best_times(problem, usable, pipelines, rounds)
        stock = answer["best"]["stock"]["ms"]
        answer["ratio"] = {name: stock / answer["best"][name]["ms"] for name in firing}
    return answer


def compared(problem: Any, config: Config, outputs: dict[str, Any], variants: dict[str, str]) -> dict[str, Any]:
    """Each variant against stock's `outputs` at one configuration.

    {"config", "error", "tolerance", "variants": {name: {"fired": how often,
    "declines": [[id, sentence]], "failures": [sentence], "outputs": {name:
    device.difference}}}}; error: stock's, from PyTorch.
    """
    row: dict[str, Any] = {
        "config": text_of(config),
        "error": problem.error(config, outputs),
        "tolerance": problem.tolerance,
        "variants": {},
    }
    for name, pipeline in variants.items():
        again = problem.outputs(config)
        records = device.launch(problem.call(config, again), pipeline)
        differences = {key: device.difference(outputs[key], again[key]) for key in outputs}
        row["variants"][name] = {**summary(records), "outputs": differences}
    return row


def summary(records: list[dict]) -> dict[str, Any]:
    """What triton_ext's records of a kernel come to: fired, declines, failures."""
    passes = [entry for record in records for entry in record["passes"]]
    declines = [[r["id"], r["text"]] for entry in passes for r in entry["remarks"] if r["kind"] == "declined"]
    return {
        "fired": sum(entry["count"] for entry in passes if entry["status"] == "fired"),
        "declines": declines,
        "failures": [(record["error"] or {}).get("message", "") for record in records if record.get("error")],
    }


def best_times(problem: Any, configs: list[Config], pipelines: dict[str, str], rounds: int) -> dict[str, Any]:
    """{variant: {"ms", "config"}} at its best configuration.

    Every configuration twice, some time apart; then the best few of each variant in
    turn, `rounds` times, so that what disturbs the machine meets all of them. Medians
    count.
    """

    def time(variant: str, number: int, budget: int) -> float:
        config = configs[number]
        return device.milliseconds(problem.call(config, problem.outputs(config)), pipelines[variant], budget)

    pairs = [(variant, number) for variant in pipelines for number in range(len(configs))]
    first, second = ([time(*pair, COARSE_MS) for pair in pairs] for _ in range(2))
    coarse = dict(zip(pairs, map(min, first, second), strict=True))
    finalists = []
    for variant in pipelines:
        finalists += sorted((pair for pair in pairs if pair[0] == variant), key=coarse.get)[:FINALISTS]
    samples: dict[tuple[str, int], list[float]] = {pair: [] for pair in finalists}
    for _ in range(rounds):
        for variant, number in finalists:
            samples[variant, number].append(time(variant, number, FINE_MS))
    best: dict[str, Any] = {}
    for (variant, number), times in samples.items():
        median = statistics.median(times)
        if median < best.get(variant, {"ms": math.inf})["ms"]:
            best[variant] = {"ms": median, "config": text_of(configs[number])}
    return best


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


TASKS = {"machine": machine, "works": works, "compile": compile_all, "measure": measure}


def main() -> None:
    task = json.load(sys.stdin)
    answer = TASKS[task.pop("task")](**task)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(answer, file)


if __name__ == "__main__":
    main()
