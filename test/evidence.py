#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a reviewer wants to know of a pass, in Markdown for the pull request.

    make evidence NAME=loop-split [KNOBS="max-splits=2"] [ARGS="--json"]

or, on any machine with stock Triton, `python3 test/evidence.py loop-split`. Over
the kernels of test/python/kernels: on how many the pass fires, declines (why) and
fails, what it changes, what it costs to compile; over the works of test/gpu/work,
where there is a GPU: how many bits differ from stock's. Needs triton_ext's
library: TRITON_EXT_LIBRARY, or that of the checkout's build.

Exit code: 0; 1 the pass failed on a kernel, or differing bits of a pass that is
called bit-exact; 2 a mistake in the command; 3 something is missing.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import difflib
import json
import os
import pathlib
import re
import shlex
import statistics
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / part) for part in ("language", "test/python", "test/gpu")]

import runner as gpu  # noqa: E402

from triton_ext import LibraryMissing, PipelineError  # noqa: E402
from triton_ext.cli._answer import DIFFERS, DONE, ENVIRONMENT, CommandError  # noqa: E402
from triton_ext.cli._pass import pass_entry, pipelines  # noqa: E402
from triton_ext.cli._print import print_error  # noqa: E402

KERNEL_LIMIT = 240  # seconds, for all that is done to one kernel
DIFF_LINES = 160  # of one difference; the rest is counted
CHILD = [sys.executable, __file__, "--child"]
SIDES = ("stock", "pass")


# --- The child: it compiles, and may be taken down by what it compiles. ------


def child(task: dict[str, Any]) -> dict[str, Any]:
    """What `task["pipeline"]` does to the kernel `task["kernel"]` for `task["target"]`."""
    from kernels import KERNELS

    warnings.simplefilter("ignore")  # a pass that failed says so in the report
    kernel, target = KERNELS[task["kernel"]], task["target"]
    warm_up(kernel, target)
    answer = observed(kernel, target, task["pipeline"], task["rounds"])
    return {"kernel": task["kernel"], "target": target, **answer}


def warm_up(kernel: Any, target: str) -> None:
    """Compiles the first kernel of a process once: what comes first is slow, whatever it is."""
    import harness

    if not _warm:
        _warm.append(kernel)
        with contextlib.suppress(Exception), harness.fresh_cache():
            harness.compile_kernel(kernel, target)


_warm: list[Any] = []


def observed(kernel: Any, target: str, pipeline: str, rounds: int) -> dict[str, Any]:
    """What a pipeline does to one kernel.

    {"status": "fired" | "noted" | "declined" | "failed" | "left-out", "count", "remarks",
    "error", "stage", "difference": lines, "ms": {"stock": [...], "pass": [...]}}.
    """
    import triton_ext

    times: dict[str, list[float]] = {name: [] for name in SIDES}
    made: dict[str, Any] = {}
    for turn in range(rounds):
        # Who goes first changes, so that neither has the warmer machine.
        for name in SIDES if turn % 2 == 0 else SIDES[::-1]:
            try:
                made[name], ms = compiled(kernel, target, pipeline if name == "pass" else "")
            except Exception as error:
                status = "failed" if name == "pass" else "left-out"
                return {"status": status, "error": f"{type(error).__name__}: {error}".strip()[:2000], "remarks": []}
            times[name].append(ms)
    records = triton_ext.report(made["pass"])
    answer = {**summary(records), "ms": times}
    if answer["status"] == "fired":
        before, after = (made[name].asm[answer["stage"]] for name in SIDES)
        answer["difference"] = ir_difference(before, after)
    return answer


def compiled(kernel: Any, target: str, pipeline: str) -> tuple[Any, float]:
    """A kernel from its source to the binary, with an empty cache, and how many milliseconds that took."""
    import harness
    import triton_ext

    enabled = triton_ext.passes(pipeline) if pipeline else contextlib.nullcontext()
    with harness.fresh_cache(), enabled:
        started = time.perf_counter()
        done = harness.compile_kernel(kernel, target)
        return done, 1e3 * (time.perf_counter() - started)


