# SPDX-License-Identifier: MIT
"""A repository with a pass of its own, and a C program, on what the tarball holds.

Nothing here may need the checkout: the tarball is unpacked in a folder of its
own, and the repository and the program stand beside it.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import copies
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["TRITON_EXT_BUILD"])
TIME_LIMIT = 300  # seconds, for one command: far more than any takes
BUILD_LIMIT = 60  # seconds of processors, from an empty build folder to library and tool

REPOSITORY = {
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.25)
project(Mine VERSION 1.2.3 LANGUAGES C CXX)
find_package(TritonExt REQUIRED)
triton_ext_project(NAME mine)
""",
    "registry.yaml": """\
assert-strip:
  summary: Remove device assertions.
  exactness: bit-exact
  declines: the kernel has no assertion
  knobs:
    keep-first: {type: bool, default: false, help: Keep the first assertion of a kernel.}
""",
    "passes/AssertStrip/CMakeLists.txt": "triton_ext_add_pass(NAME assert-strip CLASS AssertStrip)\n",
    "passes/AssertStrip/AssertStrip.cpp": """\
#include "AssertStripBase.h"
#include "dialects/Triton/Triton.h"
#include "triton_ext/Analysis/AffineAnalysis.h"

namespace triton_ext {
namespace {
class AssertStrip : public AssertStripBase<AssertStrip> {
  void runOnOperation() override {
    llvm::SmallVector<mlir::triton::AssertOp> asserts;
    getOperation().walk([&](mlir::triton::AssertOp op) { asserts.push_back(op); });
    if (asserts.empty())
      return decline(getOperation(), "no-assert", "the kernel has no assertion");
    for (auto op : llvm::drop_begin(asserts, keepFirst ? 1 : 0)) {
      fired(op, "removed the assertion");
      op.erase();
    }
  }
};
} // namespace
} // namespace triton_ext
""",
    "passes/AssertStrip/AssertStrip.mlir": """\
// RUN: triton-ext-opt %s --pass-pipeline='builtin.module(assert-strip)' | FileCheck %s
// RUN: mine-opt %s --assert-strip=keep-first=true | FileCheck %s --check-prefix=FIRST
// CHECK-LABEL: tt.func @checked
// CHECK-NOT: tt.assert
// FIRST: tt.assert
tt.func @checked(%c: i1) {
  tt.assert %c, "in range" : i1
  tt.return
}
""",
}

PROGRAM = """\
#include "triton_ext/triton_ext.h"
#include <stdio.h>
#include <string.h>

int main(void) {
  const char text[] = "loop-split";
  triton_ext_text pipeline = {text, strlen(text)};
  triton_ext_result *checked = triton_ext_check(pipeline);
  printf("%s %s\\n", triton_ext_version(),
         triton_ext_result_status(checked) == TRITON_EXT_OK ? "ok" : "not ok");
  triton_ext_free(checked);
  return 0;
}
"""

PROGRAM_LIST = """\
cmake_minimum_required(VERSION 3.25)
project(Program LANGUAGES C)
find_package(TritonExt REQUIRED COMPONENTS Library)
add_executable(program program.c)
target_link_libraries(program TritonExt::TritonExt)
"""

ENABLE_BOTH = """\
import triton, triton.language as tl
import triton_ext
from triton.backends.compiler import GPUTarget

@triton.jit
def kernel(x, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.device_assert(n > 0, "n")
    tl.store(x + offsets, 1.0, mask=offsets < n)

source = triton.compiler.ASTSource(kernel, {"x": "*fp32", "n": "i32", "BLOCK": "constexpr"}, constexprs={"BLOCK": 64})
with triton_ext.passes("mine/assert-strip,loop-split"):
    compiled = triton.compile(source, target=GPUTarget("cuda", 90, 32), options={"debug": True})
print("assertions", compiled.asm["ttir"].count("tt.assert"))
print("passes", *sorted(f"{p['name']}={p['status']}" for r in triton_ext.reports() for p in r["passes"]))
"""


