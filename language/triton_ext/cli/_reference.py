# SPDX-License-Identifier: MIT
"""What the reference says of the catalogue, as Markdown: lists of lines."""

import shlex

from .. import _schemas
from .._library import _entries
from .._library._entries import PASS_KINDS
from ._markdown import block, code, link, plain, table, web_link
from .show import explained, sentences, usual_pipeline, value_text

RATIO = "Stock's time over the time with it: above 1 is a gain, below 1 a loss."


def index(entries, address, title_level=1):
    """The overview. ``address``: the link to an extension's part, by name."""
    data = _entries.data()
    sharp = "#" * title_level
    lines = [
        f"{sharp} The catalogue of triton-ext",
        "",
        f"Release {code(data['version'])}, build {code(data['build_hash'])}; written by {code('triton-ext docs')}.",
        "",
    ]
    for title, chosen in (
        ("Passes", [each for each in entries if each["kind"] in PASS_KINDS and each["status"] != "retired"]),
        ("Others", [each for each in entries if each["kind"] not in PASS_KINDS and each["status"] != "retired"]),
        ("Retired", [each for each in entries if each["status"] == "retired"]),
    ):
        if chosen:
            lines += [f"{sharp}# {title}", "", *_overview(chosen, address), ""]
    lines += [f"{sharp}# What the words mean", ""]
    for field in ("exactness", "status", "stage"):
        lines += [f"**{field}**", ""]
        lines += [f"- {code(word)}: {plain(meaning)}" for word, meaning in _schemas.words(field).items()]
        lines.append("")
    return lines


def _overview(entries, address):
    rows = [
        [
            link(each["name"], address(each["name"])),
            plain(each["summary"]),
            plain(each["stage"]) if each["kind"] in PASS_KINDS else plain(each["kind"]),
            plain(each["scope"]),
            plain(each["exactness"] or ""),
            plain(each["status"]),
        ]
        for each in entries
    ]
    return table(["name", "what it does", "stage", "scope", "exactness", "status"], rows)


def extension(entry, example, why_none, address, title_level=1):
    """All of one extension. ``example``: an `_example.Example`, or None with ``why_none``, a sentence or ""."""
    sharp = "#" * title_level
    is_used = entry["kind"] in PASS_KINDS and entry["status"] != "retired"
    lines = [f"{sharp} {entry['name']}", "", plain(entry["summary"]), ""]
    if entry["status"] == "retired":
        lines += [f"Retired: use {_names([entry['successor']], address)} instead.", ""]
    lines += [*table(["", ""], _facts(entry, address)), ""]
    if is_used:
        lines += [f"{sharp}# Use", "", *_usage(entry), ""]
    if entry["knobs"]:
        lines += [f"{sharp}# Knobs", "", *_knobs(entry), ""]
    if example:
        lines += [f"{sharp}# Example", "", *_example(example), ""]
    elif is_used and why_none:
        lines += [f"{sharp}# Example", "", plain(why_none), ""]
    if entry["kind"] in PASS_KINDS:
        lines += [f"{sharp}# Measured", "", *_measured(entry), ""]
    return lines


def _facts(entry, address):
    """Rows of what the entry says in a line each; what it leaves out has none."""
    is_pass = entry["kind"] in PASS_KINDS
    facts = {
        "kind": plain(explained(entry, "kind")),
        "stage": is_pass and plain(explained(entry, "stage")),
        "scope": plain(entry["scope"])
        + (f", for the backend {code(entry['backend'], True)}" if entry["backend"] else ""),
        "status": plain(explained(entry, "status")),
        "exactness": plain(explained(entry, "exactness") or ""),
        "declines": entry["declines"] and plain(f"where {entry['declines']}"),
        "requires": ", ".join(f"{plain(key)} {code(value, True)}" for key, value in entry["requires"].items()),
        "assumes": sentences(map(plain, entry["assumes"])),
        "runs after": _names(entry["after"], address),
        "conflicts with": _names(entry["conflicts"], address),
        "owner": plain(entry["owner"] or ""),
        "since": plain(entry["since"] or ""),
        "upstream": entry["upstream"] and web_link(entry["upstream"]),
        "library": _library(entry),
        "source": entry["folder"] and code(entry["folder"], True),
    }
    return [[name, fact] for name, fact in facts.items() if fact]


