# SPDX-License-Identifier: MIT
"""What the probes share: how they speak to the doctor (see `child`)."""

import json
import os

# Standard output is the doctor's; whatever else is printed joins standard error.
_doctor = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def begin(stage):
    """The doctor knows from here on where a crash happened."""
    _tell({"begin": stage})


def found(stage, **facts):
    """What ``stage`` came to."""
    _tell({"stage": stage, **facts})


def _tell(message):
    _doctor.write(json.dumps(message) + "\n")
    _doctor.flush()


def failure(error):
    """An exception in one line."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
