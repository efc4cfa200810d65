# SPDX-License-Identifier: MIT
"""These tests are for before every commit, so they must stay quick."""

import os

LIMIT = 10.0  # seconds, about six times what it takes


def seconds_used():
    """Of processors, children included: how busy the machine is otherwise does not count."""
    return sum(os.times()[:4])


def pytest_sessionfinish(session, exitstatus):
    if exitstatus == 0 and seconds_used() > LIMIT:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter):
    used = seconds_used()
    terminalreporter.write_line(f"test/repo: {used:.1f} s of at most {LIMIT:.0f} s")
    if used > LIMIT:
        terminalreporter.write_line("too slow to be run before every commit: see `pytest --durations=10 test/repo`")
