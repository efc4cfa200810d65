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
import re
import sys
import threading

#: The name in Triton's metadata of a kernel.
METADATA = "triton_ext_report"

_lock = threading.Lock()
_records = collections.deque(maxlen=100_000)
_fresh = set()
_begun = set()  # files that have their first line


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


def knows(key):
    """Whether this process has a record of the kernel of cache key ``key``."""
    with _lock:
        return any(record.get("hash") == key for record in _records)


def _add(records):
    with _lock:
        _records.extend(records)
        folder = os.environ.get("TRITON_EXT_REPORT")
        if folder and records:
            _append(folder, records)


def _append(folder, records):
    """Adds records to this process's file; its first line says which process it is."""
    host = os.uname().nodename
    path = os.path.join(folder, f"{re.sub(r'[^A-Za-z0-9.-]', '_', host)}-{os.getpid()}.jsonl")
    lines = [*records] if (os.getpid(), path) in _begun else [{"process": _process(host)}, *records]
    try:
        os.makedirs(folder, exist_ok=True)
        with open(path, "ab", buffering=0) as file:  # whole lines at once, whoever else writes
            file.write("".join(json.dumps(line, sort_keys=True) + "\n" for line in lines).encode())
        _begun.add((os.getpid(), path))
    except OSError:
        pass  # a report that cannot be written must not stop a compilation


def _process(host):
    """What a report says of this process; the ranks as launchers put them into the environment, null for none."""
    from . import _library

    library = _library.loaded()
    return {
        "host": host,
        "pid": os.getpid(),
        "program": os.path.basename((getattr(sys, "argv", None) or [""])[0]),
        "build": getattr(library, "build_hash", None),
        **{name.lower(): _number(os.environ.get(name)) for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE")},
    }


def _number(text):
    return int(text) if text and text.isdecimal() else None
