# SPDX-License-Identifier: MIT
"""What Triton itself makes of a layout's text: its linear form, by Gluon's builder."""

import functools
import json
import re


def pieces(text):
    """The parameters of a layout's text, ``#ttg.blocked<{a = 1, b = [2]}>``: (kind, {name: text})."""
    kind, _, body = text.partition("<{")
    depth, parts = 0, [""]
    for c in body.removesuffix("}>"):
        depth += (c in "<[{") - (c in ">]}")
        if c == "," and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return kind, dict(part.strip().split(" = ", 1) for part in parts)


def gluon_layout(text, shape):
    """The layout as an object of Gluon's language; None for a kind that it has none for."""
    import triton.experimental.gluon.language as ttgl

    kind, parameters = pieces(text)
    values = {name: json.loads(value) for name, value in parameters.items() if name != "parent"}
    cga = values.get("CGALayout", [])
    if kind == "#ttg.blocked":
        names = ("sizePerThread", "threadsPerWarp", "warpsPerCTA", "order")
        return ttgl.BlockedLayout(*(values[name] for name in names), cga_layout=cga)
    if kind == "#ttg.nvidia_mma":
        version = [values["versionMajor"], values["versionMinor"]]
        return ttgl.NVMMADistributedLayout(version, values["warpsPerCTA"], values["instrShape"], cga_layout=cga)
    if kind == "#ttg.linear":
        own = [values[name] for name in ("register", "lane", "warp", "block")]
        size = [2 ** max(basis[dim].bit_length() for basis in sum(own, [])) for dim in range(len(shape))]
        return ttgl.DistributedLinearLayout(*own, size)
    if kind == "#ttg.slice":
        dim = values["dim"]
        parent = gluon_layout(parameters["parent"], [*shape[:dim], 1, *shape[dim:]])
        return parent and ttgl.SliceLayout(dim, parent)
    if kind == "#ttg.dot_op":
        parent = gluon_layout(parameters["parent"], shape)
        return parent and ttgl.DotOperandLayout(values["opIdx"], parent, values.get("kWidth", 0))
    return None


@functools.cache
def _builder():
    from triton._C.libtriton import gluon_ir, ir

    context = ir.context()
    ir.load_dialects(context)
    return gluon_ir.GluonOpBuilder(context), context  # which the builder does not keep


def linear_form(text, shape):
    """Triton's linear form of a layout over ``shape``: {"register", "lane", "warp", "block": bases}."""
    layout = gluon_layout(text, list(shape))
    builder, _ = _builder()
    form = builder.to_linear_layout(layout._to_ir(builder), list(shape))
    return {
        "register": form.reg_bases,
        "lane": form.lane_bases,
        "warp": form.warp_bases,
        "block": form.block_bases,
    }


def bases(text):
    """{"register": …} of the text of a #ttg.linear."""
    return {name: json.loads(value) for name, value in pieces(text)[1].items()}


def kinds(text):
    """The kinds of layouts that a text names, outermost first."""
    return re.findall(r"#(\w+\.\w+)", text)
