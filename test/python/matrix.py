#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every pass over every kernel, on the stock Triton of this Python; no GPU.

    make matrix TRITON_VERSIONS=3.9.0 ARGS="--target sm_90 --pass loop-split"

or, with a Python that has a stock Triton, `python test/python/matrix.py`. A case is a
kernel, a target and a pipeline: each pass of the catalogue at its defaults and with
each value of a knob that is worth trying, and all passes in order. What a pass makes
of a kernel is read back and verified by Triton, is no more changed by running the
pass again, and goes on to PTX or AMD's assembly (with --assemble to the binary);
only what differs from stock's, and from what another pipeline made, is compiled on.

Exit code: 0; 1 where a pass makes a kernel fail; 3 something is missing.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import pathlib
import shlex
import sys
import time
import warnings
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / part) for part in ("language", "test/python", "test/gpu")]

from runner import Worker, serve  # noqa: E402

KERNEL_LIMIT = 400  # seconds, for all pipelines over one kernel
CHILD = [sys.executable, __file__, "--child"]
COMPILED = ("none", "some", "all")
ONE_OF = 60
"""Of so many different modules one is compiled on, where some are."""


@dataclasses.dataclass(frozen=True)
class Pipeline:
    """What is run over a kernel. name, knobs: of a pass alone, the knobs that are not at their default; stage: its."""

    text: str
    name: str = ""
    stage: str = ""
    knobs: dict[str, Any] = dataclasses.field(default_factory=dict, hash=False)

    @property
    def is_default(self) -> bool:
        return bool(self.name) and not self.knobs


def pipelines(names: Iterable[str] | None = None) -> list[Pipeline]:
    """Each pass in its variants, then all together; of those `names` alone where there are any."""
    from catalogued import all_together, passes, variants

    entries = [entry for entry in passes() if not names or entry["name"] in names]
    found = [Pipeline(v.pipeline, v.name, entry["stage"], v.knobs) for entry in entries for v in variants(entry)]
    alone = {pipeline.text for pipeline in found}
    return found + [Pipeline(text) for text in all_together(entries) if text not in alone]


def kernel_set() -> dict[str, Any]:
    """Every kernel by name: those of `kernels`, and the works'."""
    import collected
    from kernels import KERNELS

    return {**KERNELS, **collected.KERNELS}


def compilable(target: str) -> list[str]:
    """The names of the kernels that this release can compile for a target."""
    return [name for name, k in sorted(kernel_set().items()) if not k.missing and target not in k.excluded]


# --- The child: it compiles, and may be taken down by what it compiles. ------


@functools.lru_cache(1)
def stock(name: str, target: str) -> Any:
    """A kernel as stock's TTIR leaves it."""
    import triton

    import crossings
    import harness

    kernel = kernel_set()[name]
    goal, options = harness.TARGETS[target], harness.options_of(kernel, target)
    with harness.fresh_cache():
        return crossings.stock(
            lambda: triton.compile(harness.source(kernel), target=goal, options=options),
            harness.backend_class(target),
            goal,
        )


def observed(task: dict[str, Any]) -> dict[str, Any]:
    """What the task's pipelines do to its kernel.

    {"error": why stock does not compile it, or None, "cases": [of `observed_case`]}.
    """
    warnings.simplefilter("ignore")
    try:
        found = stock(task["kernel"], task["target"])
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".strip()[:2000], "cases": []}
    known: dict[str, str] = {}
    return {"error": None, "cases": [observed_case(found, task, each, known) for each in task["pipelines"]]}


