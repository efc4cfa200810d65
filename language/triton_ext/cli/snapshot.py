# SPDX-License-Identifier: MIT
"""`triton-ext snapshot DIR`: keeps the normalised IR of kernels; with --check, says which changed, and at which pass.

DIR has a manifest (release, targets, pipeline, a digest of the module after each
pass) and a file for each stage of each kernel. Exit code 1 where --check finds a difference.
"""

import json
import re
from pathlib import Path

from ._answer import DIFFERS, DONE, Answer, CommandError

_FORMAT = 1
_SHORT = 20  # lines of a difference that --check shows


def add_arguments(parser):
    parser.add_argument("folder", metavar="DIR", help="the snapshot")
    parser.add_argument(
        "kernels",
        nargs="?",
        metavar="KERNELS",
        help="FILE.py:NAME, the folder of a package of kernels, or a folder of Triton's cache or dumps "
        "(default: the snapshot's own, else the kernels that this checkout tests with)",
    )
    parser.add_argument("--check", action="store_true", help="compare with the snapshot, and change nothing")
    parser.add_argument("--target", action="append", metavar="ARCH", help="cuda:90, hip:gfx942 (default: cuda:90)")
    parser.add_argument("--passes", metavar="TEXT", help="the pipeline (default: stock)")
    parser.add_argument("--python", metavar="PATH", help="an interpreter, or triton-3.9.0")
    parser.add_argument("--signature", metavar="TYPES", help='of a kernel alone in its file: "*fp32:16, i32, 1024"')
    parser.add_argument("--stage", metavar="LIST", help="stages to keep (default: all with a text)")


def run(options):
    folder = Path(options.folder)
    kept = _manifest(folder)
    if options.check:
        if kept is None:
            raise CommandError("no-snapshot", f"{folder} has no snapshot", hint=f"triton-ext snapshot {folder}")
        return _check(options, folder, kept)
    if kept is None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError("not-a-snapshot", f"{folder} is there and is no snapshot", hint="name a folder of its own")
    return _keep(options, folder, kept)


def _manifest(folder):
    """The manifest of a snapshot, or None where there is none. Raises CommandError."""
    path = folder / "manifest.json"
    if not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_text())
        if manifest["format"] == _FORMAT and isinstance(manifest["targets"], dict):
            return manifest
        why = f"it has format {manifest['format']}, and this release writes {_FORMAT}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"{type(error).__name__}: {error}"
    raise CommandError(
        "not-a-snapshot", f"{path} cannot be read: {why}", hint="make the snapshot anew in another folder"
    )


# --- Taking -------------------------------------------------------------------------------------------------------


class _Taken:
    """What there is now. ``head``: what the manifest says of all. ``targets``: {target: {kernel: Entry}}."""

    def __init__(self, head, targets):
        self.head, self.targets = head, targets


class _Entry:
    """``texts``: {stage: Text}; ``steps``: the module after each pass; ``error``: why there is none."""

    def __init__(self, texts, steps, error):
        self.texts, self.steps, self.error = texts, steps, error


def _take(options, kept):
    """The _Taken of the options, those that are not given as in the manifest ``kept``. Raises CommandError."""
    from . import _irs

    kept = kept or {}
    named = options.kernels or kept.get("kernels")
    kernels = named or _irs.own_kernels()
    stages = _irs.stages_of(options.stage) if options.stage is not None else kept.get("stages") or [*_irs.STAGES]
    passes = options.passes if options.passes is not None else kept.get("passes", "")
    signature = options.signature or kept.get("signature")
    if not _irs.is_kernels(kernels):
        if not Path(kernels).is_dir():
            raise CommandError("no-kernels", f"{kernels} is no kernels: expected FILE.py:NAME, or a folder")
        head = _head(named, None, "", None, stages)
        return _Taken(head, {"": _entries(_irs.of_folder(kernels, stages), {}, {})})
    targets, release = {}, None
    for target in options.target or [*kept.get("targets", {})] or ["cuda:90"]:
        way = _irs.Way(_irs.python_of(options.python), passes, target)
        found = _irs.compiled(kernels, way, stages, signature, steps=True)
        targets[target] = _entries(found.texts, found.steps, found.errors)
        release = found.triton
    return _Taken(_head(named, release, passes, signature, stages), targets)


def _head(kernels, release, passes, signature, stages):
    return {
        "format": _FORMAT,
        "kernels": kernels,
        "triton": release,
        "passes": passes,
        "signature": signature,
        "stages": stages,
    }


def _entries(texts, steps, errors):
    kernels = {kernel: _Entry({}, steps.get(kernel, []), errors.get(kernel)) for kernel in [*steps, *errors]}
    for (kernel, stage), text in texts.items():
        kernels.setdefault(kernel, _Entry({}, [], None)).texts[stage] = text
    return dict(sorted(kernels.items()))


