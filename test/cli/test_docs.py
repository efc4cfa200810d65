# SPDX-License-Identifier: MIT
"""`triton-ext docs`: examples are what the tool makes now, links lead somewhere, text of others does nothing."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from markdown_it import MarkdownIt

from triton_ext._library import _entries
from triton_ext._library._entries import PASS_KINDS
from triton_ext.cli import _example, _markdown, _reference
from triton_ext.cli._answer import CommandError

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARSER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


@pytest.fixture
def docs(cli, tmp_path):
    """`docs(*words)`: runs the command in the checkout with --out; the answer's JSON."""

    def run(*words, out=tmp_path / "out", status=0, **options):
        done = cli("docs", "--json", "--out", out, *words, **{"cwd": ROOT, **options})
        assert done.status == status, done.stdout + done.stderr
        return done.json

    return run


def with_code(entry):
    """Whether an extension is a pass whose code is there."""
    return entry["kind"] in PASS_KINDS and entry["status"] != "retired"


# The shipped catalogue ----------------------------------------------------------------------------------------------


def test_every_pass_with_code_has_an_example(docs):
    answer = docs()
    entries = {each["name"]: each for each in _entries.data()["extensions"]}
    assert [each["name"] for each in answer["extensions"]] == sorted(entries)
    assert any(map(with_code, entries.values()))
    for each in answer["extensions"]:
        page = pathlib.Path(each["page"]).read_text()
        if with_code(entries[each["name"]]):
            assert each["example"], f"{each['name']} has no example"
            assert f"From `{each['example']['test']}:{each['example']['line']}`" in page
        else:
            assert each["example"] is None and "## Example" not in page


def test_an_example_is_what_the_tool_makes_now(docs, build):
    for each in docs()["extensions"]:
        if not each["example"]:
            continue
        page = pathlib.Path(each["page"]).read_text()
        before, *changed = re.findall(r"^```mlir\n(.*?)^```", page, re.M | re.S)
        test = (ROOT / each["example"]["test"]).read_text().splitlines()
        assert test[each["example"]["line"] - 1] == before.splitlines()[0]
        command = [build / "bin" / "triton-ext-opt", "-", f"--pass-pipeline={each['example']['pipeline']}"]
        made = subprocess.run(command, input=before, capture_output=True, text=True, check=True).stdout
        if changed:  # an analysis changes nothing
            assert [after.strip() for after in changed] == [made.strip()] and before.strip() != made.strip()


def test_each_page_says_all_that_the_entry_says(docs):
    docs()
    out = pathlib.Path(docs()["index"]).parent
    for entry in _entries.data()["extensions"]:
        page = visible((out / f"{entry['name']}.md").read_text())
        told = [entry["summary"], entry["declines"], *entry["assumes"], *entry["requires"].values(), entry["folder"]]
        told += [knob["name"] for knob in entry["knobs"]] + [knob["help"] for knob in entry["knobs"]]
        told += [f"{run['ratio']:.3f}" for run in entry["measured"]] + [run["work"] for run in entry["measured"]]
        assert [each for each in told if each and each not in page] == []
        assert page.count("(a loss)") == sum(run["ratio"] < 1 for run in entry["measured"])


@pytest.mark.parametrize("out", ["pages", "one.md"])
def test_links_lead_somewhere(docs, tmp_path, out):
    docs(out=tmp_path / out)
    pages = [tmp_path / out] if out.endswith(".md") else sorted((tmp_path / out).rglob("*.md"))
    links = 0
    for page in pages:
        anchors = set(re.findall(r'<a id="([^"]+)"></a>', page.read_text()))
        for target in targets(page.read_text()):
            path, _, anchor = target.partition("#")
            assert (page.parent / path).is_file() if path else anchor in anchors, f"{page.name} links to {target}"
            links += 1
    assert links >= len(_entries.data()["extensions"])


