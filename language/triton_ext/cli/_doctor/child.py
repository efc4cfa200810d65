# SPDX-License-Identifier: MIT
"""Runs a probe in a process of its own, which may crash or hang.

A probe begins stages and says what it found in each, as lines of JSON:
``{"begin": STAGE}``, ``{"stage": STAGE, ...facts}``. What it printed before it
died is kept.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

TAIL = 2000  # characters of a probe's standard error that are kept
GRACE = 1.0  # seconds that a killed process has to be gone
# The module search path is that of a script of the user's: nothing of ours comes
# before what they have, and the working directory is not in it.
START = """
import importlib, sys
sys.path[:] = [*filter(None, sys.path), {root!r}]
importlib.import_module({module!r}).main()
"""


class Child:
    """A probe that is running: `main` of the module ``name`` beside this one.

    ``env``: its whole environment; nothing is enabled in it.
    """

    def __init__(self, name, env):
        self._said = tempfile.TemporaryFile()
        self._started = time.monotonic()
        root = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3))
        self._process = subprocess.Popen(
            [sys.executable, "-c", START.format(root=root, module=f"{__package__}.{name}")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**env, "TRITON_EXT_DISABLE": "1"},
            start_new_session=True,
        )

    def result(self, seconds):
        """Waits for its end, ``seconds`` after its start at most; what is left of it then is killed."""
        output = finish(self._process, self._started + seconds - time.monotonic())
        ended = _ending(self._process.returncode) if output is not None else f"did not end within {seconds:g} s"
        self.kill()
        if output is None:
            output = finish(self._process, GRACE) or b""
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace")[-TAIL:].strip()
        return Result(output, ended, said)

    def kill(self):
        """Kills the probe and what it started."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def finish(process, seconds):
    """The output of a process, or None where it does not end within ``seconds``; it goes on then."""
    try:
        return process.communicate(timeout=max(seconds, 0))[0]
    except subprocess.TimeoutExpired:
        return None


def ask(words, seconds):
    """Runs a program: its exit code and its output, standard error included.

    (None, "") where it does not end within ``seconds``. It is killed then and not
    waited for: what hangs in a driver cannot be killed. Raises OSError.
    """
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    output = finish(process, seconds)
    if output is None:
        os.killpg(process.pid, signal.SIGKILL)
        finish(process, GRACE)
        return None, ""
    return process.returncode, output.decode("utf-8", "replace")


def _ending(code):
    """How a process ended, in words; "" for well."""
    if code < 0:
        return f"was ended by signal {-code} ({signal.strsignal(-code) or 'unknown'})"
    return f"ended with exit code {code}" if code else ""


class Result:
    """What a probe said. ``stages``: facts by stage. ``stage``: the one it began last.
    ``ended``: how it ended, "" for well. ``said``: the end of its standard error."""

    def __init__(self, output, ended, said):
        self.stages = {}
        self.stage = ""
        self.ended = ended
        self.said = said
        for line in output.splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue  # cut off in the middle
            self.stage = found.get("begin", self.stage)
            if "stage" in found:
                self.stages[found.pop("stage")] = found

    def died_in(self, stage):
        """How the probe ended without an answer in ``stage``, in words; "" where it answered or never came to it."""
        if stage in self.stages or self.stage != stage:
            return ""
        return self.ended or "ended without an answer"

    def last_words(self):
        """The last line of its standard error, or ""."""
        return self.said.splitlines()[-1].strip() if self.said else ""
