# SPDX-License-Identifier: MIT
"""``triton-ext doctor``: a line for each thing that passes need, and what to do where one is not right.

Nothing that it looks at can take it down or make it wait for long: Triton is
imported, the library loaded and the worker started in processes of their own.
The exit code is 3 where a line is a problem, else 0.
"""

import os

from ._answer import DONE, ENVIRONMENT, Answer

_TIME_LIMIT = 10.0  # seconds
_GPU_LIMIT = 5.0  # seconds
_COLOURS = {"ok": "green", "none": "dim", "warning": "yellow", "problem": "red"}
_SPOKEN = {"none": "-"}


def add_arguments(parser):
    parser.add_argument("--python", metavar="PATH", help="look at another Python than the one that runs this")
    parser.add_argument(
        "--time-limit",
        type=_seconds,
        default=_TIME_LIMIT,
        metavar="SECONDS",
        help="what importing Triton, or the library's answers, may take (default: %(default)g)",
    )


def _seconds(text):
    import argparse

    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"expected a positive number of seconds, got {text!r}")
    return value


def run(options):
    lines = _of_another(options) if options.python else examine(options.time_limit)
    from ._doctor.line import PROBLEM, worst

    status = worst(lines)
    data = {"status": status, "checks": [line.data() for line in lines]}
    return Answer(data, lambda style: _text(lines, style), ENVIRONMENT if status == PROBLEM else DONE)


def examine(seconds):
    """All lines about this Python; each probe may take ``seconds``."""
    from .. import _library
    from ._doctor import cache, library, settings, sources, stock, system
    from ._doctor.child import Child

    environment = dict(os.environ)
    library_child = Child("probe_library", environment)
    triton_child = Child("probe_triton", _without_settings(environment))
    try:
        before = [system.python(), system.system(), system.gpu(min(seconds, _GPU_LIMIT))]
        native = library_child.result(seconds)
        triton = triton_child.result(seconds)
    finally:
        library_child.kill()
        triton_child.kill()

    cache_folder = cache.folder(triton.stages.get("hooks", {}).get("cache"))
    imported = stock.imports(triton)
    loaded = library.library(native, _library.path(), environment)
    worker = library.worker(native, environment)
    return [
        *before,
        stock.found(triton),
        stock.version(triton),
        imported,
        loaded,
        library.others(native),
        sources.build(native),
        worker,
        library.protections(native),
        system.exchange(cache_folder),
        cache.cache(cache_folder),
        stock.hooks(triton, environment),
        settings.settings(environment),
        settings.policy(),
        settings.passes(native, environment),
        stock.crossing(triton, _no_crossing(imported, loaded, worker)),
    ]


def _without_settings(environment):
    """``environment`` without what could enable, forbid or slow down the crossing of one kernel."""
    kept = ("TRITON_EXT_LIBRARY", "TRITON_EXT_WORKER", "TRITON_EXT_POLICY")
    return {
        name: value
        for name, value in environment.items()
        if name in kept or not name.startswith("TRITON_EXT_") and name != "TRITON_INTERPRET"
    }


def _no_crossing(imported, loaded, worker):
    """Why no kernel can cross, or ""."""
    if imported.status != "ok":
        return "there is no Triton that imports"
    if loaded.status == "problem":
        return "there is no library"
    return "no worker answers" if worker.status == "problem" else ""


def _of_another(options):
    """The lines about another Python, which runs this package."""
    from ._another import ask
    from ._doctor.line import Line

    words = ["doctor", "--time-limit", str(options.time_limit)]
    return ask(
        options.python, words, 30 + 5 * options.time_limit, lambda answer: [Line.of(each) for each in answer["checks"]]
    )


def _text(lines, style):
    """The lines for people: status, id, summary; below them what else there is to say."""
    import textwrap

    width = max(len(line.id) for line in lines)
    indent = " " * (9 + width + 2)
    text = []
    for line in lines:
        status = _SPOKEN.get(line.status, line.status)
        text.append(f"{style(f'{status:<7}', _COLOURS[line.status])}  {line.id:<{width}}  {line.summary}")
        text += [style(indent + each, "dim") for each in line.detail.splitlines()]
        if line.fix:
            room = max(style.width, 60)
            text += textwrap.wrap(
                f"-> {line.fix}", room, initial_indent=indent, subsequent_indent=indent + "   ", break_on_hyphens=False
            )
    counts = {status: sum(line.status == status for line in lines) for status in _COLOURS}
    text.append(f"\nproblems: {counts['problem']}, warnings: {counts['warning']}, ok: {counts['ok']}")
    return "\n".join(text)
