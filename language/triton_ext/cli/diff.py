# SPDX-License-Identifier: MIT
"""`triton-ext diff`: what differs between two IRs, apart from names, white space, locations and order of attributes.

Exit codes as diff's: 0 the same, 1 different; mistakes 2, something missing 3.
"""

from ._answer import DIFFERS, DONE, Answer, CommandError

_FORMS = """\
A and B are two files (.ttir .ttgir .llir .ptx .amdgcn), two folders of Triton's
cache or dumps, two kernels (FILE.py:NAME; the folder of a package of kernels for
all of them), or two releases (triton-3.6.0, or a Python's path). With A alone,
kernels, it is what two of --passes, --python or --target make of them; one
--passes is held against stock."""


def add_arguments(parser):
    import argparse

    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _FORMS
    parser.add_argument("a", metavar="A", help="see below")
    parser.add_argument("b", metavar="B", nargs="?", help="see below")
    parser.add_argument("--passes", action="append", metavar="TEXT", help='a pipeline; "" is stock')
    parser.add_argument("--python", action="append", metavar="PATH", help="an interpreter, or triton-3.9.0")
    parser.add_argument("--target", action="append", metavar="ARCH", help="cuda:90, hip:gfx942 (default: cuda:90)")
    parser.add_argument("--signature", metavar="TYPES", help='of a kernel alone in its file: "*fp32:16, i32, 1024"')
    parser.add_argument("--stage", metavar="LIST", help="stages to compare (default: all with a text)")
    parser.add_argument("--all", action="store_true", help="every stage that differs, not a kernel's first alone")
    parser.add_argument("--context", type=_count, default=3, metavar="LINES", help="equal lines shown (default: 3)")
    parser.add_argument("--html", metavar="FILE", help="write a page that shows both side by side")


def _count(text):
    import argparse

    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"expected a number of lines, got {text!r}")
    return int(text)


def run(options):
    from . import _irs

    stages = _irs.stages_of(options.stage) if options.stage is not None else [*_irs.STAGES]
    a, b = _sides(options, stages)
    results = compare(a.texts, b.texts)
    same = all(result.status == "same" for result in results)
    data = {
        "same": same,
        "a": a.label,
        "b": b.label,
        "not_compared": {**a.errors, **b.errors},
        "results": [result.data(options.context) for result in results],
    }
    if options.html:
        _write_page(options.html, a.label, b.label, results, options.context)
        data["html"] = options.html
    return Answer(
        data, lambda style: _text(a, b, results, options, style, data["not_compared"]), DONE if same else DIFFERS
    )


# --- What is compared ---------------------------------------------------------------------------------------------


class Side:
    """``label``; ``kind``: file, folder or kernels; ``texts``: {(kernel or None, stage): Text}, of a file how it is
    written for a stage; ``errors``: {kernel: why there is no text}."""

    def __init__(self, label, kind, texts, errors=None):
        self.label, self.kind, self.texts, self.errors = label, kind, texts, errors or {}


def _sides(options, stages):
    from . import _irs

    if options.b is None:
        if not _irs.is_kernels(options.a):
            raise CommandError("usage", f"with what is {options.a} to be compared?", hint="triton-ext diff --help")
        return _two_ways(options.a, options, stages)
    words = (options.a, options.b)
    if all(map(_irs.is_release, words)):
        if options.python:
            raise CommandError("usage", f"{options.a} and {options.b} are the releases already: leave --python out")
        options.python = list(words)
        return _two_ways(_irs.own_kernels(), options, stages)
    sides = [_side(word, options, stages) for word in words]
    if sides[0].kind != sides[1].kind:
        raise CommandError("usage", f"{options.a} and {options.b} are not of one kind: two files, folders or kernels")
    if sides[0].kind == "file" and [*sides[0].texts] != [*sides[1].texts]:
        written = [next(iter(side.texts))[1] for side in sides]
        raise CommandError(
            "usage", f"{options.a} is {written[0]} and {options.b} is {written[1]}: of one stage, please"
        )
    one = [{kernel for kernel, _ in side.texts} for side in sides]
    if sides[0].kind == "kernels" and all(len(names) == 1 for names in one) and one[0] != one[1]:
        # Two kernels of different names, and meant to be compared.
        sides[1].texts = {(next(iter(one[0])), stage): text for (_, stage), text in sides[1].texts.items()}
    return sides


def _side(word, options, stages):
    from pathlib import Path

    from . import _irs

    if _irs.is_kernels(word):
        return _compiled(word, _ways(options, 1)[0], word, options, stages)
    if Path(word).is_dir():
        return Side(word, "folder", _irs.of_folder(word, stages))
    text = _irs.read_file(word)
    return Side(word, "file", {(None, text.module().written): text})


def _two_ways(word, options, stages):
    """The kernels of ``word`` in two ways, which differ in one thing."""
    ways = _ways(options, 2)
    differing = [name for name in ("passes", "python", "target") if getattr(ways[0], name) != getattr(ways[1], name)]
    if not differing:
        raise CommandError("usage", "nothing tells the two apart: give --passes, or --python or --target twice")
    return [_compiled(word, way, _way_label(way, differing), options, stages) for way in ways]


def _way_label(way, differing):
    import os

    words = {
        "passes": f"passes {way.passes!r}" if way.passes else "stock",
        "python": os.path.basename(os.path.dirname(os.path.dirname(way.python))) or way.python,
        "target": way.target,
    }
    return ", ".join(words[name] for name in differing)


