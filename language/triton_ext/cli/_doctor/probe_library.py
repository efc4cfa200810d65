# SPDX-License-Identifier: MIT
"""Probe: does the library load, what does it say of TRITON_EXT_PASSES, does its worker answer."""

import json
import os
import statistics
import time
import warnings

from .probe import begin, failure, found

MODULE = "module {\n  tt.func public @doctor() {\n    tt.return\n  }\n}\n"
ROUNDS = 20


def main():
    """Stages: load, pipeline, worker."""
    from ... import _library

    begin("load")
    try:
        with warnings.catch_warnings(record=True) as refused:
            warnings.simplefilter("always")
            library = _library.load()
        catalogue = json.loads(library.catalogue().output)
    except Exception as error:  # LibraryMissing, or a catalogue that cannot be read
        found("load", error=str(error) or failure(error))
        return
    found(
        "load",
        path=os.path.abspath(library.path),
        version=library.version,
        abi=_library.ABI_VERSION,
        build_hash=library.build_hash,
        extensions=len(catalogue["extensions"]),
        others=catalogue["libraries"][1:],
        refused=[str(each.message) for each in refused],
    )
    begin("pipeline")
    found("pipeline", **pipeline())
    begin("worker")
    found("worker", **worker(library))


def pipeline():
    """What TRITON_EXT_PASSES comes to: {"canonical"} or {"error"}."""
    from ... import _pipeline

    try:
        return {"canonical": _pipeline.check(os.environ.get("TRITON_EXT_PASSES", "")).canonical}
    except _pipeline.PipelineError as error:
        return {"error": str(error)}


def worker(library):
    """Starts the worker and sends it a module a few times: {"start_ms", "ms", ...} or {"error"}."""
    from ... import _library

    request = {"pipeline": "", "mode": "isolated"}
    started = time.perf_counter()
    result = library.run(MODULE, request)
    start = time.perf_counter() - started
    if result.status != _library.OK:
        error = result.report.get("error") or {}
        return {"error": error.get("message") or f"status {result.status}", "code": error.get("code")}
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        library.run(MODULE, request)
        rounds.append(time.perf_counter() - started)
    pid = library.worker_pid()
    facts = {"start_ms": 1e3 * start, "ms": 1e3 * statistics.median(rounds), "program": _program(pid)}
    return {**facts, "status": _status(pid)}


def _program(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return os.fsdecode(file.read().split(b"\0")[0]) or None
    except OSError:
        return None


def _status(pid):
    """What the kernel says that process ``pid`` has given up."""
    names = ("NoNewPrivs", "Seccomp")
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            pairs = (line.split(":", 1) for line in file if ":" in line)
            return {name: value.strip() for name, value in pairs if name in names}
    except OSError:
        return {}
