# SPDX-License-Identifier: MIT
"""The one place that talks to libTritonExtPassInfra.so: its C API, by ctypes.

Found at ``TRITON_EXT_LIBRARY``, else in this package's ``lib`` folder. Nothing
is loaded before it is needed, and a library that is missing or does not fit
raises `LibraryMissing` with what to do about it, never an error of ctypes.

Further libraries, those that ``TRITON_EXT_LIBRARY`` names after the first and
those of installed packages, are added to the loaded one: none of their code
comes into this process (docs/libraries.md).
"""

import ctypes
import json
import os
import threading

from .._errors import LibraryMissing, warn
from . import _policy

ABI_VERSION = 1
FILE_NAME = "libTritonExtPassInfra.so"

OK, UNCHANGED, REFUSED, FAILED, BAD_REQUEST, UNAVAILABLE = range(6)


class Result:
    """A finished call: ``status``, ``output`` (str) and ``report`` (parsed JSON)."""

    __slots__ = ("status", "output", "report")

    def __init__(self, status, output, report):
        self.status = status
        self.output = output
        self.report = report


class _Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]

    @classmethod
    def of(cls, text):
        data = text.encode("utf-8", "surrogateescape")
        return cls(data, len(data))


class _TextOut(ctypes.Structure):
    # A text of the library's: not a c_char_p, which would stop at a zero byte.
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]

    def read(self):
        if not self.data or not self.size:
            return ""
        return ctypes.string_at(self.data, self.size).decode("utf-8", "surrogateescape")


_SIGNATURES = {
    "triton_ext_abi_version": (ctypes.c_uint32, []),
    "triton_ext_version": (ctypes.c_char_p, []),
    "triton_ext_build_hash": (ctypes.c_char_p, []),
    "triton_ext_catalogue": (ctypes.c_void_p, []),
    "triton_ext_add_library": (ctypes.c_void_p, [_Text]),
    "triton_ext_check": (ctypes.c_void_p, [_Text]),
    "triton_ext_run": (ctypes.c_void_p, [_Text, _Text]),
    "triton_ext_compare": (ctypes.c_void_p, [_Text, _Text, _Text]),
    "triton_ext_stop_worker": (None, []),
    "triton_ext_set_worker": (None, [_Text]),
    "triton_ext_worker_pid": (ctypes.c_int64, []),
    "triton_ext_result_status": (ctypes.c_int, [ctypes.c_void_p]),
    "triton_ext_result_output": (_TextOut, [ctypes.c_void_p]),
    "triton_ext_result_report": (_TextOut, [ctypes.c_void_p]),
    "triton_ext_free": (None, [ctypes.c_void_p]),
}

_ADVICE = (
    "Install the package for this platform (`pip install triton-ext`), or name a built "
    f"{FILE_NAME} in TRITON_EXT_LIBRARY"
)


class Library:
    """The loaded library at ``path``. Every method is safe from any thread."""

    def __init__(self, path):
        self.path = path
        try:
            self._c = ctypes.CDLL(path)
        except OSError as error:
            raise LibraryMissing(f"triton_ext cannot load {path}: {error}. {_ADVICE}.") from None
        for name, (result, arguments) in _SIGNATURES.items():
            try:
                function = getattr(self._c, name)
            except AttributeError:
                raise LibraryMissing(
                    f"{path} has no function {name}: it is not a triton_ext library, "
                    f"or one of another release. {_ADVICE}."
                ) from None
            function.restype, function.argtypes = result, arguments
        abi = self._c.triton_ext_abi_version()
        if abi != ABI_VERSION:
            raise LibraryMissing(
                f"{path} speaks ABI {abi}, this package speaks ABI {ABI_VERSION}: they are of "
                f"different releases. {_ADVICE}."
            )
        self.version = self._c.triton_ext_version().decode()
        self.build_hash = self._c.triton_ext_build_hash().decode()

    def _finish(self, handle):
        if not handle:
            raise MemoryError("triton_ext: out of memory")
        try:
            status = self._c.triton_ext_result_status(handle)
            output = self._c.triton_ext_result_output(handle).read()
            report = self._c.triton_ext_result_report(handle).read()
        finally:
            self._c.triton_ext_free(handle)
        return Result(status, output, json.loads(report) if report else {})

    def catalogue(self):
        """The compiled catalogue: ``output`` is its JSON text."""
        return self._finish(self._c.triton_ext_catalogue())

    def add(self, path):
        """Adds the library at ``path``; its names begin with its own. Raises LibraryMissing with the reason."""
        result = self._finish(self._c.triton_ext_add_library(_Text.of(path)))
        if result.status != OK:
            error = result.report.get("error") or {}
            hint = f"; {error['hint']}" if error.get("hint") else ""
            raise LibraryMissing(f"triton_ext: {error.get('message') or f'{path} is refused'}{hint}")

    def check(self, pipeline):
        """Checks a pipeline text; ``output`` is its canonical form."""
        return self._finish(self._c.triton_ext_check(_Text.of(pipeline)))

    def run(self, module, request):
        """Runs passes over ``module`` (MLIR text); ``request`` is a dict, see triton_ext.h."""
        return self._finish(self._c.triton_ext_run(_Text.of(module), _Text.of(json.dumps(request))))

    def compare(self, sent, read_back, request):
        """Whether two module texts say the same, locations and SSA names aside."""
        return self._finish(
            self._c.triton_ext_compare(_Text.of(sent), _Text.of(read_back), _Text.of(json.dumps(request)))
        )

    def stop_worker(self):
        """Ends this process's workers, if they run."""
        self._c.triton_ext_stop_worker()

    def set_worker(self, program):
        """Names the worker program to start; None for the default one."""
        self._c.triton_ext_set_worker(_Text(None, 0) if program is None else _Text.of(program))

    def worker_pid(self):
        """Process id of the worker of the library's own passes, 0 when none runs."""
        return self._c.triton_ext_worker_pid()


