# SPDX-License-Identifier: MIT
"""Every layout that the kernels have at TTGIR is read, prints back, and means what Triton says it means.

Kernels other than products take turns.
"""

import contextlib
import os

import gluon_form
import pytest
import triton
from triton.backends.compiler import GPUTarget

import harness

# Kinds of layouts that targets make beside those of harness.TARGETS.
MORE_TARGETS = {
    "gfx950": GPUTarget("hip", "gfx950", 64),
    "gfx1100": GPUTarget("hip", "gfx1100", 32),
    "gfx1250": GPUTarget("hip", "gfx1250", 32),
}
PRODUCTS = ("gemm_bf16", "gemm_scaled_e2m1", "causal_attention_d64")


class Reached(Exception):
    """TTGIR is there; the stages after it are not run."""


@contextlib.contextmanager
def until_ttgir(target, keep):
    def wrap(stages, _):
        run = stages["ttgir"]

        def ttgir(module, metadata):
            keep.append(harness.generic_text(run(module, metadata)))
            raise Reached

        stages["ttgir"] = ttgir

    with harness.fresh_cache(), harness.stages_wrapped(target, wrap):
        yield


def ttgir_of(kernel, target, **options):
    """The kernel's TTGIR, in generic form."""
    texts = []
    with until_ttgir(target, texts), contextlib.suppress(Reached):
        triton.compile(
            harness.source(kernel),
            target=harness.TARGETS[target],
            options={**harness.options_of(kernel, target), **options},
        )
    return texts[0]


@pytest.fixture(scope="module")
def library():
    """The library of planted passes; planted-layouts runs in this process."""
    from triton_ext import _library

    build = os.environ.get("TRITON_EXT_BUILD")
    assert build, "TRITON_EXT_BUILD names no build folder; run this by `make test-python`"
    yield _library.Library(os.path.join(build, "lib", "libTritonExtPlanted.so"))
    gluon_form._builder.cache_clear()


def findings(library, texts):
    """What planted-layouts notes, each once: (id, its parts)."""
    found = {}
    for text in texts:
        result = library.run(text, {"pipeline": "planted-layouts", "stage": "ttgir", "mode": "inline"})
        assert result.report["error"] is None, result.report["error"]
        (entry,) = result.report["passes"]
        assert entry["status"] == "noted" and entry["count"] == len(entry["remarks"])
        for remark in entry["remarks"]:
            assert remark["kind"] == "noted"
            found[remark["id"], remark["text"]] = remark["text"].split(" | ")
    return [(identifier, parts) for (identifier, _), parts in found.items()]


def disagreement(shape, text, form):
    """How a linear form differs from Triton's; None if it does not.

    The order of registers is not part of the form, nor are registers that repeat others.
    """
    theirs = gluon_form.linear_form(text, shape)
    ours = gluon_form.bases(form)
    for each in (theirs, ours):
        each["register"] = sorted(basis for basis in each["register"] if any(basis))
    return None if ours == theirs else f"{shape} {text}: {ours}, and Triton's is {theirs}"


def check(found):
    for identifier, parts in found:
        assert parts[-1] != "unknown", f"{identifier} {parts[0]} is not read"
        if identifier == "layout":
            assert parts[1] in parts[0], f"{parts[0]} prints back as {parts[1]}"
        if identifier == "form":
            shape = [int(size) for size in parts[0].split(",")]
            wrong = disagreement(shape, parts[1], parts[2])
            assert not wrong, wrong


@pytest.mark.parametrize("target", harness.TARGETS)
def test_every_layout_is_read_and_means_what_triton_says(library, target):
    kernels = harness.compilable(target)
    products = [kernel for kernel in kernels if kernel.name in (*PRODUCTS, "gemm_batched")]
    others = harness.in_turn((kernel for kernel in kernels if kernel not in products), 3)
    found = findings(library, (ttgir_of(kernel, target) for kernel in products + others))
    check(found)
    kinds = {kind for identifier, parts in found for kind in gluon_form.kinds(parts[0]) if identifier == "layout"}
    product = "ttg.amd_mfma" if target.startswith("gfx") else "ttg.nvidia_mma"
    assert {"ttg.blocked", "ttg.slice", "ttg.dot_op", product} <= kinds, "the kernels have become too simple"
    assert sum(identifier == "form" for identifier, _ in found) > 30
    assert any(identifier == "memdesc" for identifier, _ in found)


@pytest.mark.parametrize("target", MORE_TARGETS)
def test_layouts_of_other_targets(library, target, monkeypatch):
    monkeypatch.setitem(harness.TARGETS, target, MORE_TARGETS[target])
    kernels = [kernel for kernel in harness.compilable(target) if kernel.name in PRODUCTS]
    check(findings(library, (ttgir_of(kernel, target) for kernel in kernels)))


def test_layouts_of_clusters(library):
    (kernel,) = [kernel for kernel in harness.compilable("sm_90") if kernel.name == "gemm_bf16"]
    found = findings(library, [ttgir_of(kernel, "sm_90", num_ctas=2)])
    check(found)
    assert any("CGALayout" in parts[0] for _, parts in found)


def test_a_wrong_form_is_noticed():
    text = "#ttg.blocked<{sizePerThread = [2], threadsPerWarp = [32], warpsPerCTA = [4], order = [0]}>"
    form = "#ttg.linear<{register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = [[64], [128]], block = []}>"
    assert disagreement([256], text, form) is None
    assert disagreement([256], text, form.replace("[64], [128]", "[128], [64]"))
