# SPDX-License-Identifier: MIT
"""Which pipeline holds for a kernel: process, with-block, decorator, Config.

Wide to narrow; the narrower replaces the wider, "" is stock, a leading "+"
adds. What holds is looked up at the launch, in the launching thread.
"""

import contextvars
import weakref

from .. import _library, _pipeline, _switch
from .._pipeline._step_text import text_of
from . import _written

#: Attribute of a decorated JITFunction: the decorator's text.
OWN = "_triton_ext_passes"
#: Attribute of a JITFunction: what `_caches` keeps of it while this and the wider setting are what they are.
TABLES = "_triton_ext_caches"


class Layer:
    """A pipeline that holds in some scope: its composed ``text`` and option ``value``."""

    __slots__ = ("text", "value", "wider")

    def __init__(self, text, wider):
        self.text = _pipeline.compose(wider.text if wider else "", text)
        self.value = _pipeline.value(self.text)
        self.wider = wider


_block = contextvars.ContextVar("triton_ext.passes", default=None)
_process = None
_resolved = {}
_narrowed = {}


def current():
    """The Layer that holds here, outside any kernel's own setting; None for none."""
    return _block.get() or _process


def process_wide():
    """Whether passes are enabled for the whole process."""
    return _process is not None


def push(text):
    """Makes ``text`` hold in this context until `pop`."""
    _block.set(Layer(text, current()))


def pop():
    """Ends what the last `push` of this context began."""
    layer = _block.get()
    _block.set(layer.wider if layer and layer.wider is not _process else None)


def resolve(own, given):
    """The option's value for a kernel, or None where nothing is set for it.

    ``own``: the decorator's text or None. ``given``: the keyword argument
    (a Config's, say) or None. "" means that stock was asked for.
    """
    layer = current()
    if own is None and given is None:
        return layer.value if layer else None
    wide = layer.text if layer else ""
    key = (_library.loaded(), wide, own, given)
    value = _resolved.get(key)
    if value is None:
        text = wide
        if own is not None:
            text = _pipeline.compose(text, own)
        if given is not None:
            text = _pipeline.compose(text, _pipeline.text_of(given))
        value = _resolved[key] = _pipeline.value(text)
    return value


def of_launch(function, own, given=None):
    """As `resolve`, for what is launched: a JITFunction, or one inside an Autotuner; by the kernel's name.

    Where a pipeline names kernels, the value is that of the rule that matches,
    and "" where none does, so kernels that the other rules are for share nothing
    with it. Where the name is not known yet (`repr` of a kernel), all rules stay.
    """
    value = resolve(own, given)
    if not value or ":" not in value:
        return value
    name = _name_of(function)
    if name is None:
        return value
    narrowed = _narrowed.get((value, name))
    if narrowed is None:
        short = name.rpartition(".")[2]
        narrowed = _pipeline.value(_pipeline.of_value(value).for_kernel(short).canonical)
        _narrowed[value, name] = narrowed
    return narrowed


def _name_of(function):
    """The full name that the kernel of a JITFunction will have; None where that depends on how it is specialised."""
    try:
        return function._fn_name if function._repr is None else None
    except AttributeError:
        inner = getattr(function, "fn", None)
        return None if inner is None else _name_of(inner)


def own_of(function):
    """The decorator's text of a JITFunction, or of the one inside an Autotuner; None for none."""
    while function is not None:
        text = getattr(function, "__dict__", {}).get(OWN)
        if text is not None:
            return text
        function = getattr(function, "fn", None)
    return None


def enable_process(text):
    """Enables ``text``, which has been checked, for all kernels of this process."""
    global _process
    layer = Layer(text, None)
    if _process is None:
        _switch.acquire()
    _process = layer


class passes:
    """Runs the passes named in ``pipeline`` over kernels: a with-block or a decorator.

    ``with triton_ext.passes("loop-split{max-splits=2}"):`` holds for what is
    launched or compiled in the block, in this context (thread, task).
    ``@triton_ext.passes("loop-split")`` goes on a kernel made by `triton.jit`,
    below or above `triton.autotune`; the object stays what it was.

    ``pipeline``: a text, or what `triton_ext.pipeline` returns, as it is now.
    The narrower setting replaces the wider one; "" is stock; a leading "+" adds.
    Raises `PipelineError` here, where the text is written. Without a library
    nothing happens but one warning (or `LibraryMissing`, see `configure`).
    """

    def __init__(self, pipeline):
        self._text = text_of(pipeline)
        self._usable = _written.written(self._text, f"passes({self._text!r})")

    def __enter__(self):
        if self._usable:
            _switch.acquire()
            try:
                push(self._text)
            except BaseException:
                _switch.release()
                raise
        return self

    def __exit__(self, *exc):
        if self._usable:
            pop()
            _switch.release()

    def __call__(self, function):
        kernel = _kernel_of(function)
        if kernel is None or not self._usable:
            return function
        before = vars(kernel).get(OWN)
        setattr(kernel, OWN, self._text if before is None else _pipeline.compose(before, self._text))
        vars(kernel).pop(TABLES, None)
        if before is None:
            _switch.acquire()
            weakref.finalize(kernel, _switch.release_later).atexit = False
        return function


def _kernel_of(function):
    """The JITFunction that a decorated object launches; None where it is interpreted."""
    from triton.runtime.jit import JITFunction, KernelInterface

    inner = function
    while isinstance(inner, KernelInterface) and not isinstance(inner, JITFunction):
        inner = getattr(inner, "fn", None)
        if type(function).__name__ == "InterpretedFunction" or type(inner).__name__ == "InterpretedFunction":
            return None
    if isinstance(inner, JITFunction):
        return inner
    raise TypeError(
        f"@triton_ext.passes goes above @triton.jit (or @triton.autotune), on a kernel; got {type(function).__name__}"
    )