def summary(records: list[dict]) -> dict[str, Any]:
    """What triton_ext's records of one kernel come to."""
    passes = [entry for record in records for entry in record["passes"]]
    failed = next((record for record in records if record["error"]), None)
    changed = next((record for record in records if record["status"] == "changed"), None)
    noted = any(entry["status"] == "noted" for entry in passes)
    status = "failed" if failed or not records else "fired" if changed else "noted" if noted else "declined"
    return {
        "status": status,
        "count": sum(entry["count"] for entry in passes if entry["status"] == "fired"),
        "remarks": [
            {**{key: remark[key] for key in ("id", "text", "line")}, "file": in_checkout(remark["file"])}
            for entry in passes
            for remark in entry["remarks"]
            if remark["kind"] == "declined"
        ],
        "error": error_text(failed) if failed else None if records else "nothing was reported",
        "stage": changed["stage"] if changed else None,
    }


def error_text(record: dict) -> str:
    """Why a crossing failed: the stable id, and the first line of what is known."""
    lines = (record["error"].get("message") or "").strip().splitlines()
    return f"{record['error'].get('code', 'unknown')}: {lines[0] if lines else 'no reason given'}"


def in_checkout(file: str | None) -> str | None:
    """A file's path from the root of the checkout."""
    return os.path.relpath(file, ROOT) if file and file.startswith(str(ROOT) + os.sep) else file


# --- Differences of IR ------------------------------------------------------

_LOCATION = re.compile(r" loc\((?:callsite\([^()]*\)|#\w+|unknown|\"[^\"]*\"(?:\(#\w+\)|:\d+:\d+)?)\)")


def without_locations(module: str) -> list[str]:
    """The lines of a module's text, locations left out."""
    return [_LOCATION.sub("", line) for line in module.splitlines() if not line.startswith("#loc")]


def _key(line: str) -> str:
    """A line as it is compared: the numbers of values shift with every new one."""
    return re.sub(r"(%[A-Za-z_]\w*?)_\d+\b", r"\1", re.sub(r"%\d+\b", "%", line))


def ir_difference(before: str, after: str, context: int = 2) -> list[str]:
    """The unified difference of two modules' texts, locations and numbers of values aside."""
    old, new = without_locations(before), without_locations(after)
    matcher = difflib.SequenceMatcher(None, [_key(line) for line in old], [_key(line) for line in new], autojunk=False)
    lines = []
    for group in matcher.get_grouped_opcodes(context):
        (_, a, _, c, _), (_, _, b, _, d) = group[0], group[-1]
        lines.append(f"@@ -{a + 1},{b - a} +{c + 1},{d - c} @@")
        for kind, a, b, c, d in group:
            if kind == "equal":
                lines += [f" {line}" for line in new[c:d]]
            else:
                lines += [f"-{line}" for line in old[a:b]] + [f"+{line}" for line in new[c:d]]
    return lines


# --- The parent -------------------------------------------------------------


def observe(jobs: list[tuple[str, str]], pipeline: str, rounds: int) -> Iterator[dict[str, Any]]:
    """One answer of `observed` a job. Where a child dies, its kernel has failed, and a new child goes on."""
    with gpu.Worker(CHILD, dict(os.environ)) as worker:
        for kernel, target in jobs:
            task = {"kernel": kernel, "target": target, "pipeline": pipeline, "rounds": rounds}
            answer = worker.ask(task, KERNEL_LIMIT)
            if "failed" in answer:
                why = f"the compiling process: {answer['failed']}"
                answer = {"kernel": kernel, "target": target, "status": "failed", "error": why, "remarks": []}
            yield answer


