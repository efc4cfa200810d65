# SPDX-License-Identifier: MIT
"""Copies of a backend's stages whose pass managers are played here.

A backend's stage builds a pass manager and runs it. Here its functions are
copied over other globals, in which every submodule of libtriton is a proxy:
``ir.pass_manager`` gives a `Recorder`, ``add_*`` appends to it, and ``run``
hands the list to a `Player`, who decides what is done with it. Nothing that
anybody else can see is changed, so threads do not meet.
"""

import types

from ._bindings import Call, homes, is_native, libtriton


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
        if is_native(value):
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
        self.native = libtriton()
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
        self._homes = [home for owner in owners for home in homes(type(owner))]
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
        if is_native(held):
            return types.CellType(_Namespace(held, self))
        return cell

    def _globals(self, real):
        """A module's globals with proxies for libtriton's submodules, and copies of its functions."""
        key = id(real)
        if key not in self._copied:
            space = self._copied[key] = dict(real)
            for name, value in real.items():
                if is_native(value):
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


def _bound(copy, attribute, backend):
    """``copy`` as attribute lookup on ``backend`` gives it, ``attribute`` being what the class has."""
    if isinstance(attribute, staticmethod):
        return copy
    return types.MethodType(copy, type(backend) if isinstance(attribute, classmethod) else backend)
