# SPDX-License-Identifier: MIT
"""Probe: which Triton is there, does it import, who has hooked into it, does a kernel cross."""

import os
import tempfile
import time

from .probe import begin, failure, found

#: Distributions that may bring a package `triton`, even when they do not list their files.
_NAMES = {"triton", "pytorch-triton", "pytorch-triton-rocm", "pytorch-triton-xpu", "triton-nightly", "triton-rocm"}


def main():
    """Stages: find, import, hooks, crossing."""
    find()
    begin("import")
    started = time.perf_counter()
    try:
        import triton
    except BaseException as error:  # SystemExit too: it is the package's doing
        found("import", error=failure(error))
        return
    version = getattr(triton, "__version__", None)
    file = getattr(triton, "__file__", None)
    found("import", version=version, file=file, ms=1e3 * (time.perf_counter() - started))
    begin("hooks")
    found("hooks", **hooks())
    begin("crossing")
    found("crossing", **crossing())


def find():
    """What is installed, without importing it."""
    import importlib.util

    begin("find")
    try:
        spec = importlib.util.find_spec("triton")
    except (ImportError, ValueError):
        spec = None
    origin = spec.origin if spec else None
    folders = list(spec.submodule_search_locations or []) if spec else []
    found("find", file=origin, folders=folders, distributions=distributions())


def distributions():
    """The installed distributions that bring a package `triton`: name, version, and its file."""
    import importlib.metadata

    result = []
    for each in importlib.metadata.distributions():
        name = (each.metadata["Name"] or "").lower().replace("_", "-")
        if "triton" not in name:
            continue
        own = next((file for file in each.files or () if file.as_posix() == "triton/__init__.py"), None)
        if own or name in _NAMES:
            file = str(own.locate()) if own else None
            # The same folder may be in the path twice.
            facts = {"name": name, "version": each.version, "file": file and os.path.realpath(file)}
            if facts not in result:
                result.append(facts)
    return result


def hooks():
    """The names of Triton's hooks that are set, and where its cache is."""
    try:
        from triton import knobs
    except ImportError:
        return {"set": [], "cache": None, "manager": None}
    names = []
    for group in ("runtime", "compilation", "autotuning"):
        own = getattr(knobs, group, None)
        for name in dir(own):
            if name.endswith(("_hook", "listener")) and _is_set(getattr(own, name, None)):
                names.append(f"triton.knobs.{group}.{name}")
    manager = getattr(knobs.cache, "manager_class", None)
    stock = getattr(manager, "__module__", "").startswith("triton.") or manager is None
    name = None if stock else f"{manager.__module__}.{manager.__qualname__}"
    return {"set": names, "cache": getattr(knobs.cache, "dir", None), "manager": name}


def _is_set(hook):
    """Chains of hooks are always there; whether one has hooks counts."""
    return bool(hook.calls) if hasattr(hook, "calls") else hook is not None


def crossing():
    """Compiles the doctor's kernel with both levels crossed: {"ms", "stages", "target"} or {"error"}."""
    with tempfile.TemporaryDirectory(prefix="triton-ext-doctor-") as folder:
        os.environ["TRITON_CACHE_DIR"] = folder
        try:
            return _crossing()
        except BaseException as error:
            return {"error": failure(error)}


def _target():
    from triton.backends import backends
    from triton.backends.compiler import GPUTarget

    if "nvidia" in backends:
        return "cuda:90", GPUTarget("cuda", 90, 32)
    return "hip:gfx942", GPUTarget("hip", "gfx942", 64)


def _crossing():
    import triton
    from triton.compiler import ASTSource

    import triton_ext
    import triton_ext.testing

    from . import kernel

    name, target = _target()
    triton_ext.configure(on_failure="raise")
    source = ASTSource(kernel.doctor, dict(kernel.SIGNATURE), constexprs=dict(kernel.CONSTEXPRS))
    with triton_ext.testing.crossing():
        started = time.perf_counter()
        triton.compile(source, target=target)
        seconds = time.perf_counter() - started
    crossed = [
        {"stage": each["stage"], "status": each["status"], "ms": sum(map(each["us"].get, _PARTS)) / 1e3}
        for each in triton_ext.reports()
    ]
    return {"target": name, "compile_ms": 1e3 * seconds, "stages": crossed}


#: What a crossing's time is made of, in a report's `us`.
_PARTS = ("print", "total", "read_back")