@dataclasses.dataclass
class Evidence:
    """All that was found; `data()` is what --json prints."""

    name: str
    pipeline: str
    knobs: dict[str, Any]
    exactness: str | None
    triton: str
    command: str
    kernels: list[dict[str, Any]]
    load: float
    bits: dict[str, Any]

    def of(self, status: str, target: str | None = None) -> list[dict[str, Any]]:
        return [k for k in self.kernels if k["status"] == status and target in (None, k["target"])]

    def declines(self) -> list[dict[str, Any]]:
        """Why kernels were declined, most frequent first: id, text, kernels (how many), example."""
        groups: dict[tuple, list[tuple[str, str]]] = collections.defaultdict(list)
        for kernel in self.of("declined"):
            reasons = {(r["id"], r["text"]): r for r in reversed(kernel["remarks"])}
            for key, remark in reasons.items():
                groups[key].append((kernel["kernel"], place(remark)))
            if not reasons:
                groups[None, "it gives no reason"].append((kernel["kernel"], ""))
        found = [
            {
                "id": key[0],
                "text": key[1],
                "kernels": len(kernels),
                "example": dict(zip(("kernel", "place"), kernels[0], strict=True)),
            }
            for key, kernels in groups.items()
        ]
        return sorted(found, key=lambda group: -group["kernels"])

    def compile_time(self) -> dict[str, Any] | None:
        """Time with the pass over time without, by pairs of runs: medians over kernels, and the worst one."""
        timed = [kernel for kernel in self.of("fired") + self.of("noted") + self.of("declined") if kernel.get("ms")]
        if not timed:
            return None
        worst = max(timed, key=slowdown)
        return {
            "kernels": len(timed),
            "pairs": len(timed[0]["ms"]["stock"]),
            "median": median_of(timed),
            "median_fired": median_of([kernel for kernel in timed if kernel["status"] == "fired"]),
            "median_declined": median_of([kernel for kernel in timed if kernel["status"] == "declined"]),
            "worst": round(slowdown(worst), 3),
            "worst_kernel": worst["kernel"],
            "worst_target": worst["target"],
            "load": round(self.load, 1),
            "processors": os.cpu_count(),
        }

    def status(self) -> int:
        # What the entry says of bits, it says of the defaults.
        promised = self.exactness == "bit-exact" and not self.knobs
        inexact = promised and any(work.get("differing") for work in self.bits["works"])
        return DIFFERS if self.of("failed") or inexact or any(w["failures"] for w in self.bits["works"]) else DONE

    def data(self) -> dict[str, Any]:
        return {
            **dataclasses.asdict(self),
            "counts": {s: len(self.of(s)) for s in ("fired", "noted", "declined", "failed", "left-out")},
            "declines": self.declines(),
            "compile_time": self.compile_time(),
        }


def slowdown(kernel: dict[str, Any]) -> float:
    """A kernel's compile time with the pass over that without: the median over pairs of runs."""
    return statistics.median(b / a for a, b in zip(*(kernel["ms"][side] for side in SIDES), strict=True))


def median_of(kernels: list[dict[str, Any]]) -> float | None:
    """The median slowdown of kernels; None where there are none."""
    return round(statistics.median(map(slowdown, kernels)), 3) if kernels else None


def place(remark: dict[str, Any]) -> str:
    return f"{remark['file']}:{remark['line']}" if remark.get("file") else ""


# --- Bits, where something can execute --------------------------------------


def bits(pipeline: str, python: str, words: str) -> dict[str, Any]:
    """Stock's bits against the pass's, over the works: {"missing", "machine", "works"}.

    A work: {"work", "fired", "configurations", "differing", "elements", "max",
    "failures"}. Nothing ran where "missing" says what is not there.
    """
    runner = gpu.Runner(python)
    try:
        machine = runner.machine()
        works = runner.works(words)
    except gpu.Missing as missing:
        return {"missing": str(missing), "machine": None, "works": []}
    found = []
    for result in runner.run(works, {SIDES[1]: pipeline}, timed=False):
        work: dict[str, Any] = {"work": result["work"], "failures": gpu.failures(result, SIDES[1])}
        if "failed" not in result:
            work.update(gpu.differing(result, SIDES[1]), configurations=len(result["configs"]))
            work["fired"] = gpu.fired(result, SIDES[1])
        found.append(work)
    return {"missing": None, "machine": machine, "works": found}


# --- As Markdown ------------------------------------------------------------


def markdown(evidence: Evidence, shown: list[dict[str, Any]]) -> str:
    parts = [
        f"## Evidence for `{evidence.pipeline}`, Triton {evidence.triton}",
        f"`{evidence.command}`",
        counts_part(evidence),
        *filter(None, [failures_part(evidence), declines_part(evidence), differences_part(evidence, shown)]),
        time_part(evidence),
        bits_part(evidence),
    ]
    return "\n\n".join(parts)


