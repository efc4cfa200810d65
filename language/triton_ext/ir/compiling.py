# SPDX-License-Identifier: MIT
"""Compiles kernels and writes what each stage makes of them; in a Python that has Triton, without a GPU.

    python -m triton_ext.ir.compiling < request.json

The request says

    kernels    a .py file or the folder of a package; its `KERNELS` maps names to objects with `fn`, `signature`,
               `constexprs`, `attrs` and `options`, or `signature` says what one function takes
    names      the kernels that are wanted; null for all
    signature  as `python -m triton.tools.compile` takes it ("*fp32:16, i32, 1024"), or null
    target     "cuda:90", "hip:gfx942"
    passes     a pipeline text, or "" for stock
    stages     the stages that are wanted
    steps      whether the module is looked at after each pass, too
    out        an empty folder: KERNEL.STAGE is written there, and index.json
"""

import importlib
import importlib.util
import json
import os
import re
import sys
import tempfile
from pathlib import Path


class Done(BaseException):
    """All stages that are wanted have run; nothing in between may take it for a failure."""


class Wrong(Exception):
    """The request cannot be carried out; a sentence."""


class Kernel:
    """One kernel with everything fixed that a compilation needs."""

    def __init__(self, name, declared, target):
        self.name = name
        self.fn = declared.fn
        self.signature = dict(declared.signature)
        self.constexprs = dict(getattr(declared, "constexprs", {}))
        self.attrs = dict(getattr(declared, "attrs", {}))
        own = getattr(declared, "target_options", {}).get(arch_name(target), {})
        self.options = {**getattr(declared, "options", {}), **own}
        self.why_not = getattr(declared, "missing", "") or getattr(declared, "excluded", {}).get(arch_name(target), "")


class Declared:
    """A function with the signature that the command line says."""

    def __init__(self, fn, signature):
        self.fn = fn
        self.signature, self.constexprs, self.attrs = parse_signature(fn, signature)


def arch_name(target):
    """sm_90, gfx942."""
    backend, _, arch = target.partition(":")
    return f"sm_{arch}" if backend == "cuda" else arch


def main():
    """Reads the request, writes the texts; exit code 2 with a sentence where it cannot be carried out."""
    request = json.load(sys.stdin)
    try:
        index = run(request)
    except Wrong as error:
        json.dump({"error": str(error)}, sys.stdout)
        sys.exit(2)
    Path(request["out"], "index.json").write_text(json.dumps(index))


def run(request):
    """The index of what was written: {"triton", "target", "kernels": {name: {"stages", "steps", "error"}}}."""
    if request["steps"]:
        os.environ["MLIR_ENABLE_DUMP"] = "1"
        os.environ.pop("MLIR_DUMP_PATH", None)
    with tempfile.TemporaryDirectory(prefix="triton-ext-cache-") as cache:
        os.environ["TRITON_CACHE_DIR"] = cache
        import triton

        target = target_of(request["target"])
        found = kernels(request)
        recorder = Recorder(request, target, Steps(request["out"]) if request["steps"] else None)
        for kernel in found:
            recorder.compile(kernel)
    return {"triton": triton.__version__, "target": request["target"], "kernels": recorder.index}


def target_of(text):
    """Triton's GPUTarget of "cuda:90". Raises Wrong."""
    from triton.backends import backends
    from triton.backends.compiler import GPUTarget

    backend, _, arch = text.partition(":")
    target = GPUTarget(backend, int(arch) if arch.isdigit() else arch, 64 if arch.startswith("gfx9") else 32)
    if not any(entry.compiler.supports_target(target) for entry in backends.values()):
        raise Wrong(f"this Triton has no backend for the target {text}: it has {', '.join(sorted(backends))}")
    return target


def kernels(request):
    """The Kernels that are wanted. Raises Wrong."""
    module = load(Path(request["kernels"]))
    declared = getattr(module, "KERNELS", {})
    names = request["names"]
    if request["signature"] is not None:
        names = names or []
        if len(names) != 1 or not hasattr(getattr(module, names[0], None), "fn"):
            raise Wrong(f"{request['kernels']} has no kernel {' '.join(names)}: expected a function under @triton.jit")
        return [Kernel(names[0], Declared(getattr(module, names[0]), request["signature"]), request["target"])]
    if not declared:
        raise Wrong(f"{request['kernels']} has no KERNELS, so --signature has to say what the kernel takes")
    missing = sorted(set(names or ()) - set(declared))
    if missing:
        import difflib

        near = difflib.get_close_matches(missing[0], declared, 3)
        raise Wrong(f"{request['kernels']} has no kernel {missing[0]!r}" + (f"; nearest: {near[0]}" if near else ""))
    return [Kernel(name, declared[name], request["target"]) for name in names or sorted(declared)]


def load(path):
    """The module of a .py file, or of the folder of a package. Raises Wrong."""
    try:
        if path.is_dir():
            sys.path.insert(0, str(path.resolve().parent))
            return importlib.import_module(path.resolve().name)
        sys.path.insert(0, str(path.resolve().parent))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module
    except BaseException as error:  # whatever a file does when it is imported
        raise Wrong(f"{path} cannot be imported: {type(error).__name__}: {error}") from None


