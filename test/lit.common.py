# SPDX-License-Identifier: MIT
"""lit's configuration: the tests that stand beside the passes, and test/.

Loaded by the site configuration in the build folder, which says where things
are; not called lit.cfg.py, since lit would take this folder for a suite of its
own. One test: .venv/tools/bin/lit -v build/dev/test/passes/LoopSplit
"""

import os

import lit.formats

config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".ll", ".test"]

# The suite is rooted at the checkout, since a pass's test stands in its folder;
# only these hold lit tests.
config.test_source_root = config.triton_ext_source
config.test_exec_root = os.path.join(config.triton_ext_build, "test")
searched = {"passes", "backends", "dialects", "test"}
config.excludes = {"Inputs", "unit", "python", "repo", "gpu", "planted"} | (
    set(os.listdir(config.test_source_root)) - searched
)

programs = os.path.join(config.triton_ext_build, "bin")
config.environment["PATH"] = os.pathsep.join([programs, config.llvm_tools, "/usr/bin", "/bin"])
# A pass that hangs fails its test.
config.maxIndividualTestTime = 60

config.substitutions += [
    ("%build", config.triton_ext_build),
    ("%source", config.triton_ext_source),
    # A pass and its test move between repositories as they are.
    (r"(?<![\w./-])triton-ext-opt(?![\w./-])", os.path.join(programs, config.triton_ext_tool)),
]
