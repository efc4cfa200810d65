# SPDX-License-Identifier: MIT
"""Prints answers and mistakes: text for people, JSON or YAML for programs."""

import json
import os
import sys


class Style:
    """Colours where ``stream`` is a terminal that wants them, else plain text."""

    _CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

    def __init__(self, stream):
        # https://no-color.org: any value but the empty one counts.
        wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.colours = wanted and stream.isatty()
        self.width = _width(stream)

    def __call__(self, text, *names):
        """``text`` in the named colours."""
        if not self.colours or not names or not text:
            return text
        return f"\033[{';'.join(self._CODES[name] for name in names)}m{text}\033[0m"


def _width(stream):
    """Columns of the terminal; 100 where there is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 100
    except (OSError, ValueError):
        return 100


def columns(rows, gap=2):
    """``rows`` (lists of str) as lines of aligned columns; the last one is not padded."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    pad = " " * gap
    return [
        pad.join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    ]


def print_answer(answer, form):
    """Prints an Answer to standard output."""
    if form == "text":
        text = answer.text(Style(sys.stdout)) if callable(answer.text) else answer.text
        if text:
            print(text.rstrip("\n"))
    else:
        _print_data(answer.data, form)
    sys.stdout.flush()


def print_error(error, form):
    """Prints a CommandError, and returns its exit code."""
    if form == "text":
        style = Style(sys.stderr)
        lines = [f"{style('triton-ext: error:', 'bold', 'red')} {error.message}"]
        if error.nearest:
            lines.append(f"  did you mean {' or '.join(error.nearest)}?")
        if error.hint:
            lines.append(f"  {error.hint}")
        print("\n".join(lines), file=sys.stderr)
    else:
        _print_data(error.data(), form)
        sys.stdout.flush()
    return error.status


def _print_data(data, form):
    if form == "json":
        print(json.dumps(data, indent=2, ensure_ascii=False))
        return
    try:
        from ruamel.yaml import YAML
    except ImportError:
        from ._answer import ENVIRONMENT, CommandError

        missing = CommandError(
            "package-missing",
            "--yaml needs the package ruamel.yaml",
            hint="pip install ruamel.yaml",
            status=ENVIRONMENT,
        )
        print_error(missing, "text")
        raise SystemExit(missing.status) from None
    yaml = YAML()
    yaml.width = 4096
    yaml.dump(data, sys.stdout)
