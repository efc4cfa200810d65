# SPDX-License-Identifier: MIT
"""Text as Markdown that shows it and does nothing else: catalogues of other libraries are not to be trusted."""

import re

from ._print import printable

# What CommonMark and GitHub would act upon: anywhere, in an address, and at the start of a line. A backslash before
# punctuation is always taken for the punctuation.
_ACTIVE = re.compile(r"[\\`*_\[\]<>|~&!@]|(?<=:)(?=//)|(?<=www)(?=\.)|^(?=[#+-]+(\s|$)|=+$)|(?<=^\d)(?=[.)](\s|$))")


def plain(text):
    """``text`` in one line, shown as it is: no emphasis, link, picture, HTML or table cell comes of it."""
    return _ACTIVE.sub(lambda match: f"\\{match[0]}", _line(text))


def code(text, in_table=False):
    """``text`` as inline code; in a table no bar of it ends the cell."""
    text = _line(text)
    fence = "`" * (max(map(len, re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    shown = f"{fence}{pad}{text}{pad}{fence}"
    return shown.replace("|", "\\|") if in_table else shown


def block(text, language=""):
    """``text`` as a block of code."""
    fence = "`" * max(3, max(map(len, re.findall(r"`+", text)), default=0) + 1)
    lines = [printable(line) for line in text.rstrip("\n").split("\n")]
    return [f"{fence}{language}", *lines, fence]


def link(text, address):
    """A link. ``text`` is shown as it is; ``address`` is one of ours, or was checked."""
    return f"[{plain(text)}]({address})"


def web_link(address):
    """An address of the web as a link; anything else as inline code."""
    if re.fullmatch(r"https?://[\w.-]+(:\d+)?(/[\w./~%+=&?#-]*)?", address, re.ASCII):
        return f"<{address}>"
    return code(address, in_table=True)


def table(head, rows):
    """Lines of a table; the cells are Markdown."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _line(text):
    return printable(" ".join(str(text).split()))
