# SPDX-License-Identifier: MIT
"""What the installed Triton's stages are made of, told by the stages themselves.

A backend's stage builds a pass manager and runs it. Here its functions are
copied over other globals, in which every submodule of libtriton is a proxy:
``ir.pass_manager`` gives a `Recorder`, ``add_*`` appends to it, and ``run``
hands the list to a `Player`, who decides what is done with it. Nothing that
anybody else can see is changed, so threads do not meet.

A stock pass is named by its binding without ``add_``, its namespace is the
submodule that holds the binding: ``ttgpuir.pipeline``.
"""

import re
import sys
import types
from typing import Any, NamedTuple


class Step(NamedTuple):
    """One stock pass of one stage.

    ``arguments``: name -> value, in order, names as in a pipeline text
    ("num-stages"). ``occurrence``: from 1, among the passes of that name in
    that stage.
    """

    stage: str
    namespace: str
    name: str
    arguments: dict[str, Any]
    occurrence: int


# The bindings take their parameters by position. What they mean: name, then the
# types that the binding declares, then names. Which releases have which form
# is not written down anywhere: the installed binding says its types.
_PARAMETERS = {
    ("hopper.hopper_warpspec", "int bool"): "num-stages dump-intermediate-steps",
    ("ttgpuir.accelerate_matmul", "str int int"): "arch matrix-instr-nonkdim kpack",
    ("ttgpuir.allocate_shared_memory", "str"): "arch",
    ("ttgpuir.allocate_shared_memory_nv", "int int"): "capability ptx-version",
    ("ttgpuir.allocate_warp_groups", "bool"): "instrumented",
    ("ttgpuir.assign_latencies", "int"): "num-stages",
    ("ttgpuir.block_pingpong", "int"): "num-stages",
    ("ttgpuir.builtin_func_to_llvmir", "bool"): "ftz",
    ("ttgpuir.builtin_func_to_llvmir", "str bool"): "arch ftz",
    ("ttgpuir.coalesce_async_copy", "str"): "arch",
    ("ttgpuir.convert_to_buffer_ops", "str bool bool"): "arch use-buffer-atomics analyze-small-tensor-range",
    ("ttgpuir.f32_dot_tc", "bool"): "emu-tf32",
    ("ttgpuir.fp_sanitizer", "bool"): "homomorphic-casts",
    ("ttgpuir.hoist_tmem_alloc", "bool"): "hoist-out-of-if",
    ("ttgpuir.membar", "int int"): "capability ptx-version",
    ("ttgpuir.membar", "str"): "arch",
    ("ttgpuir.optimize_dot_operands", "bool"): "hoist-layout-conversion",
    ("ttgpuir.optimize_dot_operands", "str"): "arch",
    ("ttgpuir.optimize_lds_usage", "str int"): "arch lds-limit",
    ("ttgpuir.pipeline", "bool bool"): "use-async-copy use-pingpong",
    ("ttgpuir.pipeline", "int bool"): "num-stages dump-intermediate-steps",
    ("ttgpuir.prepare_consan_captures", "str"): "target",
    ("ttgpuir.remove_layout_conversions", "bool"): "disable-remat-splitting",
    ("ttgpuir.schedule_loops", "int"): "num-stages",
    ("ttgpuir.set_minimum_shared_memory", "int"): "min-shared-mem",
    ("ttgpuir.to_llvmir", "int int"): "capability ptx-version",
    ("ttgpuir.to_llvmir", "int int bool"): "capability ptx-version instrumented",
    ("ttgpuir.to_llvmir", "str bool"): "arch ftz",
    ("ttgpuir.update_async_wait_count", "str"): "arch",
    ("ttgpuir.warp_pipeline_conversion", "str"): "arch",
    ("ttgpuir.warp_specialize", "int"): "num-stages",
    ("ttgpuir.warp_specialize_to_llvm", "str"): "arch",
    ("ttir.convert_to_ttgpuir", "str int int int"): "target num-warps threads-per-warp num-ctas",
    ("ttnvgpuir.fence_insertion", "int"): "capability",
    ("ttnvgpuir.hoist_mbarrier_lifecycle", "int"): "capability",
    ("ttnvgpuir.initialize_ws_cluster_barriers", "int int"): "capability ptx-version",
    ("ttnvgpuir.proxy_fence_insertion", "int"): "capability",
}


