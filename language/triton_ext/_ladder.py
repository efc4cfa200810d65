# SPDX-License-Identifier: MIT
"""One compilation with a pipeline: the crossings, and the ladder of fall-backs.

Whatever goes wrong, the kernel is what stock makes. Where a module of ours was
accepted and a later stage raises, or needs more memory than the target has,
stock's way is taken up again where it was left: the module that stock had there
is still as it was. A kernel that fell back because something failed is not
stored in the disk cache.
"""

import threading
import time

from . import _exchange, _library, _limits, _pipeline, _report, _settings, _switch
from ._errors import LibraryMissing, PassError, warn

#: The stages that end in an MLIR module, where passes run.
STAGES = ("ttir", "ttgir")

_this_thread = threading.local()
_unavailable_said = set()


def wrap_stages(backend, stages, options, value):
    """Makes ``stages`` (name -> function, in order) those of a compilation with option ``value``.

    The value "" is stock's: then only the option's trace in the metadata goes.
    """
    _this_thread.ending = None
    if any(getattr(stage, "_triton_ext", False) for stage in stages.values()):
        return
    if not value:
        for name, stage in list(stages.items()):
            stages[name] = _without_trace(stage)
        return
    try:
        pipeline = _pipeline.of_value(value)
    except LibraryMissing:
        return  # said where it was enabled
    compilation = Compilation(backend, stages, options, pipeline)
    for name in list(stages):
        stages[name] = compilation.stage(name)


def _without_trace(stage):

    def run(module, metadata):
        metadata.pop(_pipeline.OPTION, None)
        return stage(module, metadata)

    run._triton_ext = True
    return run


