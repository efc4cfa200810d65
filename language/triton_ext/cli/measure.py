# SPDX-License-Identifier: MIT
"""``triton-ext measure``: an extension's works on this machine's GPU, and its `measured` rows.

What is run, and how, is the checkout's test/gpu; this asks it, judges the
results against what the catalogue says of the extension, and records them.
"""

from ._answer import DIFFERS, DONE, ENVIRONMENT, Answer, CommandError
from ._print import columns

#: What has to be equal for a new row to take the place of an old one.
ROW_KEY = ("work", "machine", "triton", "knobs")


def add_arguments(parser):
    parser.add_argument("name", metavar="NAME", help="the extension")
    parser.add_argument(
        "--knobs",
        action="append",
        metavar="TEXT",
        help='knobs as in a pipeline, "max-splits=2 keep-rounding=false"; again for more than one measurement',
    )
    parser.add_argument("--work", default="", metavar="WORDS", help="only works whose names have all of these words")
    parser.add_argument(
        "--from",
        dest="report",
        metavar="FILE",
        help="measure nothing: take what test/gpu/shelf.py --out wrote, on whatever machine",
    )
    parser.add_argument("--write", action="store_true", help="put the rows into the checkout's registry.yaml")
    parser.add_argument(
        "--inexact",
        action="store_true",
        help="the knobs given may change bits although the entry, which speaks of the defaults, says bit-exact",
    )
    parser.add_argument("--rounds", type=_rounds, default=9, metavar="N", help="interleaved timings (default 9)")
    parser.add_argument("--python", metavar="PROGRAM", help="a Python with PyTorch and Triton (default: this, python3)")


def _rounds(text):
    """A number from 1, as argparse wants it."""
    if not text.isdecimal() or int(text) < 1:
        import argparse

        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


def run(options):
    from ._checkout import Checkout
    from ._pass import pass_entry, pipelines

    checkout = Checkout.here()
    runner_module = _runner_of(checkout)
    entry = pass_entry(options.name)
    if options.write:
        _registry_of(checkout, options.name)  # a mistake there is told before the minutes of measuring
    variants = pipelines(entry, options.knobs or [""])
    if options.report:
        machine, results = _kept(options, variants)
    else:
        machine, results = _measured(options, runner_module, variants)
    promise = entry.get("exactness") == "bit-exact"
    lines = [
        _judged(runner_module, result, text, knobs, promise and not (knobs and options.inexact))
        for result in results
        for text, knobs in variants.items()
        if _has(result, text)
    ]
    data = {"name": options.name, "exactness": entry.get("exactness"), **machine, "works": lines, "written": []}
    if options.write and not _of(lines, "differs"):
        data["written"] = _record(checkout, options.name, _rows(lines, machine))
    return Answer(data, lambda style: _text(data, style), _status(lines))


# What is asked for.


def _measured(options, runner_module, variants):
    """(the machine, results of the runner) of works that run here, now. Raises CommandError."""
    runner = runner_module.Runner(options.python or _python(), _package())
    try:
        machine = runner.machine()
        works = _works_of(runner, options.work)
    except runner_module.Missing as error:
        raise CommandError(
            "no-gpu",
            f"nothing can be measured here: {error}",
            hint="run this on a machine with a GPU, PyTorch and Triton; --python names a Python that has them",
            status=ENVIRONMENT,
        ) from None
    return machine, runner.run(works, {text: text for text in variants}, rounds=options.rounds)


