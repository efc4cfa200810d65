# SPDX-License-Identifier: MIT
"""The reports over layouts, on the Triton of this process: what they say holds for the code that comes out."""

import inspect
import pathlib
import re

import pytest
import triton

import harness
import triton_ext

NVIDIA = [target for target in harness.TARGETS if target.startswith("sm_")]


def remarks_of(compiled, identifier=None):
    """The remarks of the one pass that ran, of one kind or all."""
    (record,) = triton_ext.report(compiled)
    assert record["status"] == "unchanged" and record["error"] is None and record["stage"] == "ttgir"
    (entry,) = record["passes"]
    assert entry["status"] == ("noted" if entry["count"] else "declined")
    return [remark for remark in entry["remarks"] if identifier in (None, remark["id"])]


def line_of(remark):
    """The Python line that a remark is about; with the two before it, where the statement may begin."""
    with open(remark["file"], encoding="utf-8") as file:
        return "".join(file.read().splitlines()[remark["line"] - 3 : remark["line"]])


def function_lines(kernel):
    lines, first = inspect.getsourcelines(kernel.fn.fn)
    return range(first, first + len(lines))


def test_a_report_changes_nothing_and_names_python_lines(compile_kernel):
    compiled = compile_kernel("gemm_scaled_e5m2", "sm_80", "conversion-report")
    harness.assert_as_stock(compiled)
    (loop,) = remarks_of(compiled, "loop")
    assert "for" in line_of(loop) and "range" in line_of(loop)
    assert re.search(r"loop: (\d+ iterations, )?\d+ layout conversions: \d+ between warps", loop["text"]), loop["text"]
    between = remarks_of(compiled, "between-warps")
    assert between and all(remark["line"] in function_lines(compiled.kernel) for remark in between)
    assert all(re.search(r"tl\.(load|dot_scaled)", line_of(remark)) for remark in between)


def test_what_goes_between_warps_needs_shared_memory(compile_kernel):
    words = ("scaled", "attention_d", "persistent")
    cases = [
        (kernel, target)
        for target in NVIDIA
        for kernel in harness.compilable(target)
        if any(word in kernel.name for word in words)
    ]
    found = 0
    for kernel, target in harness.in_turn(cases, 4):
        compiled = compile_kernel(kernel, target, "conversion-report", assemble=False)
        for remark in remarks_of(compiled, "between-warps"):
            found += 1
            assert compiled.metadata.shared > 0, f"{compiled}: {remark['text']}"
            assert remark["line"] > 0 and remark["file"].endswith(".py")
    assert found, "no kernel has such a conversion any more; the test needs another one"


LOADS = re.compile(r"\b(?:global|buffer|flat)_load_(\w+)")
WIDTHS = {
    "ubyte": 1, "sbyte": 1, "u8": 1, "i8": 1, "ushort": 2, "sshort": 2, "short": 2, "u16": 2,
    "dword": 4, "dwordx2": 8, "dwordx3": 12, "dwordx4": 16, "b32": 4, "b64": 8, "b96": 12, "b128": 16,
}  # fmt: skip


def widest_load(assembly):
    """Bytes of the widest load from global memory of an AMD kernel."""
    names = [name.removesuffix("_d16_hi").removesuffix("_d16") for name in LOADS.findall(assembly)]
    return max(WIDTHS[name] for name in names)


@pytest.mark.parametrize("name", ["gemm_ragged", "gemm_f32_ieee", "layer_norm"])
def test_no_load_is_wider_than_its_bound(compile_kernel, name):
    """Of kernels whose loads of tiles are all in loops."""
    compiled = compile_kernel(name, "gfx942", "load-report", assemble=False)
    narrow = remarks_of(compiled, "narrow-load")
    bounds = [int(re.match(r"at most (\d+) bytes an instruction", remark["text"])[1]) for remark in narrow]
    assert bounds and widest_load(compiled.assembly) <= max(bounds)


def test_a_report_of_loads_names_arguments_and_lines(compile_kernel):
    compiled = compile_kernel("gemm_ragged", "gfx942", "load-report")
    harness.assert_as_stock(compiled)
    for remark in remarks_of(compiled):
        assert "tl.load" in line_of(remark)
        named = re.search(r"argument (\w+)", remark["text"])
        assert named is None or named[1] in compiled.kernel.fn.arg_names
    assert remarks_of(compiled, "no-buffer-load") and remarks_of(compiled, "narrow-load")


@pytest.mark.parametrize(
    ("pipeline", "name", "target"),
    [("conversion-report", "gemm_scaled_e5m2", "sm_80"), ("load-report", "gemm_ragged", "gfx942")],
)
def test_the_page_shows_what_a_report_says(compile_kernel, pipeline, name, target):
    """Line for line on the newest release, whose report it is; a report of the same kinds on the others."""
    page = (pathlib.Path(__file__).parents[3] / "docs" / "layouts.md").read_text(encoding="utf-8")
    section = page.split(f"**{pipeline}**")[1]
    shown = section.split("```text\n")[1].split("```")[0].splitlines()
    remarks = remarks_of(compile_kernel(name, target, pipeline, assemble=False))
    said = [f"{pathlib.Path(each['file']).name}:{each['line']}: {each['text']}" for each in remarks]
    assert bool(said)
    if triton.__version__.startswith("3.9."):
        assert shown == said


@pytest.mark.parametrize(("name", "other"), [("conversion-report", "gfx942"), ("load-report", "sm_90")])
def test_a_report_is_for_its_vendor(compile_kernel, name, other):
    compiled = compile_kernel("gemm_even", other, name, assemble=False)
    (remark,) = remarks_of(compiled)
    assert remark["id"] == "not-for-this-target"
