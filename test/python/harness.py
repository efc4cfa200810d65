# SPDX-License-Identifier: MIT
"""Compiles the kernels of `kernels/` with the Triton of this process; no GPU.

A target is a name of :data:`TARGETS`. Compilation goes through
`triton.compile`, so it takes the same way as a user's kernel, the disk cache
included; whoever calls sets the cache folder.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import functools
import itertools
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, make_backend

from kernels import KERNELS, Kernel

Case = TypeVar("Case")

TARGETS: dict[str, GPUTarget] = {
    "sm_80": GPUTarget("cuda", 80, 32),
    "sm_90": GPUTarget("cuda", 90, 32),
    "sm_100": GPUTarget("cuda", 100, 32),
    "gfx942": GPUTarget("hip", "gfx942", 64),
}
"""Every target that the tests compile for, by name."""

ASSEMBLY = {"cuda": "ptx", "hip": "amdgcn"}
BINARY = {"cuda": "cubin", "hip": "hsaco"}

ASSEMBLER_TRIES = 24
"""How often stock is compiled again where its assembler is not repeatable."""

WHOLE = os.environ.get("TRITON_EXT_TEST_WHOLE") == "1"
"""Whether all cases are wanted of tests that take their turns, see :func:`in_turn`."""

TURN = int(triton.__version__.split(".")[1])
"""Where this release begins to take its share; releases in a row take different ones."""

MARKER = "triton_ext.crossing"
"""An invalid visibility: makes MLIR print the generic form (design, exchange)."""


@dataclasses.dataclass(frozen=True)
class Compiled:
    """What came out of one compilation.

    asm: stage name -> text, or bytes; metadata: Triton's, of the kernel.
    """

    kernel: Kernel
    target: str
    asm: Mapping[str, Any]
    metadata: Any

    def __repr__(self) -> str:
        return f"{self.kernel.name} for {self.target}"

    @property
    def assembly(self) -> str:
        """PTX or AMD assembly."""
        return self.asm[ASSEMBLY[TARGETS[self.target].backend]]

    @property
    def binary(self) -> bytes:
        """The cubin or hsaco; empty when compiled with `assemble=False`."""
        return self.asm[BINARY[TARGETS[self.target].backend]]


def in_turn(cases: Iterable[Case], of: int) -> list[Case]:
    """Every `of`-th of the cases, so that `of` releases in a row have all of them between them.

    For cases of one kind, where each release need not see each. All with TRITON_EXT_TEST_WHOLE=1.
    """
    cases = list(cases)
    return cases if WHOLE else cases[TURN % of :: of]


def each_with_one(firsts: Iterable[Case], seconds: Iterable[Case]) -> list[tuple[Case, Case]]:
    """Each of `firsts` with one of `seconds`, with the next release another one; neighbours have different ones."""
    firsts, seconds = list(firsts), list(seconds)
    count = len(seconds)
    shares = [[(each, seconds[(at + turn) % count]) for at, each in enumerate(firsts)] for turn in range(count)]
    return list(itertools.chain(*in_turn(shares, count)))


def compilable(target: str) -> list[Kernel]:
    """The kernels that this release can compile for this target, by name."""
    return [k for _, k in sorted(KERNELS.items()) if not k.missing and target not in k.excluded]


def source(kernel: Kernel) -> ASTSource:
    """The kernel as `triton.compile` takes it; a new object each time."""
    return ASTSource(
        kernel.fn,
        dict(kernel.signature),
        constexprs=dict(kernel.constexprs),
        attrs=dict(kernel.attrs),
    )


def options_of(kernel: Kernel, target: str) -> dict[str, Any]:
    """The compile options of a kernel on a target."""
    return {**kernel.options, **kernel.target_options.get(target, {})}


def compile_kernel(kernel: Kernel, target: str, *, assemble: bool = True, **options: Any) -> Compiled:
    """Compiles one kernel for one target and returns every stage.

    options: further compile options. With `assemble=False` the last stage (the
    vendor's assembler) is left out, which saves most of the time: the assembler
    is a function of the assembly alone, see test_neutrality.py.
    """
    with contextlib.nullcontext() if assemble else without_assembler(target):
        done = triton.compile(
            source(kernel),
            target=TARGETS[target],
            options={**options_of(kernel, target), **options},
        )
    return Compiled(kernel, target, dict(done.asm), done.metadata)


@functools.cache
def stock(kernel: Kernel, target: str, assemble: bool = True) -> Compiled:
    """What the Triton at hand makes of a kernel by itself; compiled once a process."""
    with fresh_cache():
        return compile_kernel(kernel, target, assemble=assemble)


def assert_as_stock(compiled: Compiled) -> None:
    """Fails unless assembly and, where there is one, binary are stock's, byte for byte.

    The assembler that Triton's wheels bring for sm_100 and later chooses now and
    then between two encodings of one text, with the addresses it was loaded at.
    So where equal assembly gave another binary, stock is compiled again until it
    gives this one too.
    """
    expected = stock(compiled.kernel, compiled.target, bool(compiled.binary))
    if compiled.assembly != expected.assembly:
        raise AssertionError(f"{compiled} differs from stock:\n" + difference(expected, compiled))
    if compiled.binary == expected.binary:
        return
    for _ in range(ASSEMBLER_TRIES):
        with fresh_cache():
            again = compile_kernel(compiled.kernel, compiled.target)
        if again.assembly == compiled.assembly and again.binary == compiled.binary:
            return
    raise AssertionError(f"{compiled}: equal assembly, but no binary that stock makes")


def difference(expected: Compiled, got: Compiled, lines: int = 40) -> str:
    """The first lines in which two assembly texts differ."""
    found = difflib.unified_diff(
        expected.assembly.splitlines(), got.assembly.splitlines(), "stock", "crossed", n=1, lineterm=""
    )
    return "\n".join(itertools.islice(found, lines))


_DEBUG_LINE = re.compile(r"^\s*(\.loc|\.file)\b.*$", re.MULTILINE)


def instructions(assembly: str) -> str:
    """Assembly without the directives that tie instructions to source lines."""
    return _DEBUG_LINE.sub("", assembly.split(".section\t.debug_", 1)[0])


def backend_class(target: str) -> type:
    """The class of the backend that compiles for a target."""
    return type(make_backend(TARGETS[target]))


@contextlib.contextmanager
def stages_wrapped(target: str, wrap: Callable[[dict[str, Any], Any], None]) -> Iterator[None]:
    """Calls `wrap(stages, backend)` after each compile's stages were collected."""
    cls = backend_class(target)
    own = cls.__dict__["add_stages"]

    def add_stages(self: Any, stages: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        result = own(self, stages, *args, **kwargs)
        wrap(stages, self)
        return result

    cls.add_stages = add_stages
    try:
        yield
    finally:
        cls.add_stages = own


@contextlib.contextmanager
def without_assembler(target: str) -> Iterator[None]:
    """Compiles stop at the assembly text; the binary is empty.

    An empty binary must not be found by a later compile with the assembler, so
    the cache is written to a folder of its own meanwhile.
    """
    binary = BINARY[TARGETS[target].backend]

    def drop(stages: dict[str, Any], _: Any) -> None:
        stages[binary] = lambda module, metadata: b""

    with stages_wrapped(target, drop), fresh_cache():
        yield


def settle_float8() -> None:
    """Has Triton choose its float8 conversions, once a process, for the oldest target.

    Triton's lowering keeps for the life of a process the ones that it chose for the first
    kernel that needs them: those for sm_90 in a kernel for sm_80 the assembler refuses.
    """
    compile_kernel(KERNELS["casts"], "sm_80", assemble=False)


@contextlib.contextmanager
def fresh_cache() -> Iterator[None]:
    """An empty cache folder for the time being."""
    with tempfile.TemporaryDirectory(prefix="triton-ext-cache-") as folder:
        before = os.environ.get("TRITON_CACHE_DIR")
        os.environ["TRITON_CACHE_DIR"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["TRITON_CACHE_DIR"]
            else:
                os.environ["TRITON_CACHE_DIR"] = before


def generic_text(module: Any) -> str:
    """The module in MLIR's generic form; the module itself stays as it is."""
    from triton._C.libtriton import ir

    function = module.get_function(module.get_entry_func_name())
    builder = ir.builder(module.context)
    visibility = _visibility(module)
    function.set_attr("sym_visibility", builder.get_string_attr(MARKER))
    try:
        text = str(module)
    finally:
        function.set_attr("sym_visibility", builder.get_string_attr(visibility))
    return text.replace(f'"{MARKER}"', f'"{visibility}"', 1)


def _visibility(module: Any) -> str:
    """The entry function's visibility; absent means public."""
    name = module.get_entry_func_name()
    found = re.search(rf"tt\.func (public|private|nested) @{re.escape(name)}\(", str(module))
    return found.group(1) if found else "public"


def parsed(text: str, context: Any) -> Any:
    """A module from its text, with Triton's own parser and verifier."""
    from triton._C.libtriton import ir

    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
        file.write(text)
        file.flush()
        module = ir.parse_mlir_module(file.name, context)
    module.context = context
    return module


@contextlib.contextmanager
def each_level(target: str, change: Callable[[Any], Any]) -> Iterator[None]:
    """Puts `change(module)` in place of the module at the end of TTIR and TTGIR."""

    def wrap(stages: dict[str, Any], _: Any) -> None:
        for stage in ("ttir", "ttgir"):
            stages[stage] = _then(stages[stage], change)

    with stages_wrapped(target, wrap):
        yield


def _then(run: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda module, metadata: change(run(module, metadata))