def _kept(options, variants):
    """The same of a file that test/gpu/shelf.py wrote. Raises CommandError."""
    import json
    from pathlib import Path

    try:
        report = json.loads(Path(options.report).read_text())
        machine = {name: report[name] for name in ("machine", "triton", "torch")}
        results = [result for result in report["works"] if any(_has(result, text) for text in variants)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise CommandError(
            "no-report", f"{options.report} cannot be read: {why}", hint="test/gpu/shelf.py --out FILE writes one"
        ) from None
    wanted = options.work.lower().split()
    results = [result for result in results if all(word in result["work"].lower() for word in wanted)]
    if not results:
        raise CommandError(
            "not-in-report",
            f"{options.report} has no work with {' or '.join(variants)}",
            nearest=[text for text in report.get("variants", {}) if text.partition("{")[0] == options.name],
        )
    return machine, results


def _has(result, text):
    """Whether a result says anything of a pipeline: a work that failed, or has none to run at, says so of all."""
    return not result.get("configs") or text in result["configs"][0]["variants"]


def _runner_of(checkout):
    """The module test/gpu/runner.py of the checkout. Raises CommandError."""
    import importlib.util

    path = checkout.root / "test" / "gpu" / "runner.py"
    if not path.is_file():
        raise CommandError(
            "no-works",
            f"{checkout.root} has no test/gpu/runner.py, which runs the works",
            hint="run this in a checkout of triton-ext",
            status=ENVIRONMENT,
        )
    spec = importlib.util.spec_from_file_location("triton_ext_gpu_runner", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _registry_of(checkout, name):
    """The checkout's catalogue, which has an entry ``name``. Raises CommandError."""
    from ._registry_file import RegistryFile

    registry = RegistryFile(checkout.registry)
    if name not in registry.names():
        raise CommandError("unknown-name", f"{checkout.registry.name} has no entry '{name}', though the library does")
    return registry


def _python():
    """A Python that has torch and triton, likely: this one, else python3."""
    import importlib.util
    import sys

    return sys.executable if all(map(importlib.util.find_spec, ("torch", "triton"))) else "python3"


def _package():
    """The folder that holds this package."""
    from pathlib import Path

    return Path(__file__).resolve().parents[2]


def _works_of(runner, words):
    found = runner.works(words)
    if not found:
        import difflib

        known = [work["name"] for work in runner.works()]
        raise CommandError(
            "no-work",
            f"no work has all of the words '{words}' in its name",
            nearest=difflib.get_close_matches(words, known, cutoff=0.3),
        )
    return found


# What came of it.


def _judged(runner, result, text, knobs, promised):
    """One line of the answer: a work with one setting of the knobs.

    status: "measured" (a row), "same" (compared only), "not-fired", "differs"
    (bits differ though none may, if ``promised``) or "failed".
    """
    line = {"work": result["work"], "knobs": knobs, "status": "failed", "ratio": None, "why": []}
    line["why"] = runner.failures(result, text)
    if "failed" in result:
        return line
    line.update(runner.differing(result, text))
    line.update(fired=runner.fired(result, text), configurations=len(result["configs"]))
    if line["why"]:
        return line
    if line["differing"] and promised:
        line["status"] = "differs"
    elif not line["fired"]:
        line.update(status="not-fired", why=runner.declines(result, text))
    elif text in result["ratio"]:
        best = result["best"]
        line.update(status="measured", ratio=round(result["ratio"][text], 3), stock=best["stock"], best=best[text])
    else:
        line["status"] = "same"
    return line


def _of(lines, *statuses):
    return [line for line in lines if line["status"] in statuses]


def _status(lines):
    """DIFFERS where bits differ, something failed, or nothing fired at all."""
    wrong = _of(lines, "differs", "failed") or not _of(lines, "measured", "same")
    return DIFFERS if wrong else DONE


def _rows(lines, machine):
    """The `measured` rows of the catalogue, a dict each."""
    rows = []
    for line in _of(lines, "measured"):
        row = {"work": line["work"], "machine": machine["machine"], "triton": machine["triton"], "ratio": line["ratio"]}
        rows.append({**row, "knobs": line["knobs"]} if line["knobs"] else row)
    return rows


def merged(old, new):
    """The rows ``old`` with those of ``new`` in the place of what they measure anew, else behind."""

    def key(row):
        return [row.get(field) or None for field in ROW_KEY]

    fresh = list(new)
    rows = []
    for row in old:
        again = next((each for each in fresh if key(each) == key(row)), row)
        fresh = [each for each in fresh if each is not again]
        rows.append(again)
    return rows + fresh


def _record(checkout, name, rows):
    """Writes ``rows`` into the catalogue in one step, and returns them."""
    if rows:
        registry = _registry_of(checkout, name)  # as it is now: the measurement took minutes
        registry.set_measured(name, merged(registry.entry(name).get("measured") or [], rows))
        registry.save()
    return rows


# As text.


def _text(data, style):
    head = f"{data['name']} on {data['machine']}, Triton {data['triton']}: stock's best time over the pass's best"
    rows = [["work", "ratio", "stock ms", "pass ms", "differing", "fired at"]]
    for line in _of(data["works"], "measured", "same", "differs"):
        times = [f"{line[side]['ms']:.4f}" if side in line else "" for side in ("stock", "best")]
        rows.append([_title(line), _ratio(line), *times, _differing(line), _fired(line)])
    lines = [style(head, "bold"), *(columns(rows) if len(rows) > 1 else [])]
    lines += _reasons("did not fire, and gives no row", _of(data["works"], "not-fired"))
    lines += _reasons("failed", _of(data["works"], "failed"))
    refused = _of(data["works"], "differs")
    if refused:
        lines.append(style(f"The entry says bit-exact, but {len(refused)} of the works have differing bits.", "red"))
        lines.append("Nothing is written. Correct the pass, or the entry's exactness" + _advice(refused))
    if data["written"]:
        lines.append(f"registry.yaml: {len(data['written'])} rows of {data['name']} written")
    return "\n".join(lines)


def _advice(refused):
    """How to say that knobs are meant to change bits, where any were set."""
    return "; --inexact if these knobs are meant to." if all(line["knobs"] for line in refused) else "."


def _title(line):
    knobs = " ".join(f"{name}={_spelled(value)}" for name, value in line["knobs"].items())
    return f"{line['work']} {{{knobs}}}" if knobs else line["work"]


def _spelled(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ratio(line):
    if line["ratio"] is None:
        return ""
    return f"{line['ratio']:.3f}x" + (" (loss)" if line["ratio"] < 1 else "")


def _differing(line):
    if not line["differing"]:
        return "0"
    most = "" if line["max"] is None else f", at most by {line['max']:.1e}"
    return f"{line['differing']} of {line['elements']}{most}"


def _fired(line):
    return f"{line['fired']} of {line['configurations']}"


def _reasons(what, lines):
    """A block of the works that ``what`` is true of, and why."""
    none = ["it gives no reason"]
    return [f"{_title(line)}: {what}" + "".join(f"\n  {why}" for why in line["why"] or none) for line in lines]
