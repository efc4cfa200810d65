# SPDX-License-Identifier: MIT
"""Steps of a pipeline as text: the way back from what the library reports of one."""

import re

# What stands in a text without quotes.
_WORD = re.compile(r"[\w+.:/-]+", re.ASCII)


def text_of(pipeline):
    """The text of what is given as a pipeline: itself, or that of an object with a method ``text``."""
    return pipeline.text() if callable(getattr(pipeline, "text", None)) else pipeline


def step_text(step):
    """The text of one step of a checked pipeline (`_pipeline.Checked.steps`), not canonical."""
    place = step["place"]
    point = ""
    if place:
        number = f"#{place['occurrence']}" if place["occurrence"] else ""
        own = step["kind"] == "pass" and place["stage"] == step["stage"]  # a pass's point is in its own stage anyway
        stage = f"{place['stage']}." if place["stage"] and not own else ""
        point = f"{stage}{place['pass']}{number}" + "?" * place["optional"]
    if step["kind"] == "drop":
        return f"drop={point}"
    if step["kind"] == "stock":
        return point + braced(step["knobs"])
    return step["name"] + braced(step["knobs"]) + (f"@{place['how']}={point}" if place else "")


def braced(arguments):
    """``{num-stages=3 dump-enabled=false}``; "" for no arguments."""
    settings = (f"{name.replace('_', '-')}={spelled(value)}" for name, value in arguments.items())
    return "{" + " ".join(settings) + "}" if arguments else ""


def spelled(value):
    """A value as it stands in a pipeline text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(map(spelled, value))
    text = str(value)
    quote = '"' if "'" in text else "'"
    return text if _WORD.fullmatch(text) else f"{quote}{text}{quote}"
