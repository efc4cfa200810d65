# SPDX-License-Identifier: MIT
"""Check of Triton's cache folder."""

import os
import shutil
import time

from .line import OK, PROBLEM, WARNING, Line
from .system import can_write

SCAN_SECONDS = 0.3
LITTLE = 1 << 30  # bytes free


def folder(told):
    """The cache folder: ``told`` by Triton, else what its variables and its default say."""
    if told:
        return told
    home = os.environ.get("TRITON_HOME") or os.path.expanduser("~")
    return os.environ.get("TRITON_CACHE_DIR") or os.path.join(home, ".triton", "cache")


def cache(path):
    """Whether the folder ``path`` is there or can be, can be written, and has room."""
    above = path
    while not os.path.lexists(above) and os.path.dirname(above) != above:
        above = os.path.dirname(above)
    fix = "name a folder that you can write in TRITON_CACHE_DIR"
    if not os.path.isdir(above):
        return Line("cache", PROBLEM, f"{above} is no folder", "Triton cannot compile a kernel.", fix)
    if not can_write(above):
        return Line("cache", PROBLEM, f"{path}: cannot be written", "Triton cannot compile a kernel.", fix)
    free = shutil.disk_usage(above).free
    summary = f"{path}: {_contents(path)}, {_bytes(free)} free"
    if free < LITTLE:
        return Line("cache", WARNING, summary, fix=f"make room, or {fix}")
    if os.statvfs(above).f_flag & getattr(os, "ST_NOEXEC", 0):
        detail = "It is mounted noexec: Triton cannot load the launchers that it compiles into it."
        return Line("cache", WARNING, summary, detail, fix)
    return Line("cache", OK, summary)


def _contents(path):
    """How much lies in a folder, as far as can be told in SCAN_SECONDS."""
    if not os.path.isdir(path):
        return "not there yet"
    total, files, until = 0, 0, time.monotonic() + SCAN_SECONDS
    for base, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(base, name)).st_size
                files += 1
            except OSError:
                pass  # gone meanwhile
            if time.monotonic() > until:
                return f"more than {files} files, {_bytes(total)}"
    return f"{files} files, {_bytes(total)}"


def _bytes(count):
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