class _OverLimit(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Compilation:
    """The state of one run through a backend's stages."""

    def __init__(self, backend, stages, options, pipeline):
        self.target = backend.target
        self.options = {
            name: value
            for name, value in vars(options).items()
            if name != _pipeline.OPTION and isinstance(value, (bool, int, float, str))
        }
        self.pipeline = pipeline
        self.stock = dict(stages)
        self.order = list(stages)
        self.records = []
        self.kernel = ""
        # Stages of passes that are still to be crossed at.
        self.open_stages = [name for name in STAGES if name in pipeline.stages()]
        # Where stock's way can be taken up again: (index of the stage, its
        # module, its metadata), from the first accepted change on.
        self.resume = None
        self.returned = None
        self.stocked = False  # stock's way has been taken up again
        self.failed = False
        self.restored = {}

    def stage(self, name):
        """The function that stands for stage ``name``."""

        def run(module, metadata):
            return self._run(name, module, metadata)

        run._triton_ext = True
        return run

    def _run(self, name, module, metadata):
        index = self.order.index(name)
        if self.resume is not None and module is not self.returned:
            self.resume = None  # somebody put another module in its place (an override)
        try:
            module = self._run_stage(index, module, metadata)
        except BaseException:
            # Somebody else's error, or on_failure="raise": nothing more comes.
            _report.failed(self.records)
            raise
        metadata[_report.METADATA] = self.records
        if index == len(self.order) - 1:
            self._finish(metadata)
        self.returned = module
        return module

    def _run_stage(self, index, module, metadata):
        name = self.order[index]
        module = self._catch_up(index, module, metadata)
        try:
            result = self.stock[name](module, metadata)
            self._check_limits(metadata)
        except Exception as error:
            if self.resume is None:
                raise
            return self._after_late_failure(index, metadata, error)
        if name in self.open_stages:
            result = self._cross(name, index + 1, result, metadata)
        return result

    # The crossings.

    def _catch_up(self, index, module, metadata):
        """Crosses for a stage that stock skipped: a kernel that comes as an IR file."""
        for name in [stage for stage in self.open_stages if stage not in self.order[index:]]:
            if index and name == self.order[index - 1] and not isinstance(module, (str, bytes)):
                module = self._cross(name, index, module, metadata)
            else:
                self.kernel = self.kernel or _exchange.kernel_name(module)
                self._decline(
                    name,
                    "no-such-stage",
                    f"the kernel does not pass through {name}: it comes as a file of "
                    "a later stage, or its language has no such stage",
                    metadata,
                )
        return module

    def _cross(self, name, next_index, module, metadata):
        """What goes on from the end of stage ``name``: the changed module, or ``module`` itself."""
        self.open_stages.remove(name)
        if self.failed or self.stocked:
            return module
        started = time.perf_counter()
        try:
            printed = _exchange.print_generic(module)
        except _exchange.Unsupported as reason:
            self._decline(name, "cannot-cross", str(reason), metadata)
            return module
        self.kernel = printed.kernel
        print_us = _us(started)
        crossing = self.pipeline.canonical == _pipeline.CROSSING
        result = _run_library(printed.text, self._request(name, printed, crossing))
        record = self._record(name, metadata, result.report)
        record["us"]["print"] = print_us
        if result.status == _library.UNCHANGED and not crossing:
            return module
        if result.status not in (_library.OK, _library.UNCHANGED):
            return self._after_failure(next_index, module, metadata, record)
        started = time.perf_counter()
        try:
            changed = _exchange.read_back(result.output or printed.restored(), module.context, self._limits())
        except _exchange.GateError as error:
            record["status"] = "refused"
            record["error"] = {
                **_ERROR,
                "code": "gate-out",
                **error.error,
                "pass": _fired(record),
                "message": str(error),
            }
            return self._after_failure(next_index, module, metadata, record)
        record["us"]["read_back"] = _us(started)
        if self.resume is None:
            self.resume = (next_index, module, dict(metadata))
        return changed

    def _request(self, name, printed, crossing):
        import triton

        target = self.target
        return {
            "pipeline": "" if crossing else self.pipeline.canonical,
            "stage": name,
            "kernel": printed.kernel,
            "target": {"backend": target.backend, "arch": target.arch, "warp_size": target.warp_size},
            "triton": triton.__version__,
            "options": self.options,
            "visibility": printed.visibility,
            **self._limits(),
        }

    @staticmethod
    def _limits():
        return {name: _settings.get(name) for name in ("mode", "time_limit_ms", "memory_limit_mb")}

    # The records.

    def _record(self, name, metadata, report):
        record = {
            "kernel": self.kernel,
            "stage": name,
            "status": "unchanged",
            "passes": [],
            "error": None,
            **report,
            "us": dict(report.get("us") or {}),
            "pipeline": self.pipeline.canonical,
            "target": f"{self.target.backend}:{self.target.arch}",
            "triton": metadata.get("triton_version"),
            "hash": metadata.get("hash"),
            "cached": False,
        }
        self.records.append(record)
        return record

    def _decline(self, name, identifier, why, metadata):
        """Records that every pass of stage ``name`` declines."""
        if name in self.open_stages:
            self.open_stages.remove(name)
        self._record(
            name,
            metadata,
            {
                "passes": [
                    {"name": element["name"], "status": "declined", "count": 0, "remarks": [_remark(identifier, why)]}
                    for element in self.pipeline.elements
                    if element["stage"] == name and element["name"]
                ]
            },
        )

    def _withdraw(self, identifier, why):
        """Turns what the records say fired into declines."""
        for record in self.records:
            if record["status"] != "changed":
                continue
            record["status"] = "unchanged"
            for entry in record["passes"]:
                if entry["status"] == "fired":
                    entry.update(status="declined", count=0, remarks=[*entry["remarks"], _remark(identifier, why)])

    def _finish(self, metadata):
        _report.finished(self.records, metadata.get("hash"))
        if self.failed or self.restored:
            _this_thread.ending = self
            _watch_cache()

    # The ladder.

    def _check_limits(self, metadata):
        over = _limits.exceeded(self.target, metadata) if self.resume is not None else None
        if over:
            raise _OverLimit(*over)

    def _after_failure(self, next_index, module, metadata, record):
        """Rungs 1, 2 and 5: at a crossing. Returns the module that stock goes on with."""
        self._fail(record)
        if self.resume is None:
            return module
        return self._resume(next_index - 1, metadata)  # an earlier crossing had changed it

    def _after_late_failure(self, index, metadata, error):
        """Rung 3: stage ``index`` failed on a module of ours. Returns stock's result of it."""
        ours = dict(metadata)
        result = self._resume(index, metadata)  # raises stock's own error where stock fails, too
        if isinstance(error, _OverLimit) and _limits.exceeded(self.target, metadata):
            self._withdraw("over-limit", f"with the change the kernel {error}, and stock's does not fit either")
            return result  # not a failure of ours
        record = [record for record in self.records if record["status"] == "changed"][-1]
        record["status"] = "failed"
        code = error.code if isinstance(error, _OverLimit) else "later-stage"
        record["error"] = {
            "code": code,
            "pass": _fired(record),
            "operation": None,
            "message": f"stage {self.order[index]}: {error}",
        }
        if isinstance(error, _OverLimit):
            record["error"]["shared"] = ours.get("shared")
        self._fail(record, error)
        return result

    def _resume(self, last, metadata):
        """Runs stock's stages from where its way was left up to index ``last``, and returns the result."""
        first, module, snapshot = self.resume
        self.resume, self.stocked = None, True
        metadata.clear()
        metadata.update(snapshot)
        for index in range(first, last + 1):
            if index:
                # As text, now: stages change their module in place.
                self.restored[self.order[index - 1]] = _stored(module)
            module = self.stock[self.order[index]](module, metadata)
        return module

    def _fail(self, record, cause=None):
        self.failed = True
        message = _sentence(record)
        if _settings.get("on_failure") == "raise":
            raise PassError(f"triton_ext: {message}", record) from cause
        if record["status"] != "unavailable":
            warn(f"triton_ext: {message}; the kernel is compiled as stock")
        elif message not in _unavailable_said:
            _unavailable_said.add(message)
            warn(f"triton_ext: {message}; kernels are compiled as stock")

    def restore_files(self, manager, group):
        """Puts stock's texts into ``group`` (file name -> path), where stages had stored ours."""
        for filename in list(group):
            text = self.restored.get(filename.rpartition(".")[2])
            if text is not None:
                group[filename] = manager.put(text, filename)


_ERROR = {"code": "unknown", "pass": None, "operation": None, "message": ""}


def _remark(identifier, why):
    return {"kind": "declined", "id": identifier, "text": why, "file": None, "line": None}


def _run_library(text, request):
    """The library's answer; one that says what happened where it gives none."""
    try:
        return _library.load().run(text, request)
    except LibraryMissing as error:
        status, word, code, why = _library.UNAVAILABLE, "unavailable", "no-worker", error
    except Exception as error:  # an answer that cannot be read
        status, word, code, why = _library.FAILED, "failed", "garbage", error
    return _library.Result(status, "", {"status": word, "error": {**_ERROR, "code": code, "message": str(why)}})


def _stored(module):
    return module if isinstance(module, (str, bytes)) else str(module)


def _us(started):
    return int((time.perf_counter() - started) * 1e6)


def _fired(record):
    """The names of the passes that changed the module, as one text."""
    return ", ".join(entry["name"] for entry in record["passes"] if entry["status"] == "fired") or None


def _sentence(record):
    error = record.get("error") or {}
    message = (error.get("message") or "no reason given").strip().splitlines()[0]  # the record has all of it
    if record["status"] == "unavailable":
        subject = f"pass {error['pass']} cannot" if error.get("pass") else "no pass can"
        return f"{subject} run here: {message}"
    who = f"pass {error['pass']}" if error.get("pass") else f"pipeline {record['pipeline']!r}"
    operation = f", at {error['operation']}" if error.get("operation") else ""
    return (
        f"{who} failed on kernel {record['kernel']} ({record['stage']}): "
        f"{error.get('code', 'unknown')}{operation}: {message}"
    )


def _watch_cache():
    """Wraps put_group of the cache manager in use: the call that makes files a cache entry."""
    try:
        from triton import knobs
        from triton.runtime import cache

        manager = knobs.cache.manager_class or cache.FileCacheManager
    except (ImportError, AttributeError):
        return
    if isinstance(manager, type):
        _switch.wrap(manager, "put_group", _put_group)


def _put_group(stock):

    def put_group(self, filename, group, *args, **kwargs):
        ending, _this_thread.ending = getattr(_this_thread, "ending", None), None
        if ending is not None:
            ending.restore_files(self, group)
            if ending.failed:
                return filename  # no entry
        return stock(self, filename, group, *args, **kwargs)

    return put_group