def test_the_same_again(docs, tmp_path):
    docs(out=tmp_path / "one")
    docs(out=tmp_path / "two")
    one, two = ({p.relative_to(d): p.read_bytes() for p in d.rglob("*")} for d in (tmp_path / "one", tmp_path / "two"))
    assert one == two and len(one) >= 3


# The command --------------------------------------------------------------------------------------------------------


def test_pages_go_into_the_build_by_themselves(cli, build):
    done = cli("docs", cwd=ROOT / "passes")
    assert done.status == 0, done.stderr
    assert done.stdout.splitlines()[0] == str(build / "docs" / "index.md")
    assert (build / "docs" / "loop-split.md").is_file()


def test_outside_a_checkout_a_page_says_that_it_has_no_example(cli, tmp_path):
    done = cli("docs", cwd=tmp_path)
    assert done.status == 0, done.stderr
    page = (tmp_path / "triton-ext-reference" / "loop-split.md").read_text()
    assert "```mlir" not in page
    why = "Examples are shown where the library is a build of the checkout that this is run in."
    assert page.count(why) == 1 and why in done.stdout


def test_only_what_was_named(docs, tmp_path):
    answer = docs("loop-split", "loop-split")
    assert [each["name"] for each in answer["extensions"]] == ["loop-split"]
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == ["index.md", "loop-split.md"]


def test_an_unknown_name_writes_nothing(cli, tmp_path):
    done = cli("docs", "--json", "--out", tmp_path / "out", "loop-splt", cwd=ROOT)
    assert done.status == 2 and done.error["nearest"][0] == "loop-split"
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_said(cli, tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "below.md"):
        done = cli("docs", "--json", "--out", out, cwd=ROOT)
        assert (done.status, done.error["code"]) == (3, "not-written")
        assert str(tmp_path / "file") in done.error["message"]
    assert list(tmp_path.iterdir()) == [tmp_path / "file"] and (tmp_path / "file").read_text() == ""


def test_no_library_is_said(cli, tmp_path):
    done = cli("docs", "--json", env={"TRITON_EXT_LIBRARY": tmp_path / "none.so"}, cwd=ROOT)
    assert (done.status, done.error["code"]) == (3, "library-missing")


# A checkout that is not as it should be -----------------------------------------------------------------------------


@pytest.fixture
def checkout(cli, build, tmp_path):
    """A checkout of which this library is a build; `checkout(test)` writes its test of loop-split and runs docs."""
    root = tmp_path / "checkout"
    for folder in ("passes/LoopSplit", "build/lib", "build/bin", "build/test"):
        (root / folder).mkdir(parents=True)
    (root / "registry.yaml").write_text("")
    (root / "CMakeLists.txt").write_text("")
    (root / "build" / "CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={root}\n")
    library = root / "build" / "lib" / "libTritonExtPassInfra.so"
    library.symlink_to(build / "lib" / library.name)
    (root / "build" / "bin" / "triton-ext-opt").symlink_to(build / "bin" / "triton-ext-opt")
    for test in [*ROOT.glob("passes/*/*.mlir"), *ROOT.glob("backends/*/*/*.mlir")]:
        if test.stem != "LoopSplit":
            copy = root / test.relative_to(ROOT)
            copy.parent.mkdir(parents=True)
            copy.write_text(test.read_text())

    def run(test, *words):
        if test is not None:
            (root / "passes" / "LoopSplit" / "LoopSplit.mlir").write_text(test)
        return cli("docs", "--json", *words, cwd=root / "passes", env={"TRITON_EXT_LIBRARY": library})

    run.root = root
    return run


FIRES = (ROOT / "passes" / "LoopSplit" / "LoopSplit.mlir").read_text().split("// -----")[0]
STAYS = "// RUN: triton-ext-opt %s --pass-pipeline='builtin.module(loop-split)'\n\ntt.func @empty() {\n  tt.return\n}\n"