def run(*command, fails=False, env=None, cwd=None):
    """Runs it; what it printed. Shows that when the command does not end as it should."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CMAKE_", "TRITON_EXT_"))}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**inherited, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert (done.returncode != 0) == fails, f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def tarball(tmp_path_factory):
    """The file that users without Python take."""
    return Path(run(ROOT / "infra/setup/tarball", BUILD, tmp_path_factory.mktemp("dist")).splitlines()[-1])


@pytest.fixture(scope="module")
def package(tarball, tmp_path_factory):
    """The tarball, unpacked in a folder that nothing in it can know of."""
    folder = tmp_path_factory.mktemp("unpacked")
    run("tar", "-xzf", tarball, "-C", folder)
    (unpacked,) = folder.iterdir()
    return unpacked


def configure(source, build, package, *options, **expected):
    return run(
        *("cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"),
        f"-DCMAKE_PREFIX_PATH={package}",
        *options,
        env={"CCACHE_DISABLE": "1"},
        **expected,
    )


def written(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def repository(package, tmp_path_factory):
    """A private repository, built in its folder build/."""
    folder = written(tmp_path_factory.mktemp("repository"), REPOSITORY)
    before = copies.computed()
    configure(folder, folder / "build", package)
    run("cmake", "--build", folder / "build", "-j2")
    seconds = copies.computed() - before
    print(f"\na private repository with one pass: {seconds:.1f} s to library and tool (limit {BUILD_LIMIT} s)")
    assert seconds < BUILD_LIMIT
    return folder


def test_the_repository_becomes_a_library_and_a_tool(repository):
    listed = run(repository / "build/bin/mine-opt", "--list-passes")
    assert listed.startswith("mine/assert-strip ") and len(listed.splitlines()) == 1
    assert run(repository / "build/bin/mine-opt", "--version").startswith("mine-opt 1.2.3 ")
    exported = run("nm", "-D", "--defined-only", repository / "build/lib/libMine.so").split("\n")
    assert all(line.split()[-1].startswith("triton_ext_") for line in exported if line)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", repository / "build/lib/libMine.so"))
    assert needed and not [name for name in needed if re.search(r"LLVM|MLIR|stdc\+\+|gcc", name)]


def test_its_lit_tests_run(repository):
    said = run("cmake", "--build", repository / "build", "--target", "check")
    assert re.search(r"Passed: 1 \(100", said), said
    test = repository / "passes/AssertStrip/AssertStrip.mlir"
    right = test.read_text()
    try:
        test.write_text(right.replace("CHECK-NOT: tt.assert", "CHECK: tt.assert"))
        assert "AssertStrip.mlir" in run("cmake", "--build", repository / "build", "--target", "check", fails=True)
    finally:
        test.write_text(right)


def test_nothing_names_the_checkout(package, repository):
    commands = json.loads((repository / "build/compile_commands.json").read_text())
    assert any("AssertStrip.cpp" in each["file"] for each in commands)
    for file in [f for folder in (package, repository) for f in folder.rglob("*") if f.is_file()]:
        content = file.read_bytes()
        for place in (ROOT, BUILD):
            assert str(place).encode() not in content, f"{file} names {place}"


def test_a_mistake_in_the_catalogue_stops_configuring(repository, package, tmp_path):
    folder = written(tmp_path, REPOSITORY)
    catalogue = folder / "registry.yaml"
    catalogue.write_text(catalogue.read_text().replace("exactness: bit-exact", "exactness: bit-exakt"))
    said = configure(folder, folder / "build", package, fails=True)
    assert "registry.yaml:3:14: error: " in said and "bit-exact" in said, said


def test_a_name_that_is_none_is_refused(package, tmp_path):
    folder = written(tmp_path, REPOSITORY)
    (folder / "CMakeLists.txt").write_text(REPOSITORY["CMakeLists.txt"].replace("NAME mine", "NAME My_Lib"))
    assert "found NAME 'My_Lib', expected a name of small letters" in configure(
        folder, folder / "build", package, fails=True
    )


def test_folders_of_a_vendor_and_targets_of_others(package, tmp_path):
    """backends/<scope>/ is found, and what else the project builds keeps its own flags."""
    folder = written(tmp_path, REPOSITORY)
    (folder / "backends/nvidia").mkdir(parents=True)
    shutil.move(folder / "passes/AssertStrip", folder / "backends/nvidia/AssertStrip")
    (folder / "backends/nvidia/CMakeLists.txt").write_text("triton_ext_scope(NAME nvidia BACKEND cuda)\n")
    with (folder / "CMakeLists.txt").open("a") as file:
        file.write("add_library(Other other.cpp)\n")
    (folder / "other.cpp").touch()
    configure(folder, folder / "build", package)
    table = (folder / "build/generated/Mine/CatalogueTable.cpp").read_text()
    assert '"backends/nvidia/AssertStrip"' in table and '"cuda"' in table
    commands = {
        Path(c["file"]).name: c["command"] for c in json.loads((folder / "build/compile_commands.json").read_text())
    }
    flags = "-fno-exceptions", "-fvisibility=hidden", "-Wextra", "-std=", str(package)
    assert all(flag in commands["AssertStrip.cpp"] for flag in flags)
    assert not [flag for flag in flags if flag in commands["other.cpp"]]


def test_without_mlir_it_says_what_to_install(package, tmp_path):
    folder = written(tmp_path, REPOSITORY)
    said = configure(folder, folder / "build", package, "-DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON", fails=True)
    assert "found no MLIR, expected MLIR 22: apt-get install" in " ".join(said.split())


def test_python_enables_it_beside_the_others(repository, tmp_path):
    """On a stock wheel, with both libraries in TRITON_EXT_LIBRARY."""
    script = tmp_path / "both.py"
    script.write_text(ENABLE_BOTH)
    said = run(
        *(os.environ["TRITON_EXT_TEST_PYTHON"], script),
        env={
            "PYTHONPATH": str(ROOT / "language"),
            "TRITON_CACHE_DIR": str(tmp_path / "cache"),
            "TRITON_EXT_LIBRARY": f"{BUILD / 'lib/libTritonExtPassInfra.so'}:{repository / 'build/lib/libMine.so'}",
        },
    )
    assert "assertions 0\n" in said, said
    assert "passes loop-split=declined mine/assert-strip=fired" in said, said


@pytest.mark.parametrize("way", ["pkg-config", "cmake"])
def test_a_c_program_uses_the_library(package, tmp_path, way):
    written(tmp_path, {"program.c": PROGRAM, "CMakeLists.txt": PROGRAM_LIST})
    program = tmp_path / "build" / "program"
    if way == "cmake":
        configure(tmp_path, tmp_path / "build", package, "-DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON")
        run("cmake", "--build", tmp_path / "build")
    else:
        program.parent.mkdir()
        flags = run(
            "pkg-config", "--cflags", "--libs", "triton-ext", env={"PKG_CONFIG_PATH": package / "lib/pkgconfig"}
        )
        run("cc", tmp_path / "program.c", "-o", program, *flags.split(), f"-Wl,-rpath,{package}/lib")
    version = re.search(r"project\(TritonExt VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert run(program) == f"{version} ok\n"


def test_the_tarball_is_the_same_each_time(tarball, tmp_path):
    again = tmp_path / tarball.name
    run("sh", "-c", 'umask 077 && exec "$0" "$@"', ROOT / "infra/setup/tarball", BUILD, tmp_path)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(tarball.read_bytes()).digest()
