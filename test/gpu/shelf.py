# SPDX-License-Identifier: MIT
"""Every pass over every work on a GPU: stock's bits first, then how much faster.

    python3 test/gpu/shelf.py --out shelf.json --markdown shelf.md --seconds 480

Needs PyTorch, stock Triton and a GPU, and triton_ext's library. Each pass runs at
its defaults and with each value of a knob that the catalogue says is worth trying.
A pass that the catalogue calls bit-exact has stock's bits at its defaults; whatever
else changes bits stays within the work's tolerance or the bound of BOUNDS. MUST has
the ratios that are promised. What was not done in time is left for a later call with
--skip-done and the file of this one. `triton-ext measure NAME --from shelf.json --write`
puts a pass's ratios into the catalogue.

Exit code: 0 if everything holds, 1 if not, 77 (skipped) without a GPU.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import sys
import time
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "language"), str(HERE.parent / "python")]

import runner as gpu  # noqa: E402

from catalogued import Variant, passes, variants  # noqa: E402

SKIPPED = 77
"""Exit code of a test that could not run."""

TIMING = {"coarse_ms": 8, "fine_ms": 20, "finalists": 2}
"""So many works and variants want less of each than `triton-ext measure` takes."""

ROUNDS = 5


@dataclasses.dataclass(frozen=True)
class Must:
    """A ratio that is promised: of works whose names begin so, by one variant.

    bits: whether no bit may differ; error: whether the result may not be farther
    from the reference than stock's.
    """

    work: str
    pipeline: str
    ratio: float
    bits: bool = True
    error: bool = False


MUST = (
    Must("sliding window attention over all blocks N=16384 D=64 W=1024", "loop-bounds{assume-finite-values=true}", 4.0),
    Must("causal attention forward N=16384 D=128 H=16", "loop-split", 1.06),
    Must("causal attention forward N=4096 D=64 H=16", "loop-split", 1.12),
    Must("matrix product f32 M=2048 N=2048 K=2048", "dot-precision{mode=bf16x6}", 1.4, bits=False, error=True),
)

BOUNDS = {"dot-precision{mode=tf32}": 1280.0, "dot-precision{mode=bf16x3}": 32.0}
"""Pipeline -> how many times a work's tolerance it may be off the reference.