def test_the_checkout_of_the_library_has_examples(checkout):
    done = checkout(FIRES)
    assert done.status == 0, done.stdout
    assert done.json["index"] == str(checkout.root / "build" / "docs" / "index.md")
    tests = {each["name"]: (each["example"] or {}).get("test") for each in done.json["extensions"]}
    assert tests["loop-split"] == "passes/LoopSplit/LoopSplit.mlir"


def test_a_private_repositorys_tool_is_found(checkout):
    programs = checkout.root / "build" / "bin"
    (programs / "triton-ext-opt").rename(programs / "mine-opt")
    (checkout.root / "build" / "test" / "lit.site.cfg.py").write_text('config.triton_ext_tool = "mine-opt"\n')
    assert checkout(FIRES).status == 0
    (programs / "mine-opt").unlink()
    done = checkout(FIRES)
    assert (done.status, done.error["code"]) == (3, "not-built") and "bin/mine-opt" in done.error["message"]


@pytest.mark.parametrize(
    ("test", "status", "code", "said"),
    [
        (None, 3, "no-example", "LoopSplit.mlir: No such file"),
        ("// RUN: true\n", 3, "no-example", "LoopSplit.mlir has no case"),
        (STAYS, 1, "example-unchanged", "LoopSplit.mlir:3: builtin.module(loop-split) changes nothing"),
        (
            STAYS.replace("tt.return", "tt.retrun"),
            3,
            "example-failed",
            "LoopSplit.mlir:3: builtin.module(loop-split) fails",
        ),
        (FIRES.replace("loop-split", "lop-split"), 3, "example-failed", "lop-split"),
    ],
)
def test_an_example_that_shows_nothing_is_an_error_that_names_the_test(checkout, test, status, code, said):
    done = checkout(test)
    assert (done.status, done.error["code"]) == (status, code), done.stdout
    assert said in done.error["message"] and done.error["hint"]
    assert not (checkout.root / "build" / "docs").exists(), "all pages or none"


def test_a_tool_that_cannot_run_or_dies_is_an_error(checkout):
    tool = checkout.root / "build" / "bin" / "triton-ext-opt"
    tool.unlink()
    tool.write_text("#!/bin/sh\nkill -9 $$\n")
    assert checkout(FIRES).error["code"] == "not-built" or checkout(FIRES).status == 3
    tool.chmod(0o755)
    assert checkout(FIRES).error["code"] == "example-failed"


def test_a_checkout_of_another_build_has_no_examples(checkout, tmp_path):
    (checkout.root / "build" / "CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={tmp_path}\n")
    done = checkout(FIRES, "--out", tmp_path / "out")
    assert done.status == 0 and done.json["extensions"][0]["example"] is None


# Which case, and what of it -----------------------------------------------------------------------------------------

CASES = """// RUN: triton-ext-opt %s --pass-pipeline='builtin.module(a{b=2})' | FileCheck %s --check-prefixes=CHECK,TWO

// What is said of the file.
// RUN: triton-ext-opt %s --pass-pipeline='builtin.module(c)'

// The first case, which
// goes over two lines.
// CHECK-LABEL: first
module {
  // TWO-NEXT: nothing
  // A remark of the author's.
  func @first
}

// -----

// Not this.
func @second
// -----
// Example: this one.
// CHECK: third
func @third
"""


def test_the_first_case_is_the_example_unless_one_is_marked():
    first = CASES.replace("Example: ", "")
    line, caption, text = _example._case(first)
    assert (line, caption) == (9, "The first case, which goes over two lines.")
    assert text == "module {\n  // A remark of the author's.\n  func @first\n}\n"
    assert first.splitlines()[line - 1] == "module {"

    line, caption, text = _example._case(CASES)
    assert (CASES.splitlines()[line - 1], caption, text) == ("func @third", "This one.", "func @third\n")


