# SPDX-License-Identifier: MIT
"""The exchange, Python's half: a module out as generic text, and back.

Out: MLIR prints a module that does not verify in its generic form, so the entry
function's visibility is an invalid word for as long as the printing takes. The
module object is never spoiled. Back: Triton's own parser, on a file that has no
name or is gone at once; then the outbound gate.
"""

import os
import re
import sys
import threading

from . import _library

MARKER = "triton_ext.crossing"


class Unsupported(Exception):
    """This is not something that can cross; the kernel goes on as it is."""


class GateError(Exception):
    """What Triton read back is not what the library sent; ``report`` is the library's error."""

    def __init__(self, message, error=None):
        super().__init__(message)
        self.error = error or {}


class Printed:
    """A module in generic form. ``text`` has the marker as the entry function's visibility;
    ``visibility`` is what stands there really (None for absent); ``kernel`` is the function's name."""

    __slots__ = ("text", "visibility", "kernel")

    def __init__(self, text, visibility, kernel):
        self.text = text
        self.visibility = visibility
        self.kernel = kernel

    def restored(self):
        """The text with the visibility put back, or None where that is not plain to see."""
        marked = f'sym_visibility = "{MARKER}"'
        if self.text.count(marked) != 1:
            return None
        if self.visibility is not None:
            return self.text.replace(marked, f'sym_visibility = "{self.visibility}"')
        return self.text.replace(f", {marked}", "").replace(f"{marked}, ", "")


def _entry(module):
    """The entry function's name and operation."""
    try:
        name = module.get_entry_func_name()
        if not name or not module.has_function(name):
            raise Unsupported("the module has no entry function")
        function = module.get_function(name)
        operation = function.get_operation() if hasattr(function, "get_operation") else function
        return name, function, operation.get_str_attr("sym_visibility"), module.context
    except Unsupported:
        raise
    except Exception as error:  # a Triton whose bindings differ
        raise Unsupported(f"this Triton does not show the entry function: {error}") from None


def kernel_name(module):
    """The entry function's name; "" where it cannot be told."""
    try:
        return module.get_entry_func_name() or ""
    except Exception:  # no module at all, but a text of a later stage
        return ""


def print_generic(module):
    """``module`` (Triton's ir.module) in generic form. Raises Unsupported."""
    name, function, visibility, context = _entry(module)
    from triton._C.libtriton import ir

    builder = ir.builder(context)
    try:
        function.set_attr("sym_visibility", builder.get_string_attr(MARKER))
        text = str(module)
    finally:
        # An attribute cannot be removed again; absent says "public".
        function.set_attr("sym_visibility", builder.get_string_attr("public" if visibility is None else visibility))
    if MARKER not in text:
        raise Unsupported("this Triton does not print the entry function's visibility")
    return Printed(text, visibility, name)


def printed(module, kernel):
    """``module`` as it crosses: an ir.module in generic form, a text of a later stage as it is. Raises Unsupported."""
    if isinstance(module, str):
        return _Text(module, kernel)
    return print_generic(module)


class _Text:
    """A text of a later stage in the place of a Printed."""

    __slots__ = ("text", "kernel")
    visibility = "public"

    def __init__(self, text, kernel):
        self.text = text
        self.kernel = kernel

    def restored(self):
        return self.text


def _file_folders():
    """Where a text may lie for a moment, best first."""
    import tempfile

    yield "/dev/shm"
    try:
        from triton import knobs

        yield knobs.cache.dir
    except Exception:
        pass
    yield tempfile.gettempdir()


def _parse_file(data, parse):
    import tempfile

    for folder in _file_folders():
        try:
            descriptor, path = tempfile.mkstemp(prefix="triton_ext.", suffix=".mlir", dir=folder)  # mode 0600
        except OSError:
            continue
        # Unlinked at once and read by descriptor: gone also when this process is killed.
        by_descriptor = f"/proc/self/fd/{descriptor}"
        try:
            if os.path.exists(by_descriptor):
                os.unlink(path)
                return _parse_descriptor(descriptor, data, parse)
            try:
                with open(descriptor, "wb", closefd=False) as file:
                    file.write(data)
            except OSError:
                continue
            return parse(path)
        finally:
            os.close(descriptor)
            if os.path.exists(path):
                os.unlink(path)
    raise OSError("no folder to put a module's text in")


