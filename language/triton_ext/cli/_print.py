# SPDX-License-Identifier: MIT
"""Prints answers and mistakes: text for people, JSON or YAML for programs.

Catalogues, reports and names of files come from others: whatever a terminal
would act upon is shown as an escape, in every form.
"""

import json
import os
import re
import sys

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_NUMBER = "(?:0|" + "|".join(_CODES.values()) + ")"
_COLOUR = re.compile(rf"\033\[{_NUMBER}(?:;{_NUMBER})*m")
_UNUSUAL = re.compile(r"[^\t\n -~]")


class Style:
    """Colours where ``stream`` is a terminal that wants them, else plain text.

    ``terminal``: whether it is one. ``width``: its columns; 100 where it is none.
    """

    def __init__(self, stream):
        # https://no-color.org: any value but the empty one counts.
        wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.terminal = stream.isatty()
        self.colours = wanted and self.terminal
        self.width = _width(stream)

    def __call__(self, text, *names):
        """``text`` in the named colours."""
        if not self.colours or not names or not text:
            return text
        return f"\033[{';'.join(_CODES[name] for name in names)}m{text}\033[0m"

    def wrapped(self, text, indent=""):
        """``text`` as lines that fit, each after ``indent``."""
        import textwrap

        return textwrap.wrap(
            text,
            max(min(self.width, 100), len(indent) + 20),
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _width(stream):
    """Columns of the terminal; 100 where there is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 100
    except (OSError, ValueError):
        return 100


def columns(rows, gap=2, width=None):
    """``rows`` (lists of str, which may be coloured) as lines of aligned columns.

    The last column is not padded; with ``width`` it is cut so that lines fit, as
    long as 20 characters of it remain.
    """
    rows = [[" ".join(cell.splitlines()) for cell in row] for row in rows]
    widths = [max(map(_length, column)) for column in zip(*rows, strict=True)]
    room = max(width - sum(widths[:-1]) - gap * (len(widths) - 1), 20) if width and rows else None
    pad = " " * gap
    return [
        pad.join(
            [
                *(cell + " " * (size - _length(cell)) for cell, size in zip(row[:-1], widths, strict=False)),
                _cut(row[-1], room),
            ]
        ).rstrip()
        for row in rows
    ]


def _length(cell):
    return len(_COLOUR.sub("", cell))


def _cut(cell, room):
    return cell if room is None or _length(cell) <= room else cell[: room - 3] + "..."


def printable(text, encoding="utf-8", colours=False):
    """``text`` with escapes (``\\x1b``, ``\\u202e``) for what a terminal would act upon or ``encoding`` lacks.

    With ``colours`` those of a `Style` stay.
    """
    parts = _COLOUR.split(text) if colours else [text]
    kept = [*(_COLOUR.findall(text) if colours else []), ""]

    def shown(match):
        character = match[0]
        return character if _is_shown(character, encoding) else character.encode("unicode_escape").decode("ascii")

    return "".join(_UNUSUAL.sub(shown, part) + colour for part, colour in zip(parts, kept, strict=True))


def _is_shown(character, encoding):
    try:
        return character.isprintable() and bool(character.encode(encoding))
    except UnicodeEncodeError:
        return False


def _write(text, stream, colours=False):
    """Writes a line or more to ``stream``, whatever characters it has."""
    stream.write(printable(text, stream.encoding or "utf-8", colours) + "\n")


def print_answer(answer, form):
    """Prints an Answer to standard output."""
    if form == "text":
        style = Style(sys.stdout)
        text = answer.text(style) if callable(answer.text) else answer.text
        if text:
            _write(text.rstrip("\n"), sys.stdout, style.colours)
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
        _write("\n".join(lines), sys.stderr, style.colours)
    else:
        _print_data(error.data(), form)
        sys.stdout.flush()
    return error.status


def _print_data(data, form):
    if form == "json":
        sys.stdout.write(_json(data, sys.stdout.encoding or "utf-8") + "\n")
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
    # Letters of any language as they are, unless something among them is no letter.
    text = json.dumps(data, ensure_ascii=False)
    yaml.allow_unicode = printable(text, sys.stdout.encoding or "utf-8") == text
    yaml.dump(data, sys.stdout)


def _escaped(character):
    # Above 16 bits it takes two; lone surrogates, which stand for bytes that are no text, take one.
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _json(data, encoding):
    """JSON with ``\\u`` escapes for what `printable` would not show; all else as it is."""

    def shown(match):
        return match[0] if _is_shown(match[0], encoding) else _escaped(match[0])

    # Outside of texts JSON has nothing unusual.
    return _UNUSUAL.sub(shown, json.dumps(data, indent=2, ensure_ascii=False))