_lock = threading.Lock()
_loaded = None
_failure = None


def path():
    """Where the library to load is expected: see `paths`."""
    return paths()[0]


def paths():
    """What TRITON_EXT_LIBRARY names, absolute: the library to load, then those to add to it.

    An empty element, or no variable, is the package's own library, or that of a checkout's build.
    """
    named = os.environ.get("TRITON_EXT_LIBRARY", "").split(os.pathsep)
    return [os.path.abspath(each) if each else _own() for each in named]


def _own():
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    own = os.path.join(here, "lib", FILE_NAME)
    built = os.path.join(here, "..", "..", "build", "dev", "lib", FILE_NAME)
    return os.path.normpath(built) if not os.path.exists(own) and os.path.exists(built) else own


def load():
    """The library, loaded once a process, with all others added. Raises LibraryMissing (each time)."""
    global _loaded, _failure
    if _loaded is not None:
        return _loaded
    with _lock:
        if _loaded is not None:
            return _loaded
        named = paths()
        if _failure is not None and _failure[0] == named:
            raise LibraryMissing(_failure[1])
        try:
            library = _load(named)
        except LibraryMissing as error:
            _failure = (named, str(error))
            raise
        refused = _add_installed(library)
        _loaded = library
    for sentence in refused:
        warn(sentence)
    return library


def _load(named):
    """The library at the first path, with those at the others added."""
    first, *others = named
    worker = os.environ.get("TRITON_EXT_WORKER")
    for each in [*named, *([worker] if worker else [])]:
        _policy.check_library(each, _own())
    if not os.path.exists(first):
        raise LibraryMissing(f"triton_ext has no library at {first}. {_ADVICE}.")
    library = Library(first)
    if first != _own() and not worker:
        _lend_worker(library)
    for each in others:
        library.add(each)
    return library


def _lend_worker(library):
    """Gives a library without a worker program beside it this package's: any can serve any library."""

    def program(of):
        places = (os.path.join(of, "triton-ext-opt"), os.path.join(of, "..", "bin", "triton-ext-opt"))
        return next((place for place in places if os.access(place, os.X_OK)), None)

    own = program(os.path.dirname(_own()))
    if own and not program(os.path.dirname(os.path.realpath(library.path))):
        library.set_worker(os.path.abspath(own))


def _add_installed(library):
    """Adds the libraries that installed packages register; a sentence for each that cannot be."""
    from . import _installed

    refused = []
    for package, where, problem in _installed.libraries():
        try:
            if problem:
                raise LibraryMissing(problem)
            _policy.check_library(where, _own())
            library.add(where)
        except LibraryMissing as error:
            refused.append(f"the passes of the installed package {package} are not there: {error}")
    return refused


def loaded():
    """The library if it is loaded, else None."""
    return _loaded


def replace(library):
    """Puts ``library`` in place of the loaded one (None: load again); returns the old one. For tests."""
    global _loaded, _failure
    with _lock:
        before, _loaded, _failure = _loaded, library, None
    return before
