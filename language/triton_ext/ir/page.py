# SPDX-License-Identifier: MIT
"""A page that shows two IRs side by side: one file of HTML, nothing fetched, no script."""

import html
import re

from . import align

_STYLE = """
:root { color-scheme: light dark; --back: #fff; --ink: #1f2328; --faint: #6e7781; --line: #d0d7de;
  --gone: #ffebe9; --gone-word: #ffc1ba; --new: #e6ffec; --new-word: #a6e9b5; --none: #f3f4f6; --head: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --ink: #e6edf3; --faint: #8b949e; --line: #30363d;
  --gone: #3c1618; --gone-word: #8e2c2c; --new: #12281a; --new-word: #1f6a34; --none: #161b22; --head: #161b22; } }
body { margin: 0; padding: 1rem; background: var(--back); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.2rem; } h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; } p, li { color: var(--faint); }
table { border-collapse: collapse; width: 100%; table-layout: fixed; border: 1px solid var(--line); }
th { background: var(--head); text-align: left; padding: .3rem .6rem; font-weight: 600; }
td { vertical-align: top; padding: 0 .6rem; font: 12px/1.6 ui-monospace, monospace; white-space: pre-wrap;
  overflow-wrap: anywhere; }
td.number, col.number { width: 3.5rem; } td.number { color: var(--faint); text-align: right; }
td.gone { background: var(--gone); } td.new { background: var(--new); } td.none { background: var(--none); }
td.gone mark { background: var(--gone-word); color: inherit; } td.new mark { background: var(--new-word);
  color: inherit; }
tr.hunk td { background: var(--head); color: var(--faint); }
details > summary { cursor: pointer; color: var(--faint); padding: .2rem .6rem; border: 1px solid var(--line); }
details { margin: 0; } details table, section > table + table { border-top: 0; }
"""
_WORD = re.compile(r"\s+|[\w.%$#!@^-]+|.")


def page(label_a, label_b, results, context):
    """The page of the results of a comparison (`triton_ext.cli.diff.Result`), as text."""
    title = f"{label_a} and {label_b}"
    different = [result for result in results if result.status != "same"]
    parts = [f"<h1>{_text(title)}</h1>", f"<p>{_summary(results, different)}</p>"]
    if len(different) > 1:
        items = (
            f'<li><a href="#d{number}">{_text(_name(result))}</a>: {_text(_said(result, label_a, label_b))}</li>'
            for number, result in enumerate(different)
        )
        parts.append(f"<ul>{''.join(items)}</ul>")
    for number, result in enumerate(different):
        parts.append(f'<section id="d{number}"><h2>{_text(_name(result))}</h2>')
        parts.append(f"<p>{_text(_said(result, label_a, label_b))}</p>")
        if result.comparison:
            parts += _tables(result.comparison, label_a, label_b, context)
        parts.append("</section>")
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _text(text):
    """``text`` for HTML, with escapes for what is not to be seen."""
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return html.escape(shown)


def _summary(results, different):
    if not different:
        return "The same, whatever the names, locations and white space."
    return f"{len(different)} of {len(results)} differ." if len(results) > 1 else "Different."


def _name(result):
    return f"{result.kernel} {result.stage}" if result.kernel is not None else result.stage


def _said(result, label_a, label_b):
    if result.status != "different":
        return f"only in {label_a if result.status == 'only-a' else label_b}"
    return ", ".join(f"{number} {word}" for word, number in result.counts.items() if number)


def _tables(comparison, label_a, label_b, context):
    """Tables of what differs, and between them, folded, what is the same."""
    head = f'<tr><th colspan="2">{_text(label_a)}</th><th colspan="2">{_text(label_b)}</th></tr>'
    shown = {id(step) for group in comparison.grouped(context) for step in group}
    start, steps = 0, comparison.steps
    while start < len(steps):
        end, folded = start, id(steps[start]) not in shown
        while end < len(steps) and (id(steps[end]) not in shown) == folded:
            end += 1
        rows = "\n".join(_row(comparison, step) for step in steps[start:end])
        if folded:
            yield f"<details><summary>{end - start} equal lines</summary>{_table('', rows)}</details>"
        else:
            yield _table(head, rows)
            head = ""
        start = end


def _table(head, rows):
    columns = '<col class="number"><col><col class="number"><col>'
    return f"<table><colgroup>{columns}</colgroup>{head}{rows}</table>"


def _row(comparison, step):
    tag, index_a, index_b = step
    left = _cells(comparison.a, index_a, comparison.line_a, "gone" if tag != "equal" else "")
    right = _cells(comparison.b, index_b, comparison.line_b, "new" if tag != "equal" else "")
    if tag == "change":
        line_a, line_b = comparison.line_a(index_a), comparison.line_b(index_b)
        words_a, words_b = _WORD.findall(line_a), _WORD.findall(line_b)
        places_a, places_b = align.differing(words_a, words_b)
        left = _cell(comparison.a.statements[index_a].line, "gone", _marked(words_a, places_a))
        right = _cell(comparison.b.statements[index_b].line, "new", _marked(words_b, places_b))
    return f'<tr class="{tag}">{left}{right}</tr>'


def _cells(module, index, line, kind):
    if index is None:
        return '<td class="number"></td><td class="none"></td>'
    return _cell(module.statements[index].line, kind, _text(line(index)))


def _cell(number, kind, text):
    return f'<td class="number">{number}</td><td class="{kind}">{text}</td>'


def _marked(words, places):
    """Words as HTML, those at ``places`` marked."""
    parts, at = [], 0
    for start, end in places:
        parts.append(_text("".join(words[at:start])))
        parts.append(f"<mark>{_text(''.join(words[start:end]))}</mark>")
        at = end
    return "".join([*parts, _text("".join(words[at:]))])