def _ways(options, count):
    from . import _irs

    values = {}
    for name, default in (("passes", ""), ("python", None), ("target", "cuda:90")):
        given = getattr(options, name) or [default]
        if len(given) > count:
            raise CommandError("usage", f"--{name} at most {'twice' if count == 2 else 'once'} here")
        if name == "passes" and count == 2 and len(given) == 1 and options.passes:
            given = ["", *given]
        values[name] = given * count if len(given) == 1 else given
    return [
        _irs.Way(_irs.python_of(values["python"][at]), values["passes"][at], values["target"][at])
        for at in range(count)
    ]


def _compiled(word, way, label, options, stages):
    from . import _irs

    found = _irs.compiled(word, way, stages, options.signature)
    return Side(label, "kernels", found.texts, found.errors)


# --- Comparing ----------------------------------------------------------------------------------------------------


class Result:
    """One stage of one kernel. ``status``: same, different, only-a or only-b. ``comparison``: where both are there."""

    def __init__(self, kernel, stage, status, comparison=None):
        self.kernel, self.stage, self.status, self.comparison = kernel, stage, status, comparison
        self.counts = comparison.counts() if comparison else {"changed": 0, "inserted": 0, "deleted": 0}

    def data(self, context):
        hunks = [hunk.data() for hunk in hunks_of(self.comparison, context)] if self.status == "different" else []
        return {"kernel": self.kernel, "stage": self.stage, "status": self.status, **self.counts, "hunks": hunks}


def compare(texts_a, texts_b):
    """The Results of two {(kernel, stage): Text}, by kernel and in the order of the stages. Raises CommandError."""
    from ..ir import align
    from ._irs import STAGES

    def order(key):
        kernel, stage = key
        return (kernel or "", STAGES.index(stage) if stage in STAGES else 0)

    results = []
    for key in sorted({*texts_a, *texts_b}, key=order):
        if key not in texts_b or key not in texts_a:
            results.append(Result(*key, "only-a" if key in texts_a else "only-b"))
            continue
        a, b = texts_a[key], texts_b[key]
        if a.data == b.data:
            results.append(Result(*key, "same"))
            continue
        found = align.compare(a.module(), b.module())
        results.append(Result(*key, "same" if found.same else "different", found))
    return results


class Hunk:
    """``line_a``, ``line_b``: where it starts in the texts. ``function``: that it lies in. ``rows``: (mark, text)."""

    def __init__(self, line_a, line_b, function, rows):
        self.line_a, self.line_b, self.function, self.rows = line_a, line_b, function, rows

    def data(self):
        lines = [mark + text for mark, text in self.rows]
        return {"line_a": self.line_a, "line_b": self.line_b, "function": self.function, "lines": lines}


def hunks_of(comparison, context):
    """The Hunks of a Comparison."""
    for steps in comparison.grouped(context):
        rows, first_a, first_b = [], None, None
        for tag, index_a, index_b in steps:
            first_a = index_a if first_a is None else first_a
            first_b = index_b if first_b is None else first_b
            if tag == "equal":
                rows.append((" ", comparison.line_a(index_a)))
                continue
            if index_a is not None:
                rows.append(("-", comparison.line_a(index_a)))
            if index_b is not None:
                rows.append(("+", comparison.line_b(index_b)))
        statements_a, statements_b = comparison.a.statements, comparison.b.statements
        inside = [statements_a[index].function for _, index, _ in steps if index is not None]
        yield Hunk(
            statements_a[first_a].line if first_a is not None else 0,
            statements_b[first_b].line if first_b is not None else 0,
            next(filter(None, reversed(inside)), ""),
            rows,
        )


# --- Showing ------------------------------------------------------------------------------------------------------

_COLOURS = {"-": ("red",), "+": ("green",), " ": ()}


def _text(a, b, results, options, style, errors):
    several = any(result.kernel is not None for result in results)
    lines, shown = [], set()
    for result in results:
        name = f"{result.kernel} {result.stage}" if several else ""
        if result.status == "same":
            continue
        if result.status != "different":
            lines.append(style(f"{name}: only in {a.label if result.status == 'only-a' else b.label}", "bold"))
        elif result.kernel in shown and not options.all:
            lines.append(style(f"{name}: {said(result.counts)}", "dim"))
        else:
            shown.add(result.kernel)
            lines += [style(f"--- {' '.join(filter(None, [a.label, name]))}", "bold")]
            lines += [style(f"+++ {' '.join(filter(None, [b.label, name]))}", "bold")]
            lines += hunk_lines(result.comparison, options.context, style)
            lines.append(said(result.counts))
    if several:
        lines += [style(f"{kernel}: not compared: {why}", "dim") for kernel, why in sorted(errors.items())]
        lines.append(_summary(results))
    return "\n".join(lines)


def hunk_lines(comparison, context, style):
    """The hunks of a Comparison, as lines for people."""
    for hunk in hunks_of(comparison, context):
        yield style(f"@@ -{hunk.line_a} +{hunk.line_b} @@ {hunk.function}".rstrip(), "cyan")
        for mark, text in hunk.rows:
            yield style(mark + text, *_COLOURS[mark])


def said(counts):
    """How many operations differ, in words."""
    words = [f"{number} {word}" for word, number in counts.items() if number]
    total = sum(counts.values())
    return f"{total} operation{'s' * (total != 1)}: {', '.join(words)}"


def _summary(results):
    kernels = {}
    for result in results:
        kernels.setdefault(result.kernel, []).append(result.status)
    same = sum(all(status == "same" for status in found) for found in kernels.values())
    return f"{len(kernels)} kernel{'s' * (len(kernels) != 1)}: {same} the same, {len(kernels) - same} different"


def _write_page(path, label_a, label_b, results, context):
    from ..ir import page

    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(page.page(label_a, label_b, results, context))
    except OSError as error:
        raise CommandError("unwritable", f"{path} cannot be written: {error.strerror}") from None