# The parameters of a binding.


def signatures(namespace, name, function):
    """The forms that binding ``function`` of ``namespace.name`` has: a list of {parameter name: type name}.

    Told by its docstring (pybind11's and nanobind's), or by Python where it is
    a Python function. Unknown names are arg1, arg2, …; unknown types "".
    """
    forms = []
    for declared in re.findall(rf"\badd_{re.escape(name)}\((.*)\) ->", getattr(function, "__doc__", None) or ""):
        kinds = [_kind(each) for each in declared.split(", ") if ":" in each][1:]  # the pass manager is first
        names = _PARAMETERS.get((f"{namespace}.{name}", " ".join(kinds)))
        forms.append(_form(names.split() if names else [], kinds))
    if forms:
        return forms
    return [_form(*_python_parameters(function))]


def _form(names, kinds):
    return {(names[i] if i < len(names) else f"arg{i + 1}"): kind for i, kind in enumerate(kinds)}


def _kind(declared):
    """The type word of one parameter of a docstring: "arg1: typing.SupportsInt" is an int."""
    kind = declared.partition(":")[2].strip()
    if "SupportsInt" in kind or "SupportsIndex" in kind:
        return "int"
    return "float" if "SupportsFloat" in kind else kind


def _python_parameters(function):
    """Names and types of a Python function's parameters behind the first; none where it does not tell."""
    import inspect

    try:
        parameters = list(inspect.signature(function).parameters.values())[1:]
    except (TypeError, ValueError):
        return [], []
    parameters = [each for each in parameters if each.kind == each.POSITIONAL_OR_KEYWORD]
    kinds = [getattr(each.annotation, "__name__", str(each.annotation)) for each in parameters]
    return [each.name.replace("_", "-") for each in parameters], ["" if kind == "_empty" else kind for kind in kinds]


class UnknownParameter(ValueError):
    """A stock pass has no parameter of that name; ``nearest`` and ``known`` are lists of names."""

    def __init__(self, message, nearest, known):
        super().__init__(message)
        self.nearest = nearest
        self.known = known


class Call:
    """One ``add_*`` call of a stage: the binding ``function`` and its ``values`` behind the pass manager."""

    __slots__ = ("namespace", "name", "function", "values", "keywords")

    def __init__(self, namespace, name, function, values, keywords=None):
        self.namespace, self.name = namespace, name
        self.function, self.values, self.keywords = function, values, keywords or {}

    @property
    def key(self):
        """The pass's name within its stage: "ttgpuir.pipeline"."""
        return f"{self.namespace}.{self.name}"

    def arguments(self):
        """The values by their names."""
        forms = signatures(self.namespace, self.name, self.function)
        fitting = [form for form in forms if len(form) == len(self.values)] or [
            form for form in forms if len(form) > len(self.values)
        ]
        form = fitting[0] if fitting else {}
        names = [*form, *(f"arg{i + 1}" for i in range(len(form), len(self.values)))]
        # Where a Boolean is expected, None is taken for false.
        named = {
            name: False if value is None and form.get(name) == "bool" else value
            for name, value in zip(names, self.values, strict=False)
        }
        return {**named, **{name.replace("_", "-"): value for name, value in self.keywords.items()}}

    def with_parameters(self, knobs):
        """This call with other values: ``knobs`` is name -> value (text or typed).

        Raises UnknownParameter for a name that the binding does not have, and
        ValueError for a value that does not fit its type.
        """
        knobs = {name.replace("_", "-"): value for name, value in knobs.items()}
        before = self.arguments()
        forms = signatures(self.namespace, self.name, self.function)
        self._check_names(knobs, {**{name: "" for name in before}, **{name: "" for form in forms for name in form}})
        for form in forms:
            if knobs.keys() <= form.keys() and form.keys() <= before.keys() | knobs.keys():
                values = [
                    _typed(f"{self.key}: {name}", knobs[name], kind, before.get(name))
                    if name in knobs
                    else before[name]
                    for name, kind in form.items()
                ]
                return Call(self.namespace, self.name, self.function, tuple(values), {})
        raise UnknownParameter(
            f"{self.key} cannot be given {', '.join(knobs)} alone: its forms are "
            + "; ".join(", ".join(form) or "no parameter" for form in forms),
            [],
            list(before),
        )

    def _check_names(self, knobs, known):
        for name in knobs:
            if name not in known:
                import difflib

                nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
                has = f"it has {', '.join(known)}" if known else "it has none"
                meant = f"; did you mean {nearest[0]}?" if nearest else ""
                raise UnknownParameter(
                    f"the stock pass {self.key} has no parameter {name}: {has}{meant}", nearest, list(known)
                )

    def add_to(self, manager):
        """Adds this pass to a real pass manager."""
        self.function(manager, *self.values, **self.keywords)


