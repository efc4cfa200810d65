# SPDX-License-Identifier: MIT
"""One compilation with a pipeline: the crossings, and the ladder of fall-backs.

Whatever goes wrong, the kernel is what stock makes. Where a module of ours was
accepted, or a stock pass left out or changed, and the same or a later stage
raises, or needs more memory than the target has, stock's way is taken up again
where it was left: at the end of a stage the module that stock had there is still
as it was; of a stage that passes were placed into, its input was kept. A kernel
that fell back because something failed is not stored in the disk cache.
"""

import threading
import time

from .. import _exchange, _library, _pipeline, _report, _settings, _switch
from .._errors import LibraryMissing, PassError, StepError, warn
from . import _limits

#: The stages at whose end passes run: an MLIR module, or LLVM IR as a text.
STAGES = ("ttir", "ttgir", "llir")

_this_thread = threading.local()
_unavailable_said = set()
_overrides_said = set()


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


class _Way:
    """Where stock's way can be taken up again: before stage ``first``, with its module and metadata.

    ``stored``: whether the module is what the stage before stored under our
    change, so that its text has to be stored anew.
    """

    __slots__ = ("first", "module", "metadata", "stored")

    def __init__(self, first, module, metadata, stored):
        self.first, self.module, self.metadata, self.stored = first, module, dict(metadata), stored


