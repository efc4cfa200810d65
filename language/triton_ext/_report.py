# SPDX-License-Identifier: MIT
"""Reports: one record a crossing, kept with the kernel, in this process, and in a file.

A record is a dict that JSON can write: what the library reports (see
triton_ext.h: kernel, stage, status, passes, error, us) and ``pipeline``,
``target``, ``triton``, ``hash`` (Triton's cache key), ``cached`` (it came with a
kernel out of Triton's disk cache) and, in ``us``, ``print`` and ``read_back``.
"""

import collections
import json
import os
import threading

#: The name in Triton's metadata of a kernel.
METADATA = "triton_ext_report"

_lock = threading.Lock()
_records = collections.deque(maxlen=100_000)
_fresh = set()


def _after_fork():
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def reports():
    """The records of this process so far, oldest first (a list of dicts)."""
    with _lock:
        return [dict(record) for record in _records]


def report(kernel):
    """The records that Triton's metadata of a compiled kernel carries.

    One dict a crossing, in order; [] for a kernel compiled as stock.
    """
    if hasattr(kernel, "result"):
        kernel = kernel.result()  # of an asynchronous compilation
    return [dict(record) for record in getattr(kernel.metadata, METADATA, None) or []]


def clear():
    """Forgets the records of this process."""
    with _lock:
        _records.clear()


def finished(records, key):
    """Takes the records of a kernel that has just been compiled under ``key``."""
    with _lock:
        _fresh.add(key)
    _add(records)


def failed(records):
    """Takes the records of a compilation that ends in an exception."""
    _add(records)


def loaded(metadata):
    """Called with each compiled kernel's metadata; notes those out of the disk cache."""
    records = getattr(metadata, METADATA, None)
    if not records:
        return
    with _lock:
        if metadata.hash in _fresh:
            _fresh.discard(metadata.hash)
            return
    _add([{**record, "cached": True} for record in records])


def _add(records):
    with _lock:
        _records.extend(records)
        folder = os.environ.get("TRITON_EXT_REPORT")
        if folder and records:
            _append(folder, records)


def _append(folder, records):
    lines = "".join(json.dumps(record, sort_keys=True) + "\n" for record in records)
    try:
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"{os.getpid()}.jsonl"), "a", encoding="utf-8") as file:
            file.write(lines)
    except OSError:
        pass  # a report that cannot be written must not stop a compilation
