# SPDX-License-Identifier: MIT
"""`triton-ext pipeline`: stock's pipeline, ours in place, as a listing or as the text that makes it.

Steps come from the Triton of this Python, of another one, or from a release's
record. The command works on a `_steps.Pipeline`, whichever it was.
"""

import os
import sys

from .._stock import _records
from ._answer import DIFFERS, DONE, ENVIRONMENT, Answer, CommandError

_TIME_LIMIT = 120  # seconds, for another Python: importing Triton beside torch takes its time
_COLOURS = {"-": "red", "+": "green", "@": "cyan"}

_EPILOG = """\
A step a line, in the order in which they run: Triton's binding without add_, its stage in front, and the arguments
that it is given; passes of the catalogue by their names. Edit the listing and give it back with --from: lines that are
gone are dropped, arguments are set, passes of the catalogue go where they stand. --text prints the pipeline text that
makes the same of stock, for TRITON_EXT_PASSES and triton_ext.passes. Exit code of --diff: 0, or 1 where something
differs.
"""


def add_arguments(parser):
    parser.epilog = _EPILOG
    target = parser.add_argument(
        "--target", metavar="TARGET", help="cuda:90, sm_90, gfx942 (default: the GPU of this machine, else cuda:90)"
    )
    target.completer = lambda **_: _records.TARGETS
    parser.add_argument(
        "--options",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="compile options, such as num_stages=4",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--python", metavar="PATH", help="the Triton of another Python than the one that runs this")
    release = source.add_argument("--release", metavar="RELEASE", help="as a release's record has it")
    release.completer = lambda **_: _records.releases()
    edits = parser.add_mutually_exclusive_group()
    edits.add_argument("--with", dest="edits", metavar="TEXT", help="a pipeline text, to see it in place")
    edits.add_argument("--from", dest="listing", metavar="FILE", help="an edited listing (- for standard input)")
    parser.add_argument("--kernel", metavar="NAME", help="with --with: what it says for a kernel of this name")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="the pipeline text in one line, instead of the steps")
    differences = form.add_argument(
        "--diff",
        nargs="*",
        metavar="RELEASE",
        help="what differs: from stock, from a release's record, or between the records of two",
    )
    differences.completer = lambda **_: _records.releases()
    form.add_argument("--record", action="store_true", help="write the release's record (in a checkout)")
    parser.add_argument(
        "--explicit", action="store_true", help="with --text: the arguments of every step, not of changed ones alone"
    )


def run(options):
    if options.explicit and not options.text:
        raise CommandError("usage", "--explicit goes with --text")
    if options.kernel and not options.edits:
        raise CommandError("usage", "--kernel goes with --with")
    if options.record:
        return _record(options)
    if options.diff is not None:
        return _differences(options)
    pipeline = _edited(_stock(options), options)
    text = pipeline.text(options.explicit)
    data = {**_data(pipeline), "text": text, "skipped": pipeline.skipped()}
    return Answer(data, text if options.text else lambda style: _listing(pipeline, style))


# Where the steps come from.


def _stock(options):
    """The stock Pipeline that was asked for."""
    if options.release:
        if options.options:
            raise CommandError("usage", "--options are not recorded: leave them out, or --release")
        return _recorded(options.release, options)
    if options.python:
        return _of_another(options.python, options.target, options.options)
    return _installed(options)


def _recorded(release, options):
    from .._stock import _steps

    return _steps.recorded(release, ":".join(_steps.target_words(options.target or "cuda:90")))


def _installed(options):
    import warnings

    from .._stock import _steps

    compile_options = dict(_option(each) for each in options.options)
    if options.target:
        _steps.target_words(options.target)  # wrong here is wrong without Triton, too
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _steps.installed(options.target, compile_options)
    except ImportError as error:
        missing = error.name == "triton"
        raise CommandError(
            "triton-missing" if missing else "triton-unusable",
            "this Python has no Triton" if missing else f"the Triton of this Python does not import: {error}",
            hint="name a Python that has one with --python PATH, or read a record with --release RELEASE",
            status=ENVIRONMENT,
        ) from None


def _option(setting):
    from .._stock import _steps

    name, equals, value = setting.partition("=")
    if not equals or not name:
        raise CommandError("usage", f"--options: expected NAME=VALUE, got {setting!r}")
    return name, _steps.value_of(value)


def _of_another(python, target, options, env=None):
    """The stock Pipeline as another Python tells it."""
    from ._another import ask

    words = ["pipeline"]
    words += ["--target", target] if target else []
    words += ["--options", *options] if options else []
    return ask(python, words, _TIME_LIMIT, _read, env)


