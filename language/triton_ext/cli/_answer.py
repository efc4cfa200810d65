# SPDX-License-Identifier: MIT
"""What a command comes to: an answer, or a mistake."""

DONE, DIFFERS, USAGE, ENVIRONMENT = range(4)


class Answer:
    """What a command found.

    ``data``: what JSON can write. ``text``: the same for people, a str or a
    function of a `_print.Style` that returns one. ``status``: the exit code,
    DONE or DIFFERS.
    """

    def __init__(self, data, text, status=DONE):
        self.data = data
        self.text = text
        self.status = status


class CommandError(Exception):
    """A command cannot be carried out, and changed nothing.

    ``code``: a stable id. ``message``: what was found and what was expected, in
    one sentence. ``nearest``: the valid words nearest to a wrong one. ``hint``: what
    to do, often a command. ``status``: the exit code, USAGE or ENVIRONMENT.
    """

    def __init__(self, code, message, nearest=None, hint=None, status=USAGE):
        super().__init__(message)
        self.code = code
        self.message = message
        self.nearest = list(nearest or [])
        self.hint = hint or None
        self.status = status

    def data(self):
        """As --json prints it."""
        return {
            "error": {"code": self.code, "message": self.message, "nearest": self.nearest, "hint": self.hint},
        }