def table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def counts_part(evidence: Evidence) -> str:
    targets = list(dict.fromkeys(kernel["target"] for kernel in evidence.kernels))
    rows = []
    for target in targets:
        counts = [len(evidence.of(status, target)) for status in ("fired", "noted", "declined", "failed")]
        rows.append([target, sum(counts), *counts])
    text = table(["target", "kernels", "fires", "notes", "declines", "fails"], rows)
    for target in targets:
        fired = [f"`{kernel['kernel']}`" for kernel in evidence.of("fired", target)]
        text += f"\n\nFires for {target} on {', '.join(fired) if fired else 'none of them'}."
    out = [f"`{kernel['kernel']}` ({kernel['target']}: {kernel['error']})" for kernel in evidence.of("left-out")]
    return text + (f"\n\nStock itself does not compile {', '.join(out)}." if out else "")


def failures_part(evidence: Evidence) -> str:
    failed = [[f"`{k['kernel']}`", k["target"], k["error"]] for k in evidence.of("failed")]
    return "### Fails\n\n" + table(["kernel", "target", "why"], failed) if failed else ""


def declines_part(evidence: Evidence) -> str:
    rows = [
        [
            group["kernels"],
            f"`{group['id']}`" if group["id"] else "",
            group["text"],
            " ".join(f"`{part}`" for part in group["example"].values() if part),
        ]
        for group in evidence.declines()
    ]
    return "### Why it declines\n\n" + table(["kernels", "id", "reason", "example"], rows) if rows else ""


def differences_part(evidence: Evidence, shown: list[dict[str, Any]]) -> str:
    if not shown:
        return ""
    blocks = []
    for kernel in shown:
        lines = kernel["difference"]
        more = [f"… and {len(lines) - DIFF_LINES} lines more"] if len(lines) > DIFF_LINES else []
        changed = sum(line[0] in "+-" for line in lines)
        title = f"<code>{kernel['kernel']}</code>, {kernel['target']}, {kernel['stage']}: {changed} lines"
        body = "\n".join([*lines[:DIFF_LINES], *more])
        blocks.append(f"<details><summary>{title}</summary>\n\n```diff\n{body}\n```\n\n</details>")
    return "### What changes\n\n" + "\n".join(blocks)


def time_part(evidence: Evidence) -> str:
    found = evidence.compile_time()
    if found is None:
        return "### Compile time\n\nNothing was compiled to its end."
    rows = [
        [what, f"{found[key]:.3f}"]
        for what, key in (
            ("median of all kernels", "median"),
            ("median where it fires", "median_fired"),
            ("median where it declines", "median_declined"),
            (f"worst: `{found['worst_kernel']}` for {found['worst_target']}", "worst"),
        )
        if found[key] is not None
    ]
    return (
        f"### Compile time\n\n{table(['with the pass over without', 'ratio'], rows)}\n\n"
        f"From source to binary with an empty cache; pairs of runs a kernel, in turn in one process: {found['pairs']}. "
        "Only an idle machine gives figures that mean something: "
        f"the load was {found['load']} on {found['processors']} processors before this began."
    )


def bits_part(evidence: Evidence) -> str:
    found = evidence.bits
    if found["missing"]:
        where = shlex.join(["python3", "test/evidence.py", evidence.name, *knob_words(evidence)])
        return (
            "### Differing bits\n\n"
            f"**Nothing was executed here** ({found['missing']}). On a machine with a GPU, PyTorch and Triton:\n\n"
            f"```sh\n{where}\n```"
        )
    rows = [
        [work["work"], *(work.get(key, "") for key in ("configurations", "fired", "differing", "elements"))]
        + ["; ".join(work["failures"]) or largest(work)]
        for work in found["works"]
    ]
    machine = found["machine"]
    return (
        f"### Differing bits\n\nOn {machine['machine']}, Triton {machine['triton']}, at equal configurations:\n\n"
        + table(["work", "configurations", "fired at", "differing", "of", "largest difference"], rows)
    )


def knob_words(evidence: Evidence) -> list[str]:
    """The pipeline's knobs as this command takes them."""
    knobs = evidence.pipeline[len(evidence.name) :].strip("{}")
    return ["--knobs", knobs] if knobs else []


def largest(work: dict[str, Any]) -> str:
    if not work["differing"]:
        return ""
    return "not a number" if work["max"] is None else f"{work['max']:.1e}"


# --- The command ------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    """argparse's, with its mistakes as CommandErrors."""

    def error(self, message: str) -> None:
        raise CommandError("usage", message, hint="python3 test/evidence.py --help")