def _typed(what, value, kind, before):
    """``value`` as type word ``kind`` says (as ``before`` is, where that says nothing). Raises ValueError."""
    kind = kind if kind in ("bool", "int", "float", "str") else type(before).__name__
    if kind == "bool":
        words = {"true": True, "1": True, "false": False, "0": False}
        text = str(value).lower()
        if text in words:
            return words[text]
        raise ValueError(f"{what} expects true or false, got {value!r}")
    if kind in ("int", "float"):
        try:
            if not isinstance(value, bool):
                return {"int": int, "float": float}[kind](value)
        except (TypeError, ValueError):
            pass
        raise ValueError(f"{what} expects a {'whole ' if kind == 'int' else ''}number, got {value!r}")
    return str(value) if kind == "str" else value


# The proxies.


class Recorder:
    """Stands for a pass manager within a stage; ``calls`` is what was added."""

    def __init__(self, player, context):
        self._player = player
        self._real = player.real_manager(context)
        self.debug = False
        self.calls = []

    def enable_debug(self):
        """As Triton's: sets up dumps and timing, and says whether dumps are on."""
        self.debug = True
        return self._real.enable_debug()

    def run(self, module, *rest):
        """Has the player run what was added."""
        self._player.run(self, module, rest)

    def fresh(self, context):
        """A real pass manager with nothing in it, set up as the stage asked."""
        manager = self._player.real_manager(context)
        if self.debug:
            manager.enable_debug()
        return manager

    def get_pipeline_str(self):
        """The text of all that was added, as Triton writes it."""
        manager = self.fresh(self._player.current.context)
        for call in self.calls:
            call.add_to(manager)
        return manager.get_pipeline_str()

    def __getattr__(self, name):
        return getattr(self._real, name)


class ModuleProxy:
    """Stands for the module within a stage, and is the player's current one in every respect."""

    __slots__ = ("_triton_ext_player",)

    def __init__(self, player):
        object.__setattr__(self, "_triton_ext_player", player)

    @property
    def __class__(self):
        return type(self._triton_ext_player.current)

    def __getattr__(self, name):
        return getattr(self._triton_ext_player.current, name)

    def __setattr__(self, name, value):
        setattr(self._triton_ext_player.current, name, value)

    def __str__(self):
        return str(self._triton_ext_player.current)

    def __repr__(self):
        return repr(self._triton_ext_player.current)


def _libtriton():
    from triton._C import libtriton

    return libtriton


def _is_native(value):
    """Whether ``value`` is libtriton or a submodule of it."""
    return type(value) is types.ModuleType and (
        value.__name__ == "triton._C.libtriton" or value.__name__.startswith("triton._C.libtriton.")
    )


