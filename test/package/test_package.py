# SPDX-License-Identifier: MIT
"""What the package ships: needs the C library only, exports the C interface only.

Run by `make test-package` on the files of the build, with the tools of .venv/tools.
"""

import json
import os
import platform
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["TRITON_EXT_BUILD"])
LIBRARY = BUILD / "lib" / "libTritonExtPassInfra.so"
TOOL = BUILD / "bin" / "triton-ext-opt"
C_LIBRARY = re.compile(r"lib(c|m|dl|pthread|rt)\.so\.\d+|ld-linux[\w.-]*\.so\.\d+")
OLDEST = (2, 35)


def output_of(*command):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.mark.parametrize("file", [LIBRARY, TOOL], ids=lambda path: path.name)
def test_needs_the_c_library_only(file):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output_of("readelf", "-dW", file))
    assert needed
    others = [name for name in needed if not C_LIBRARY.fullmatch(name)]
    assert not others, f"{file.name} needs {others}; link them statically in cmake/TritonExt.cmake"


def test_exports_what_the_header_declares():
    header = (ROOT / "infra/include/triton_ext/triton_ext.h").read_text()
    declared = set(re.findall(r"^TRITON_EXT_API[^;]*?\b(triton_ext_\w+)\(", header, re.M))
    symbols = output_of("nm", "-D", "--defined-only", LIBRARY).split("\n")
    exported = {line.split()[-1].split("@")[0] for line in symbols if line}
    assert declared
    assert exported == declared


def test_old_enough_for_its_tag(tmp_path):
    """auditwheel's word on a wheel that holds these two files."""
    tag = f"py3-none-linux_{platform.machine()}"
    wheel = tmp_path / f"triton_ext-0.0.0-{tag}.whl"
    info = "triton_ext-0.0.0.dist-info"
    files = {f"triton_ext/lib/{LIBRARY.name}": LIBRARY, f"triton_ext/bin/{TOOL.name}": TOOL}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, file in files.items():
            archive.write(file, name)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: triton-ext\nVersion: 0.0.0\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in files))
    said = json.loads(output_of(sys.executable, "-m", "auditwheel", "show", "--json", wheel))
    found = re.match(r"manylinux_(\d+)_(\d+)_", said["overall_tag"])
    assert found and tuple(map(int, found.groups())) <= OLDEST, said


def test_no_planted_pass_is_shipped():
    listed = output_of(TOOL, "--list-passes")
    assert "loop-split" in listed
    assert "planted" not in listed


def test_version_stands_in_one_place():
    version = re.search(r"project\(TritonExt VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert output_of(TOOL, "--version").startswith(f"triton-ext-opt {version} ")
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()