def _parse_descriptor(descriptor, data, parse):
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)
    return parse(f"/proc/self/fd/{descriptor}")


def parse_text(text, context):
    """The module of Triton's that ``text`` says, in ``context``. Raises what Triton's parser does, or OSError."""
    from triton._C.libtriton import ir

    data = text.encode("utf-8", "surrogateescape")

    def parse(path):
        return ir.parse_mlir_module(path, context)

    module = None
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        try:
            descriptor = os.memfd_create("triton_ext", getattr(os, "MFD_CLOEXEC", 0))
        except OSError:
            descriptor = None
        if descriptor is not None:
            try:
                module = _parse_descriptor(descriptor, data, parse)
            finally:
                os.close(descriptor)
    if module is None:
        module = _parse_file(data, parse)
    module.context = context
    return module


# The location is the text's only where the file is: an operation may have one of its own.
_DIAGNOSTIC = re.compile(r'(?:"(?:/proc/self/fd/|[^"\n]*triton_ext\.)[^":\n]*":(\d+):\d+\)?: )?error: (.*)')
_NAMED = re.compile(r"(?:^|operation )'([\w$]+\.[\w$.]+)'")
_stderr_lock = threading.Lock()


def _why_refused(text, context):
    """The operation (None if not known) and the sentence of the error that Triton's parser prints about ``text``.

    It prints to the process's standard error and nowhere else, so that is kept
    for as long as one more parse takes.
    """
    import tempfile

    try:
        with _stderr_lock, tempfile.TemporaryFile() as kept:
            sys.stderr.flush()
            own = os.dup(2)
            os.dup2(kept.fileno(), 2)
            try:
                parse_text(text, context)
            except Exception:
                pass
            finally:
                os.dup2(own, 2)
                os.close(own)
            kept.seek(0)
            said = kept.read().decode("utf-8", "replace")
    except (OSError, ValueError, AttributeError):
        return None, None
    found = _DIAGNOSTIC.search(said)
    if not found:
        return None, None
    line, sentence = found.groups()
    named = _NAMED.search(sentence)
    if named:
        return named.group(1), sentence
    return _operation_at(text, int(line)) if line else None, sentence


def _operation_at(text, line):
    """The name of the operation that line ``line`` (from 1) of a generic text belongs to, or None."""
    lines = text.split("\n")[:line]
    deepest = len(lines[-1]) - len(lines[-1].lstrip(" "))
    for candidate in reversed(lines):
        # What closes a region stands as far to the right as what opened it.
        found = re.match(r' *(?:%[^=]* = )?"([^"]+)"\(', candidate)
        if found and len(candidate) - len(candidate.lstrip(" ")) <= deepest:
            return found.group(1)
    return None


def taken_back(sent, module, limits):
    """What goes on in the place of ``module``: of ``sent``, the library's output. Raises GateError.

    A text is handed on as it is: the library held it against what it was printed
    from, and whoever reads it next is stock.
    """
    return sent if isinstance(module, str) else read_back(sent, module.context, limits)


def read_back(sent, context, limits):
    """The module of ``sent``, the library's output; through the outbound gate.

    ``limits``: the mode and limits of a request. Raises GateError.
    """
    try:
        module = parse_text(sent, context)
    except Exception as error:
        operation, why = _why_refused(sent, context)
        raise GateError(
            f"Triton does not accept what came back: {why or error}", {"code": "unreadable", "operation": operation}
        ) from None
    try:
        again = print_generic(module).restored()
    except Unsupported as error:
        raise GateError(f"what came back cannot be printed again: {error}") from None
    if again is None:
        raise GateError("what came back has the visibility marker more than once")
    if again == sent:
        return module
    result = _library.load().compare(sent, again, limits)
    if result.status != _library.OK:
        error = result.report.get("error") or {}
        raise GateError(error.get("message") or "Triton read something else than what was sent", error)
    return module
