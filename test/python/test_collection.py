# SPDX-License-Identifier: MIT
"""The works of test/gpu/work compile for every target, without a GPU, in the types that a launch gives them.

TRITON_EXT_TEST_WHOLE=1 compiles each for every target; else each once, for one target after the other.
"""

import os

import pytest

import collected
import harness

WHOLE = os.environ.get("TRITON_EXT_TEST_WHOLE") == "1"

CASES = [
    pytest.param(kernel, target, id=f"{target}-{kernel}")
    for at, kernel in enumerate(collected.KERNELS.values())
    for number, target in enumerate(harness.TARGETS)
    if target not in kernel.excluded and (WHOLE or number == at % len(harness.TARGETS))
]


@pytest.mark.parametrize(("kernel", "target"), CASES)
def test_a_work_compiles(kernel, target):
    assert harness.compile_kernel(kernel, target, assemble=WHOLE).assembly


def test_exclusions_name_targets_and_say_why():
    for kernel in collected.KERNELS.values():
        assert set(kernel.excluded) <= set(harness.TARGETS), kernel
        assert all(kernel.excluded.values()), kernel
