# SPDX-License-Identifier: MIT
"""``triton-ext new``: a pass, a dialect or a scope that builds and is green, to be filled."""

import sys

from . import _scaffold, _spelling
from ._answer import Answer, CommandError
from ._checkout import Checkout
from ._knob_option import FORM, TYPES, knob_of
from ._transaction import Transaction

#: Kinds of the catalogue that no command starts.
_WITHOUT_TEMPLATE = ("op", "analysis", "instrument", "conversion")
_SUMMARY = "Remove additions of zero."
_DECLINES = "no integer is added to zero"


def add_arguments(parser):
    kind = parser.add_argument("kind", metavar="KIND", help="pass, dialect or backend")
    kind.completer = lambda **_: list(_KINDS)
    parser.add_argument("name", metavar="NAME", help="in kebab-case: loop-split")
    scope = parser.add_argument(
        "--scope", default="generic", help="of a pass for one vendor's hardware: nvidia, amd, ..."
    )
    scope.completer = lambda **_: ["generic", *_scaffold.KNOWN_BACKENDS]
    parser.add_argument("--backend", help="GPUTarget.backend of a scope that is new: cuda, hip, ...")
    parser.add_argument("--summary", help="what it does, imperative, at most 80 characters")
    parser.add_argument(
        "--knob",
        action="append",
        default=[],
        metavar="KNOB",
        help=f"'{FORM} [what it is]'; types: {', '.join(TYPES)}; may be given several times",
    )


def run(options):
    if options.kind not in _KINDS:
        raise _unknown_kind(options.kind)
    checkout = Checkout.here()
    with Transaction(checkout.root, f"triton-ext new {options.kind} {options.name}") as change:
        if change.finished:
            print(f"finished the interrupted '{change.finished}'", file=sys.stderr)
        registry = _scaffold.read_registry(checkout)
        made = _KINDS[options.kind](options, checkout, registry)
        for path, text in made.files.items():
            change.create(path, text.encode())
        if made.entry:
            old = registry.text()
            registry.insert(options.name, made.entry)
            _scaffold.check_registry(checkout, registry.text())
            change.replace(checkout.registry.name, old.encode(), registry.text().encode())
        change.commit()
    return _answer(options, registry, made)


class _Made:
    """What is to be: ``files`` ({path: text}), the ``entry`` or None, and the ``next`` commands with what they do."""

    def __init__(self, files, entry, next_):
        self.files = files
        self.entry = entry
        self.next = next_


def _answer(options, registry, made):
    data = {
        "kind": options.kind,
        "name": options.name,
        "files": list(made.files),
        "entry": {"file": registry.path.name, "line": registry.line_of(options.name)} if made.entry else None,
        "next": [command for command, _ in made.next],
    }
    lines = [f"  {path}" for path in made.files]
    if made.entry:
        lines.append(f"  {registry.path.name}:{data['entry']['line']}: the entry {options.name}")
    steps = [line for command, what in made.next for line in (f"  {command}", f"      {what}")]
    return Answer(data, "\n".join(["Made", *lines, "", "Next", *steps]))


def _unknown_kind(kind):
    if kind in _WITHOUT_TEMPLATE:
        message = f"there is no template of the kind {kind!r} yet; there are: {', '.join(_KINDS)}"
    else:
        message = f"found the kind {kind!r}, expected one of {', '.join(_KINDS)}"
    return CommandError("unknown-kind", message, _scaffold.nearest(kind, _KINDS), "triton-ext new pass NAME")


# Passes.


def _new_pass(options, checkout, registry):
    name = _scaffold.checked_name(options.name, checkout, registry)
    class_name = _spelling.pascal(name)
    knobs = _knobs(options.knob)
    scope_files = _scope_files(options.scope, options.backend, checkout)
    folder = f"passes/{class_name}" if options.scope == "generic" else f"backends/{options.scope}/{class_name}"
    source = f"{folder}/{class_name}.cpp"
    summary = options.summary or _SUMMARY
    code = _scaffold.rendered(
        "pass.cpp.in", Class=class_name, banner=_scaffold.banner(f"{class_name}.cpp", "Remove additions of zero")
    )
    files = {
        **scope_files,
        source: _scaffold.formatted(checkout, source, code),
        f"{folder}/{class_name}.mlir": _scaffold.rendered("pass.mlir.in", name=name, knob_runs=_knob_runs(name, knobs)),
        f"{folder}/CMakeLists.txt": f"triton_ext_add_pass(NAME {name} CLASS {class_name})\n",
    }
    entry = {"summary": summary, "exactness": "bit-exact", "declines": _DECLINES}
    if knobs:
        entry["knobs"] = {knob.name: knob.fields for knob in knobs}
    return _Made(files, entry, _next_of_a_pass(name, source, checkout))


def _knobs(texts):
    knobs = [knob_of(text) for text in texts]
    spellings = {}
    for knob in knobs:
        other = spellings.setdefault(_spelling.camel(knob.name), knob)
        if other is not knob:
            raise CommandError(
                "bad-knob",
                f"found the knobs {other.name!r} and {knob.name!r}, expected names that are two in C++ as well",
            )
    return knobs


def _knob_runs(name, knobs):
    """RUN lines of a test in which each knob is at a value that is not its default."""
    run = "// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module({})' | FileCheck %s\n"
    return "".join(run.format(f"{name}{{{knob.name}={knob.other}}}") for knob in knobs)


