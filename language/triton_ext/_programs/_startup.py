# SPDX-License-Identifier: MIT
"""Waits for `triton` in a process that nobody edits, then enables what TRITON_EXT_PASSES says.

Read by its path, without the package around it, by triton_ext.pth and by
_site/sitecustomize.py: until Triton is imported nothing else of ours is. What
goes wrong here is said on stderr and changes nothing else: neither Python's
start nor an import of somebody else's ever fails because of it.
"""

import os
import sys
from _thread import get_ident

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


#: Modules of PyTorch's that hold caches of kernels, or start processes that compile: see `_inductor`.
INDUCTOR = (
    "torch._inductor.codecache",
    "torch._inductor.async_compile",
    "torch._inductor.compile_worker.subproc_pool",
    "torch._inductor.compile_worker.tracked_process_pool",
    "torch._inductor.runtime.autotune_cache",
    "torch._inductor.runtime.triton_heuristics",
)


class Waiting:
    """An entry of sys.meta_path that finds nothing of its own: it calls back when a module has been imported.

    ``triton_ext_waits_for``: module name -> what to call then, once. Looking for a
    module without importing it (`importlib.util.find_spec`) leaves it waiting, and
    so does an import that fails.
    """

    def __init__(self):
        self.triton_ext_waits_for = {}
        self._asking = set()

    def find_spec(self, name, path=None, target=None):
        if name not in self.triton_ext_waits_for or get_ident() in self._asking:
            return None
        self._asking.add(get_ident())
        try:
            spec = _found(name, path, target)
        finally:
            self._asking.discard(get_ident())
        if spec is not None:
            self._follow(spec.loader, name)
        return spec

    def _follow(self, loader, name):
        """Has the loader call back when it has run the module."""
        if loader is None or isinstance(loader, type):
            return
        run = getattr(loader, "exec_module", None)
        if run is None:
            return

        def exec_module(module):
            run(module)
            if module.__name__ == name:  # a loader may serve many, that of an archive say
                vars(loader).pop("exec_module", None)
                while name in self.triton_ext_waits_for:  # the first may wait again, as our package does
                    guarded(self.triton_ext_waits_for.pop(name))

        try:
            loader.exec_module = exec_module
        except (AttributeError, TypeError):
            say(f"{name} is imported in a way that cannot be followed: {type(loader).__name__}")


def _found(name, path, target):
    """What the other finders find, asked in import's own order."""
    for finder in list(sys.meta_path):
        find = getattr(finder, "find_spec", None)
        spec = find(name, path, target) if find else None
        if spec is not None:
            return spec
    return None


def wait(module, then):
    """Calls ``then()`` once ``module`` is imported: now, if it is. For a module the last call holds."""
    if is_there(module):
        _finder().triton_ext_waits_for.pop(module, None)
        guarded(then)
    else:
        expect(module, then)


def expect(module, then):
    """As `wait`, for a module that is not there yet."""
    _finder().triton_ext_waits_for[module] = then


def is_there(module):
    """Whether a module is imported, to its end."""
    loaded = sys.modules.get(module)
    return loaded is not None and not getattr(getattr(loaded, "__spec__", None), "_initializing", False)


def _finder():
    """The one finder of this process, whichever copy of this file made it."""
    for each in sys.meta_path:
        if hasattr(each, "triton_ext_waits_for"):
            return each
    sys.meta_path.insert(0, Waiting())
    return sys.meta_path[0]


def guarded(call):
    """Calls ``call()``; an error becomes a sentence on stderr."""
    try:
        call()
    except KeyboardInterrupt:
        raise
    except Warning as warning:  # made an error by `python -W error`
        say(str(warning))
    except BaseException as error:
        say(f"TRITON_EXT_PASSES is ignored, kernels are stock's: {type(error).__name__}: {error}")


def say(sentence):
    """Writes it to stderr, if there is one."""
    try:
        sys.stderr.write(f"triton_ext: {sentence}\n")
    except Exception:
        pass  # there is none, or it is closed


def wanted():
    """The text of TRITON_EXT_PASSES; "" where it enables nothing."""
    text = os.environ.get("TRITON_EXT_PASSES", "")
    return text if text.strip() and os.environ.get("TRITON_EXT_DISABLE") != "1" else ""


def install(enable=None):
    """Has Triton's import enable what TRITON_EXT_PASSES says, by ``enable()``; at Python's start by our import."""
    if wanted():
        wait("triton", enable or _import_package)
        for module in INDUCTOR:
            wait(module, lambda module=module: _tell(module))


def _tell(module):
    """Tells the package that a module of `INDUCTOR` is there; it may not be itself."""
    follower = sys.modules.get("triton_ext._programs._inductor")
    if follower is not None:
        follower.imported(module)


def _import_package():
    """Imports this file's package, which enables, wherever it lies."""
    if "triton_ext" in sys.modules:
        return  # it has taken over the waiting
    from importlib.util import find_spec, module_from_spec, spec_from_file_location

    if find_spec("triton_ext") is None:
        # For processes to which this one hands its path and names of ours.
        sys.path.append(os.path.dirname(_PACKAGE))

    spec = spec_from_file_location(
        "triton_ext", os.path.join(_PACKAGE, "__init__.py"), submodule_search_locations=[_PACKAGE]
    )
    module = sys.modules["triton_ext"] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop("triton_ext", None)
        raise
