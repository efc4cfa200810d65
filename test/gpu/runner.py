# SPDX-License-Identifier: MIT
"""Runs the works of work/ without passes and with them: bits, and times.

The process that uses this needs neither torch nor Triton. Works run in processes
of their own (worker.py) under a Python that has them, with time limits: a kernel
that hangs or faults ends that process, the work is reported as failed, and a new
process goes on with the next.
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
import threading
import time
from collections.abc import Iterator
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent

ROUNDS = 9
"""Interleaved repetitions of the final timing."""

COMPILE_LIMIT, WORK_LIMIT, QUESTION_LIMIT = 240, 180, 120
"""Seconds that a worker may take over one task."""

END_LIMIT = 10
"""Seconds that a worker may take to end by itself, once it answers no more."""

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
        answer = self._ask({"task": "machine"})
        missing = answer.get("missing") or answer.get("failed")
        if missing:
            raise Missing(f"{self.python}: {missing}")
        return answer

    def works(self, words: str = "") -> list[dict[str, Any]]:
        """The works whose names have all of `words` in them: name, configs, timed."""
        answer = self._ask({"task": "works"})
        if "failed" in answer:
            raise Missing(f"{self.python}: {answer['failed']}")
        return named(answer["works"], words)

    def run(
        self,
        works: list[dict[str, Any]],
        variants: dict[str, str],
        *,
        timed: bool = True,
        rounds: int = ROUNDS,
        timing: dict[str, int] | None = None,
        seconds: float | None = None,
        cache: str | None = None,
    ) -> Iterator[dict[str, Any]]:
        """One result a work, in order. variants: name -> pipeline; stock is always there.

        timing: worker.TIMING's fields that are to be others. cache: a folder for
        Triton's cache (default: one that is gone afterwards). With `seconds` works
        are measured while later ones are compiled, and those that are not done by
        then have no result.
        """
        until = None if seconds is None else time.monotonic() + seconds
        with contextlib.ExitStack() as stack:
            folder = cache or stack.enter_context(tempfile.TemporaryDirectory(prefix="triton-ext-gpu-"))
            compiling = stack.enter_context(_Compiling(self, works, list(variants.values()), folder, until))
            if until is None:
                compiling.wait()
            worker = stack.enter_context(self._worker(folder))
            for work in works:
                plans = compiling.plans_of(work["name"])
                left = WORK_LIMIT if until is None else min(WORK_LIMIT, until - time.monotonic())
                if left <= 0:
                    return
                task = {"task": "measure", "work": work["name"], "variants": variants, "plans": plans}
                result = worker.ask({**task, "timed": timed, "rounds": rounds, "timing": timing or {}}, left)
                if "failed" in result and until is not None and time.monotonic() >= until:
                    return
                yield {"work": work["name"], **result}

    def _ask(self, task: dict[str, Any]) -> dict[str, Any]:
        with self._worker() as worker:
            return worker.ask(task, QUESTION_LIMIT)

    def _worker(self, cache: str | None = None) -> Worker:
        environment = dict(os.environ)
        own = [str(self.package), str(HERE.parent / "python")]
        environment["PYTHONPATH"] = os.pathsep.join([*own, *filter(None, [environment.get("PYTHONPATH")])])
        if cache:
            environment["TRITON_CACHE_DIR"] = cache
        return Worker([self.python, str(HERE / "worker.py")], environment)


def named(works: list[dict[str, Any]], words: str) -> list[dict[str, Any]]:
    """Those of the works whose names have all of `words` in them."""
    wanted = words.lower().split()
    return [work for work in works if all(word in work["name"].lower() for word in wanted)]


class _Compiling:
    """Fills the cache on all cores, work by work; what fails here fails, and is reported, when it is measured.

    Also finds out what each pipeline does to each work: see worker.compile_config.
    """

    def __init__(
        self, runner: Runner, works: list[dict[str, Any]], pipelines: list[str], cache: str, until: float | None
    ) -> None:
        self.until = until
        self.plans: dict[str, list[dict[str, Any] | None]] = {w["name"]: [None] * w["configs"] for w in works}
        jobs = [(work["name"], number) for work in works for number in range(work["configs"])]
        self.left = {work["name"]: work["configs"] for work in works}
        self.changed = threading.Condition()
        # One processor is for what is measured meanwhile.
        count = min(PROCESSES, max(1, (os.cpu_count() or 1) - (until is not None)), len(jobs)) or 1
        self.pool = concurrent.futures.ThreadPoolExecutor(count)
        self.stopped = False
        self.done = [self.pool.submit(self._compile, runner, jobs[n::count], pipelines, cache) for n in range(count)]

    def __enter__(self) -> _Compiling:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stopped = True
        self.pool.shutdown()

    def wait(self) -> None:
        concurrent.futures.wait(self.done)

    def plans_of(self, work: str) -> list[dict[str, Any] | None]:
        """What is known of each configuration of a work, once all of them are compiled."""
        with self.changed:
            left = None if self.until is None else max(0.0, self.until - time.monotonic())
            self.changed.wait_for(lambda: not self.left[work], left)
            return list(self.plans[work])

    def _compile(self, runner: Runner, jobs: list[tuple[str, int]], pipelines: list[str], cache: str) -> None:
        with runner._worker(cache) as worker:
            for name, number in jobs:
                limit = COMPILE_LIMIT
                if self.until is not None:
                    limit = min(limit, self.until - time.monotonic())
                if not self.stopped and limit > 0:
                    task = {"task": "compile", "work": name, "number": number, "pipelines": pipelines}
                    self.plans[name][number] = worker.ask(task, limit).get("plan")
                with self.changed:
                    self.left[name] -= 1
                    self.changed.notify_all()


class Worker:
    """A process that answers tasks: a line of JSON each on its standard input, an answer each on a descriptor.

    It is started by the first task, with the descriptor as its last word, and anew
    after one that it did not survive. To be closed, or used in a with-block.
    """

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.command, self.environment = command, environment
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def ask(self, task: Any, seconds: float) -> dict[str, Any]:
        """The answer to one task, or {"failed": why}."""
        try:
            process = self.process or self._start()
        except OSError as error:
            return {"failed": str(error)}
        late = threading.Event()

        def give_up() -> None:
            late.set()
            _end_group(process)

        clock = threading.Timer(seconds, give_up)
        clock.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(task) + "\n")
                process.stdin.flush()
            line = self.answers.readline()
        finally:
            clock.cancel()
            clock.join()
        if line.endswith("\n") and not late.is_set():
            return json.loads(line)
        said = self._finish()
        return {"failed": f"no answer within {seconds:.0f} s" if late.is_set() else _why(process.returncode, said)}

    def close(self) -> None:
        """Ends the process and whatever it started."""
        if self.process:
            _end_group(self.process)
            self._finish()

    def _finish(self) -> str:
        """Waits for the process, which has ended or is about to; what it printed."""
        process, self.process = self.process, None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_LIMIT)
        _end_group(process)
        process.wait()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        self.answers.close()
        with self.log:
            self.log.seek(0)
            return self.log.read()

    def _start(self) -> subprocess.Popen:
        ours, theirs = os.pipe()
        log = tempfile.TemporaryFile("w+", errors="replace")
        try:
            self.process = subprocess.Popen(
                [*self.command, str(theirs)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                env=self.environment,
                pass_fds=[theirs],
                start_new_session=True,
            )
        except OSError:
            os.close(ours)
            log.close()
            raise
        finally:
            os.close(theirs)
        self.answers, self.log = open(ours, encoding="utf-8"), log
        return self.process


def serve(answer: Any) -> None:
    """The other side of a Worker: `answer(task)` for each task, until there are no more."""
    descriptor = int(sys.argv[-1])
    os.set_inheritable(descriptor, False)  # it is to close when this process ends, whoever lives on
    with open(descriptor, "w", encoding="utf-8") as answers:
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


def _end_group(process: subprocess.Popen) -> None:
    """Ends a worker and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


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