def _library(entry):
    if not entry.get("library"):
        return ""
    return f"{plain(entry['library'])}, {code(entry['source'], True)}; what stands here is its author's word"


def _names(names, address):
    return ", ".join(link(name, address(name)) if address(name) else code(name, True) for name in names)


def _usage(entry):
    text = usual_pipeline(entry)
    python = ["import triton_ext", "", f'with triton_ext.passes("{text}"):', "    kernel[grid](...)"]
    shell = [
        f"TRITON_EXT_PASSES='{text}' python script.py",
        f"triton-ext-opt kernel.ttir --pass-pipeline='builtin.module({text})'",
    ]
    if entry.get("library"):
        shell.pop()  # the tool of another library has another name, and its passes have theirs there
    return [*block("\n".join(python), "python"), "", *block("\n".join(shell), "sh")]


def _knobs(entry):
    rows = [
        [
            code(knob["name"], True),
            plain(knob["type"]),
            code(value_text(knob["default"]), True),
            _values(knob),
            _tries(knob),
            plain(knob["help"]),
        ]
        for knob in entry["knobs"]
    ]
    lines = table(["knob", "type", "default", "values", "worth trying", "what it does"], rows)
    for knob in entry["knobs"]:
        if any(value["help"] for value in knob["values"]):
            lines += ["", f"{code(knob['name'])} is", ""]
            lines += [f"- {code(value['value'])}: {plain(value['help'] or '')}" for value in knob["values"]]
    return lines


def _values(knob):
    if knob["values"]:
        return ", ".join(code(each["value"], True) for each in knob["values"])
    return plain("{} to {}".format(*knob["range"])) if knob["range"] else ""


def _tries(knob):
    tries = ", ".join(code(value_text(value), True) for value in knob["try"])
    return f"{tries}, by factors" if tries and knob["log"] else tries


def _example(example):
    lines = [plain(example.caption), ""] if example.caption else []
    lines += [*block(example.before, "mlir"), ""]
    command = code(f"triton-ext-opt --pass-pipeline={shlex.quote(example.pipeline)}")
    if example.after:
        lines += [f"After {command}:", "", *block(example.after, "mlir"), ""]
    if example.remarks:
        lines += [f"What {'it' if example.after else command} reports:", ""]
        lines += [f"- {plain(remark)}" for remark in example.remarks] + [""]
    return [*lines, f"From {code(f'{example.test}:{example.line}')}, run when this page was written."]


def _measured(entry):
    if not entry["measured"]:
        return ["Nothing was measured yet."]
    rows = []
    for run in entry["measured"]:
        ratio = f"{run['ratio']:.3f}" if run["ratio"] >= 1 else f"**{run['ratio']:.3f}** (a loss)"
        knobs = ", ".join(code(f"{name}={value_text(value)}", True) for name, value in run["knobs"].items())
        rows.append([ratio, plain(run["work"]), plain(run["machine"]), plain(run["triton"]), knobs])
    ratios = [run["ratio"] for run in entry["measured"]]
    losses = sum(ratio < 1 for ratio in ratios)
    counted = f"{len(ratios)} runs, {losses} of them losses: {min(ratios):.3f} to {max(ratios):.3f}."
    return [f"{RATIO} {counted}", "", *table(["ratio", "work", "machine", "Triton", "knobs"], rows)]


def in_page(entries):
    """Addresses within one page."""
    here = {each["name"] for each in entries}
    return lambda name: f"#{anchor(name)}" if name in here else None


def anchor(name):
    """The id of an extension within one page; no heading has one like it."""
    return f"ext-{name.replace('/', '.')}"
