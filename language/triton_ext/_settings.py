# SPDX-License-Identifier: MIT
"""The process-wide settings, each with an environment variable.

They are process-wide rather than per context so that Triton's compile threads,
which do not inherit context variables, see them too.
"""

import os

from ._errors import warn
from ._library import _policy

_NAMES = {
    # name: (environment variable, default, check)
    "on_failure": ("TRITON_EXT_ON_FAILURE", "stock", ("stock", "raise")),
    "mode": ("TRITON_EXT_MODE", "isolated", ("isolated", "inline")),
    "time_limit_ms": ("TRITON_EXT_TIME_LIMIT_MS", 10000, int),
    "memory_limit_mb": ("TRITON_EXT_MEMORY_LIMIT_MB", 4096, int),
}
_values = {}
_said = set()


def _checked(name, value):
    rule = _NAMES[name][2]
    if isinstance(rule, tuple):
        if value in rule:
            return value
        expected = " or ".join(f'"{choice}"' for choice in rule)
    else:
        try:
            if not isinstance(value, bool) and int(value) > 0:
                return int(value)
        except (TypeError, ValueError):
            pass
        expected = "a positive whole number"
    raise ValueError(f"{name} expects {expected}, got {value!r}")


def get(name):
    """The value of setting ``name``: configured, else environment, else default."""
    if name in _values:
        return _values[name]
    variable, default, _ = _NAMES[name]
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        value = _checked(name, text)
    except ValueError as error:
        raise ValueError(f"{variable}: {error}") from None
    return value if _is_allowed(name, value, variable) else default


def _is_allowed(name, value, variable):
    """Whether the machine's policy allows a value of the environment; says so once where not."""
    if name != "mode":
        return True
    try:
        _policy.check_mode(value)
    except ValueError as error:
        if variable not in _said:
            _said.add(variable)
            warn(f"{variable} is ignored: {error}")
        return False
    return True


class configure:
    """Changes settings of this process; as a context manager, for the block.

    ``on_failure``: ``"stock"`` (default; a kernel whose pass failed is compiled
    as stock, with one warning) or ``"raise"`` (`PassError`).
    ``mode``: ``"isolated"`` (default; passes run in a child process) or
    ``"inline"`` (in this process; for debuggers).
    ``time_limit_ms``, ``memory_limit_mb``: what one kernel's passes may use.

    Raises TypeError for an unknown setting, ValueError for a wrong value and for one that policy forbids.
    """

    def __init__(self, **values):
        for name in values:
            if name not in _NAMES:
                raise TypeError(f"unknown setting {name!r}; expected one of {', '.join(_NAMES)}")
        checked = {name: _checked(name, value) for name, value in values.items()}
        if "mode" in checked:
            _policy.check_mode(checked["mode"])
        self._before = dict(_values)
        _values.update(checked)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        _values.clear()
        _values.update(self._before)
