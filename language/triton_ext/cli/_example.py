# SPDX-License-Identifier: MIT
"""An example of what a pass does, from its lit test: before, and what the tool makes of it now.

The example is the case that has a comment ``// Example: …``, or the first case
of the file where none has. Its comment, without RUN and CHECK lines, is what
is said of it. The pipeline is that of the file's first RUN line that has a
--pass-pipeline, or the pass alone where none has.
"""

import re
import subprocess

from ._answer import DIFFERS, ENVIRONMENT, CommandError

_SEPARATOR = re.compile(r"^// -----.*$", re.MULTILINE)  # as --split-input-file has it
_MARK = re.compile(r"^\s*// Example:\s*", re.MULTILINE)
_REMARK = re.compile(r'remark: .*\| Remark="(.*)"', re.MULTILINE)
_TIME_LIMIT = 60  # seconds
#: Passes of these kinds say something and change nothing.
_SPEAKING = ("analysis", "instrument")


class Example:
    """``test``: the file's path; ``line``: of the case's first operation. ``caption``: what is said of it.

    ``pipeline``: the argument of the tool. ``before``, ``after``: MLIR text; ``after``
    is None for a pass that changes nothing by its kind. ``remarks``: what it reported.
    """

    __slots__ = ("test", "line", "caption", "pipeline", "before", "after", "remarks")

    def __init__(self, test, line, caption, pipeline, before, after, remarks):
        self.test, self.line, self.caption, self.pipeline = test, line, caption, pipeline
        self.before, self.after, self.remarks = before, after, remarks


def of_test(test, tool, name, kind):
    """The Example in the file ``test`` (a Path) of the pass ``name``, made by the program ``tool``.

    Raises CommandError: there is no test or no case (ENVIRONMENT), the tool fails
    (ENVIRONMENT), or the pass changes, or says, nothing (DIFFERS).
    """
    try:
        text = test.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError("no-example", f"{test}: {error.strerror}", hint=_HINT, status=ENVIRONMENT) from None
    pipeline = _pipeline(text) or f"builtin.module({name})"
    line, caption, before = _case(text)
    if not before:
        raise CommandError("no-example", f"{test} has no case", hint=_HINT, status=ENVIRONMENT)
    where = f"{test}:{line}"
    after, remarks = _run(tool, pipeline, before, where)
    if kind in _SPEAKING:
        if not remarks:
            raise _without_effect(where, pipeline, "reports nothing of")
        after = None
    elif after == _run(tool, "builtin.module()", before, where)[0]:
        raise _without_effect(where, pipeline, "changes nothing in")
    return Example(test, line, caption, pipeline, before, after, remarks)


_HINT = "a pass has its test beside its source: see CONTRIBUTING.md"


def _without_effect(where, pipeline, what):
    return CommandError(
        "example-unchanged",
        f"{where}: {pipeline} {what} this case",
        hint="put `// Example: …` above a case that the pass fires on",
        status=DIFFERS,
    )


def _pipeline(text):
    """The pipeline of the first RUN line that names one, or None."""
    found = re.search(r"^\s*// RUN:.*?--pass-pipeline=(?:'([^'\n]*)'|\"([^\"\n]*)\"|(\S+))", text, re.MULTILINE)
    return found and next(filter(None, found.groups()))


def _case(text):
    """(line of the first operation, caption, MLIR) of the example; MLIR is "" where there is none."""
    checks = _check_lines(text)
    cases, start = [], 1
    for part in _SEPARATOR.split(text):
        cases.append((start, part))
        start += part.count("\n")
    chosen = next((case for case in cases if _MARK.search(case[1])), cases[0])
    lines = [(chosen[0] + offset, line) for offset, line in enumerate(chosen[1].split("\n")) if not checks.match(line)]
    first = next((at for at, (_, line) in enumerate(lines) if line.strip() and not line.strip().startswith("//")), None)
    if first is None:
        return chosen[0], "", ""
    comment = "\n".join(line for _, line in lines[:first]).rstrip().split("\n\n")[-1]
    caption = " ".join(re.sub(r"^\s*//", "", _MARK.sub("// ", comment), flags=re.MULTILINE).split())
    caption = caption[:1].upper() + caption[1:]
    return lines[first][0], caption, "\n".join(line for _, line in lines[first:]).strip("\n") + "\n"


def _check_lines(text):
    """What matches the lines that are for lit and FileCheck."""
    prefixes = {"CHECK", "RUN", "REQUIRES", "XFAIL", "UNSUPPORTED"}
    for found in re.findall(r"--check-prefix(?:es)?[= ]([\w,-]+)", text):
        prefixes |= set(found.split(","))
    words = "|".join(map(re.escape, sorted(prefixes, key=len, reverse=True)))
    return re.compile(rf"\s*// *(?:{words})(?:-(?:LABEL|SAME|NEXT|NOT|DAG|EMPTY|COUNT-\d+))?(?:{{LITERAL}})?:")


def _run(tool, pipeline, module, where):
    """What the tool makes of ``module``, and what the passes report. Raises CommandError."""
    command = [str(tool), "-", f"--pass-pipeline={pipeline}", "--remarks-filter=.*"]
    try:
        done = subprocess.run(command, input=module, capture_output=True, text=True, timeout=_TIME_LIMIT)
        said, failed = done.stderr.strip(), done.returncode
    except subprocess.TimeoutExpired:
        said, failed = f"no end within {_TIME_LIMIT} s", True
    except OSError as error:
        said, failed = f"{tool}: {error.strerror}", True
    if failed:
        first = next((line for line in said.splitlines() if "error" in line), said.split("\n")[0])
        raise CommandError(
            "example-failed", f"{where}: {pipeline} fails on this case: {first}", hint="make build", status=ENVIRONMENT
        )
    return done.stdout.strip("\n") + "\n", _REMARK.findall(said)
