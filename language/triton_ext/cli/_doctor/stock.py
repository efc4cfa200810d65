# SPDX-License-Identifier: MIT
"""Checks of Triton: what is installed, whether it is supported and imports, who has hooked in, a kernel's way."""

import os
import re
from pathlib import Path

from .line import NONE, OK, PROBLEM, WARNING, Line

_INSTALL = "pip install triton"


def supported():
    """The releases that this package is tested on, oldest first."""
    text = (Path(__file__).parents[2] / "supported.txt").read_text(encoding="utf-8")
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def found(probe):
    """What is installed, and what `import triton` takes. ``probe``: the Result of probe_triton."""
    facts = probe.stages.get("find")
    if facts is None:
        died = probe.died_in("find") or probe.ended or "said nothing"
        return Line("triton", PROBLEM, f"looking for Triton {died}", probe.last_words(), "repair this Python")
    installed = facts["distributions"]
    listed = ", ".join(f"{each['name']} {each['version']}" for each in installed)
    if not facts["file"]:
        return _missing(facts, listed)
    file = os.path.realpath(facts["file"])
    detail = "" if len(installed) < 2 else f"installed: {listed}"
    if installed and file not in [each["file"] for each in installed] and all(each["file"] for each in installed):
        fix = "take that folder out of PYTHONPATH, unless it is what you want"
        return Line("triton", WARNING, f"{_folder(file)} hides the installed {listed}", fix=fix)
    if len(installed) > 1:
        names = " ".join(each["name"] for each in installed)
        fix = f"pip uninstall {names}, then install one of them again"
        return Line("triton", WARNING, f"{len(installed)} distributions bring the package triton", detail, fix)
    if not installed:
        return Line("triton", OK, f"{_folder(file)}, a folder that no distribution brought")
    return Line("triton", OK, f"{listed}, {_folder(file)}")


def _missing(facts, listed):
    # Without __init__.py a folder is a package all the same, an empty one: a clone of Triton's repository, say.
    where = f"; {facts['folders'][0]} is no package" if facts["folders"] else ""
    if listed:
        summary = f"{listed} is installed, but there is no package triton{where}"
        return Line("triton", PROBLEM, summary, fix="pip install --force-reinstall triton")
    detail = "The catalogue can be queried; passes need a Triton to run in."
    fix = f"{_INSTALL}, or look at the Python that has it: triton-ext doctor --python PATH"
    return Line("triton", WARNING, f"this Python has no Triton{where}", detail, fix)


def _folder(file):
    return os.path.dirname(file)


def version(probe):
    """Whether the release that is imported is one that this package is tested on."""
    text = probe.stages.get("import", {}).get("version") or _installed_version(probe)
    if not text:
        return Line("triton-version", NONE, "not known: Triton does not import")
    tested = supported()
    release = _release(text)
    if release is None:
        detail = f"Tested: {', '.join(tested)}. On others features are detected."
        return Line("triton-version", WARNING, f"Triton {text} names no release", detail, _TRY)
    if release[:2] < _release(tested[0])[:2]:
        fix = f"pip install 'triton>={tested[0]}'"
        return Line("triton-version", PROBLEM, f"Triton {text} is older than {tested[0]}", fix=fix)
    if ".".join(map(str, release)) in tested:
        return Line("triton-version", OK, f"Triton {text} is supported")
    detail = f"Tested: {', '.join(tested)}. On others features are detected."
    return Line("triton-version", WARNING, f"Triton {text} is not among the tested releases", detail, _TRY)


_TRY = "nothing, where the line `crossing` is ok; else install a tested release"


def _installed_version(probe):
    """The version of the one distribution, where importing it came to nothing."""
    installed = probe.stages.get("find", {}).get("distributions", [])
    return installed[0]["version"] if len(installed) == 1 else None


def _release(text):
    """(3, 6, 0) of "3.6.0+git1234", or None."""
    match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in match.groups()) if match else None


