# SPDX-License-Identifier: MIT
"""Places among the stock passes of a stage: what a pipeline inserts, takes out and changes there.

A stage's list of stock passes is played in segments through real pass managers,
with crossings in between. Declines leave what is dropped dropped; what replaces
a pass and declines leaves that pass where it is.
"""

from .._errors import StepError
from .._pipeline import CROSSING
from .._pipeline._step_text import step_text
from .._stock import _player


class Abandoned(Exception):
    """The stage cannot go on with a module of ours; stock's way is taken up again."""


class Edit:
    """One step of a pipeline that has a point among the stock passes.

    ``how``: before, after, replace, drop or stock (other arguments). ``step``: as the
    library reports it. ``times``: where the point was met so far.
    """

    __slots__ = ("step", "how", "key", "stage", "occurrence", "optional", "text", "times")

    def __init__(self, step):
        place = step["place"]
        self.step = step
        self.how = place["how"]
        self.key = place["pass"]
        self.stage = place["stage"]
        self.occurrence = place["occurrence"]
        self.optional = place["optional"]
        self.text = step_text(step) if step["name"] else CROSSING + step_text(step)
        self.times = 0

    @property
    def is_pass(self):
        """Whether it is a pass of ours rather than a change of stock's."""
        return self.step["kind"] == "pass"

    @property
    def point(self):
        """Where it goes, as a report says it: ``before=ttir.loop_unroll#2``."""
        number = f"#{self.occurrence}" if self.occurrence else ""
        return f"{self.how}={self.key}{number}"

    def holds_in(self, stage):
        """Whether it may have a point in ``stage``."""
        return self.stage in (None, stage)

    def meets(self, key, occurrence):
        """Whether the stock pass ``key``, the how manieth of its stage, is its point."""
        if key != self.key:
            return False
        if self.occurrence is None:
            return occurrence == 1 or not self.is_pass
        return occurrence == self.occurrence


def edits_of(pipeline):
    """The steps of a Checked pipeline that have a point, in the text's order."""
    return [Edit(step) for step in pipeline.steps() if step["place"]]


class Placing(_player.Player):
    """Plays one stage with ``edits``.

    ``cross(edits, module)``: crosses with these passes; gives the changed module, or None
    where nothing fired. It raises Abandoned where the compilation has to be
    stock's; afterwards `passive` says whether this stage just goes on as stock's.
    ``taken(edit)``: called where a stock pass is left out or changed.
    """

    def __init__(self, edits, cross, taken):
        super().__init__()
        self._edits = edits
        self._cross = cross
        self._taken = taken
        self._seen = {}
        self.passive = False  # as stock from here on
        self.ran = False  # the stage has run passes by us
        self.replaced = False  # its module is another object than the one it was given
        self.abandoned = False

    @property
    def names(self):
        """The stock passes that the stage has run, by name."""
        return list(self._seen)

    def run(self, recorder, module, rest):
        self.ran = True
        if type(module) is not _player.ModuleProxy and module is not self.current:
            if self.replaced:
                raise RuntimeError("the stage runs passes over a module that ours has taken the place of")
            self.current = module
        _Run(self, recorder, rest).play()

    def cross(self, edits):
        """Crosses with ``edits``; whether anything fired."""
        try:
            changed = self._cross(edits, self.current)
        except Abandoned:
            self.abandoned = True
            raise
        if changed is None:
            return False
        self.current, self.replaced = changed, True
        return True

    def here(self, call):
        """The edits at a stock pass, which is thereby counted."""
        occurrence = self._seen[call.key] = self._seen.get(call.key, 0) + 1
        found = [edit for edit in self._edits if edit.meets(call.key, occurrence)]
        for edit in found:
            edit.times += 1
        return [] if self.passive else found

    def take(self, edit):
        """Notes that a stock pass is left out or changed by ``edit``."""
        self._taken(edit)


class _Run:
    """One ``run`` of a pass manager within a stage."""

    def __init__(self, player, recorder, rest):
        self.player, self.recorder, self.rest = player, recorder, rest
        self.segment = []  # stock passes that are still to run
        self.waiting = []  # our passes that are still to cross

    def play(self):
        for call in self.recorder.calls:
            self._step(call, self.player.here(call))
        if self.waiting:
            self._cross()
        if self.segment or not self.recorder.calls:
            self._run_segment()

    def _step(self, call, edits):
        if not edits and not self.waiting:
            self.segment.append(call)
            return
        self.waiting += _of(edits, "before")
        if self.waiting:
            self._cross()
        if not self.player.passive:
            call = self._in_place_of(call, edits)
        if call is not None:
            self.segment.append(call)
        if not self.player.passive:
            self.waiting += _of(edits, "after")

    def _in_place_of(self, call, edits):
        """What runs in the place of a stock pass: itself, the same with other arguments, or None."""
        for edit in _of(edits, "stock"):
            try:
                call = call.with_parameters(edit.step["knobs"])
            except ValueError as error:
                raise StepError("bad-parameter", edit.text, str(error)) from None
            self.player.take(edit)
        for edit in _of(edits, "drop"):
            self.player.take(edit)
            call = None
        replacing = _of(edits, "replace")
        if replacing and call is not None:
            self._run_segment()
            if self.player.cross(replacing):
                return None
        return call

    def _cross(self):
        edits, self.waiting = self.waiting, []
        self._run_segment()
        self.player.cross(edits)

    def _run_segment(self):
        if not self.segment and self.recorder.calls:
            return
        calls, self.segment = self.segment, []
        manager = self.recorder.fresh(self.player.current.context)
        for call in calls:
            call.add_to(manager)
        manager.run(self.player.current, *self.rest)


def _of(edits, how):
    return [edit for edit in edits if edit.how == how]
