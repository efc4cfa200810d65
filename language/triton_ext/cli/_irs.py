# SPDX-License-Identifier: MIT
"""Where IR comes from: a file, a folder of Triton's cache or dumps, kernels that are compiled now."""

import json
import os
import sys
import tempfile
from pathlib import Path

from ..ir import text as ir
from ._answer import ENVIRONMENT, CommandError

_TIME_LIMIT = 3600  # seconds, for all kernels of one target
STAGES = tuple(ir.WRITTEN)
#: What of a kernel's metadata tells compilations of one kernel apart.
_OPTIONS = ("target", "num_warps", "num_stages", "num_ctas", "enable_fp_fusion", "triton_ext")


class Text:
    """The text of one stage. ``path``: its file, or what it is called. ``data``: bytes."""

    def __init__(self, path, data):
        self.path = path
        self.data = data
        self._module = None

    def module(self):
        """Read, once. Raises CommandError."""
        if self._module is None:
            try:
                self._module = ir.read(self.data, self.path)
            except ir.NotIR as error:
                raise CommandError("not-ir", f"{self.path} {error}") from None
        return self._module


def read_file(path):
    """The Text of a file, or of a pipe, as a shell's <(…) is. Raises CommandError."""
    try:
        if not (Path(path).is_file() or Path(path).is_fifo() or not Path(path).exists()):
            raise CommandError("unreadable", f"{path} cannot be read: it is no file")
        return Text(path, Path(path).read_bytes())
    except OSError as error:
        raise CommandError("unreadable", f"{path} cannot be read: {error.strerror}") from None


def is_kernels(word):
    """Whether ``word`` names kernels to compile: FILE.py, the folder of a package, or either with :NAME."""
    path = split(word)[0]
    return path.suffix == ".py" or (path / "__init__.py").is_file()


def split(word):
    """(path, name or None) of PATH or PATH:NAME, also of pytest's PATH::NAME."""
    path, colon, name = word.rpartition(":")
    return (Path(path.rstrip(":")), name) if colon and name.isidentifier() else (Path(word), None)


# --- Folders ------------------------------------------------------------------------------------------------------


def of_folder(folder, stages):
    """{(kernel, stage): Text} of everything below ``folder`` that has a stage's name. Raises CommandError."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        stage = path.suffix[1:]
        if stage in stages and path.is_file():
            found.setdefault((path.parent, path.stem), {})[stage] = path
    if not found:
        wanted = ", ".join("." + stage for stage in stages)
        raise CommandError("no-ir", f"{folder} has no file of a stage in it: expected {wanted}")
    names = _named(found)
    return {
        (names[entry], stage): read_file(path)
        for entry, files in found.items()
        for stage, path in sorted(files.items(), key=lambda each: STAGES.index(each[0]))
    }


def _named(found):
    """A name for each compilation: the kernel's, with what tells it from others of that name."""
    same = {}
    for entry in found:
        same.setdefault(entry[1], []).append(entry)
    names = {}
    for kernel, entries in same.items():
        if len(entries) == 1:
            names[entries[0]] = kernel
            continue
        options = {entry: _options(entry) for entry in entries}
        telling = [name for name in _OPTIONS if len({str(options[entry].get(name)) for entry in entries}) > 1]
        labelled = {}
        for entry in entries:
            labels = [_label(name, options[entry].get(name)) for name in telling]
            labelled.setdefault(f"{kernel} ({', '.join(labels)})" if labels else kernel, []).append(entry)
        for label, alike in labelled.items():
            # Nothing else tells them apart: in the order of their own text, which is no accident.
            ordered = sorted(alike, key=lambda entry: _order(found[entry]))
            for number, entry in enumerate(ordered, 1):
                names[entry] = label if len(ordered) == 1 else f"{label} #{number}"
    return names


def _options(entry):
    folder, kernel = entry
    try:
        metadata = json.loads((folder / f"{kernel}.json").read_text())
    except (OSError, ValueError):
        return {}
    return metadata if isinstance(metadata, dict) else {}


def _label(name, value):
    if name == "target" and isinstance(value, dict):
        return f"{value.get('backend')}:{value.get('arch')}"
    return f"{name} {value}"


def _order(files):
    text = read_file(files[min(files, key=STAGES.index)])
    try:
        return text.module().lines()
    except CommandError:
        return []


# --- Kernels ------------------------------------------------------------------------------------------------------


class Way:
    """How kernels are compiled. ``python``: the interpreter; ``passes``: a pipeline text; ``target``: "cuda:90"."""

    def __init__(self, python, passes, target):
        self.python, self.passes, self.target = python, passes, target


class Compiled:
    """``texts``: {(kernel, stage): Text}. ``steps``: {kernel: the module after each pass}. ``errors``: {kernel:
    why it cannot be compiled}. ``triton``: the release."""

    def __init__(self, texts, steps, errors, triton):
        self.texts, self.steps, self.errors, self.triton = texts, steps, errors, triton