For dot-precision the error of a product by its page (2^-9, 3 * 2^-16) times the sum of
the absolute products of 2048 normal values, over the 2e-3 of the f32 works.
"""


def promised() -> list[Must]:
    """What of MUST the catalogue has a pass for, the pipelines as results name them."""
    names = {entry["name"] for entry in passes()}
    known = [must for must in MUST if must.pipeline.partition("{")[0] in names]
    return [dataclasses.replace(must, pipeline=named(must.pipeline).pipeline) for must in known]


# --- What has to hold ---------------------------------------------------------


def judge(result: dict[str, Any], variant: Variant, exactness: str) -> list[tuple[str, bool]]:
    """The statements that have to hold for one work and one variant, and whether they do."""
    what = f"{result['work']}: {variant}"
    wrong = [row for row in rows_of(result, variant) if row["failures"] and not (variant.knobs and row["too_large"])]
    if wrong:
        return [(f"{what}: {wrong[0]['failures'][0]}", False)]
    found = gpu.differing(result, variant.pipeline)
    if exactness == "bit-exact" and not variant.knobs:
        return [(f"{what}: {found['differing']} differing bits", found["differing"] == 0)]
    if not found["differing"]:
        return []
    factor = BOUNDS.get(variant.pipeline, 1.0)
    errors = [(row["variants"][variant.pipeline]["error"], row["tolerance"] * factor) for row in result["configs"]]
    worst, bound = max(errors, key=lambda each: each[0] - each[1])
    return [(f"{what}: off the reference by {worst:.1e}, at most {bound:.1e}", worst <= bound)]


def rows_of(result: dict[str, Any], variant: Variant) -> list[dict[str, Any]]:
    """What a variant did at each configuration."""
    return [row["variants"][variant.pipeline] for row in result["configs"]]


def judge_stock(result: dict[str, Any]) -> list[tuple[str, bool]]:
    """Whether a work ran at all, and stock is right."""
    if "failed" in result:
        return [(f"{result['work']}: {result['failed']}", False)]
    if not result["configs"]:
        reason = result["left_out"][0]["error"] if result["left_out"] else "it has no configuration"
        return [(f"{result['work']}: stock runs at no configuration: {reason}", False)]
    worst = max(result["configs"], key=lambda row: row["error"] - row["tolerance"])
    right = worst["error"] <= worst["tolerance"]
    return [(f"{result['work']}: stock is off the reference by {worst['error']:.1e} at {worst['config']}", right)]


def judge_must(result: dict[str, Any], must: Must) -> list[tuple[str, bool]]:
    """What is promised of a work, and whether it holds."""
    if "failed" in result or not result["configs"]:
        return []
    what = f"{result['work']}: {must.pipeline}"
    found = []
    if result["best"]:  # it was timed
        ratio = result["ratio"].get(must.pipeline, 0.0)
        found.append((f"{what} {ratio:.3f}x, at least {must.ratio:.2f}x", ratio >= must.ratio))
    if must.bits:
        differing = gpu.differing(result, must.pipeline)["differing"]
        found.append((f"{what}: {differing} differing bits", differing == 0))
    if must.error:
        ours = max(row["variants"][must.pipeline]["error"] for row in result["configs"])
        stock = max(row["error"] for row in result["configs"])
        found.append((f"{what}: off the reference by {ours:.1e}, stock by {stock:.1e}", ours <= stock))
    return found


def checks_of(
    results: list[dict[str, Any]], chosen: list[Variant], exactness: dict[str, str]
) -> list[tuple[str, bool]]:
    """All that has to hold, and whether it does."""
    checks: list[tuple[str, bool]] = []
    for result in results:
        checks += judge_stock(result)
        if "failed" in result or not result["configs"]:
            continue
        for variant in chosen:
            if variant.pipeline in result["configs"][0]["variants"]:
                checks += judge(result, variant, exactness[variant.name])
        for must in promised():
            if result["work"].startswith(must.work) and must.pipeline in result["configs"][0]["variants"]:
                checks += judge_must(result, must)
    return checks


# --- Tables -------------------------------------------------------------------


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows])


def knob_words(variant: Variant) -> str:
    """`num-stages=2`; "defaults" where there is none."""
    return variant.pipeline[len(variant.name) :].strip("{}") or "defaults"


def cell(result: dict[str, Any], variant: Variant) -> str:
    """A variant's ratio on one work, and how far its bits are off; "" where it changes nothing."""
    rows = rows_of(result, variant)
    if not any(row["fired"] for row in rows):
        return ""
    if variant.pipeline not in result["ratio"]:
        return "too large" if any(row["too_large"] for row in rows) else "bits only"
    found = gpu.differing(result, variant.pipeline)
    ratio = f"{result['ratio'][variant.pipeline]:.3f}"
    if not found["differing"]:
        return ratio
    return f"{ratio} (error {max(row['error'] for row in rows):.1e})"


def pass_table(name: str, results: list[dict[str, Any]], chosen: list[Variant]) -> str:
    """One pass: a row a work that it changes, a column a variant."""
    own = [variant for variant in chosen if variant.name == name]
    rows = []
    for result in results:
        if not result.get("configs"):
            continue
        known = [v if v.pipeline in result["configs"][0]["variants"] else None for v in own]
        cells = [cell(result, variant) if variant else "" for variant in known]
        if any(cells):
            stock = result["best"].get("stock")
            rows.append([result["work"], f"{stock['ms']:.4f}" if stock else "", error_of(result), *cells])
    if not rows:
        return f"## {name}\n\nIt changes none of the works."
    used = [at for at in range(3, 3 + len(own)) if any(row[at] for row in rows)]
    head = ["work", "stock ms", "stock's error", *map(knob_words, own)]
    picked = [[line[at] for at in (0, 1, 2, *used)] for line in [head, *rows]]
    return f"## {name}\n\n{table(picked[0], picked[1:])}"


