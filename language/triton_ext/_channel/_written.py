# SPDX-License-Identifier: MIT
"""What a user wrote: checked where it stands, also for what the installed Triton must have."""

from .. import _pipeline, _settings
from .._errors import LibraryMissing, warn

_warned = set()


def written(text, where):
    """Checks ``text`` where the user wrote it, and says whether it can be used.

    Raises PipelineError. Without a library: False after one warning that says
    what to install, or LibraryMissing where ``on_failure`` is "raise".
    """
    try:
        checked = _pipeline.check(text[1:] if isinstance(text, str) and text.startswith("+") else text)
        if any(step["place"] for rule in checked.rules for step in rule["steps"]):
            from .._stock import _points

            _points.check_written(checked, text)
    except LibraryMissing as error:
        if _settings.get("on_failure") == "raise":
            raise
        if str(error) not in _warned:
            _warned.add(str(error))
            warn(f"{where} is ignored, kernels are stock's: {error}")
        return False
    return True