def imports(probe):
    """Whether `import triton` ends, and well."""
    if not probe.stages.get("find", {}).get("file"):
        return Line("triton-import", NONE, "not tried: there is no Triton")
    facts = probe.stages.get("import")
    fix = f"repair the installation: pip install --force-reinstall triton=={supported()[-1]}"
    if facts is None:
        died = probe.died_in("import") or "said nothing"
        if died.startswith("did not end"):
            fix = "see with `python -X importtime -c 'import triton'` where it waits, or give it a longer --time-limit"
        return Line("triton-import", PROBLEM, f"import triton {died}", probe.last_words(), fix)
    if "error" in facts:
        return Line("triton-import", PROBLEM, "import triton fails", facts["error"], fix)
    return Line("triton-import", OK, f"import triton takes {facts['ms']:.0f} ms")


#: Triton's variables that decide whether a pass of ours has a say: why.
VARIABLES = {
    "TRITON_INTERPRET": "kernels are interpreted: no pass runs",
    "TRITON_KERNEL_OVERRIDE": "what a stage made, passes included, is replaced by files",
    "TRITON_PLUGIN_PATHS": "Triton's own plugins are loaded; each is for one exact build of Triton",
    "LLVM_PASS_PLUGIN_PATH": "a plugin of LLVM's works on what passes made",
    "TRITON_CACHE_MANAGER": "another cache than Triton's keeps the kernels",
    "TRITON_REMOTE_CACHE_BACKEND": "kernels come from a cache that others fill too",
    "TRITON_ALWAYS_COMPILE": "every kernel is compiled anew in each process",
    "TRITON_OVERRIDE_ARCH": "kernels are compiled for another target than the device",
    "TRITON_INSTRUMENTATION_MODE": "kernels are instrumented",
    "TRITON_REPRODUCER_PATH": "Triton writes a reproducer for each pass manager that runs",
    "DISABLE_LLVM_OPT": "LLVM does not optimise what passes made",
    "TRITON_DISABLE_LINE_INFO": "reports cannot name the Python line",
}


def hooks(probe, environment):
    """Who else has hooked into Triton when it is imported, and variables that change what passes come to."""
    facts = probe.stages.get("hooks") or {"set": [], "manager": None}
    notes = [f"{name} is set" for name in facts["set"]]
    if facts["manager"]:
        notes.append(f"triton.knobs.cache.manager_class is {facts['manager']}")
    off = ("", "0", "false", "off", "no")  # what Triton takes for off, whatever the variable
    for name, why in VARIABLES.items():
        value = environment.get(name, "")
        if value.lower() not in off:
            notes.append(f"{name}={value}: {why}")
    if notes:
        fix = "unset them, unless they are what you want; a stage that a hook replaces has no place for a pass"
        return Line("hooks", WARNING, f"{_counted(notes)} what a pass comes to", "\n".join(notes), fix)
    if "hooks" not in probe.stages or not probe.stages["find"]["file"]:
        return Line("hooks", NONE, "not looked at: Triton does not import")
    return Line("hooks", OK, "nobody else has hooked into Triton")


def _counted(notes):
    return "one thing changes" if len(notes) == 1 else f"{len(notes)} things change"


def crossing(probe, why_not):
    """Whether a kernel crosses over and back at both levels. ``why_not``: why that cannot be, or ""."""
    if why_not:
        return Line("crossing", NONE, f"not tried: {why_not}")
    facts = probe.stages.get("crossing")
    fix = "kernels are compiled as stock; report this, with what `triton-ext doctor --json` prints"
    if facts is None:
        died = probe.died_in("crossing") or probe.ended or "ended early"
        return Line("crossing", PROBLEM, f"compiling a kernel {died}", probe.last_words(), fix)
    if "error" in facts:
        return Line("crossing", PROBLEM, "a kernel cannot be compiled with a crossing", facts["error"], fix)
    crossed = [each["stage"] for each in facts["stages"] if each["status"] == "changed"]
    if crossed != ["ttir", "ttgir"]:
        summary = f"a kernel crossed at {' and '.join(crossed) or 'no level'}, not at ttir and ttgir"
        return Line("crossing", PROBLEM, summary, fix=fix)
    each = " and ".join(f"{stage['ms']:.1f} ms at {stage['stage']}" for stage in facts["stages"])
    return Line("crossing", OK, f"a kernel for {facts['target']} crosses over and back: {each}")
