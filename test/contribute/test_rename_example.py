# SPDX-License-Identifier: MIT
"""docs/examples/rename.sh: a repository of its own is built on the installed package, and renames a function."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TRITON_EXT_BUILD", ROOT / "build" / "dev"))
PAGE = (ROOT / "docs" / "examples.md").read_text()
TIME_LIMIT = 300  # seconds; it takes 10

ON_A_KERNEL = """
import triton, triton.language as tl, triton_ext
from triton.backends.compiler import GPUTarget

@triton.jit
def foo(x):
    tl.store(x, 1.0)

source = triton.compiler.ASTSource(foo, {"x": "*fp32"}, constexprs={})
with triton_ext.passes("examples/rename-function{function=foo to=bar}"):
    compiled = triton.compile(source, target=GPUTarget("cuda", 90, 32))
print(compiled.metadata.name, "@bar" in compiled.asm["ttir"], ".entry bar" in compiled.asm["ptx"])
"""


def run(*command, **env):
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **{name: str(value) for name, value in env.items()}},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The build folder of the example, and what the script printed."""
    folder = tmp_path_factory.mktemp("rename")
    run("cmake", "--install", BUILD, "--component", "development", "--prefix", folder / "package")
    return folder / "build", run(ROOT / "docs/examples/rename.sh", folder / "package", folder / "build")


def test_it_prints_what_the_page_says(built):
    section = PAGE.split("`rename.sh`", 1)[1]
    quoted = re.search(r"```console\n\$ [^\n]*\n(.*?)```", section, re.DOTALL)[1]
    assert built[1].strip() == quoted.strip()
    assert "@bar" in quoted and "@foo" not in quoted


def test_its_own_test_holds(built):
    assert "Passed: 1 " in run("cmake", "--build", built[0], "--target", "check")


def test_the_library_renames_a_kernel_of_a_stock_triton(built, tmp_path):
    libraries = os.pathsep.join(map(str, (BUILD / "lib" / "libTritonExtPassInfra.so", built[0] / "lib/libExamples.so")))
    settings = {"TRITON_EXT_LIBRARY": libraries, "TRITON_CACHE_DIR": tmp_path, "TRITON_EXT_ON_FAILURE": "raise"}
    python = os.environ["TRITON_EXT_TEST_PYTHON"]
    script = tmp_path / "script.py"
    script.write_text(ON_A_KERNEL)
    assert run(python, "-W", "ignore", script, PYTHONPATH=ROOT / "language", **settings) == "bar True True\n"