class _Namespace:
    """Proxy of a libtriton submodule for one player."""

    def __init__(self, module, player):
        self._module, self._player = module, player

    def __getattr__(self, name):
        value = getattr(self._module, name)
        made = self._make(name, value)
        self.__dict__[name] = made
        return made

    def _make(self, name, value):
        player = self._player
        if _is_native(value):
            return _Namespace(value, player)
        if value is player.native.ir.pass_manager:
            return lambda context: Recorder(player, context)
        if isinstance(value, type) or not callable(value):
            return value
        if name.startswith("add_"):
            return self._adder(name, value)

        def call(*args, **kwargs):
            if any(type(each) is ModuleProxy for each in args):
                player.leaving(self._module)
                args = [player.unwrap(each) for each in args]
            return value(*args, **kwargs)

        return call

    def _adder(self, name, function):
        namespace = self._module.__name__.rpartition(".")[2]

        def add(manager, *values, **keywords):
            if type(manager) is not Recorder:  # adds something to something else
                return function(self._player.unwrap(manager), *values, **keywords)
            manager.calls.append(Call(namespace, name.removeprefix("add_"), function, values, keywords))

        return add


class Player:
    """Takes up what a stage builds. A subclass says what `run` does.

    ``current`` is the module that the stage is working on. One a stage and
    compilation: nothing here is shared between threads.
    """

    def __init__(self):
        self.native = _libtriton()
        self.current = None
        self._copied = {}
        self._depth = 0

    def real_manager(self, context):
        """A pass manager of Triton's."""
        return self.native.ir.pass_manager(context)

    def run(self, recorder, module, rest):
        """Called for ``pass_manager.run(module, *rest)``."""
        raise NotImplementedError

    def leaving(self, namespace):
        """Called before the module goes to a function of ``namespace`` that adds no pass."""

    def unwrap(self, value):
        """``value``, or the current module where it stands for that."""
        return self.current if type(value) is ModuleProxy else value

    def call(self, backend, stage, module, metadata):
        """Runs ``stage``, one of ``backend``'s stage functions, on copies; returns its result."""
        owners = _backends_in(stage, backend)
        self._homes = [home for owner in owners for home in _homes(type(owner))]
        methods = [(owner, self._methods(owner)) for owner in owners]
        for owner, copies in methods:
            vars(owner).update(copies)
        try:
            return self._own_copy(backend, stage)(module, metadata)
        finally:
            for owner, copies in methods:
                for name in copies:
                    vars(owner).pop(name, None)

    # Copies.

    def _methods(self, backend):
        """name -> what stands for that method on ``backend`` meanwhile."""
        found = {}
        for kind in reversed(type(backend).__mro__):
            for name, attribute in vars(kind).items():
                found.pop(name, None)
                function = getattr(attribute, "__func__", attribute)
                if name.startswith("__") or not isinstance(function, types.FunctionType):
                    continue
                copy = self._copy(function)
                if copy is not function and name not in vars(backend):
                    found[name] = self._entering(_bound(copy, attribute, backend))
        return found

    def _own_copy(self, backend, stage):
        """The stage function itself may hold what builds the passes."""
        if isinstance(stage, types.MethodType) and stage.__self__ is backend:
            copy = self._copy(stage.__func__)
            return stage if copy is stage.__func__ else self._entering(types.MethodType(copy, backend))
        if isinstance(stage, types.FunctionType) and self._is_home(stage):
            return self._entering(self._copy(stage))
        return stage

    def _is_home(self, function):
        return any(function.__globals__ is home for home in self._homes)

    def _copy(self, function):
        """``function`` over proxies; itself where it and what it closes over use none."""
        if function in self._copied:
            return self._copied[function]
        self._copied[function] = function  # one that closes over itself
        cells = [self._cell(cell) for cell in function.__closure__ or ()]
        home = self._is_home(function)
        if not home and all(new is old for new, old in zip(cells, function.__closure__ or (), strict=True)):
            return function
        space = self._globals(function.__globals__) if home else function.__globals__
        copy = types.FunctionType(
            function.__code__, space, function.__name__, function.__defaults__, tuple(cells) or None
        )
        copy.__kwdefaults__ = function.__kwdefaults__
        copy.__dict__.update(function.__dict__)
        copy.__qualname__, copy.__module__ = function.__qualname__, function.__module__
        self._copied[function] = copy
        return copy

    def _cell(self, cell):
        try:
            held = cell.cell_contents
        except ValueError:  # still empty
            return cell
        if isinstance(held, types.FunctionType):
            copy = self._copy(held)
            return cell if copy is held else types.CellType(copy)
        if _is_native(held):
            return types.CellType(_Namespace(held, self))
        return cell

    def _globals(self, real):
        """A module's globals with proxies for libtriton's submodules, and copies of its functions."""
        key = id(real)
        if key not in self._copied:
            space = self._copied[key] = dict(real)
            for name, value in real.items():
                if _is_native(value):
                    space[name] = _Namespace(value, self)
                elif isinstance(value, types.FunctionType) and self._is_home(value):
                    space[name] = self._copy(value)
                elif value is self.native.ir.pass_manager:
                    space[name] = lambda context: Recorder(self, context)
        return self._copied[key]

    def _entering(self, function):
        """``function`` as called from outside: given a proxy for the module, its result is a real one."""

        def enter(*args, **kwargs):
            outermost = self._depth == 0
            if outermost:
                args = [self._wrap(each) for each in args]
            self._depth += 1
            try:
                result = function(*args, **kwargs)
            finally:
                self._depth -= 1
            return self.unwrap(result) if outermost else result

        return enter

    def _wrap(self, value):
        if isinstance(value, self.native.ir.module) and type(value) is not ModuleProxy:
            self.current = value
            return ModuleProxy(self)
        return value


