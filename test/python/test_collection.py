# SPDX-License-Identifier: MIT
"""The works of test/gpu/work compile without a GPU, in the types that a launch gives them.

Each kernel once, for one target or another; with TRITON_EXT_TEST_WHOLE=1 every work for every target, binaries too.
"""

import pytest

import collected
import harness

KERNELS = collected.KERNELS.values()


def sample():
    """(kernel, target): each kernel's first work and second in turn, the targets in turn."""
    works = {}
    for kernel in KERNELS:
        works.setdefault(kernel.fn, []).append(kernel)
    for at, several in enumerate(works.values()):
        kernel = several[at % len(several)]
        targets = [target for target in harness.TARGETS if target not in kernel.excluded]
        yield kernel, targets[at // 2 % len(targets)]


CASES = [(kernel, target) for target in harness.TARGETS for kernel in collected.compilable(target)]


@pytest.mark.parametrize(("kernel", "target"), CASES if harness.WHOLE else list(sample()), ids=str)
def test_a_work_compiles(kernel, target):
    assert harness.compile_kernel(kernel, target, assemble=harness.WHOLE).assembly


def test_exclusions_name_targets_and_say_why():
    for kernel in collected.KERNELS.values():
        assert set(kernel.excluded) <= set(harness.TARGETS), kernel
        assert all(kernel.excluded.values()), kernel


def test_there_are_more_than_fifty_kernels_each_even_and_ragged():
    shapes = {}
    for name, kernel in collected.KERNELS.items():
        shapes.setdefault(kernel.fn, set()).add(collected.WORKS[name].shape)
    assert sum({"even", "ragged"} <= found for found in shapes.values()) > 50


def test_what_a_launch_passes_is_what_is_compiled():
    """Integers as Triton specialises them, configurations as constants and options."""
    kernel = collected.KERNELS["matrix product f16 grouped order M=3001 N=1500 K=2005"]
    assert kernel.signature["A"] == "*fp16" and kernel.signature["M"] == "i32"
    assert kernel.constexprs["stride_ak"] == 1 and kernel.signature["stride_ak"] == "constexpr"
    assert kernel.constexprs["BM"] == 128 and kernel.options == {"num_warps": 4, "num_stages": 3}
    multiples = {kernel.fn.arg_names[index] for (index,) in kernel.attrs}
    assert multiples == {"A", "B", "C"}
    even = collected.KERNELS["matrix product f16 grouped order M=4096 N=4096 K=4096"]
    assert {"M", "stride_am"} <= {even.fn.arg_names[index] for (index,) in even.attrs}


@pytest.mark.parametrize("work", [work for work in collected.WORKS.values() if work.describe], ids=str)
def test_every_configuration_has_a_grid_and_every_parameter_a_value(work):
    launch = work.describe()
    for config in work.configs:
        grid = launch.grid(config)
        assert 1 <= len(grid) <= 3 and all(isinstance(size, int) and size > 0 for size in grid)
        fixed = launch.fixed(config).keys() - set(collected.OPTIONS)
        assert {*launch.args, *fixed} == set(launch.kernel.arg_names) and not fixed & launch.args.keys()