def observed_case(found: Any, task: dict[str, Any], pipeline: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """One pipeline over one kernel.

    {"pipeline", "passes": what the report has of each, "as": the pipeline that made
    the same of it before, "" for stock; "compiled", "error": a sentence or None}.
    known: the pipeline that first made a module, by its digest.
    """
    import crossings

    case: dict[str, Any] = {"pipeline": pipeline["text"], "passes": [], "as": "", "compiled": False, "error": None}
    try:
        made = crossed(found, pipeline["text"], case)
        if case["error"] or made.digest == stage_of(found, made.stage).digest:
            return case
        if pipeline["name"]:
            again = crossed(made, pipeline["text"], {"passes": [], "error": None})
            if again.digest != made.digest:
                case["error"] = "run twice it makes something else than run once"
                return case
        case["as"] = known.setdefault(made.digest, pipeline["text"])
        if case["as"] == pipeline["text"] and is_chosen(task, made.digest):
            case["compiled"] = True
            case["error"] = why_not_compiled(found, made, pipeline, task["assemble"])
    except crossings.Refused as error:
        case["error"] = f"Triton refuses what came of it: {error}"
    return case


def crossed(found: Any, text: str, case: dict[str, Any]) -> Any:
    """What a pipeline leaves of a kernel, at the last stage that has passes; notes reports and errors in `case`."""
    from triton_ext import _pipeline

    here = found
    checked = _pipeline.check(text)
    for stage in [stage for stage in ("ttir", "ttgir") if checked.at_end(stage)]:
        here = stage_of(here, stage)
        run = here.run(text)
        case["passes"] += run.passes
        if run.error:
            case["error"] = run.error
            return here
        if run.text:
            here = dataclasses.replace(here, module=here.read_back(run.text))
    return here


def stage_of(found: Any, stage: str) -> Any:
    """The same kernel at the end of a stage."""
    return found if found.stage == stage else _later(found, stage)


@functools.lru_cache(1)
def _later(found: Any, stage: str) -> Any:
    return found.until(stage)


def is_chosen(task: dict[str, Any], digest: str) -> bool:
    """Whether a module is compiled on; of some, others with each `turn`."""
    if task["compile"] == "some":
        return (zlib.crc32(f"{task['kernel']} {digest}".encode()) + task["turn"]) % ONE_OF == 0
    return task["compile"] == "all"


def why_not_compiled(found: Any, made: Any, pipeline: dict[str, Any], assemble: bool) -> str | None:
    """Why what passes made is not compiled to its end, where stock is; None where it is."""
    import crossings

    try:
        made.compiled(made.copy(), assemble=assemble)
        return None
    except crossings.TooLarge as error:
        # Knobs that were asked for may ask for too much; then the kernel is stock's.
        if pipeline["knobs"] or not pipeline["name"]:
            return None
        why = str(error)
    except Exception as error:
        why = f"{type(error).__name__}: {str(error).strip()[:1000]}"
    try:
        found.compiled(found.copy(), assemble=assemble)
    except Exception:
        return None  # nor is stock
    return f"a later stage of stock fails: {why}"


# --- The parent -------------------------------------------------------------


class Matrix:
    """Asks a child about kernels; another one where it dies. To be used in a with-block.

    compile: "none", "some" or "all" of the modules that passes make.
    """

    def __init__(self, compile: str = "some", assemble: bool = False, turn: int = 0) -> None:
        self.asked = {"compile": compile, "assemble": assemble, "turn": turn}
        self.worker = Worker(CHILD, dict(os.environ))

    def __enter__(self) -> Matrix:
        return self

    def __exit__(self, *_: Any) -> None:
        self.worker.close()

    def of(self, kernel: str, target: str, chosen: list[Pipeline]) -> dict[str, Any]:
        """What `observed` answers. A pipeline that ends the process has failed."""
        answer = self._ask(kernel, target, chosen)
        if "failed" not in answer:
            return answer
        if "failed" in self._ask(kernel, target, []):
            return {"error": answer["failed"], "cases": []}
        cases = []
        for pipeline in chosen:
            one = self._ask(kernel, target, [pipeline])
            dead = {"pipeline": pipeline.text, "passes": [], "as": "", "compiled": False, "error": one.get("failed")}
            cases += one.get("cases") or [dead]
        return {"error": None, "cases": cases}

    def _ask(self, kernel: str, target: str, chosen: list[Pipeline]) -> dict[str, Any]:
        task = {"kernel": kernel, "target": target, **self.asked}
        return self.worker.ask({**task, "pipelines": [dataclasses.asdict(each) for each in chosen]}, KERNEL_LIMIT)


def complaints(kernel: str, target: str, answer: dict[str, Any]) -> list[str]:
    """What is wrong with a kernel, each with the command that repeats it."""
    if answer["error"]:
        return [f"stock does not compile {kernel} for {target}: {answer['error']}"]
    return [
        f"{kernel}, {target}, {case['pipeline']}: {case['error']}\n  {command(kernel, target, case['pipeline'])}"
        for case in answer["cases"]
        if case["error"]
    ]


def command(kernel: str, target: str, pipeline: str) -> str:
    """What repeats one case."""
    python, script = sys.executable, os.path.relpath(__file__, ROOT)
    if python.startswith(str(ROOT) + os.sep):
        python = os.path.relpath(python, ROOT)
    words = [python, script, "--kernel", kernel, "--target", target, "--pipeline", pipeline]
    return shlex.join([*words, "--compile", "all", "--assemble"])


def statuses(case: dict[str, Any]) -> set[str]:
    """fired, noted, declined or failed: what each pass of a case did."""
    return {entry["status"] for entry in case["passes"]}


# --- The command ------------------------------------------------------------


def arguments() -> argparse.Namespace:
    import harness

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", action="append", metavar="NAME", help="only this kernel; again for more")
    parser.add_argument("--target", action="append", choices=list(harness.TARGETS), help="default: all; again for more")
    parser.add_argument("--pass", dest="names", action="append", metavar="NAME", help="only this pass; again for more")
    parser.add_argument("--defaults", action="store_true", help="no knobs tried: each pass, and all together")
    parser.add_argument("--pipeline", action="append", metavar="TEXT", help="this pipeline instead; again for more")
    parser.add_argument(
        "--compile", choices=COMPILED, default="all", help="how much goes on to assembly (default: all)"
    )
    parser.add_argument("--assemble", action="store_true", help="and to the binary")
    parser.add_argument("--json", action="store_true", help="everything, a line a kernel and target")
    return parser.parse_args()


def chosen_pipelines(options: argparse.Namespace) -> list[Pipeline]:
    every = {pipeline.text: pipeline for pipeline in pipelines()}
    if options.pipeline:
        return [every.get(text, Pipeline(text)) for text in options.pipeline]
    chosen = pipelines(options.names)
    if not chosen:
        raise SystemExit(f"no pass is called {', '.join(options.names)}")
    return [each for each in chosen if not each.knobs] if options.defaults else chosen


def jobs(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """(kernel, target) of all that is looked at."""
    import harness

    for target in options.target or harness.TARGETS:
        names = compilable(target)
        unknown = set(options.kernel or []) - set(kernel_set())
        if unknown:
            raise SystemExit(f"no kernel is called {', '.join(sorted(unknown))}")
        yield from ((name, target) for name in names if not options.kernel or name in options.kernel)


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        serve(observed)
        return 0
    options = arguments()
    chosen = chosen_pipelines(options)
    began = time.monotonic()
    counts = dict.fromkeys(("kernels", "cases", "changed", "different", "compiled"), 0)
    wrong: list[str] = []
    with Matrix(options.compile, options.assemble) as matrix:
        for kernel, target in jobs(options):
            answer = matrix.of(kernel, target, chosen)
            found = complaints(kernel, target, answer)
            if options.json:
                print(json.dumps({"kernel": kernel, "target": target, **answer}), flush=True)
            else:
                print("\n".join([*found, ""]), end="", flush=True)
            wrong += found
            counts["kernels"] += 1
            counts["cases"] += len(answer["cases"])
            counts["changed"] += sum(bool(case["as"]) for case in answer["cases"])
            counts["different"] += len({case["as"] for case in answer["cases"]} - {""})
            counts["compiled"] += sum(case["compiled"] for case in answer["cases"])
    said = (
        "{kernels} kernels and targets, {cases} cases, {changed} changed, {different} different modules, "
        "{compiled} compiled on".format(**counts)
    )
    print(f"{said}: {len(wrong)} wrong, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return 1 if wrong or not counts["kernels"] else 0


if __name__ == "__main__":
    sys.exit(main())