def _read(answer):
    """The Pipeline of what --json printed. Raises the CommandError that it printed instead."""
    from .._stock import _steps

    if error := answer.get("error"):
        status = ENVIRONMENT if error["code"].startswith(("triton-", "library-")) else 2
        raise CommandError(error["code"], error["message"], error["nearest"], error["hint"], status)
    steps = [
        _steps.Step(each["stage"], each["name"], each["arguments"], each["occurrence"]) for each in answer["steps"]
    ]
    return _steps.Pipeline(steps, answer["target"], answer["triton"], answer["options"])


# What is done with them.


def _edited(pipeline, options):
    """``pipeline`` with what --with or --from say."""
    if options.listing:
        return pipeline.edited(_file(options.listing))
    return pipeline.with_text(options.edits, options.kernel) if options.edits else pipeline


def _file(name):
    try:
        if name == "-":
            return sys.stdin.read()
        with open(name, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise CommandError("unreadable", f"--from: {name} cannot be read: {why}") from None


def _differences(options):
    from .._stock import _steps

    if len(options.diff) > 2:
        raise CommandError("usage", f"--diff takes two releases at most, got {len(options.diff)}")
    if len(options.diff) == 2:
        if options.edits or options.listing or options.python or options.release or options.options:
            raise CommandError("usage", "--diff of two releases is about their records alone")
        one, other = (_recorded(release, options) for release in options.diff)
    else:
        stock = _stock(options)
        one, other = stock, _edited(stock, options)
        if options.diff:
            one = _steps.recorded(options.diff[0], other.target)
    lines = _steps.diff_lines(one, other)
    data = {"from": _named(one), "to": _named(other), "lines": lines}
    return Answer(data, lambda style: "\n".join(_coloured(line, style) for line in lines), DIFFERS if lines else DONE)


def _named(pipeline):
    return {"triton": pipeline.release, "target": pipeline.target, "text": pipeline.text()}


def _coloured(line, style):
    if line.startswith(("---", "+++")):
        return style(line, "bold")
    return style(line, *filter(None, [_COLOURS.get(line[:1])]))


def _listing(pipeline, style):
    """`str` of a pipeline, in colours: ours, and steps of stock's with other arguments."""
    stock = {step.point: step for step in pipeline.stock()}
    lines = [style(line, "dim") for line in (pipeline.header(), *pipeline.notes())]
    for step in pipeline:
        changed = step.stock and step != stock[step.point]
        lines.append(style(str(step), *(["green"] if not step.stock else ["yellow"] if changed else [])))
    return "\n".join(lines)


def _data(pipeline):
    return {
        "triton": pipeline.release,
        "target": pipeline.target,
        "options": pipeline.options,
        "steps": [
            {
                "stage": step.stage,
                "name": step.name,
                "arguments": step.arguments,
                "occurrence": step.occurrence,
                "stock": step.stock,
            }
            for step in pipeline
        ],
    }


def _record(options):
    """Writes the record of the installed release into the checkout."""
    from ._checkout import Checkout

    if options.target or options.options or options.edits or options.listing or options.release:
        raise CommandError(
            "usage", "--record writes all recorded targets, with default options; it takes --python only"
        )
    folder = Checkout.here().root.joinpath("language", "triton_ext", "records")
    if not folder.is_dir():
        raise CommandError("no-checkout", f"{folder} is not there: records are kept by triton-ext itself")
    # Triton's variables change what it does.
    env = {name: value for name, value in os.environ.items() if not name.startswith("TRITON_")}
    env.update({name: value for name, value in os.environ.items() if name == "TRITON_EXT_LIBRARY"})
    python = options.python or sys.executable
    pipelines = [_of_another(python, target, [], env) for target in _records.TARGETS]
    release = pipelines[0].release
    if not all(part.isdecimal() for part in release.split(".")):
        raise CommandError("unknown-release", f"Triton {release} is no release", hint="record a stock wheel")
    path = folder / f"{release}.json"
    path.write_text(_records.written({each.target: _stages(each) for each in pipelines}), encoding="utf-8")
    return Answer({"triton": release, "targets": [*_records.TARGETS], "written": str(path)}, f"wrote {path}")


def _stages(pipeline):
    """The steps by stage, as a record has them."""
    stages = {}
    for step in pipeline:
        stages.setdefault(step.stage, []).append((step.name, step.arguments))
    return stages