def arguments() -> argparse.Namespace:
    import harness

    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="a pass of the catalogue")
    parser.add_argument("--knobs", default="", help='as in a pipeline: "max-splits=2 keep-rounding=false"')
    parser.add_argument(
        "--target", action="append", choices=list(harness.TARGETS), help="default: sm_90; again for more"
    )
    parser.add_argument("--kernel", action="append", help="only this kernel; again for more")
    parser.add_argument(
        "--diff", action="append", metavar="KERNEL", help="show this kernel's difference; again for more"
    )
    parser.add_argument("--diffs", type=int, default=3, metavar="N", help="else show the N shortest (default 3)")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of timed compilations a kernel (default 3)")
    parser.add_argument("--work", default="", metavar="WORDS", help="only works that have these words are executed")
    parser.add_argument("--python", default=gpu_python(), help="a Python with PyTorch and Triton, for the works")
    parser.add_argument("--json", action="store_true", help="everything, for programs")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds takes a number from 1, not {options.rounds}")
    options.targets = options.target or ["sm_90"]
    return options


def gpu_python() -> str:
    """A Python that has PyTorch, likely: this one, else python3."""
    import importlib.util

    return sys.executable if importlib.util.find_spec("torch") else "python3"


def jobs_of(options: argparse.Namespace) -> list[tuple[str, str]]:
    """(kernel, target) of all that is compiled. Raises CommandError."""
    import harness

    names = {target: [kernel.name for kernel in harness.compilable(target)] for target in options.targets}
    known = {name for each in names.values() for name in each}
    for name in [*(options.kernel or []), *(options.diff or [])]:
        if name not in known:
            raise CommandError(
                "unknown-kernel", f"no kernel is called '{name}'", nearest=difflib.get_close_matches(name, known)
            )
    chosen = options.kernel or known
    return [(name, target) for target in options.targets for name in names[target] if name in chosen]


def shown_of(evidence: Evidence, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The kernels whose difference is shown: those named, else the shortest of different functions."""
    fired = sorted(evidence.of("fired"), key=lambda kernel: len(kernel["difference"]))
    if options.diff:
        return [kernel for kernel in fired if kernel["kernel"] in options.diff]
    first = {kernel["kernel"]: kernel for kernel in reversed(fired)}
    return [kernel for kernel in fired if first[kernel["kernel"]] is kernel][: options.diffs]


def gather(options: argparse.Namespace) -> Evidence:
    """Compiles and runs everything. Raises CommandError, PipelineError, LibraryMissing."""
    import triton

    entry = pass_entry(options.name)
    ((pipeline, knobs),) = pipelines(entry, [options.knobs]).items()
    jobs = jobs_of(options)
    load = os.getloadavg()[0]
    kernels = []
    for answer in observe(jobs, pipeline, options.rounds):
        kernels.append(answer)
        if sys.stderr.isatty():
            print(f"\r{len(kernels)} of {len(jobs)} kernels", end="", file=sys.stderr, flush=True)
    return Evidence(
        name=options.name,
        pipeline=pipeline,
        knobs=knobs,
        exactness=entry.get("exactness"),
        triton=triton.__version__,
        command=shlex.join(["python3", "test/evidence.py", *sys.argv[1:]]),
        kernels=kernels,
        load=load,
        bits=bits(pipeline, options.python, options.work),
    )


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        gpu.serve(child)
        return DONE
    form = "json" if "--json" in sys.argv else "text"
    try:
        options = arguments()
        evidence = gather(options)
    except CommandError as error:
        return print_error(error, form)
    except PipelineError as error:
        return print_error(CommandError("pipeline", str(error), error.details.get("nearest")), form)
    except LibraryMissing as error:
        return print_error(CommandError("library-missing", str(error), hint="make build", status=ENVIRONMENT), form)
    except ImportError as error:
        return print_error(
            CommandError("package-missing", f"no Python package {error.name}", hint="make setup", status=ENVIRONMENT),
            form,
        )
    if options.json:
        print(json.dumps(evidence.data(), indent=2))
    else:
        print(markdown(evidence, shown_of(evidence, options)))
    return evidence.status()


if __name__ == "__main__":
    sys.exit(main())