def _next_of_a_pass(name, source, checkout):
    if _is_private(checkout):
        return [
            ("cmake --build build", "build it; the first time: cmake -B build -G Ninja"),
            ("cmake --build build --target check", "run the tests of the repository"),
            (f"git add {source.rsplit('/', 1)[0]} registry.yaml", "once it does what it is for"),
        ]
    python = (
        f"TRITON_EXT_LIBRARY=build/dev/lib/libTritonExtPassInfra.so PYTHONPATH=language TRITON_EXT_PASSES={name}"
        " python your_script.py"
    )
    return [
        (f"make check NAME={name}", "build it, run its test and the repository's"),
        (python, "use it; the script imports triton_ext"),
        (f"./triton-ext show {name}", "see what others will; then write yours: CONTRIBUTING.md"),
    ]


def _is_private(checkout):
    """Whether the checkout is a repository with passes of its own, built on the installed package."""
    return not (checkout.root / "infra" / "registry").is_dir()


# Dialects.


def _new_dialect(options, checkout, registry):
    _refuse(options, "dialect", "scope", "backend", "knob")
    name = _scaffold.checked_name(options.name, checkout, registry)
    class_name = _spelling.pascal(name)
    folder = f"dialects/{class_name}"
    values = {
        "name": name,
        "mnemonic": _spelling.snake(name),
        "Class": class_name,
        "CLASS": class_name.upper(),
        "banner": _scaffold.banner(f"{class_name}.cpp", f"The {name} dialect"),
        "h_banner": _scaffold.banner(f"{class_name}.h", f"The {name} dialect"),
        "td_banner": _scaffold.banner(f"{class_name}.td", f"The {name} dialect", "tablegen"),
    }
    templates = {f"{class_name}{end}": f"dialect{end}.in" for end in (".td", ".h", ".cpp", ".mlir")}
    templates["CMakeLists.txt"] = "dialect.cmake.in"
    files = {f"{folder}/{file}": _scaffold.rendered(template, **values) for file, template in templates.items()}
    for path in (f"{folder}/{class_name}.h", f"{folder}/{class_name}.cpp"):
        files[path] = _scaffold.formatted(checkout, path, files[path])
    entry = {"kind": "dialect", "summary": options.summary or f"Name values, with operations of {values['mnemonic']}."}
    return _Made(files, entry, _next_of_a_dialect(name, folder, checkout))


def _next_of_a_dialect(name, folder, checkout):
    if _is_private(checkout):
        return _next_of_a_pass(name, f"{folder}/", checkout)
    return [
        (f"make check NAME={name}", "build it, run its test and the repository's"),
        (f"./triton-ext show {name}", "see what others will"),
        (f"git add {folder} registry.yaml", f'once a pass uses it: #include "{folder}/{_spelling.pascal(name)}.h"'),
    ]


# Scopes.


def _scope_files(scope, backend, checkout):
    """What a scope needs that is not there yet. Raises CommandError."""
    if scope == "generic":
        if backend:
            raise CommandError("bad-scope", f"found --backend {backend} without --scope, expected both or neither")
        return {}
    there = _scaffold.scopes(checkout)
    known = {**_scaffold.KNOWN_BACKENDS, **there}
    if scope not in known and not backend:
        raise CommandError(
            "unknown-scope",
            f"found the scope {scope!r}, expected one of generic, {', '.join(sorted(known))}, or --backend beside it",
            _scaffold.nearest(scope, [*known, "generic"]),
            f"for a new one: --scope {scope} --backend <GPUTarget.backend of {scope}>",
        )
    if not _spelling.is_kebab(scope):
        meant = _spelling.to_kebab(scope)
        raise CommandError("bad-scope", f"found the scope {scope!r}, expected kebab-case", [meant] if meant else [])
    if backend and backend != known.get(scope, backend):
        raise CommandError(
            "bad-scope",
            f"found --backend {backend}, expected {known[scope]}, as the scope {scope} is for",
            [known[scope]],
        )
    if backend and not backend.isidentifier():
        raise CommandError("bad-scope", f"found --backend {backend!r}, expected a GPUTarget.backend, such as cuda")
    if scope in there:
        return {}
    if (checkout.root / "backends" / scope / "CMakeLists.txt").exists():
        raise CommandError("bad-scope", f"backends/{scope}/CMakeLists.txt says no triton_ext_scope(NAME {scope} ...)")
    line = f"triton_ext_scope(NAME {scope} BACKEND {backend or known[scope]})\n"
    return {f"backends/{scope}/CMakeLists.txt": line}


def _new_backend(options, checkout, registry):
    """The scope alone: its folder, which passes go into."""
    _refuse(options, "backend", "scope", "knob", "summary")
    if options.name == "generic":
        raise CommandError("bad-scope", "found the scope 'generic', which is that of passes/")
    files = _scope_files(options.name, options.backend, checkout)
    if not files:
        raise CommandError("name-taken", f"the scope '{options.name}' is there: backends/{options.name}")
    return _Made(files, None, [(f"triton-ext new pass NAME --scope {options.name}", "the first pass of the scope")])


def _refuse(options, kind, *names):
    """Raises CommandError where an option is given that the kind has no use for."""
    for name in names:
        if getattr(options, name) not in (None, [], "generic"):
            raise CommandError("usage", f"--{name} is for a pass, not for a {kind}")


_KINDS = {"pass": _new_pass, "dialect": _new_dialect, "backend": _new_backend}