def error_of(result: dict[str, Any]) -> str:
    return f"{max(row['error'] for row in result['configs']):.1e}"


def markdown(report: dict[str, Any], chosen: list[Variant]) -> str:
    """All tables: stock's best time over each variant's best."""
    results = report["works"]
    done = [result for result in results if result.get("configs")]
    head = (
        f"# Passes on {report['machine']}, Triton {report['triton']}\n\n"
        f"Stock's time over the time with the pass, each at its best configuration; {len(done)} works. "
        "An error stands where bits differ: the largest difference from the reference, of outputs as they are."
    )
    names = list(dict.fromkeys(variant.name for variant in chosen))
    missed = [f"- {check['what']}" for check in report["checks"] if not check["holds"]]
    parts = [head, *(pass_table(name, results, chosen) for name in names)]
    parts += ["## What does not hold\n\n" + "\n".join(missed)] if missed else []
    parts += ["## Not run in time\n\n" + "\n".join(f"- {name}" for name in report["left"])] if report["left"] else []
    return "\n\n".join(parts) + "\n"


# --- The command --------------------------------------------------------------


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", metavar="FILE", help="write everything measured, as JSON, after each work")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables")
    parser.add_argument("--seconds", type=float, default=3600, help="begin nothing that would end later")
    parser.add_argument("--only", action="append", metavar="WORDS", help="works with these words; again for more")
    parser.add_argument("--streaming", action="store_true", help="works with a loop and no product of tiles")
    parser.add_argument("--pass", dest="names", action="append", metavar="NAME", help="this pass; again for more")
    parser.add_argument("--variant", action="append", metavar="TEXT", help="this pipeline instead; again for more")
    parser.add_argument("--defaults", action="store_true", help="no knobs, but for what is promised")
    parser.add_argument("--skip-done", metavar="FILE", help="take over what this JSON file has")
    parser.add_argument("--untimed", action="store_true", help="bits alone")
    parser.add_argument("--cache", metavar="FOLDER", help="Triton's cache, to be found again by a later call")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"final timings (default {ROUNDS})")
    parser.add_argument("--python", metavar="PROGRAM", help="a Python with PyTorch and Triton (default: this)")
    parser.add_argument("--list", action="store_true", help="print works and variants, and run nothing")
    return parser.parse_args()


def chosen_variants(options: argparse.Namespace) -> list[Variant]:
    """The variants that are wanted. Raises SystemExit for a name that is no pass."""
    if options.variant:
        return [named(text) for text in options.variant]
    entries = {entry["name"]: entry for entry in passes()}
    names = options.names or _transforms(entries)
    found = {v.pipeline: v for n in names for v in variants(_entry(n, entries)) if not (options.defaults and v.knobs)}
    musts = (named(must.pipeline) for must in promised())
    return list((found | {v.pipeline: v for v in musts if v.name in names}).values())


def _transforms(entries: dict[str, Any]) -> list[str]:
    return [name for name, entry in entries.items() if entry["kind"] == "transform"]


def _entry(name: str, entries: dict[str, Any]) -> dict[str, Any]:
    """A pass of the catalogue. Raises SystemExit for a name that is none."""
    if name not in entries:
        raise SystemExit(f"no pass is called {name}: expected one of {', '.join(entries)}")
    return entries[name]


def named(text: str) -> Variant:
    """The variant of a text such as "loop-split{max-splits=2}"."""
    from triton_ext.cli._pass import pipelines

    name, _, knobs = text.rstrip("}").partition("{")
    entry = _entry(name, {entry["name"]: entry for entry in passes()})
    ((pipeline, values),) = pipelines(entry, [knobs]).items()
    return Variant(name, pipeline, values)


