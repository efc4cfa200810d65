# SPDX-License-Identifier: MIT
"""One line of the doctor's answer."""

OK, NONE, WARNING, PROBLEM = "ok", "none", "warning", "problem"


class Line:
    """What one check found.

    ``id``: a stable word. ``status``: OK; NONE, there is nothing to check or it could
    not be; WARNING, it works and may not be what is wanted; PROBLEM, passes will
    not run. ``summary``: one sentence. ``detail``: more of it, lines, or "".
    ``fix``: what to do, or "". Only those two may be long.
    """

    __slots__ = ("id", "status", "summary", "detail", "fix")

    def __init__(self, id, status, summary, detail="", fix=""):
        self.id, self.status, self.summary, self.detail, self.fix = id, status, summary, detail, fix

    @classmethod
    def of(cls, data):
        """The inverse of `data`."""
        return cls(*(data[name] for name in cls.__slots__))

    def data(self):
        """As --json prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


def worst(lines):
    """The worst status of some lines; nothing to check is OK."""
    found = {line.status for line in lines}
    return next((status for status in (PROBLEM, WARNING) if status in found), OK)