def compiled(word, way, stages, signature=None, steps=False):
    """The Compiled kernels that ``word`` names. Raises CommandError."""
    path, name = split(word)
    with tempfile.TemporaryDirectory(prefix="triton-ext-ir-") as folder:
        request = {
            "kernels": str(path),
            "names": [name] if name else None,
            "signature": signature,
            "target": way.target,
            "passes": way.passes,
            "stages": list(stages),
            "steps": steps,
            "out": folder,
        }
        _compile(way.python, request)
        index = json.loads(Path(folder, "index.json").read_text())
        kernels = index["kernels"]
        texts = {
            (kernel, stage): Text(f"{kernel}.{stage}", Path(folder, f"{kernel}.{stage}").read_bytes())
            for kernel, entry in kernels.items()
            for stage in entry["stages"]
        }
    errors = {kernel: entry["error"] for kernel, entry in kernels.items() if entry["error"]}
    if errors and (name or not texts):
        kernel, why = next(iter(errors.items()))
        raise CommandError("compile-failed", f"{kernel} cannot be compiled for {way.target}: {why}", status=ENVIRONMENT)
    return Compiled(texts, {kernel: entry["steps"] for kernel, entry in kernels.items()}, errors, index["triton"])


def _compile(python, request):
    import subprocess

    root = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir))
    env = {name: value for name, value in os.environ.items() if name not in _FORGOTTEN}
    # Behind what they have: nothing of ours comes before it.
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [env.get("PYTHONPATH"), root]))
    if not request["passes"]:
        env["TRITON_EXT_DISABLE"] = "1"
    try:
        done = subprocess.run(
            [python, "-m", "triton_ext.ir.compiling"],
            input=json.dumps(request),
            env=env,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIME_LIMIT,
        )
    except OSError as error:
        raise CommandError(
            "python-unusable", f"{python} cannot be run: {error.strerror}", hint=_PYTHON, status=ENVIRONMENT
        ) from None
    if done.returncode == 0:
        return
    try:
        message = json.loads(done.stdout)["error"]
    except (ValueError, KeyError):
        said = done.stderr.strip().splitlines()
        message = f"{python} cannot compile: {said[-1] if said else f'it ended with exit code {done.returncode}'}"
        raise CommandError("compile-failed", message, hint=_PYTHON, status=ENVIRONMENT) from None
    raise CommandError("kernels", message)


_PYTHON = "name a Python with Triton by --python PATH, or triton-3.9.0 for a checkout's own"
#: What would put other texts in place of those that the stages make, or change them.
_FORGOTTEN = ("TRITON_KERNEL_OVERRIDE", "TRITON_KERNEL_DUMP", "TRITON_EXT_PASSES", "TRITON_INTERPRET", "MLIR_DUMP_PATH")


def python_of(word=None):
    """The interpreter that ``word`` names: a path, or triton-3.9.0; None: this one if it has Triton, else a
    checkout's newest. Raises CommandError."""
    import importlib.util

    if word and os.path.exists(word):
        return word
    environments = _environments()
    if word:
        if word in environments:
            return environments[word]
        from .. import _words

        raise CommandError(
            "unknown-python",
            f"there is no Python {word}",
            nearest=_words.nearest(word, environments),
            hint=f"name its path, or one of {', '.join(sorted(environments))}" if environments else _PYTHON,
        )
    if importlib.util.find_spec("triton"):
        return sys.executable
    if environments:
        return environments[max(environments, key=lambda name: [*map(_number, name.split("-")[-1].split("."))])]
    raise CommandError("triton-missing", "this Python has no Triton", hint=_PYTHON, status=ENVIRONMENT)


def _number(word):
    return int(word) if word.isdigit() else -1


def is_release(word):
    """Whether ``word`` names an environment of the checkout, or an interpreter."""
    return word in _environments() or (os.path.basename(word).startswith("python") and os.access(word, os.X_OK))


def _environments():
    """{triton-3.9.0: its interpreter} of the checkout that this is, or that the working directory is in."""
    from ._checkout import Checkout

    roots = [Path(__file__).resolve().parents[3]]
    try:
        roots.append(Checkout.here().root)
    except CommandError:
        pass
    return {
        python.parent.parent.name: str(python)
        for root in reversed(roots)
        for python in sorted(root.glob(".venv/triton-*/bin/python"))
    }


def own_kernels():
    """The kernels that a checkout tests with. Raises CommandError."""
    from ._checkout import Checkout

    folder = Checkout.here().root / "test" / "python" / "kernels"
    if not folder.is_dir():
        raise CommandError("no-kernels", f"{folder} is not there", hint="name kernels, as FILE.py:NAME or a folder")
    return str(folder)


def stages_of(text):
    """The stages of a list with commas, in order. Raises CommandError."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in STAGES:
            from .. import _words

            raise CommandError(
                "unknown-stage",
                f"--stage: there is no stage {word!r} with a text",
                nearest=_words.nearest(word, STAGES),
                hint=f"it is one of {', '.join(STAGES)}",
            )
    return [stage for stage in STAGES if stage in words]
