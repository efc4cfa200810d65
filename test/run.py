#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the test suites and counts what they ran.

    test/run.py [SUITE...] [--build FOLDER] [--filter TEXT] [--triton VERSIONS]

Suites: repo, lit, unit (GoogleTest and other programs, by ctest), cli (the
command triton-ext), package (what is shipped), contribute (a pass from nothing
to use, in a copy of the checkout) and python (once for each stock Triton); all of
them when none is named. Of python, cli and package two run at a time, and print
once they are done. The last lines are `SUITE: N passed, N failed`, and the status
is not 0 when a test failed or when a suite ran none.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv" / "tools" / "bin"
TIME_LIMIT = 30 * 60  # seconds, for one suite: far more than any takes
SUITES = ("repo", "lit", "unit", "contribute", "python", "cli", "package")
BY_THEMSELVES = ("repo", "lit", "unit", "contribute")  # they use all processors


@dataclasses.dataclass
class Count:
    """What one run of one suite came to."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def line(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.name}: {self.passed} passed, {self.failed} failed{skipped}"


@dataclasses.dataclass
class Run:
    """A command that leaves a JUnit file behind. `env` adds to the environment."""

    name: str
    command: list
    junit: Path
    env: dict = dataclasses.field(default_factory=dict)


def runs_of(suite, options):
    """The runs that make up a suite."""
    results = options.build / "test-results"
    results.mkdir(parents=True, exist_ok=True)
    text = options.filter

    if suite == "lit":
        junit = results / "lit.xml"
        select = ["--filter", text] if text else []
        command = [TOOLS / "lit", "-sv", "-j2", *select, "--xunit-xml-output", junit, options.build / "test"]
        return [Run(suite, command, junit)]
    if suite == "unit":
        junit = results / "unit.xml"
        select = ["-R", text] if text else []
        command = ["ctest", "--test-dir", options.build, "-j2", "--output-on-failure", "--no-tests=error"]
        command += ["--progress", *select, "--output-junit", junit]
        return [Run(suite, command, junit)]

    select = ["-k", text] if text else []
    pytest = ["-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", *select]
    versions = options.triton.split()
    if suite == "python":
        return [pytest_run(f"python-{each}", suite, python_of(each), pytest, options.build) for each in versions]
    run = pytest_run(suite, suite, TOOLS / "python", pytest, options.build)
    # For tests that go on to a stock Triton, where there is one.
    run.env["TRITON_EXT_TEST_PYTHON"] = str(python_of(versions[0]))
    return [run]


def python_of(version):
    """The interpreter of the environment of one stock Triton."""
    return ROOT / ".venv" / f"triton-{version}" / "bin" / "python"


def pytest_run(name, folder, python, pytest, build):
    """test/<folder> under ``python``."""
    junit = build / "test-results" / f"{name}.xml"
    return Run(
        name,
        [python, *pytest, f"--junitxml={junit}", f"test/{folder}"],
        junit,
        env={
            "PYTHONPATH": str(ROOT / "language"),
            "TRITON_EXT_LIBRARY": str(build / "lib" / "libTritonExtPassInfra.so"),
            "TRITON_EXT_BUILD": str(build),
        },
    )


def perform(run, show):
    """Runs one; `show` lets it write through, else its output is kept and
    printed in one piece at the end."""
    run.junit.unlink(missing_ok=True)
    cache = tempfile.mkdtemp(prefix="triton-ext-test-")
    # What the caller has enabled for its own work is not what is tested here, nor
    # is a make that a test calls a part of the one that called this.
    foreign = ("TRITON_", "PYTEST_", "MAKE", "MFLAGS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    env.update(run.env, TRITON_CACHE_DIR=cache, PYTHONDONTWRITEBYTECODE="1")
    started = time.monotonic()
    try:
        done = subprocess.run(
            [str(word) for word in run.command],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            stderr=None if show else subprocess.STDOUT,
            timeout=TIME_LIMIT,
        )
        status, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as error:
        status, output = 1, (error.stdout or b"") + f"\nstopped after {TIME_LIMIT} s\n".encode()
    except OSError as error:
        status, output = 1, f"{run.name}: {error}; run 'make setup' and 'make build'\n".encode()
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    if output:
        sys.stdout.write(f"--- {run.name}\n{output.decode(errors='replace')}")
        sys.stdout.flush()
    count = counted(run, status)
    count.seconds = time.monotonic() - started
    return count


def performed(suites, options):
    """The counts of the suites' runs, of which two run at a time."""
    runs = [run for suite in suites for run in runs_of(suite, options)]
    if runs:
        print(f"=== {', '.join(run.name for run in runs)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(perform, runs, [len(runs) == 1] * len(runs)))


def counted(run, status):
    """The counts of a finished run, from its JUnit file."""
    count = Count(run.name)
    try:
        suites = list(ElementTree.parse(run.junit).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        suites = []
    for suite in suites:
        number = {key: int(suite.get(key) or 0) for key in ("tests", "failures", "errors", "skipped", "disabled")}
        failed = number["failures"] + number["errors"]
        skipped = number["skipped"] + number["disabled"]
        count.failed += failed
        count.skipped += skipped
        count.passed += number["tests"] - failed - skipped
    # A runner that died, or found nothing to run, is a failure of its own.
    if not count.failed and (status != 0 or not count.passed):
        count.failed = 1
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "dev")
    parser.add_argument("--filter", default="", help="only tests whose name contains this")
    parser.add_argument("--triton", metavar="VERSIONS", help="a list in one word; default: as infra/setup/versions")
    options = parser.parse_args()
    if options.triton is None:
        options.triton = subprocess.run([ROOT / "infra/setup/versions"], stdout=subprocess.PIPE, text=True).stdout
    if not options.triton.split():
        parser.error("no Triton release to test; see infra/setup/versions")
    options.build = options.build.resolve()
    for suite in options.suites:
        if suite not in SUITES:
            parser.error(f"expected one of {', '.join(SUITES)}, got {suite!r}")

    chosen = [suite for suite in SUITES if suite in (options.suites or SUITES)]
    counts = [count for suite in chosen if suite in BY_THEMSELVES for count in performed([suite], options)]
    counts += performed([suite for suite in chosen if suite not in BY_THEMSELVES], options)

    print("\n=== tests run")
    for count in counts:
        print(f"{count.seconds:7.1f} s  {count.name}")
    for count in counts:
        print(count.line())
    total = Count("total", *(sum(getattr(c, key) for c in counts) for key in ("passed", "failed", "skipped")))
    if len(counts) > 1:
        print(total.line())
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