@pytest.mark.parametrize(
    ("run", "pipeline"),
    [
        ("triton-ext-opt %s --pass-pipeline='builtin.module(a)'", "builtin.module(a)"),
        ('triton-ext-opt %s --pass-pipeline="builtin.module(a{b=1 c=2})" -o x', "builtin.module(a{b=1 c=2})"),
        ("triton-ext-opt %s --pass-pipeline=builtin.module(a) | FileCheck %s", "builtin.module(a)"),
        ("triton-ext-opt %s --a", None),
    ],
)
def test_the_pipeline_is_that_of_the_run_line(run, pipeline):
    assert _example._pipeline(f"// RUN: {run}\n") == pipeline
    assert _example._pipeline(CASES) == "builtin.module(a{b=2})"


def test_a_pass_that_only_speaks_shows_what_it_says(build, tmp_path):
    test = tmp_path / "Some.mlir"
    tool = build / "bin" / "triton-ext-opt"
    test.write_text(FIRES)
    example = _example.of_test(test, tool, "loop-split", "analysis")
    assert example.after is None and example.remarks == ["split into 2 loops; masks and conditions that went: 2"]
    assert "What `triton-ext-opt" in "\n".join(_reference._example(example))
    test.write_text("module {\n}\n")
    with pytest.raises(CommandError, match="reports nothing of") as caught:
        _example.of_test(test, tool, "canonicalize", "analysis")
    assert caught.value.status == 1


# Text of others -----------------------------------------------------------------------------------------------------

HOSTILE = [
    "[a link](https://example.com)",
    "![a picture](https://example.com/x.png)",
    "<script>alert(1)</script>",
    "<https://example.com>",
    "https://example.com and www.example.com and someone@example.com",
    "*a* **b** __c__ ~~d~~ `e` ``f``",
    "a | b \\| c \\",
    "# heading",
    "- item",
    "1. item",
    "1) item",
    "> quote",
    "===",
    "---",
    "&lt;b&gt; &amp; &#60;",
    "two\n\n# lines\n```\nof text",
    "[x]: https://example.com",
    "\u202eevil \x1b[31mred",
    "",
    " ",
    "`",
]


def visible(markdown):
    """The text that a reader sees."""
    return "".join(
        token.content if token.type in ("text", "code_inline", "fence") else "\n" if token.nesting else ""
        for block in PARSER.parse(markdown)
        for token in (block.children or [block])
    )


def kinds(markdown):
    """What a parser makes of a text: the kinds of its parts."""
    return {token.type for block in PARSER.parse(markdown) for token in [block, *(block.children or [])]}


def targets(markdown):
    return [
        token.attrGet("href")
        for block in PARSER.parse(markdown)
        for token in block.children or []
        if token.type == "link_open"
    ]


