# SPDX-License-Identifier: MIT
"""Any file that Triton dumps reaches triton-ext-opt: TTIR as it is, TTGIR in generic form."""

import os
import pathlib
import subprocess
import sys

import pytest

import harness

LEVELS = [
    ("sm_90", "ttir"),
    ("sm_90", "ttgir"),
    ("gfx942", "ttgir"),
]


def opt(text: str) -> subprocess.CompletedProcess:
    program = pathlib.Path(os.environ["TRITON_EXT_LIBRARY"]).parents[1] / "bin" / "triton-ext-opt"
    return subprocess.run([program, "--cse", "-"], input=text, capture_output=True, text=True)


@pytest.mark.parametrize(("target", "level"), LEVELS)
def test_a_dumped_file_can_be_worked_on(target: str, level: str, tmp_path: pathlib.Path) -> None:
    dumped = harness.compile_kernel(harness.KERNELS["causal_attention_d64"], target, assemble=False).asm[level]
    file = tmp_path / f"kernel.{level}"
    file.write_text(dumped)
    printed = subprocess.run(
        [sys.executable, "-m", "triton_ext.generic", file], capture_output=True, text=True, check=True
    ).stdout
    assert '"tt.func"' in printed
    assert "triton_ext." not in printed
    done = opt(printed)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("scf.for") == 1
    if level == "ttir":
        assert opt(dumped).returncode == 0


def test_the_pretty_form_of_gpu_dialects_gets_a_hint() -> None:
    done = opt("module {\n  %0 = ttg.local_alloc : () -> !ttg.memdesc<1xi32>\n}\n")
    assert done.returncode == 1
    assert "Dialect `ttg' not found" in done.stderr
    assert "python -m triton_ext.generic" in done.stderr


@pytest.mark.parametrize("content", [None, "module {", ""], ids=["missing", "broken", "empty"])
def test_what_cannot_be_read_is_a_sentence(content: str | None, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "kernel.ttir"
    if content is not None:
        file.write_text(content)
    done = subprocess.run([sys.executable, "-m", "triton_ext.generic", file], capture_output=True, text=True)
    assert done.returncode == 1
    assert str(file) in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
