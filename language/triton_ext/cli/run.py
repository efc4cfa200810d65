# SPDX-License-Identifier: MIT
"""`triton-ext run`: a program, and all that it starts, with passes enabled.

The program takes this process's place, as with `env` or `nohup`: its input, its
output, its exit code and its signals are its own. What it is to enable travels in
the environment; a folder on PYTHONPATH and the line of triton_ext.pth, either of
which is enough, have each Python of the environment wait for `triton`
(docs/programs.md).
"""

import argparse
import os
import re
import signal
import sys

from ._answer import USAGE, Answer, CommandError

_NOT_RUNNABLE, _NOT_FOUND = 126, 127  # the shell's exit codes, as env's and nohup's

_EPILOG = """\
PROGRAM is found as a shell finds it; one that ends in .py is run by Python, and so is -m MODULE: this Python, or
python3 where this one has no Triton. Exit code: the program's; 126 or 127 if it cannot be run or is not there.
"""


def add_arguments(parser):
    parser.usage = "%(prog)s --passes PIPELINE [options] [--] PROGRAM [ARGUMENT...] | -m MODULE [ARGUMENT...]"
    parser.epilog = _EPILOG
    parser.add_argument(
        "--passes",
        metavar="PIPELINE",
        help="what to enable; with a leading + it adds to TRITON_EXT_PASSES, which is the default",
    )
    parser.add_argument(
        "--on-failure",
        choices=("stock", "raise"),
        help="what becomes of a kernel whose pass failed: stock's kernel and a warning, or an error",
    )
    parser.add_argument("--report", metavar="DIR", help="collect reports there, for `triton-ext report DIR`")
    parser.add_argument("--dry-run", action="store_true", help="say what would be run, with what environment")
    parser.add_argument("-m", dest="module", nargs=argparse.REMAINDER, metavar="MODULE", help="as python -m MODULE")
    parser.add_argument("program", nargs=argparse.REMAINDER, metavar="PROGRAM", help=argparse.SUPPRESS)


def run(options):
    command = _command(options)
    changes, canonical = _changes(options)
    environment = {**os.environ, **changes}
    _check_stock_names(changes["TRITON_EXT_PASSES"], command, environment)
    warnings = _warnings(command, environment)
    if options.dry_run:
        data = {"command": command, "pipeline": canonical, "environment": changes, "warnings": warnings}
        return Answer(data, _text(data))
    for warning in warnings:
        print(f"triton-ext: warning: {warning}", file=sys.stderr)
    _become(command, environment)


def _text(data):
    import shlex

    settings = [shlex.quote(f"{name}={value}") for name, value in data["environment"].items()]
    lines = [" ".join(["env", *settings, shlex.join(data["command"])])]
    return "\n".join([*lines, *(f"warning: {warning}" for warning in data["warnings"])])


# What is run.


def _command(options):
    """The program and its arguments, as a list. Raises CommandError."""
    if options.module is not None:
        if not options.module:
            raise CommandError("usage", "-m expects the name of a module", hint="triton-ext run --help")
        return [_python(), "-m", *options.module]
    words = options.program[1:] if options.program[:1] == ["--"] else options.program
    if not words:
        raise CommandError("usage", "there is no program to run", hint="triton-ext run --passes NAME -- PROGRAM")
    if not words[0].endswith(".py"):
        return words
    if not os.path.isfile(words[0]):
        raise CommandError("no-program", f"{words[0]}: no such file", status=_NOT_FOUND)
    return [_python(), *words]


def _python():
    """The Python for scripts and modules: this one, unless only the one on PATH has Triton."""
    from importlib.util import find_spec
    from shutil import which

    if find_spec("triton"):
        return sys.executable
    return which("python3") or which("python") or sys.executable


# What it is run with.


def _changes(options):
    """The variables to set, and the pipeline's canonical text. Raises CommandError, PipelineError, LibraryMissing."""
    from .. import _pipeline

    wider = os.environ.get("TRITON_EXT_PASSES", "")
    if options.passes is None and not wider.strip():
        raise CommandError(
            "usage",
            "there are no passes to enable: neither --passes nor TRITON_EXT_PASSES",
            hint="triton-ext list has their names",
        )
    text = wider if options.passes is None else _pipeline.compose(wider, options.passes)
    canonical = _pipeline.check(text).canonical
    changes = {"TRITON_EXT_PASSES": text, "PYTHONPATH": _python_path()}
    if options.on_failure:
        changes["TRITON_EXT_ON_FAILURE"] = options.on_failure
    if options.report:
        changes["TRITON_EXT_REPORT"] = _report_folder(options.report)
    return changes, canonical


