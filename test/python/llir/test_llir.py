# SPDX-License-Identifier: MIT
"""LLVM IR crosses as text: what is read is what came, or every pass declines; what goes back is taken by stock."""

import os

import pytest

import harness
import triton_ext
import triton_ext.testing

SAMPLE = ["branches", "causal_attention_d64", "gemm_even", "layer_norm", "softmax"]
TARGETS = ["sm_90", "gfx942"]


@pytest.fixture(autouse=True)
def library(monkeypatch):
    """The library of planted passes, with its worker."""
    from triton_ext import _library

    build = os.environ.get("TRITON_EXT_BUILD")
    assert build, "TRITON_EXT_BUILD names no build folder; run this by `make test-python`"
    monkeypatch.setenv("TRITON_EXT_WORKER", os.path.join(build, "bin", "triton-ext-planted-opt"))
    library = _library.Library(os.path.join(build, "lib", "libTritonExtPlanted.so"))
    with triton_ext.testing.use_library(library):
        yield library
    library.stop_worker()


def record_of(compiled):
    (record,) = triton_ext.report(compiled)
    assert record["stage"] == "llir"
    return record


def crossed(library, text, pipeline=""):
    return library.run(text, {"pipeline": pipeline, "stage": "llir", "mode": "inline"})


@pytest.mark.parametrize("target", TARGETS)
def test_an_empty_crossing_leaves_the_assembly_as_it_is(library, target, monkeypatch):
    """Where the text is read at all: all of it crosses, and nothing of it is lost."""
    statuses = []

    def cross(stages, _):
        stock = stages["llir"]

        def llir(module, metadata):
            text = stock(module, metadata)
            result = crossed(library, text)
            assert result.report["error"] is None
            statuses.append(bool(result.output))
            return result.output or text

        stages["llir"] = llir

    for name in harness.in_turn(SAMPLE, 2):
        (kernel,) = [each for each in harness.compilable(target) if each.name == name]
        with harness.stages_wrapped(target, cross):
            got = harness.compile_kernel(kernel, target, assemble=False)
        assert got.assembly == harness.compile_kernel(kernel, target, assemble=False).assembly, got
    assert any(statuses)


@pytest.mark.parametrize("target", TARGETS)
def test_a_pass_changes_the_code_or_declines(compile_kernel, target):
    statuses = set()
    for name in SAMPLE:
        compiled = compile_kernel(name, target, "planted-llvm", assemble=False)
        record = record_of(compiled)
        (entry,) = record["passes"]
        statuses.add(entry["status"])
        assert entry["status"] in ("fired", "declined") and record["error"] is None
        if entry["status"] == "fired":
            assert entry["operations_after"] >= entry["operations_before"]
            assert "fadd" not in compiled.asm["llir"] and "fsub" in compiled.asm["llir"]
        else:
            (remark,) = entry["remarks"]
            assert remark["id"] in ("no-addition", "newer-llvm")
    assert "fired" in statuses


def test_the_python_line_is_known(compile_kernel):
    compiled = compile_kernel("layer_norm", "sm_90", "planted-llvm", assemble=False)
    remarks = record_of(compiled)["passes"][0]["remarks"]
    if remarks[0]["id"] != "newer-llvm":
        assert any(each["file"].endswith("rows.py") and each["line"] > 0 for each in remarks)


def test_what_does_not_verify_is_stock(compile_kernel):
    name = "rms_norm"
    with pytest.warns(Warning, match="planted-llvm failed"):
        compiled = compile_kernel(name, "sm_80", "planted-llvm{invalid=true}")
    assert record_of(compiled)["error"]["code"] == "pass-failed"
    harness.assert_as_stock(compiled)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("define float @f() {\n  ret float -later\n}\n", "newer-llvm"),
        ('"builtin.module"() ({}) : () -> ()\n', "not-llvm-ir"),
        # A reader makes two instructions of it of its own accord.
        (
            "declare float @llvm.nvvm.ex2.approx.f(float)\n"
            "define float @f(float %x) {\n  %1 = call float @llvm.nvvm.ex2.approx.f(float %x)\n  ret float %1\n}\n",
            "newer-llvm",
        ),
    ],
)
def test_what_would_not_come_back_the_same_is_declined(library, text, identifier):
    result = crossed(library, text, "planted-llvm")
    (entry,) = result.report["passes"]
    assert entry["status"] == "declined" and [each["id"] for each in entry["remarks"]] == [identifier]
    assert result.report["error"] is None and not result.output


def test_numbers_of_attribute_groups_do_not_matter_but_what_they_say(library):
    text = 'source_filename = "m"\ndefine void @f() #7 {\n  ret void\n}\nattributes #7 = { nounwind }\n'
    assert crossed(library, text).output.count("#0") == 2
    assert not crossed(library, text.replace("nounwind", "nounwind nounwind")).output
