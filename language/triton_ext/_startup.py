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

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


class Waiting:
    """An entry of sys.meta_path that finds nothing of its own: once ``module`` has been imported, it calls ``then``.

    Looking for the module without importing it (`importlib.util.find_spec`)
    leaves it waiting, and so does an import that fails.
    """

    def __init__(self, module, then):
        self.triton_ext_waits_for = module
        self._then = then
        self._asking = set()

    def find_spec(self, name, path=None, target=None):
        if name != self.triton_ext_waits_for or get_ident() in self._asking:
            return None
        self._asking.add(get_ident())
        try:
            spec = _found(name, path, target)
        finally:
            self._asking.discard(get_ident())
        if spec is not None:
            self._follow(spec.loader)
        return spec

    def _follow(self, loader):
        """Has the loader call `_imported` when it has run the module."""
        if loader is None or isinstance(loader, type):
            return
        run = getattr(loader, "exec_module", None)
        if run is None:
            return

        def exec_module(module):
            run(module)
            if module.__name__ == self.triton_ext_waits_for:  # a loader may serve many, that of an archive say
                vars(loader).pop("exec_module", None)
                self._imported()

        try:
            loader.exec_module = exec_module
        except (AttributeError, TypeError):
            say(f"{self.triton_ext_waits_for} is imported in a way that cannot be followed: {type(loader).__name__}")

    def _imported(self):
        if self in sys.meta_path:
            sys.meta_path.remove(self)
            guarded(self._then)


def _found(name, path, target):
    """What the other finders find, asked in import's own order."""
    for finder in list(sys.meta_path):
        find = getattr(finder, "find_spec", None)
        spec = find(name, path, target) if find else None
        if spec is not None:
            return spec
    return None


def wait(module, then):
    """Calls ``then()`` once ``module`` is imported: now, if it is. One waits for a module, the last."""
    forget(module)
    loaded = sys.modules.get(module)
    if loaded is None:
        sys.meta_path.insert(0, Waiting(module, then))
    else:
        guarded(then)


def forget(module):
    """Ends the waiting for ``module``, also another copy's of this file."""
    sys.meta_path[:] = [each for each in sys.meta_path if getattr(each, "triton_ext_waits_for", None) != module]


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


def install():
    """At Python's start: has Triton's import enable what TRITON_EXT_PASSES says."""
    if wanted():
        wait("triton", _import_package)


def _import_package():
    """Imports this file's package, which enables, wherever it lies."""
    if "triton_ext" in sys.modules:
        return  # it has taken over the waiting
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(
        "triton_ext", os.path.join(_PACKAGE, "__init__.py"), submodule_search_locations=[_PACKAGE]
    )
    module = sys.modules["triton_ext"] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop("triton_ext", None)
        raise
