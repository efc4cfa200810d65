# SPDX-License-Identifier: MIT
"""The kernels together use all that the language of this Triton can emit."""

import pytest

import harness
import operations
from kernels import KERNELS


def test_every_reachable_operation_is_used() -> None:
    assert not operations.uncovered()


def test_every_method_of_the_builder_that_the_language_calls_is_used() -> None:
    assert not operations.uncovered_methods()


def test_the_table_knows_every_method_of_the_builder() -> None:
    assert not operations.unknown_methods(), "new in this release: extend operations.py, and the kernels"


def test_the_table_is_what_the_wheel_declares() -> None:
    declared = operations.declared()
    if declared is None:  # older wheels ship no TableGen files; the builder is all there is to see
        assert operations.reachable()
        return
    unreachable = set(declared) - set(operations.reachable())
    assert unreachable == set(operations.UNREACHABLE).intersection(declared)


def test_an_operation_without_a_kernel_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    operations.usage.cache_clear()
    monkeypatch.delitem(KERNELS, "histogram")
    try:
        assert operations.uncovered() == ["histogram"]
        assert operations.uncovered_methods() == ["create_histogram"]
    finally:
        operations.usage.cache_clear()


@pytest.mark.parametrize("target", harness.TARGETS)
def test_at_least_thirty_kernels_compile_for(target: str) -> None:
    assert len(harness.compilable(target)) >= 30


def test_exclusions_name_targets_and_say_why() -> None:
    for kernel in KERNELS.values():
        assert set(kernel.excluded) <= set(harness.TARGETS), kernel
        assert all(kernel.excluded.values()), kernel
