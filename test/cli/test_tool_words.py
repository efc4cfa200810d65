# SPDX-License-Identifier: MIT
"""No entry may be called as what triton-ext-opt has anyway: infra/registry/Schema.cpp knows all of it."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ["TRITON_EXT_BUILD"]) / "bin" / "triton-ext-opt"


def refused():
    text = (ROOT / "infra/registry/Schema.cpp").read_text()
    return set(re.findall(r'"([a-z0-9-]+)"', text[text.index("static bool isToolOption(") :].split("};")[0]))


def test_every_option_is_refused_as_a_name():
    said = subprocess.run([TOOL, "--help-hidden"], check=True, stdout=subprocess.PIPE, text=True).stdout
    # Options are indented by two columns, passes by six, what passes take by more.
    options = set(re.findall(r"^(?:  |      )--([a-z][a-z0-9-]*)", said, re.MULTILINE))
    listed = subprocess.run([TOOL, "--list-passes"], check=True, stdout=subprocess.PIPE, text=True).stdout
    passes = {line.split()[0] for line in listed.splitlines() if line.strip()}
    assert {"cse", "split-input-file"} <= options and passes <= options
    missing = {word for word in options - passes - refused() if not word.startswith("mlir-")}
    assert not missing, f"infra/registry/Schema.cpp, isToolOption: {sorted(missing)}"
