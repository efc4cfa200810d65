# SPDX-License-Identifier: MIT
"""The bindings of libtriton that add stock passes: where they are, and what their parameters mean."""

import re
import sys
import types

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


# Where they are.


def libtriton():
    from triton._C import libtriton

    return libtriton


def is_native(value):
    """Whether ``value`` is libtriton or a submodule of it."""
    return type(value) is types.ModuleType and (
        value.__name__ == "triton._C.libtriton" or value.__name__.startswith("triton._C.libtriton.")
    )


def homes(kind):
    """The globals of the modules in which class ``kind`` of a backend and its bases are written,
    and of functions beside them that these modules use."""
    homes = []

    def add(space):
        if any(is_native(value) for value in space.values()) and not any(space is home for home in homes):
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