PARAGRAPH = {"paragraph_open", "paragraph_close", "inline", "text"}
TABLE = {f"{each}_{end}" for each in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")}


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others_is_shown_and_does_nothing(text):
    shown = _markdown._line(text)
    assert kinds(_markdown.plain(text)) <= PARAGRAPH | {"text_special"}
    assert visible(_markdown.plain(text)).strip() == shown
    assert not re.search(r"https?://|(?<!\\)www\.(?!\\)", _markdown.plain(text)), "GitHub links a bare address"
    cells = _markdown.table(["a", "b"], [[_markdown.plain(text), _markdown.code(text, True)]])
    assert kinds("\n".join(cells)) <= TABLE | {"inline", "text", "text_special", "code_inline"}
    assert "\n".join(cells).count("\n") == 2


@pytest.mark.parametrize("text", [each for each in HOSTILE if each.strip()])
def test_code_of_others_is_shown_as_it_is(text):
    (paragraph,) = [token for token in PARSER.parse(f"x {_markdown.code(text)} y") if token.type == "inline"]
    (shown,) = [token.content for token in paragraph.children if token.type == "code_inline"]
    assert shown == _markdown._line(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_block_ends_where_it_should(text):
    (block,) = PARSER.parse("\n".join(_markdown.block(text, "mlir")))
    assert block.type == "fence"


@pytest.mark.parametrize(
    ("address", "is_link"),
    [
        ("https://github.com/triton-lang/triton/pull/1", True),
        ("http://example.com:80/a?b=c#d", True),
        ("javascript:alert(1)", False),
        ("https://example.com/> <script>", False),
        ("https://exämple.com/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_only_addresses_of_the_web_are_links(address, is_link):
    assert targets(_markdown.web_link(address)) == ([address] if is_link else [])


def test_a_hostile_entry_makes_a_page_without_html_or_foreign_links():
    (entry,) = (each for each in _entries.data()["extensions"] if each["name"] == "loop-split")
    text = " ".join(HOSTILE[:10])
    knob = {**entry["knobs"][2], "help": text, "default": text, "values": [{"value": "`|", "help": text}]}
    changed = {name: text for name in ("summary", "declines", "owner", "upstream", "backend", "library", "source")}
    run = {"work": text, "machine": text, "triton": text, "ratio": 0.5, "knobs": {"a": text}}
    hostile = {**entry, **changed, "assumes": [text], "knobs": [knob], "measured": [run], "after": [text]}
    hostile["requires"] = {"capability": text}
    page = "\n".join(_reference.extension(hostile, None, "", lambda name: None))
    assert not kinds(page) & {"html_inline", "html_block", "image", "link_open", "em_open", "s_open"}
    assert {
        token.content for block in PARSER.parse(page) for token in block.children or [] if "<script" in token.content
    }
    headings = re.findall(r"^#+ .*", page, re.M)
    assert headings == ["# loop-split", "## Use", "## Knobs", "## Measured"]


def test_a_name_that_is_no_name_becomes_no_file(monkeypatch):
    from triton_ext.cli import docs

    (entry,) = (each for each in _entries.data()["extensions"] if each["name"] == "loop-split")
    for name in ("../up", "/etc/passwd", "a/b/c", "A", "a b", "..", "a/.."):
        monkeypatch.setattr(_entries, "data", lambda name=name: {"extensions": [{**entry, "name": name}]})
        with pytest.raises(CommandError, match="not kebab-case"):
            docs._chosen([])


def test_retired_and_related_extensions_are_linked():
    (entry,) = (each for each in _entries.data()["extensions"] if each["name"] == "loop-split")
    gone = {**entry, "name": "loop-cut", "status": "retired", "successor": "loop-split", "folder": None}
    near = {**entry, "name": "mine/mask-fold", "after": ["loop-split", "other"], "requires": {"arch": "gfx942,gfx950"}}
    address = _reference.in_page([entry, gone, near])
    page = "\n".join(_reference.extension(gone, None, "", address))
    assert "Retired: use [loop-split](#ext-loop-split) instead." in page and "## Use" not in page
    page = "\n".join(_reference.extension(near, None, "why", address))
    assert "[loop-split](#ext-loop-split), `other`" in page and "arch `gfx942,gfx950`" in page and "\nwhy\n" in page
    index = "\n".join(_reference.index([entry, gone, near], address))
    assert re.findall(r"\]\((#[^)]*)\)", index) == ["#ext-loop-split", "#ext-mine.mask-fold", "#ext-loop-cut"]
    assert index.index("## Retired") > index.index("mask-fold")


# What a checkout offers ---------------------------------------------------------------------------------------------


def test_make_docs_prints_where_it_is():
    rule = subprocess.run(["make", "-n", "docs"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "./triton-ext docs\n" in rule
    assert rule.rstrip().endswith("--out build/dev/docs/kernels.md")


def test_json_and_text_name_the_same_index(cli, tmp_path):
    words = ("docs", "--out", tmp_path / "o")
    assert json.loads(cli(*words, "--json", cwd=ROOT).stdout)["index"] == cli(*words, cwd=ROOT).stdout.splitlines()[0]
    assert shutil.which("make") and os.path.isfile(tmp_path / "o" / "index.md")