def chosen_works(runner: gpu.Runner, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The works that are wanted, those of MUST first."""
    works = [work for work in runner.works() if work["streams"] or not options.streaming]
    if options.only:
        names = {work["name"] for words in options.only for work in gpu.named(works, words)}
        works = [work for work in works if work["name"] in names]
    first = tuple(must.work for must in MUST)
    return sorted(works, key=lambda work: not work["name"].startswith(first))


def done_before(path: str | None, chosen: list[Variant]) -> dict[str, dict[str, Any]]:
    """The results of an earlier call that have all that is wanted now, by work."""
    if not path or not os.path.exists(path):
        return {}
    wanted = {variant.pipeline for variant in chosen}
    found = json.loads(pathlib.Path(path).read_text())["works"]
    return {r["work"]: r for r in found if r.get("configs") and wanted <= set(r["configs"][0]["variants"])}


def print_times(result: dict[str, Any]) -> None:
    """One work as it is done."""
    if "failed" in result:
        print(f"  {result['work']}: FAILED: {result['failed'].strip().splitlines()[-1]}", flush=True)
        return
    stock = result["best"].get("stock")
    times = [f"{name} {ratio:.3f}" for name, ratio in sorted(result["ratio"].items(), key=lambda each: -each[1])]
    print(f"  {result['work']}: {len(result['configs'])} configurations" + (f", {stock['ms']:.4f} ms" if stock else ""))
    print("    " + (", ".join(times) or "no ratio"), flush=True)


def save(path: str | None, text: str) -> None:
    """Writes a file in one step."""
    if path:
        part = pathlib.Path(f"{path}.part")
        part.write_text(text)
        os.replace(part, path)


def main() -> int:
    options = arguments()
    began = time.monotonic()
    chosen = chosen_variants(options)
    runner = gpu.Runner(options.python)
    try:
        machine = runner.machine()
        works = chosen_works(runner, options)
    except gpu.Missing as missing:
        print(f"SKIPPED: the passes on a GPU: {missing}; nothing was tested", file=sys.stderr)
        return SKIPPED
    if options.list:
        print("\n".join([*(work["name"] for work in works), "", *map(str, chosen)]))
        return 0

    before = done_before(options.skip_done, chosen)
    report: dict[str, Any] = {**machine, "variants": {v.pipeline: {"name": v.name, "knobs": v.knobs} for v in chosen}}
    report.update(works=[before[w["name"]] for w in works if w["name"] in before], checks=[])
    todo = [work for work in works if work["name"] not in before]
    print(f"{len(chosen)} variants, {len(todo)} works, on {machine['machine']}, Triton {machine['triton']}", flush=True)
    exactness = {entry["name"]: entry["exactness"] or "bit-exact" for entry in passes()}
    results = runner.run(
        todo,
        {variant.pipeline: variant.pipeline for variant in chosen},
        timed=not options.untimed,
        rounds=options.rounds,
        timing=TIMING,
        seconds=options.seconds - (time.monotonic() - began),
        cache=options.cache,
    )

    def finish() -> None:
        done = {result["work"] for result in report["works"]}
        report["left"] = [work["name"] for work in works if work["name"] not in done]
        found = checks_of(report["works"], chosen, exactness)
        report["checks"] = [{"what": what, "holds": holds} for what, holds in found]
        report["seconds"] = round(time.monotonic() - began, 1)
        save(options.out, json.dumps(report, indent=1))
        save(options.markdown, markdown(report, chosen))

    finish()
    for result in results:
        report["works"].append(result)
        print_times(result)
        finish()
    finish()
    print(markdown(report, chosen))
    held = [check["what"] for check in report["checks"] if check["holds"]]
    missed = [check["what"] for check in report["checks"] if not check["holds"]]
    print("\n".join(f"MISSED {what}" for what in missed))
    promised = [what for what in held if "at least" in what]
    print("\n".join(f"OK     {what}" for what in promised))
    print(f"{len(held)} hold, {len(missed)} do not; {len(report['left'])} works are left; {report['seconds']:.0f} s")
    return 0 if report["works"] and not missed else 1


if __name__ == "__main__":
    sys.exit(main())