# --- Keeping ------------------------------------------------------------------------------------------------------


def _keep(options, folder, kept):
    taken = _take(options, kept)
    manifest = {**taken.head, "targets": {}}
    files = {}
    for target, kernels in taken.targets.items():
        manifest["targets"][target] = {}
        for kernel, entry in kernels.items():
            names = {}
            for stage, text in entry.texts.items():
                names[stage] = _file_name(target, kernel, stage, files)
                files[names[stage]] = "\n".join(text.module().lines()) + "\n"
            steps = [[step["stage"], step["pass"], step["digest"]] for step in entry.steps]
            manifest["targets"][target][kernel] = {"files": names, "steps": steps, "error": entry.error}
    files["manifest.json"] = _manifest_text(manifest)
    _write(folder, kept, files)
    data = {**_said_of(options, manifest), "checked": False, "same": True, "changes": []}
    count = sum(map(len, taken.targets.values()))
    size = sum(map(len, files.values()))
    return Answer(data, f"{folder}: {_counted(count, 'kernel')} kept in {len(files)} files, {size / 1e6:.1f} MB")


def _file_name(target, kernel, stage, taken):
    """A file for one stage, which no other has."""
    safe = re.sub(r"[^\w.-]+", "-", kernel).strip("-.") or "kernel"
    base = "/".join(filter(None, [re.sub(r"[^\w.-]+", "-", target), safe]))
    number, name = 1, f"{base}.{stage}"
    while name in taken:
        number += 1
        name = f"{base}-{number}.{stage}"
    return name


def _manifest_text(manifest):
    """JSON with a line for each step, so that a change of a snapshot reads well in a review."""
    text = json.dumps(manifest, indent=1)
    return re.sub(r"\[\s+(\"[^\"]*\"),\s+(null|\"[^\"]*\"),\s+(\"[^\"]*\")\s+\]", r"[\1, \2, \3]", text) + "\n"


def _write(folder, kept, files):
    try:
        for name in _files_of(kept):
            if name not in files:
                (folder / name).unlink(missing_ok=True)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", "surrogateescape")
    except OSError as error:
        raise CommandError("unwritable", f"{folder} cannot be written: {error.strerror}") from None


def _files_of(manifest):
    """The files of a manifest that lie in its folder."""
    for kernels in (manifest or {}).get("targets", {}).values():
        for entry in kernels.values():
            yield from (name for name in entry["files"].values() if ".." not in Path(name).parts and name[0] != "/")


def _said_of(options, manifest):
    return {
        "folder": options.folder,
        "kernels": manifest["kernels"],
        "triton": manifest["triton"],
        "passes": manifest["passes"],
        "targets": [*manifest["targets"]],
        "count": sum(map(len, manifest["targets"].values())),
    }


def _counted(count, word):
    return f"{count} {word}{'s' * (count != 1)}"


# --- Checking -----------------------------------------------------------------------------------------------------


class _Change:
    """A kernel that is not as it was. ``status``: changed, new, gone or failed. ``results``: diff's, of the stages that
    differ. ``step``: see `first_step`; None where no pass is to blame."""

    def __init__(self, target, kernel, status, results=(), step=None, why=None):
        self.target, self.kernel, self.status = target, kernel, status
        self.results, self.step, self.why = results, step, why

    def data(self):
        return {
            "kernel": self.kernel,
            "target": self.target,
            "status": self.status,
            "stages": [result.stage for result in self.results],
            "step": self.step,
            "why": self.why,
            "results": [result.data(1) for result in self.results],
        }


def _check(options, folder, kept):
    taken = _take(options, kept)
    changes = []
    for target, kernels in taken.targets.items():
        before = kept["targets"].get(target)
        if before is None:
            known = ", ".join(kept["targets"])
            raise CommandError(
                "unknown-target", f"the snapshot has no {target}: it has {known}", nearest=[*kept["targets"]]
            )
        only = _only(options, before, kernels)
        for kernel in sorted({*only, *kernels}):
            change = _changed(folder, target, kernel, only.get(kernel), kernels.get(kernel), taken.head["stages"])
            changes += [change] if change else []
    data = {
        **_said_of(options, {**kept, "targets": taken.targets}),
        "triton": taken.head["triton"],
        "passes": taken.head["passes"],
        "checked": True,
        "same": not changes,
        "made_with": {"triton": kept["triton"], "passes": kept["passes"]},
        "changes": [change.data() for change in changes],
    }
    return Answer(data, lambda style: _text(data, changes, style), DIFFERS if changes else DONE)