def _check_stock_names(text, command, environment):
    """Raises for names of stock passes that the Triton concerned does not have: this Python's, else the program's."""
    from importlib.util import find_spec

    from .. import _pipeline
    from .._channel import _written

    if not any(step["place"] or step["kind"] != "pass" for step in _pipeline.check(text).steps()):
        return
    if find_spec("triton"):
        import triton  # noqa: F401  (whose bindings tell)

        _written.written(text, "--passes")
        return
    interpreter = _interpreter(command)
    error = _error_of(interpreter[0], text, environment) if interpreter else None
    if error:
        raise CommandError(error["code"], error["message"], error["nearest"], error["hint"])


def _error_of(python, text, environment):
    """What this command says of the text under another Python; None for no mistake, and where it gives no answer."""
    import json
    import subprocess

    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = {**environment, "PYTHONPATH": os.pathsep.join([environment["PYTHONPATH"], root])}
    words = [python, "-m", "triton_ext", "run", "--json", "--dry-run", "--passes", text, "--", "true"]
    try:
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout).get("error") if done.returncode == USAGE else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def _python_path():
    """PYTHONPATH with the folder of our sitecustomize first."""
    own = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "_programs", "_site")
    before = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join([own, *(each for each in before if each and each != own)])


def _report_folder(folder):
    """The folder, made if need be, with its whole path: the program may go elsewhere."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise CommandError("no-folder", f"--report: {folder} cannot be made: {error.strerror}", status=USAGE) from None
    return os.path.abspath(folder)


# Where it cannot work, as far as that can be known.


def _warnings(command, environment):
    found = []
    if environment.get("TRITON_EXT_DISABLE") == "1":
        found.append("TRITON_EXT_DISABLE=1 is set: nothing is enabled")
    interpreter = _interpreter(command)
    if interpreter:
        flags = _flags(interpreter[1:])
        if "S" in flags:
            found.append("python -S reads no site-packages: passes are not enabled, unless it imports triton_ext")
        elif flags & {"I", "E"} and not _waits(interpreter, environment):
            found.append(
                f"python -{'I' if 'I' in flags else 'E'} ignores PYTHONPATH, and {interpreter[0]} has no "
                "triton_ext.pth: passes are not enabled; install triton-ext there, not with --target"
            )
    return found


def _interpreter(command):
    """The Python that a command begins, and what follows; None where it begins none, as far as can be seen."""
    from shutil import which

    program = which(command[0])
    if program is None:
        return None
    if _is_python(program):
        return [program, *command[1:]]
    try:
        with open(program, "rb") as file:
            first = file.readline(512)
    except OSError:
        return None
    if not first.startswith(b"#!"):
        return None
    words = first[2:].decode(errors="replace").split()
    if words and os.path.basename(words[0]) == "env":
        words = [word for word in words[1:] if word != "-S" and "=" not in word]
    return words if words and _is_python(words[0]) else None


def _is_python(program):
    return re.fullmatch(r"(python|pypy)[\d.]*", os.path.basename(program)) is not None


def _flags(words):
    """The letters of Python's own options at the head of ``words``."""
    found = set()
    words = iter(words)
    for word in words:
        if not word.startswith("-") or word == "-" or word.startswith("--"):
            break
        for index, letter in enumerate(word[1:], 2):
            if letter in "cm":
                return found
            if letter in "WX":
                if index == len(word):
                    next(words, None)
                break
            found.add(letter)
    return found


def _waits(interpreter, environment):
    """Whether this Python, with these options, waits for Triton."""
    import subprocess

    options = [f"-{flag}" for flag in sorted(_flags(interpreter[1:]) & set("IEs"))]
    asks = "import sys; sys.exit(not any(hasattr(f, 'triton_ext_waits_for') for f in sys.meta_path))"
    try:
        done = subprocess.run([interpreter[0], *options, "-c", asks], env=environment, capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return True  # not to be known
    return done.returncode == 0


# Becoming it.


def _become(command, environment):
    """Puts the program in this process's place; never returns. Raises CommandError."""
    sys.stdout.flush()
    sys.stderr.flush()
    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and what is ignored stays so
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment)
    except FileNotFoundError:
        raise CommandError("no-program", f"{command[0]}: no such program", status=_NOT_FOUND) from None
    except OSError as error:
        status = _NOT_FOUND if isinstance(error, NotADirectoryError) else _NOT_RUNNABLE
        raise CommandError("no-program", f"{command[0]}: {error.strerror}", status=status) from None
