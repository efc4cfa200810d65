# SPDX-License-Identifier: MIT
"""The command ``triton-ext``.

A command is a module of this package, named in `COMMANDS`, with

    def add_arguments(parser): ...      # its own options
    def run(options) -> Answer: ...     # or raises CommandError

and is imported only when it is asked for. It computes what JSON can write and,
apart from that, the text for people; this file prints the one or the other.
Exit codes: 0 done, 1 differences or declined, 2 usage, 3 environment.
"""

import argparse
import importlib
import os
import sys

from .._errors import LibraryMissing, PipelineError
from ._answer import DIFFERS, DONE, ENVIRONMENT, USAGE, Answer, CommandError
from ._print import print_answer, print_error

__all__ = ["COMMANDS", "DIFFERS", "DONE", "ENVIRONMENT", "USAGE", "Answer", "CommandError", "main", "make_parser"]

#: name: (module, one line of help), in the order of `triton-ext --help`.
COMMANDS = {
    "list": ("list", "the extensions of the catalogue, one a line"),
    "show": ("show", "all that the catalogue says of one extension"),
    "doctor": ("doctor", "whether everything here fits together, and what to do if not"),
    "pipeline": ("pipeline", "the steps of stock's pipeline, with passes in place"),
    "run": ("run", "run a program with passes enabled, whatever it starts included"),
    "report": ("report", "what passes did in the processes that left reports"),
    "diff": ("diff", "what differs between two IRs, whatever the names, locations and white space"),
    "snapshot": ("snapshot", "keep the IR of a set of kernels, and say what changed it"),
    "docs": ("docs", "write the reference page of the catalogue"),
    "schema": ("schema", "the JSON Schema of what --json prints"),
    "completion": ("completion", "the completion of a shell"),
    "new": ("new", "start a pass or a dialect (in a checkout)"),
    "rename": ("rename", "give an extension another name (in a checkout)"),
    "measure": ("measure", "time an extension on a GPU, and record it (in a checkout)"),
}


class _Parser(argparse.ArgumentParser):
    """argparse's, whose mistakes are CommandErrors with the nearest words.

    ``wanted``: the command that an unknown option stands beside.
    """

    wanted = ""

    def error(self, message):
        raise CommandError(
            "usage",
            message,
            nearest=_nearest_in(message, self),
            hint=f"{self.prog} {self.wanted}".rstrip() + " --help",
        )


def _nearest_in(message, parser):
    """The words of ``parser`` that the mistake of argparse's ``message`` was likely meant to be."""
    import re

    from .. import _words

    choice = re.search(r"invalid choice: '?([^'\s]*)'? \(choose from (.*)\)", message)
    if choice:
        return _words.nearest(choice[1], [word.strip("' ") for word in choice[2].split(",")])
    unknown = re.search(r"unrecognized arguments: (--[\w-]+)", message)
    if unknown:
        return _words.nearest(unknown[1], parser.known_options())
    return []


def _known_options(parser):
    # Not list(...): here that is the module of `triton-ext list`.
    own = [*parser._option_string_actions]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                own += _known_options(sub)
    return own


_Parser.known_options = _known_options


def make_parser(wanted=None):
    """The parser of all commands; with ``wanted`` only that one gets its options, and is imported."""
    parser = _Parser(prog="triton-ext", description="The catalogue of Triton passes, and what works on it.")
    parser.wanted = wanted or ""
    parser.add_argument("--version", action="store_true", help="the version of this package and its library")
    _add_form(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, (module, summary) in COMMANDS.items():
        asked = wanted in (None, name)
        # Of the others only the names are looked at.
        command = commands.add_parser(name, help=summary, description=f"{_capital(summary)}.", add_help=asked)
        if asked:
            loaded = importlib.import_module(f".{module}", __name__)
            command.set_defaults(run=loaded.run)
            loaded.add_arguments(command)
            _add_form(command)
    return parser


def _capital(text):
    return text[0].upper() + text[1:]


def _add_form(parser):
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="for programs")
    form.add_argument("--yaml", dest="form", action="store_const", const="yaml", help="the same as YAML")
    parser.set_defaults(form="text")


def _form_of(argv):
    """How an answer is to be printed, for mistakes that stop the parser before it knows."""
    argv = argv[: argv.index("--")] if "--" in argv else argv  # what follows is another program's
    return "json" if "--json" in argv else "yaml" if "--yaml" in argv else "text"


def _complete(parser):
    """Answers a shell that asks for completions; returns otherwise."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def _version():
    from .. import _library

    library = _library.load()
    data = {"version": library.version, "build_hash": library.build_hash, "library": library.path}
    return Answer(data, f"triton-ext {library.version} (build {library.build_hash})")


def _answer(argv):
    # A shell that asks for completions says the command line so.
    line = os.environ.get("COMP_LINE", "").split() if "_ARGCOMPLETE" in os.environ else argv
    parser = make_parser(next((word for word in line if word in COMMANDS), ""))
    _complete(parser)
    options = parser.parse_args(argv)
    if options.version:
        return _version()
    if options.command is None:
        return Answer({"commands": {name: summary for name, (_, summary) in COMMANDS.items()}}, parser.format_help())
    return options.run(options)


def main(argv=None):
    """Runs the command line ``argv`` (default: that of the process) and returns the exit code."""
    argv = [*(sys.argv[1:] if argv is None else argv)]
    _make_streams_lenient()
    try:
        status = _status(argv, _form_of(argv))
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read, `head` say, has read enough; what is left goes nowhere, Python's own flush at exit too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return 130


def _make_streams_lenient():
    """No character is an error, and neither is an output that is closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _status(argv, form):
    """The exit code of ``argv``, whose answer or mistake is printed."""
    try:
        answer = _answer(argv)
        print_answer(answer, form)
        return answer.status
    except SystemExit as stop:
        return stop.code or DONE
    except CommandError as error:
        return print_error(error, form)
    except PipelineError as error:
        details = error.details
        return print_error(
            CommandError(
                details.get("code", "pipeline"),
                details.get("sentence") or str(error),
                details.get("nearest"),
                details.get("hint"),
            ),
            form,
        )
    except LibraryMissing as error:
        return print_error(CommandError("library-missing", str(error), status=ENVIRONMENT), form)