def _only(options, before, now):
    """The kernels of the snapshot that are to be looked at: all, or those that were named."""
    from . import _irs

    named = options.kernels and _irs.is_kernels(options.kernels) and _irs.split(options.kernels)[1]
    return {kernel: entry for kernel, entry in before.items() if not named or kernel in now}


def _changed(folder, target, kernel, before, now, stages):
    """The _Change of one kernel, or None."""
    from . import _irs, diff

    if before is None:
        return _Change(target, kernel, "new")
    if now is None:
        return _Change(target, kernel, "gone")
    if now.error:
        return None if before["error"] else _Change(target, kernel, "failed", why=now.error)
    if before["error"]:
        return _Change(target, kernel, "new")
    old = {
        (kernel, stage): _irs.read_file(str(folder / name))
        for stage, name in before["files"].items()
        if stage in stages
    }
    new = {(kernel, stage): text for stage, text in now.texts.items()}
    results = [result for result in diff.compare(old, new) if result.status != "same"]
    if not results:
        return None
    steps = [[step["stage"], step["pass"], step["digest"]] for step in now.steps]
    return _Change(target, kernel, "changed", results, first_step(before["steps"], steps, results[0].stage))


def first_step(before, now, stage):
    """The pass from which on the module is another one at the end of ``stage``; None where it is not known.

    ``before``, ``now``: [stage, pass or None for what came in, digest] in order. What
    differed earlier, and was made the same again, does not count.
    Returns {"stage", "pass", "number", "last", "added", "removed"}: the how many-th pass of
    its stage (from 1; 0 for what came in), whether it is stock's last one there, and the
    passes that only one of the two has between the last place at which both agreed and there.
    """
    import difflib

    before, now = _up_to(before, stage), _up_to(now, stage)
    names = [[tuple(step[:2]) for step in steps] for steps in (before, now)]
    first, added, removed = None, [], []
    for tag, start, end, start_now, end_now in difflib.SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        if tag != "equal":
            removed += [step[1] for step in before[start:end] if step[1] and not first]
            added += [step[1] for step in now[start_now:end_now] if step[1] and not first]
            continue
        for old, index in zip(before[start:end], range(start_now, end_now), strict=True):
            if old[2] == now[index][2]:
                first, added, removed = None, [], []
            elif first is None:
                place, name, _ = now[index]
                number = index - next(at for at, step in enumerate(now) if step[0] == place)
                last = [step[0] for step in now[index + 1 : index + 2]] != [place]
                first = {"stage": place, "pass": name, "number": number, "last": last, "added": added}
                first["removed"] = removed
    return first


def _up_to(steps, stage):
    """Those steps that have run when ``stage`` ends; none where it is not one of theirs."""
    last = max((index for index, step in enumerate(steps) if step[0] == stage), default=-1)
    return steps[: last + 1]


def _text(data, changes, style):
    from . import diff

    lines = []
    for change in changes:
        lines.append(
            style(
                f"{change.kernel} {change.target}".rstrip()
                + f": {_said(change, data['passes'] or data['made_with']['passes'])}",
                "bold",
            )
        )
        first = next((result for result in change.results if result.status == "different"), None)
        if first:
            shown = [*diff.hunk_lines(first.comparison, 1, style)]
            lines += [f"  {line}" for line in shown[:_SHORT]]
            if len(shown) > _SHORT:
                lines.append(style(f"  … {_counted(len(shown) - _SHORT, 'more line')} of {first.stage}", "dim"))
        lines += [f"  {result.stage}: {diff.said(result.counts)}" for result in change.results if result.comparison]
    made = data["made_with"]
    for name, word in (("triton", "Triton"), ("passes", "the pipeline")):
        if made[name] != data[name]:
            lines.append(f"{word} was {made[name] or 'stock'}, and is {data[name] or 'stock'}")
    lines.append(f"{_counted(data['count'], 'kernel')}: {len(changes) or 'none'} changed")
    return "\n".join(lines)


def _said(change, passes):
    if change.status == "new":
        return "not in the snapshot"
    if change.status == "gone":
        return "in the snapshot alone"
    if change.status == "failed":
        return f"cannot be compiled any more: {change.why}"
    if change.step is None:
        return f"changed at {change.results[0].stage}"
    step = change.step
    words = f"changed at {step['stage']}"
    words += f", by pass {step['number']}, {step['pass']}" if step["pass"] else ", before the first pass"
    # A pass without a place runs at the end of its stage, where nothing says what the module was before.
    words += ", or one of the pipeline's after it" if step["pass"] and step["last"] and passes else ""
    if step["removed"]:
        words += f"; gone before it: {', '.join(step['removed'])}"
    if step["added"]:
        words += f"; new before it: {', '.join(step['added'])}"
    return words