def _backends_in(stage, backend):
    """``backend``, and the others whose methods a stage function of its calls: a backend may be made of another's."""
    from triton.backends.compiler import BaseBackend

    owners = [backend]
    for cell in getattr(stage, "__closure__", None) or ():
        try:
            held = cell.cell_contents
        except ValueError:  # still empty
            continue
        if isinstance(held, BaseBackend) and held is not backend:
            owners.append(held)
    return owners


def _homes(kind):
    """The globals of the modules in which class ``kind`` of a backend and its bases are written,
    and of functions beside them that these modules use."""
    homes = []

    def add(space):
        if any(_is_native(value) for value in space.values()) and not any(space is home for home in homes):
            homes.append(space)
            beside = space.get("__package__") or space.get("__name__", "")
            for value in list(space.values()):
                if isinstance(value, types.FunctionType) and beside and _beside(value, beside):
                    add(value.__globals__)

    for each in kind.__mro__:
        add(vars(sys.modules.get(each.__module__, types)))
    return homes


def _beside(function, package):
    return (function.__module__ or "").startswith(package + ".")


def _bound(copy, attribute, backend):
    """``copy`` as attribute lookup on ``backend`` gives it, ``attribute`` being what the class has."""
    if isinstance(attribute, staticmethod):
        return copy
    return types.MethodType(copy, type(backend) if isinstance(attribute, classmethod) else backend)


# Recording.

# The smallest kernel; it has to be one, since stages ask the module for its kernel.
_TINY = """"builtin.module"() ({
  "tt.func"() <{function_type = () -> (), sym_name = "kernel", sym_visibility = "public"}> ({
    "tt.return"() : () -> ()
  }) {noinline = false} : () -> ()
}) : () -> ()
"""


class _Over(Exception):
    """A stage has left MLIR: nothing more is added."""


