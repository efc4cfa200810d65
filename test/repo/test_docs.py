# SPDX-License-Identifier: MIT
"""The commands, options, variables, files, passes and knobs that the pages name are there."""

import functools
import itertools
import json
import re
import shlex
import subprocess

import pytest
import tree

COMMAND_PAGES = ("README.md", "CONTRIBUTING.md")  # which must quote some
VARIABLE = re.compile(r"\bTRITON_EXT_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?!_)")
# What a process tells the child that it starts.
INTERNAL_VARIABLES = re.compile(r"TRITON_EXT_WORKER_(FD|PARENT)|TRITON_EXT_TEST_\w+")


# --- make -------------------------------------------------------------------------


def make_targets(command):
    """The targets that a command asks make for; none if it is no make."""
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return []
    while words and re.fullmatch(r"\w+=\S*", words[0]):
        words.pop(0)
    if not words or words[0] != "make":
        return []
    return [word for word in words[1:] if re.fullmatch(r"[a-z][\w-]*", word)]


def makefile_targets():
    return set(re.findall(r"^([a-z][\w-]*):", tree.text_of("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("name", tree.pages())
def test_make_knows_every_quoted_target(name):
    targets = {target for command in tree.shell_lines(tree.text_of(name)) for target in make_targets(command)}
    unknown = sorted(targets - makefile_targets())
    assert not unknown, f"{name} quotes `make {unknown[0]}`; `make help` lists what there is"
    if name in COMMAND_PAGES:
        assert targets, f"{name} quotes no make command"
        dry = subprocess.run(["make", "-n", *sorted(targets)], cwd=tree.ROOT, capture_output=True, text=True)
        assert dry.returncode == 0, f"{name} quotes {sorted(targets)}: {dry.stderr}"


def test_make_lists_every_target():
    makefile = tree.text_of("Makefile")
    phony = set(re.search(r"^\.PHONY:((?:.*\\\n)*.*)", makefile, re.MULTILINE)[1].replace("\\\n", " ").split())
    helped = set(re.findall(r"^([a-z][\w-]*):.*?## \S", makefile, re.MULTILINE))
    assert makefile_targets() == phony, "the targets of the Makefile and its .PHONY differ; name each in both"
    assert makefile_targets() == helped, "a target of the Makefile has no help; add `## what it does`"


# --- shells -----------------------------------------------------------------------

# What bash or zsh would expand, or refuse where it matches no file, outside of quotes.
EXPANDED = re.compile(r"[?*\[\]{}]|(?<!\S)=|\$(?!\w|\()")


def unquoted(command):
    """A command without what stands in quotes and without its comment."""
    return re.sub(r"\s#.*", "", re.sub(r"'[^']*'|\"[^\"]*\"", "''", command))


@pytest.mark.parametrize("name", tree.pages())
def test_bash_and_zsh_leave_quoted_pipelines_alone(name):
    ours = [line for line in tree.shell_lines(tree.text_of(name)) if "triton-ext" in line or "TRITON_EXT_" in line]
    spoiled = [line for line in ours if EXPANDED.search(unquoted(line))]
    assert not spoiled, f"{name}: a shell changes {spoiled[0]!r}; quote it"


# --- triton-ext -------------------------------------------------------------------


@functools.cache
def commands():
    """{command: its options} of triton-ext, and those of triton-ext itself under ""."""
    from triton_ext.cli import make_parser

    parser = make_parser()
    known = {"": set(parser._option_string_actions)}
    for action in parser._actions:
        for name, command in (getattr(action, "choices", None) or {}).items():
            known[name] = set(command._option_string_actions)
            # `new pass`: a command of commands takes the options of all of them.
            for inner in command._actions:
                if isinstance(inner.choices, dict):
                    known[name] |= {option for each in inner.choices.values() for option in each._option_string_actions}
    return known


def triton_ext_calls(line):
    """Argument lists of the calls of triton-ext in a shell line."""
    for call in re.split(r"&&|\|\||[|;&]", line):
        try:
            words = shlex.split(call)
        except ValueError:
            continue
        while words and re.fullmatch(r"\w+=.*", words[0]):
            words.pop(0)
        if words[:1] and words[0].split("/")[-1] == "triton-ext":
            yield words[1:]
        elif words[1:3] == ["-m", "triton_ext"]:
            yield words[3:]


def mistakes_of(call, known):
    """What the arguments of triton-ext name that it has not."""
    call = [*itertools.takewhile(lambda word: word != "--", call)]  # what follows is another program's
    options = [word.split("=")[0] for word in call if word.startswith("--")]
    words = [word for word in call if not word.startswith("-") and re.fullmatch("[a-z]+", word)]
    command = words[0] if words and call[0] == words[0] else ""
    if command not in known:
        return [command]
    return [option for option in options if option not in known[command] | known[""]]


@pytest.mark.parametrize("name", tree.pages())
def test_triton_ext_knows_every_quoted_command(name):
    for line in tree.shell_lines(tree.text_of(name)):
        for call in triton_ext_calls(line):
            wrong = mistakes_of(call, commands())
            assert not wrong, f"{name} quotes `{line}`, and {wrong} is unknown; see `./triton-ext --help`"


# --- Variables --------------------------------------------------------------------


def variables_of_the_code():
    """Environment variables that the package, the library and the tools ask for."""
    read = set()
    for path in tree.present():
        if path.startswith(("language/", "infra/")) and path.endswith((".py", ".cpp", ".h", ".c")):
            read |= set(re.findall(rf'["\']({VARIABLE.pattern})["\'=]', tree.text_of(path)))
    return {name for name in read if not INTERNAL_VARIABLES.fullmatch(name)}


def other_names():
    """What is spelled like a variable and is none: macros of the C interface, options of CMake."""
    header = tree.text_of("infra/include/triton_ext/triton_ext.h")
    names = set(re.findall(r"^#\s*define (\w+)", header, re.MULTILINE)) | set(
        re.findall(r"^\s+(\w+) = \d", header, re.M)
    )
    for path in ("CMakeLists.txt", *(p for p in tree.present() if p.startswith("cmake/"))):
        names |= set(VARIABLE.findall(tree.text_of(path)))
    return names


def variables_of_the_pages():
    return {name: page for page in tree.pages() for name in VARIABLE.findall(tree.text_of(page))}


def test_every_named_variable_is_read():
    known = variables_of_the_code() | other_names()
    named = variables_of_the_pages().items()
    unknown = {name: page for name, page in named if name not in known and not INTERNAL_VARIABLES.fullmatch(name)}
    assert not unknown, f"no code reads {unknown}; correct the page"


def test_every_variable_that_is_read_is_explained():
    unexplained = variables_of_the_code() - variables_of_the_pages().keys()
    assert not unexplained, f"no page explains {sorted(unexplained)}; add a line to docs/pipelines.md"


# --- Passes and knobs -------------------------------------------------------------

PIPELINE_PASS = re.compile(r"(?<![\w.$/@{-])([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\{([a-z][^{}\n]*=[^{}\n]*)\}")


def example_passes(page):
    """{name: knobs or None} of the passes that a page makes up: by `new pass`, `rename`, or an entry."""
    made = {}
    for line in tree.shell_lines(page):
        for call in triton_ext_calls(line):
            if call[:2] == ["new", "pass"] and len(call) > 2:
                made[call[2]] = {word.split(":")[0] for word in call if ":" in word or "=" in word}
            if call[:1] == ["rename"]:
                made.update(dict.fromkeys(call[1:]))
    for text in tree.blocks(page, ("yaml",)):
        for name in re.findall(r"^([a-z][\w-]*):$", text, re.MULTILINE):
            made[name] = None
    return made


def quoted_passes(page):
    """(name, knobs) of the passes that code of a page names."""
    code = tree.spans(page) + tree.blocks(page, (*tree.SHELLS, "text", "python", "py"))
    for text in code:
        for name, knobs in PIPELINE_PASS.findall(text):
            yield name, re.findall(r"([a-z][\w-]*)=", knobs)
        for name in re.findall(r"""passes(?:=|\()["']\+?([a-z][a-z0-9-]*)["']""", text):
            yield name, []
        for name in re.findall(r"\bNAME=([a-z][a-z0-9-]*)", text):
            yield name, []
    for line in tree.shell_lines(page):
        for call in triton_ext_calls(line):
            if call[:1] in (["show"], ["measure"]) and len(call) > 1 and tree.is_kebab(call[1]):
                yield call[1], []


@pytest.mark.parametrize("name", tree.pages())
def test_every_quoted_pass_and_knob_is_there(name):
    page = tree.text_of(name)
    entries = {key: set(entry.get("knobs", {})) for key, entry in tree.catalogue().items()}
    entries.update(example_passes(page))
    for pass_name, knobs in quoted_passes(page):
        assert pass_name in entries, f"{name} names the pass {pass_name}; `./triton-ext list` has what there is"
        known = entries[pass_name]
        unknown = [knob for knob in knobs if known is not None and knob.replace("_", "-") not in known]
        assert not unknown, f"{name}: {pass_name} has no knob {unknown}; see `./triton-ext show {pass_name}`"


# --- Files ------------------------------------------------------------------------


def named_paths(page):
    """Inline code that names a file or folder of this checkout."""
    tops = {path.split("/")[0] for path in tree.present() if "/" in path}
    for span in tree.spans(page):
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", span) and "/" in span and span.split("/")[0] in tops:
            yield span


@pytest.mark.parametrize("name", tree.pages())
def test_every_quoted_preset_is_there(name):
    presets = {p["name"] for p in json.loads(tree.text_of("CMakePresets.json"))["configurePresets"]}
    quoted = set(re.findall(r"--preset[ =](\w+)", tree.text_of(name)))
    assert quoted <= presets, f"{name} quotes presets {quoted - presets}; `cmake --list-presets` has what there is"


@pytest.mark.parametrize("name", tree.pages())
def test_every_named_file_is_there(name):
    page = tree.text_of(name)
    made_up = {tree.pascal(each) for each in example_passes(page)}
    missing = [
        path
        for path in named_paths(page)
        if not (tree.ROOT / path).exists() and not made_up & set(re.split(r"[/.]", path))
    ]
    assert not missing, f"{name} names {missing}"


def test_every_link_leads_somewhere():
    for name in (p for p in tree.present() if p.endswith(".md")):
        folder = (tree.ROOT / name).parent
        text = tree.BLOCK.sub("", tree.dedented(tree.text_of(name)))
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target:
                assert (folder / target).exists(), f"{name} links to {target}; correct the link"


def test_every_page_is_linked():
    linked = set()
    for name in ("README.md", *tree.pages()):
        for target in re.findall(r"\]\(([^)#\s]+)", tree.text_of(name)):
            linked.add(str((tree.ROOT / name).parent.joinpath(target).resolve()))
    lost = [name for name in tree.pages() if name.startswith("docs/") and str(tree.ROOT / name) not in linked]
    assert not lost, f"no page links to {lost}; link it from README.md"


def test_the_helpers_see_mistakes():
    page = (
        "Say `make demo`, or:\n\n   ```sh\n   $ make test # all\nmake: an answer\n"
        "   $ A=all make tets B='c d'\n   ```\n"
        "```cpp\nmake no\n```\n```yaml\nmade-up:\n  summary: S.\n```\n"
        "`./triton-ext lsit --jsno | cat`, `x/triton-ext show a-pass --scope`, `a-pass{knob=1}`, `made-up{any=1}`\n"
        "```python\npasses('no-pass')\n```\n"
    )
    lines = tree.shell_lines(page)
    assert sorted(t for c in lines for t in make_targets(c)) == ["demo", "test", "tets"]
    assert make_targets("cmake --build x") == []
    assert list(triton_ext_calls("A=1 ./triton-ext lsit --jsno | cat")) == [["lsit", "--jsno"]]
    assert list(triton_ext_calls("python -m triton_ext list; ls")) == [["list"]]
    known = {"": {"--help"}, "list": {"--json"}, "show": {"--json"}}
    assert mistakes_of(["lsit"], known) == ["lsit"]
    assert mistakes_of(["list", "--json", "--jsno"], known) == ["--jsno"]
    assert mistakes_of(["show", "list", "--help"], known) == []
    assert mistakes_of(["show", "--jsno", "--", "python", "--help"], known) == ["--jsno"]
    assert mistakes_of(["show", "--", "python", "--other"], known) == []
    assert example_passes(page) == {"made-up": None}
    assert example_passes("`triton-ext new pass a-b --knob max-c:int=1`") == {"a-b": {"max-c"}}
    assert sorted(quoted_passes(page)) == [("a-pass", []), ("a-pass", ["knob"]), ("made-up", ["any"]), ("no-pass", [])]
    assert tree.spans("`a` and\n```sh\n`b`\n```\n`c d`") == ["a", "c d"]
    assert VARIABLE.findall("TRITON_EXT_A_B TRITON_EXT_PASSES_ XTRITON_EXT_A") == ["TRITON_EXT_A_B"]
    assert EXPANDED.search(unquoted("triton-ext run --passes mask-fold@before=ttir.x? -- python a.py"))
    assert not EXPANDED.search(unquoted("triton-ext run --passes 'a{b=1}' -- python a.py  # *"))