def parse_signature(fn, text):
    """(types, constants, attributes) of a signature as Triton's ahead-of-time compiler takes it. Raises Wrong."""
    words = [word.strip() for word in text.split(",")]
    if len(words) != len(fn.arg_names):
        raise Wrong(f"the signature has {len(words)} entries, and {fn.__name__} takes {', '.join(fn.arg_names)}")
    types, constants, attributes = {}, {}, {}
    for index, (name, word) in enumerate(zip(fn.arg_names, words, strict=True)):
        kind, _, hint = word.partition(":")
        if re.fullmatch(r"\*?[a-z]+[a-z0-9]*\d\w*", kind):
            types[name] = kind
            if hint:
                attributes[(index,)] = [["tt.divisibility", 16]] if hint == "16" else []
                if hint == "1":
                    types[name], constants[name] = "constexpr", 1
        else:
            types[name], constants[name] = "constexpr", _constant(word)
    return types, constants, attributes


def _constant(word):
    try:
        return json.loads(word.replace("True", "true").replace("False", "false").replace("None", "null"))
    except ValueError:
        raise Wrong(f"{word!r} is neither a type, such as *fp32:16 or i32, nor a constant") from None


class Recorder:
    """Compiles kernels up to the last stage that is wanted, and keeps what came out."""

    def __init__(self, request, target, steps):
        from triton.compiler import make_backend

        self.request, self.target, self.steps = request, target, steps
        self.backend = type(make_backend(target))
        self.index = {}

    def compile(self, kernel):
        entry = self.index[kernel.name] = {"stages": [], "steps": [], "error": None}
        if kernel.why_not:
            entry["error"] = kernel.why_not
            return
        try:
            self._compile(kernel, entry)
        except Done:
            pass
        except Exception as error:
            lines = str(error).strip().splitlines() or [""]
            entry["error"] = f"{type(error).__name__}: {lines[0]}"

    def _compile(self, kernel, entry):
        import contextlib

        import triton
        from triton.compiler import ASTSource

        passes = self.request["passes"]
        if passes:
            import triton_ext

            enabled = triton_ext.passes(passes)
            strict = triton_ext.configure(on_failure="raise")
        else:
            enabled = strict = contextlib.nullcontext()
        source = ASTSource(kernel.fn, kernel.signature, constexprs=kernel.constexprs, attrs=kernel.attrs)
        with strict, enabled, self._stages_watched(kernel, entry):
            triton.compile(source, target=self.target, options=kernel.options)

    def _stages_watched(self, kernel, entry):
        """Keeps what each wanted stage makes, and ends after the last. Around everybody else's stages."""
        import contextlib

        wanted = self.request["stages"]

        def watched(name, stage, last):
            def run(module, metadata):
                if self.steps:
                    self.steps.begin()
                result = stage(module, metadata)
                if name in wanted:
                    text = result if isinstance(result, str) else str(result)
                    Path(self.request["out"], f"{kernel.name}.{name}").write_text(text, "utf-8", "surrogateescape")
                    entry["stages"].append(name)
                    if self.steps and name in ("ttir", "ttgir"):
                        entry["steps"] += self.steps.of_stage(name, text)
                if name == last:
                    raise Done
                return result

            return run

        @contextlib.contextmanager
        def replaced():
            own = self.backend.add_stages

            def add_stages(backend, stages, *args, **kwargs):
                result = own(backend, stages, *args, **kwargs)
                last = [name for name in stages if name in wanted][-1:]
                for name in [*stages]:
                    stages[name] = watched(name, stages[name], *last or [None])
                return result

            self.backend.add_stages = add_stages
            try:
                yield
            finally:
                self.backend.add_stages = own

        return replaced()


class Steps:
    """The module after each pass, from what MLIR_ENABLE_DUMP prints."""

    _HEAD = re.compile(r"^// -----// IR Dump Before (.*?) \('builtin\.module' operation.*\) //----- //$", re.MULTILINE)
    _ANY = re.compile(r"^// -----// ", re.MULTILINE)

    def __init__(self, folder):
        # It goes to standard error, at once; a file that MLIR_DUMP_PATH names is not complete before the end.
        handle, self.path = tempfile.mkstemp(prefix="passes-", dir=folder)
        sys.stderr = os.fdopen(os.dup(2), "w")
        os.dup2(handle, 2)
        os.close(handle)
        self.start = 0
        self.known = {}

    def begin(self):
        """A stage starts here."""
        self.start = os.path.getsize(self.path)

    def of_stage(self, stage, result):
        """[{"stage", "pass", "digest"}]: the module as it came (pass None), and after each pass of the stage.

        ``result``: the module as it is now.
        """
        with open(self.path, encoding="utf-8", errors="surrogateescape") as file:
            file.seek(self.start)
            printed = file.read()
        found = [*self._HEAD.finditer(printed)]
        texts = []
        for head in found:
            end = self._ANY.search(printed, head.end())
            texts.append(printed[head.end() : end.start() if end else None])
        names = [None, *(self._name(head[1]) for head in found)]
        digests = [self._digest(text) for text in [*texts, result]]
        return [{"stage": stage, "pass": name, "digest": digest} for name, digest in zip(names, digests, strict=True)]

    @staticmethod
    def _name(said):
        """The pass as a pipeline names it: of "CSE (cse)", or "CSEPass: cse{...}"."""
        _, colon, text = said.partition(": ")
        name = text if colon else said.rpartition("(")[2].rstrip(")")
        return name.partition("{")[0].strip()

    def _digest(self, text):
        from . import text as ir

        text = text.strip()
        if text not in self.known:
            self.known[text] = ir.parse(text, "mlir").digest()
        return self.known[text]


if __name__ == "__main__":
    main()
