# SPDX-License-Identifier: MIT
"""Runs the works of work/ without passes and with them: bits, and times.

The process that uses this needs neither torch nor Triton. Each work runs in a
process of its own (worker.py) under a Python that has them, with a time limit: a
kernel that hangs or faults ends that process, and the work is reported as failed.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent

ROUNDS = 9
"""Interleaved repetitions of the final timing."""

COMPILE_LIMIT, WORK_LIMIT, QUESTION_LIMIT = 240, 180, 120
"""Seconds that a worker may take."""

PROCESSES = 16
"""How many compile side by side, at most."""


class Missing(Exception):
    """Nothing can be run here; the message says what is missing."""


class Runner:
    """Runs works under `python`; `package` is the folder that holds triton_ext.

    Every result is what worker.py's task answers, or {"work", "failed": why}.
    """

    def __init__(self, python: str | None = None, package: str | os.PathLike | None = None) -> None:
        self.python = python or sys.executable
        self.package = pathlib.Path(package or HERE.parents[1] / "language")

    def machine(self) -> dict[str, str]:
        """machine (as `measured` rows name it), triton and torch. Raises Missing."""
        answer = self._ask({"task": "machine"}, QUESTION_LIMIT)
        missing = answer.get("missing") or answer.get("failed")
        if missing:
            raise Missing(f"{self.python}: {missing}")
        return answer

    def works(self, words: str = "") -> list[dict[str, Any]]:
        """The works whose names have all of `words` in them: name, configs, timed."""
        answer = self._ask({"task": "works"}, QUESTION_LIMIT)
        if "failed" in answer:
            raise Missing(f"{self.python}: {answer['failed']}")
        wanted = words.lower().split()
        return [work for work in answer["works"] if all(word in work["name"].lower() for word in wanted)]

    def run(
        self, works: list[dict[str, Any]], variants: dict[str, str], *, timed: bool = True, rounds: int = ROUNDS
    ) -> Iterator[dict[str, Any]]:
        """One result a work, in order. variants: name -> pipeline; stock is always there."""
        with tempfile.TemporaryDirectory(prefix="triton-ext-gpu-") as cache:
            self._compile(works, ["", *variants.values()], cache)
            for work in works:
                task = {"task": "measure", "work": work["name"], "variants": variants, "timed": timed, "rounds": rounds}
                yield {"work": work["name"], **self._ask(task, WORK_LIMIT, cache)}

    def _compile(self, works: list[dict[str, Any]], pipelines: list[str], cache: str) -> None:
        """Fills the cache on all cores; what fails here fails, and is reported, when it is measured."""
        jobs = [[w["name"], number, text] for w in works for number in range(w["configs"]) for text in pipelines]
        count = min(PROCESSES, os.cpu_count() or 1, len(jobs)) or 1
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            tasks = [{"task": "compile", "jobs": jobs[first::count]} for first in range(count)]
            list(pool.map(lambda task: self._ask(task, COMPILE_LIMIT, cache), tasks))

    def _ask(self, task: dict[str, Any], seconds: float, cache: str | None = None) -> dict[str, Any]:
        environment = dict(os.environ)
        own = [str(self.package), str(HERE.parent / "python")]
        environment["PYTHONPATH"] = os.pathsep.join([*own, *filter(None, [environment.get("PYTHONPATH")])])
        if cache:
            environment["TRITON_CACHE_DIR"] = cache
        return ask([self.python, str(HERE / "worker.py")], task, seconds, environment)


def ask(command: list[str], task: dict[str, Any], seconds: float, environment: dict[str, str]) -> dict[str, Any]:
    """The answer of one worker, or {"failed": why}; its whole process group is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="triton-ext-gpu-") as folder:
        answer, output = pathlib.Path(folder, "answer"), pathlib.Path(folder, "output")
        with output.open("wb") as log:
            try:
                process = subprocess.Popen(
                    [*command, str(answer)],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    start_new_session=True,
                )
            except OSError as error:
                return {"failed": str(error)}
            try:
                process.communicate(json.dumps(task).encode(), timeout=seconds)
            except subprocess.TimeoutExpired:
                return {"failed": f"no answer within {seconds:g} s"}
            finally:
                _end(process)
        if process.returncode == 0 and answer.is_file():
            return json.loads(answer.read_text())
        return {"failed": _why(process.returncode, output.read_text(errors="replace"))}


def _end(process: subprocess.Popen) -> None:
    """Ends a worker and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _why(status: int, output: str) -> str:
    """Why a worker ended: its last words, and how."""
    words = output.strip()[-2000:]
    if status < 0:
        return f"ended by {signal.Signals(-status).name}" + (f": {words}" if words else "")
    return words or f"exit code {status}"


# What a result says.


def fired(result: dict[str, Any], variant: str) -> int:
    """At how many configurations a variant fired."""
    return sum(1 for row in result["configs"] if row["variants"][variant]["fired"])


def differing(result: dict[str, Any], variant: str) -> dict[str, Any]:
    """Over all configurations and outputs: elements, those that differ in any bit, and by how much at most.

    The most is None where it is no number, see device.difference.
    """
    found = [d for row in result["configs"] for d in row["variants"][variant]["outputs"].values()]
    most = [d["max"] for d in found]
    return {
        "differing": sum(d["differing"] for d in found),
        "elements": sum(d["elements"] for d in found),
        "max": None if None in most else max(most, default=0.0),
    }


def failures(result: dict[str, Any], variant: str) -> list[str]:
    """What went wrong with a work and a variant, a sentence each; [] where nothing did."""
    if "failed" in result:
        return [result["failed"]]
    if not result["configs"]:
        reason = result["left_out"][0]["error"] if result["left_out"] else "it has no configuration"
        return [f"stock runs at no configuration: {reason}"]
    wrong = [row for row in result["configs"] if not row["error"] <= row["tolerance"]]
    found = [f"stock is off the reference by {row['error']:.1e} at {row['config']}" for row in wrong[:1]]
    for row in result["configs"]:
        found += [f"{why} (at {row['config']})" for why in row["variants"][variant]["failures"]]
    return list(dict.fromkeys(found))


def declines(result: dict[str, Any], variant: str) -> list[str]:
    """Why a variant did not fire: each sentence once."""
    rows = [row["variants"][variant]["declines"] for row in result["configs"]]
    return list(dict.fromkeys(sentence for row in rows for _, sentence in row))