class Compilation:
    """The state of one run through a backend's stages."""

    def __init__(self, backend, stages, options, pipeline):
        self.backend = backend
        self.target = backend.target
        self.options = crossing_options(options)
        self.pipeline = pipeline
        self.stock = dict(stages)
        self.order = list(stages)
        self.records = []
        self.kernel = None  # its name, once a module has shown it
        # Stages that still have passes at their end.
        self.open_stages = []
        # Steps with a point among stock's passes, and stages where they were not looked for.
        self.edits = []
        self.unseen = []
        self.entered = []  # stages that were run
        self.names = []  # stock passes that were met
        # Where stock's way can be taken up again, from the first change on: a _Way.
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

    def _begin(self, module):
        """Chooses the pipeline by the kernel's name, which the first module shows."""
        self.kernel = _exchange.kernel_name(module)
        self.pipeline = self.pipeline.for_kernel(self.kernel)
        self.open_stages = [name for name in STAGES if self.pipeline.at_end(name)]
        if any(step["place"] for step in self.pipeline.steps()):
            from . import _placement

            self.edits = _placement.edits_of(self.pipeline)

    def _run(self, name, module, metadata):
        index = self.order.index(name)
        if self.kernel is None:
            self._begin(module)
        if self.edits and not self.entered:
            self._decline_skipped(index, metadata)
        self.entered.append(name)
        if self.returned is not None and module is not self.returned:
            self._replaced(self.order[index - 1], metadata)
        try:
            module = self._run_stage(index, module, metadata)
        except BaseException:
            # Somebody else's error, or on_failure="raise": nothing more comes.
            _report.failed(self.records)
            raise
        if self.records:
            metadata[_report.METADATA] = self.records
        if index == len(self.order) - 1:
            self._finish(metadata)
        self.returned = module
        return module

    def _replaced(self, stage, metadata):
        """Somebody put another module in the place of ours after ``stage``; of an override, ours is gone."""
        self.resume = None
        override = _override(stage, metadata)
        changed = [record["pipeline"] for record in self.records if record["status"] == "changed"]
        if not override or not changed:
            return
        self._withdraw("overridden", f"{override} put another module in its place after {stage}")
        said = f"{override} replaces kernel {self.kernel} after {stage}, and with it what {changed[0]!r} made of it"
        if said not in _overrides_said:
            _overrides_said.add(said)
            warn(f"triton_ext: {said}")

    def _run_stage(self, index, module, metadata):
        name = self.order[index]
        module = self._catch_up(index, module, metadata)
        try:
            result = self._stage(index, module, metadata)
            self._check_limits(metadata)
            missing = self._missing_point(index, result, metadata)
            if missing is not None:
                return self._after_late_failure(index, metadata, missing, result)
        except PassError:
            raise
        except Exception as error:
            if self.resume is None:
                raise
            return self._after_late_failure(index, metadata, error)
        if name in self.open_stages:
            result = self._cross(name, index + 1, result, metadata)
        return result

    def _is_stocks(self):
        """Whether the kernel goes stock's way for good."""
        return self.failed or self.stocked

    # Places among the stock passes.

    def _stage(self, index, module, metadata):
        """The result of stage ``index``, with what is placed into it."""
        name = self.order[index]
        edits = [edit for edit in self.edits if edit.holds_in(name)]
        if not edits or self._is_stocks() or isinstance(module, (str, bytes)):
            return self.stock[name](module, metadata)
        try:
            kept = self._copy(module)
        except (_exchange.Unsupported, _exchange.GateError) as reason:
            self._decline_edits(name, "cannot-cross", f"the stage's input cannot be kept for stock: {reason}", metadata)
            return self.stock[name](module, metadata)
        return self._play(index, edits, module, metadata, _Way(index, kept, metadata, stored=False))

    def _copy(self, module):
        """Another module that says the same. Raises Unsupported and GateError."""
        text = _exchange.print_generic(module).restored()
        if text is None:
            raise _exchange.Unsupported("the module has the visibility marker more than once")
        return _exchange.read_back(text, module.context, self._limits())

    def _play(self, index, edits, module, metadata, way):
        from . import _placement

        name = self.order[index]

        def cross(placed, current):
            return self._cross_placed(name, placed, current, metadata, player, way)

        def taken(edit):
            self._note_taken(name, edit, metadata)
            self.resume = self.resume or way

        player = _placement.Placing(edits, cross, taken)
        try:
            result = player.call(self.backend, self.stock[name], module, metadata)
        except _placement.Abandoned:
            return self._take_up_stock(index, metadata)
        except PassError:
            raise
        except Exception:
            if player.abandoned:
                return self._take_up_stock(index, metadata)
            self.resume = self.resume or way
            raise
        if player.abandoned:
            return self._take_up_stock(index, metadata)
        if player.replaced and result is not player.current:
            raise RuntimeError("the stage gives back a module that ours has taken the place of")
        if not player.ran:
            self._decline_edits(
                name,
                "stage-replaced",
                f"{name} was replaced by somebody's own: no passes of stock's run in it",
                metadata,
            )
        self.names += player.names
        return result

    def _cross_placed(self, stage, edits, module, metadata, player, way):
        """Crosses in the middle of ``stage``: the changed module, or None. Raises Abandoned."""
        from . import _placement

        own = [edit.step for edit in edits if edit.step["name"]]
        forced = len(own) < len(edits)
        try:
            record, changed = self._transform(stage, own, forced, module, metadata, [edit.point for edit in edits])
        except _Failed as failed:
            self._fail(failed.record)
            if self.resume is None:
                player.passive = True
                return None
            raise _placement.Abandoned from None
        if changed is not None:
            self.resume = self.resume or way
        return changed

    def _note_taken(self, stage, edit, metadata):
        """Records that a stock pass is left out or changed."""
        record = next((each for each in self.records if each["stage"] == stage and each.get("edits")), None)
        if record is None:
            record = self._record(stage, metadata, {"status": "changed"})
            record["edits"] = True
        entry = next((each for each in record["passes"] if each["name"] == edit.text), None)
        if entry is None:
            record["passes"].append({"name": edit.text, "status": "fired", "count": 1, "remarks": []})
        else:
            entry["count"] += 1

    def _decline_skipped(self, first, metadata):
        """Declines what is placed into stages that come before the ``first``, or that there are not."""
        for name in dict.fromkeys((*STAGES, *self.order)):
            if name not in self.order[first:]:
                self._decline_edits(name, "no-such-stage", _NO_STAGE.format(name), metadata)

    def _decline_edits(self, stage, identifier, why, metadata):
        """Records that what is placed into ``stage`` declines, and forgets it."""
        gone = [edit for edit in self.edits if edit.stage == stage]
        self.edits = [edit for edit in self.edits if edit.stage != stage]
        self.unseen.append(stage)
        if gone:
            self._decline_names(stage, [(edit.text, edit.point) for edit in gone], identifier, why, metadata)

    def _missing_point(self, index, result, metadata):
        """The StepError of a step whose point stage ``index``, or the last that has passes, did not have; None else."""
        name = self.order[index]
        last = index + 1 == len(self.order) or isinstance(result, (str, bytes))
        over = [edit for edit in self.edits if edit.stage == name or (last and edit.stage not in self.order)]
        self.edits = [edit for edit in self.edits if edit not in over]
        if self._is_stocks():
            return None
        for edit in over:
            if edit.times:
                continue
            why = self._no_point(edit, name)
            if not edit.optional and not (edit.stage is None and self.unseen):
                return StepError("no-stock-pass", edit.text, why)
            self._decline_names(name, [(edit.text, edit.point)], "no-stock-pass", why, metadata)
        return None

    def _no_point(self, edit, stage):
        from .._stock import _points

        return _points.missing(edit, edit.stage or stage, self.names, self.target)

    # The crossings.

    def _catch_up(self, index, module, metadata):
        """Crosses for a stage that stock skipped: a kernel that comes as an IR file."""
        for name in [stage for stage in self.open_stages if stage not in self.order[index:]]:
            if index and name == self.order[index - 1] and not isinstance(module, (str, bytes)):
                module = self._cross(name, index, module, metadata)
            else:
                self._decline(name, "no-such-stage", _NO_STAGE.format(name), metadata)
        return module

    def _cross(self, name, next_index, module, metadata):
        """What goes on from the end of stage ``name``: the changed module, or ``module`` itself."""
        self.open_stages.remove(name)
        if self._is_stocks():
            return module
        own = [step for step in self.pipeline.at_end(name) if step["name"]]
        try:
            record, changed = self._transform(name, own, not own, module, metadata)
        except _Failed as failed:
            return self._after_failure(next_index, module, metadata, failed.record)
        if changed is None:
            return module
        if self.resume is None:
            self.resume = _Way(next_index, module, metadata, stored=True)
        return changed

    def _transform(self, stage, steps, forced, module, metadata, points=None):
        """Runs ``steps`` over ``module``: (record, the changed module or None). Raises _Failed.

        ``forced``: goes over and back also where nothing fires. ``points``: where
        each of them stands among stock's passes.
        """
        started = time.perf_counter()
        try:
            printed = _exchange.printed(module, self.kernel)
        except _exchange.Unsupported as reason:
            names = [(step["name"], point) for step, point in zip(steps, points or [None] * len(steps), strict=False)]
            return self._decline_names(stage, names, "cannot-cross", str(reason), metadata), None
        self.kernel = printed.kernel
        print_us = _us(started)
        result = _run_library(printed.text, self._request(stage, printed, _pipeline.text_of_steps(_unplaced(steps))))
        record = self._record(stage, metadata, result.report)
        record["us"]["print"] = print_us
        if points:
            record["points"] = points
        if result.status == _library.UNCHANGED and not forced:
            return record, None
        if result.status not in (_library.OK, _library.UNCHANGED):
            raise _Failed(record)
        started = time.perf_counter()
        try:
            changed = _exchange.taken_back(result.output or printed.restored(), module, self._limits())
        except _exchange.GateError as error:
            record["status"] = "refused"
            record["error"] = {
                **_ERROR,
                "code": "gate-out",
                **error.error,
                "pass": _fired(record),
                "message": str(error),
            }
            raise _Failed(record) from None
        record["us"]["read_back"] = _us(started)
        return record, changed

    def _request(self, name, printed, text):
        import triton

        target = self.target
        return {
            "pipeline": text,
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
        """Records that every pass at the end of stage ``name`` declines."""
        self.open_stages.remove(name)
        names = [(step["name"], None) for step in self.pipeline.at_end(name) if step["name"]]
        self._decline_names(name, names, identifier, why, metadata)

    def _decline_names(self, stage, names, identifier, why, metadata):
        """Records that passes decline in ``stage``. ``names``: pairs (name, its point or None). Returns the record."""
        entries = [
            {"name": name, "status": "declined", "count": 0, "remarks": [_remark(identifier, why)]} for name, _ in names
        ]
        record = self._record(stage, metadata, {"passes": entries})
        if any(point for _, point in names):
            record["points"] = [point for _, point in names]
        return record

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
        if self.records:
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
        """Rungs 1, 2 and 5: at the end of a stage. Returns the module that stock goes on with."""
        self._fail(record)
        if self.resume is None:
            return module
        return self._take_up_stock(next_index - 1, metadata)  # something had changed it before

    def _after_late_failure(self, index, metadata, error, module=None):
        """Rung 3: stage ``index`` failed on what we changed. Returns stock's result of it.

        ``module``: that result, where nothing was changed.
        """
        ours = dict(metadata)
        # Raises stock's own error where stock fails, too.
        result = self._take_up_stock(index, metadata) if self.resume is not None else module
        if isinstance(error, _OverLimit) and _limits.exceeded(self.target, metadata):
            self._withdraw("over-limit", f"with the change the kernel {error}, and stock's does not fit either")
            return result  # not a failure of ours
        record = self._to_blame(index, metadata, error)
        record["status"] = "failed"
        record["error"] = self._late_error(index, record, error)
        if isinstance(error, _OverLimit):
            record["error"]["shared"] = ours.get("shared")
        self._fail(record, None if isinstance(error, StepError) else error)
        return result

    def _to_blame(self, index, metadata, error):
        """The record of the last change before a failure; a new one where there was none."""
        changed = [record for record in self.records if record["status"] == "changed"]
        if isinstance(error, StepError) or not changed:
            record = self._record(self.order[index], metadata, {})
            record["edits"] = True
            return record
        return changed[-1]

    def _late_error(self, index, record, error):
        if isinstance(error, StepError):
            return {"code": error.code, "pass": error.step, "operation": None, "message": str(error)}
        code = error.code if isinstance(error, _OverLimit) else "later-stage"
        message = f"stage {self.order[index]}: {error}"
        return {"code": code, "pass": _fired(record), "operation": None, "message": message}

    def _take_up_stock(self, last, metadata):
        """Runs stock's stages from where its way was left up to index ``last``, and returns the result."""
        way, self.resume, self.stocked = self.resume, None, True
        module = way.module
        metadata.clear()
        metadata.update(way.metadata)
        for index in range(way.first, last + 1):
            if index > way.first or way.stored:
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


class _Failed(Exception):
    """A crossing failed; ``record`` says how."""

    def __init__(self, record):
        super().__init__()
        self.record = record


def crossing_options(options):
    """Those of a backend's ``options`` that a request carries, by name."""
    return {name: value for name, value in vars(options).items() if name != _pipeline.OPTION and _is_plain(value)}


def _is_plain(value):
    """Whether an option crosses: a scalar, or a list of words."""
    if isinstance(value, (tuple, list)):
        return all(isinstance(word, str) for word in value)
    return isinstance(value, (bool, int, float, str))


def _unplaced(steps):
    return [{**step, "place": None} for step in steps]


_NO_STAGE = (
    "the kernel does not pass through {}: it comes as a file of a later stage, or its language has no such stage"
)
_ERROR = {"code": "unknown", "pass": None, "operation": None, "message": ""}


def _remark(identifier, why):
    return {"kind": "declined", "id": identifier, "text": why, "file": None, "line": None}


def _override(stage, metadata):
    """What the user has Triton put in the place of a stage's module, in words; None where nothing is known of."""
    try:
        from triton import knobs

        if knobs.compilation.override:
            return "TRITON_KERNEL_OVERRIDE"
    except (ImportError, AttributeError):
        pass
    path = metadata.get("ir_override") or ""
    return f"ir_override={path}" if path.endswith(f".{stage}") else None


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
    if record.get("edits"):
        who = f"step {error['pass']} of pipeline {record['pipeline']!r}" if error.get("pass") else who
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
