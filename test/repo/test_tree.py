# SPDX-License-Identifier: MIT
"""What may be in git, and who may include whom."""

import re

import pytest
import tree

GENERATED = re.compile(
    r"\.(inc|o|a|so|dylib|dll|exe|pyc|pyd|whl|gz|zip|zst|ptx|cubin|hsaco|ttir\.json|td\.d|egg|bin)$"
    r"|(^|/)(__pycache__|CMakeFiles|CMakeCache\.txt|build\.ninja|compile_commands\.json|_version\.py)(/|$)"
)
NOTES = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")  # in two parts: this file is read too
# A home, a scratch folder of some machine. /tmp and /dev/shm are everywhere.
MACHINE_PATHS = re.compile(r"(?<![\w.$}/])/(work|root|home|Users|mnt|data)/[\w.]")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)

# Who may include what of this project, beside MLIR, LLVM and the C++ library.
ARROWS = {
    "passes": ("triton_ext/", "dialects/"),
    "backends": ("triton_ext/", "dialects/"),
    "dialects": ("dialects/",),
    "infra": ("infra/", "triton_ext/", "dialects/"),
    "test": ("infra/", "triton_ext/", "dialects/", "test/"),
}
LIBRARIES = ("mlir/", "mlir-c/", "llvm/", "llvm-c/", "gtest/", "gmock/", "yaml-cpp/")


def misplaced_includes(path, text):
    """Quoted includes of a C++ file that its folder may not have."""
    own = path.rsplit("/", 1)[0]
    wrong = []
    for header in INCLUDE.findall(text):
        if header.startswith(LIBRARIES + ARROWS[path.split("/")[0]]):
            continue
        # A neighbour, or what the build generates for the folder: no folder in its name.
        if "/" in header or header.startswith("."):
            wrong.append(header)
        elif (tree.ROOT / own / header).is_file() or header.endswith(("Base.h", ".h.inc", ".cpp.inc", ".inc")):
            continue
        else:
            wrong.append(header)
    return wrong


def sources(*suffixes):
    return [path for path in tree.present() if path.endswith(suffixes)]


def test_nothing_generated_in_git():
    generated = [path for path in tree.committed() if GENERATED.search(path)]
    assert not generated, f"git rm --cached {' '.join(generated)}"


def test_nothing_ignored_in_git():
    ignored = tree.git_files("-ci", "--exclude-standard")
    assert not ignored, f"git rm --cached {' '.join(ignored)}"


def test_nothing_binary_in_git():
    binary = [p for p in tree.committed() if (tree.ROOT / p).is_file() and b"\0" in (tree.ROOT / p).read_bytes()]
    assert not binary, f"git rm --cached {' '.join(binary)}"


@pytest.mark.parametrize("pattern", [NOTES, MACHINE_PATHS], ids=["notes to oneself", "paths of one machine"])
def test_no_line_has(pattern):
    hits = []
    for path in tree.present():
        for number, line in enumerate(tree.text_of(path).splitlines(), 1):
            if pattern.search(line):
                hits.append(f"{path}:{number}: {line.strip()}")
    assert not hits, "\n".join(hits)


def test_every_source_has_its_licence_line():
    without = [
        path
        for path in sources(".cpp", ".c", ".h", ".td", ".py")
        if "SPDX-License-Identifier: MIT" not in "\n".join(tree.text_of(path).splitlines()[:4])
    ]
    assert not without, "first lines without `SPDX-License-Identifier: MIT`: " + ", ".join(without)


def test_arrows():
    wrong = []
    for path in sources(".cpp", ".c", ".h"):
        if path.split("/")[0] in ARROWS:
            wrong += [f"{path} includes {header}" for header in misplaced_includes(path, tree.text_of(path))]
    assert not wrong, "\n".join(wrong)


def test_python_tests_have_names_of_their_own():
    """pytest imports the modules of one suite by their file's name alone."""
    for suite in ("python", "cli", "package", "contribute", "repo"):
        names = [p.rpartition("/")[2] for p in sources(".py") if re.match(rf"test/{suite}/.*test_\w+\.py$", p)]
        doubles = {name for name in names if names.count(name) > 1}
        assert not doubles, f"test/{suite} has several files called {', '.join(sorted(doubles))}; rename one"


def test_headers_are_guarded():
    without = [
        path
        for path in sources(".h")
        if not re.search(r"^#ifndef (TRITON_EXT_\w+_H)\n#define \1$", tree.text_of(path), re.MULTILINE)
    ]
    assert not without, "no include guard TRITON_EXT_…_H: " + ", ".join(without)


def test_the_helpers_see_mistakes():
    text = '#include "passes/LoopSplit/X.h"\n#include "infra/registry/Emit.h"\n#include "LoopSplitBase.h"\n'
    text += '#include "mlir/Pass/Pass.h"\n#include "triton_ext/Pass.h"\n#include "../x.h"\n#include "nowhere.h"\n'
    assert misplaced_includes("passes/LoopSplit/LoopSplit.cpp", text) == [
        "passes/LoopSplit/X.h",
        "infra/registry/Emit.h",
        "../x.h",
        "nowhere.h",
    ]
    assert misplaced_includes("dialects/Triton/Triton.cpp", '#include "infra/x.h"') == ["infra/x.h"]
    assert MACHINE_PATHS.search("cd /wo" + "rk/main") and MACHINE_PATHS.search("'/ro" + "ot/x'")
    assert not MACHINE_PATHS.search("$x/work/main")
    assert all(GENERATED.search(p) for p in ("a/B.inc", "x/__pycache__/y.txt", "lib.so", "build/CMakeCache.txt"))
    assert not GENERATED.search("infra/inc/B.cpp")
    assert NOTES.search("// TO" + "DO: later")