class _Listing(Player):
    """Runs nothing and keeps the names."""

    def __init__(self, stage):
        super().__init__()
        self.stage = stage
        self.steps = []
        self.calls = []
        self._seen = {}

    def run(self, recorder, module, rest):
        for call in recorder.calls:
            occurrence = self._seen[call.key] = self._seen.get(call.key, 0) + 1
            self.steps.append(Step(self.stage, call.namespace, call.name, call.arguments(), occurrence))
            self.calls.append(call)

    def leaving(self, namespace):
        if namespace is not self.native.ir:
            raise _Over


def backend_of(target):
    """A new object of the backend that compiles for ``target`` (a GPUTarget).

    Raises LookupError where this Triton has none, or several.
    """
    from triton.backends import backends

    fitting = [each.compiler for each in backends.values() if each.compiler.supports_target(target)]
    if len(fitting) != 1:
        there = ", ".join(sorted(backends)) or "none"
        raise LookupError(
            f"{len(fitting)} backends of the installed Triton compile for {target.backend}:{target.arch}; "
            f"its backends are: {there}"
        )
    return fitting[0](target)


def recorded(target, options=None, stages=None):
    """What the stages of the installed Triton do for ``target``, without compiling anything.

    ``target``: a GPUTarget. ``options``: compile options, as `triton.compile`
    takes them. ``stages``: names of those to tell; None for all that work on
    MLIR, of a kernel of the Triton language.

    Returns {stage name: [Step, …]} in order. Raises LookupError where no
    backend compiles for the target.
    """
    return {name: listing.steps for name, listing in _listings(target, options, stages).items()}


def recorded_calls(target, options=None, stages=None):
    """As `recorded`, with pairs (Step, Call)."""
    return {
        name: list(zip(listing.steps, listing.calls, strict=True))
        for name, listing in _listings(target, options, stages).items()
    }


def _listings(target, options, wanted):
    from ._exchange import parse_text
    from ._pipeline import OPTION

    backend = backend_of(target)
    native = _libtriton()
    # Said, since a release that is about to change its default warns where it is not; no pass sees it.
    parsed = backend.parse_options({"enable_fp_fusion": True, **(options or {})})
    vars(parsed).pop(OPTION, None)  # what is enabled here does not matter
    stages = {}
    _add_stages(backend, stages, parsed)
    context = native.ir.context()
    native.ir.load_dialects(context)
    backend.load_dialects(context)
    module = parse_text(_TINY, context)
    metadata = dict(vars(parsed))
    found = {}
    for name, stage in stages.items():
        if wanted is not None and not set(wanted) - set(found):
            break
        listing = _Listing(name)
        try:
            result = listing.call(backend, stage, module, metadata)
        except _Over:
            found[name] = listing
            break  # what follows works on text
        except Exception:
            if listing.steps:
                found[name] = listing
            break  # this module has not been where the stage expects it to come from
        if listing.steps or isinstance(result, native.ir.module):
            found[name] = listing
        if not isinstance(result, native.ir.module):
            break
        module = result
    return {name: listing for name, listing in found.items() if wanted is None or name in wanted}


def _add_stages(backend, stages, options):
    add_stages = _without_hook(backend.add_stages)
    try:
        from triton.backends.compiler import Language
    except ImportError:
        add_stages(stages, options)
    else:
        add_stages(stages, options, Language.TRITON)


def _without_hook(method):
    """``method`` on globals of its own in which no stage hook is set: hooks are for kernels, and here is none."""
    import inspect

    function = inspect.unwrap(method.__func__)
    knobs = function.__globals__.get("knobs")
    if not hasattr(getattr(knobs, "runtime", None), "add_stages_inspection_hook"):
        return method
    space = {
        **function.__globals__,
        "knobs": _Instead(knobs, runtime=_Instead(knobs.runtime, add_stages_inspection_hook=None)),
    }
    copy = types.FunctionType(function.__code__, space, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return types.MethodType(copy, method.__self__)


class _Instead:
    """An object with some attributes of its own, and all others of another one's."""

    def __init__(self, other, **own):
        self._other = other
        vars(self).update(own)

    def __getattr__(self, name):
        return getattr(self._other, name)
