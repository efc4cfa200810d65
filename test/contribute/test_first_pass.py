# SPDX-License-Identifier: MIT
"""From nothing to a pass that is used by name on a stock Triton, counted and timed."""

import json
import os
import re

import copies
import pytest

PYTHON = os.environ["TRITON_EXT_TEST_PYTHON"]
PATH_LIMIT = 120  # seconds of processors, from `new` to the pass's report
CHANGE_LIMIT = 30  # seconds of processors, `make check` after a change of the pass
#: For what is timed: an earlier run of these tests has left ccache the very same sources.
COMPILED = {"CCACHE_RECACHE": "1"}

KNOBS = (
    "some-flag:bool=true",
    "some-count:int=1:1..4 How many at most.",
    "some-ratio:float=0.5:0..1",
    "some-mode:choice=all:all,mask",
    "some-text:string=abc",
    "some-sizes:int-list=16,32:1..64",
)

SCRIPT = '''\
"""A kernel whose zero stock has removed before the pass runs, and a file whose zero is still there."""
import json
import pathlib
import sys

import triton
import triton.language as tl
import triton_ext
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

TTIR = """
module {
  tt.func public @copy(%x: !tt.ptr<i32>, %y: !tt.ptr<i32>) {
    %zero = arith.constant 0 : i32
    %value = tt.load %x : !tt.ptr<i32>
    %sum = arith.addi %value, %zero : i32
    tt.store %y, %sum : !tt.ptr<i32>
    tt.return
  }
}
"""


@triton.jit
def copy(X, Y, N: tl.constexpr, ZERO: tl.constexpr):
    offsets = tl.arange(0, N)
    tl.store(Y + offsets + ZERO, tl.load(X + offsets))


def report(name, source):
    with triton_ext.passes(name):
        kernel = triton.compile(source, target=GPUTarget("cuda", 90, 32))
    (crossing,) = triton_ext.report(kernel)
    (done,) = crossing["passes"]
    return {"name": done["name"], "status": done["status"], "ids": [remark["id"] for remark in done["remarks"]]}


name, folder = sys.argv[1:]
signature = {"X": "*fp32", "Y": "*fp32", "N": "constexpr", "ZERO": "constexpr"}
jit = report(name, ASTSource(copy, signature, constexprs={"N": 128, "ZERO": 0}))
file = pathlib.Path(folder) / "copy.ttir"
file.write_text(TTIR)
print(json.dumps([jit, report(name, str(file))]))
'''


@pytest.fixture(scope="module")
def copy(request):
    """A copy of the checkout that was built once; the time of that is nobody's first pass."""
    copy = copies.Copy()
    seconds, _ = copy.run(
        "cmake --preset dev && cmake --build build/dev -j2 --target TritonExtPassInfra triton-ext-opt"
    )
    say(request, f"the copy, built before: {seconds:.1f} s")
    return copy


def say(request, text):
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n  {text}", end="", flush=True)


def added(copy):
    """What `git` says is new: untracked files, and lines of others; no line may be gone or changed."""
    _, status = copy.run("git status --short -uall")
    new = sorted(line[3:] for line in status.splitlines() if line.startswith("??"))
    changed = sorted(line[3:] for line in status.splitlines() if not line.startswith("??"))
    _, diff = copy.run("git diff -U0")
    lines = [line for line in diff.splitlines() if re.match(r"[-+](?!\+\+ |-- )", line)]
    assert all(line.startswith("+") for line in lines), lines
    return new, changed, [line[1:] for line in lines if line[1:].strip()]


def test_a_pass_from_nothing_to_use(copy, request, tmp_path):
    new_seconds, _ = copy.run("./triton-ext new pass zero-fold")
    files, changed, lines = added(copy)
    assert files == ["passes/ZeroFold/CMakeLists.txt", "passes/ZeroFold/ZeroFold.cpp", "passes/ZeroFold/ZeroFold.mlir"]
    assert len((copy.root / files[0]).read_text().splitlines()) == 1
    assert changed == ["registry.yaml"] and len(lines) <= 5, "one entry of five lines, and no other line anywhere"

    check_seconds, output = copy.run("make check NAME=zero-fold", **COMPILED)
    assert "zero-fold is green" in output and "warning" not in output.lower(), output

    script = tmp_path / "use.py"
    script.write_text(SCRIPT)
    library = copy.root / "build/dev/lib/libTritonExtPassInfra.so"
    use = f"PYTHONPATH=language TRITON_EXT_LIBRARY={library} {PYTHON} {script} zero-fold {tmp_path}"
    use_seconds, output = copy.run(use, TRITON_CACHE_DIR=tmp_path / "cache")
    declined, fired = json.loads(output.splitlines()[-1])
    assert fired == {"name": "zero-fold", "status": "fired", "ids": ["fired"]}
    assert declined == {"name": "zero-fold", "status": "declined", "ids": ["no-zero-added"]}

    total = new_seconds + check_seconds + use_seconds
    say(
        request,
        f"new {new_seconds:.1f} s, check {check_seconds:.1f} s, from Python {use_seconds:.1f} s: "
        f"{total:.1f} of at most {PATH_LIMIT} s",
    )
    assert total < PATH_LIMIT


def test_a_change_of_the_pass_is_checked_in_seconds(copy, request):
    source = copy.root / "passes/ZeroFold/ZeroFold.cpp"
    text = source.read_text()
    source.write_text(text.replace("hasChanged = true;", "hasChanged |= operand != Value();"))
    assert source.read_text() != text
    seconds, _ = copy.run("make check NAME=zero-fold", **COMPILED)
    say(request, f"check after a change {seconds:.1f} of at most {CHANGE_LIMIT} s")
    assert seconds < CHANGE_LIMIT

    # And it is this pass's test that is run.
    source.write_text(text.replace("return add.getRhs();", "return add.getLhs();"))
    _, output = copy.run("make check NAME=zero-fold", status=2)
    assert "ZeroFold.mlir" in output and "is not green" in output
    source.write_text(text)


def test_each_knob_is_a_line_and_works(copy):
    _, _, before = added(copy)
    words = " ".join(f"--knob '{knob}'" for knob in KNOBS)
    copy.run(f"./triton-ext new pass many-knobs --scope acme --backend acme {words}")
    files, changed, lines = added(copy)
    assert changed == ["registry.yaml"] and len(lines) - len(before) == 4 + 1 + len(KNOBS)
    assert {path for path in files if "backends" in path} == {
        "backends/acme/CMakeLists.txt",
        *(f"backends/acme/ManyKnobs/{name}" for name in ("CMakeLists.txt", "ManyKnobs.cpp", "ManyKnobs.mlir")),
    }
    _, output = copy.run("make check NAME=many-knobs")
    assert "many-knobs is green" in output and "warning" not in output.lower(), output


def test_a_dialect_is_found_and_reads_what_it_writes(copy):
    copy.run("./triton-ext new dialect name-tags")
    files, changed, _ = added(copy)
    assert changed == ["registry.yaml"] and len([path for path in files if path.startswith("dialects/NameTags/")]) == 5
    _, output = copy.run("make check NAME=name-tags")
    assert "name-tags is green" in output and "warning" not in output.lower(), output
    _, dialects = copy.run("build/dev/bin/triton-ext-opt --show-dialects")
    assert "name_tags" in dialects


def test_a_pass_goes_by_another_name(copy):
    copy.run("./triton-ext rename zero-fold fold-zeros")
    _, output = copy.run("make check NAME=fold-zeros")
    assert "fold-zeros is green" in output
    _, output = copy.run("make check NAME=fold-zeroes", status=2)
    assert "did you mean fold-zeros?" in output
