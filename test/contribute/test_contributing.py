# SPDX-License-Identifier: MIT
"""CONTRIBUTING.md is followed to the letter, in a copy of the checkout.

Its blocks are taken in order. Shell is typed, line by line; a block that begins
with the path of a file becomes that file, a `cmake` block is what `new` wrote,
and a `yaml` block takes the place of its entry. So the page's pass is built and
tested by the page's commands. What is not run as it stands is in RULES, with the
reason; what needs a GPU stands in `console` blocks, whose options are asked for.
"""

import re

import copies
import pytest
import yaml

PAGE = "CONTRIBUTING.md"

#: (commands, what is typed instead, why). The rest is typed as it stands.
RULES = (
    (
        r"make evidence\b.*",
        r'\g<0> MAKE=true ARGS="--kernel debugging --kernel softmax --rounds 1"',
        "without `make build`: the page's pass is built, the tests are not; of the kernels, one with assertions",
    ),
    (r"make docs\b.*", "make -n docs && ./triton-ext docs", "every pass on every kernel has its own run; minutes"),
    (r"make matrix\b.*", "make -n matrix", "make says what it would do; every kernel and target has its own run"),
    (r"cmake --preset dev && cmake --build build/dev", r"\g<0> -- -n", "ninja says what it would do; minutes"),
    (r"make (setup|test(-\w+)?)\b.*", r"make -n \1", "make says what it would do; every suite has its own run"),
)
#: (commands, what each of them says of the page's pass).
SAID = (
    (r"make check\b", "assert-strip is green"),
    (r"make evidence\b", "Fires for sm_90 on `debugging`."),
)
#: Inline code that is the pattern of a command, and none.
PLACEHOLDER = re.compile(r"\b(NAME|OLD|NEW)\b|…")


def blocks(page):
    """(language, text) of the code blocks, those in lists too, as they are at the start of a line."""
    for indent, language, text in re.findall(r"^( *)```(\w*)\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL):
        yield language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)


def commands(text):
    """The lines of a shell block; one that ends with a backslash goes on."""
    joined = re.sub(r"\\\n\s*", "", text)
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def inline_commands(page):
    """Inline code that is a command of the checkout, apart from its setting of variables."""
    code = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"^( *)```.*?^ *```", "", page, flags=re.MULTILINE | re.DOTALL))
    return [span for span in code if re.match(r"(make|cmake|(\./)?triton-ext) ", span) and not PLACEHOLDER.search(span)]


def as_typed(command):
    """What the copy's shell is given for a command of the page."""
    for pattern, instead, _ in RULES:
        command = re.sub(f"^{pattern}", instead, re.sub(r"\s+#\s.*", "", command))
    return re.sub(r"^triton-ext ", "./triton-ext ", command)


@pytest.fixture(scope="module")
def copy():
    copy = copies.Copy()
    copy.run("cmake --preset dev && cmake --build build/dev -j2 --target TritonExtPassInfra triton-ext-opt")
    return copy


def follow(copy, language, text):
    """Does what a block of the page says."""
    path = re.match(r"(?://|#) ((?:passes|backends|dialects|test|docs)/\S+)\n", text)
    if language == "sh":
        for command in commands(text):
            seconds, said = copy.run(as_typed(command))
            print(f"{seconds:6.1f} s  {as_typed(command)}")
            for pattern, words in SAID:
                assert words in said or not re.match(pattern, command), f"{command}: no {words!r} in\n{said}"
    elif language == "console":
        for command in re.findall(r"^\$ (.*)", text, re.MULTILINE):
            known = copy.run(f"{' '.join(command.split()[:2])} --help")[1]
            options = re.findall(r"--[\w-]+", command)
            assert all(option in known for option in options), f"{command}: not all of {options} in\n{known}"
    elif path:
        (copy.root / path[1]).write_text(text)
    elif language == "cmake":
        written = [file for file in copy.root.glob("passes/*/CMakeLists.txt") if file.read_text() == text]
        assert written, f"{PAGE} quotes a CMakeLists.txt that `new` does not write: {text}"
    elif language == "yaml":
        replace_entry(copy.root / "registry.yaml", text)
    else:
        raise AssertionError(
            f"{PAGE} has a block of {language or 'no language'}, of which nobody knows what to do:\n{text}"
        )


def replace_entry(registry, text):
    (name,) = yaml.safe_load(text)
    old = registry.read_text()
    new, count = re.subn(rf"^{name}:\n(?:[ #].*\n)*", lambda _: text, old, flags=re.MULTILINE)
    assert count == 1, f"{PAGE} describes {name}, which registry.yaml has {count} times"
    registry.write_text(new)


def test_the_page_is_followed_from_top_to_bottom(copy):
    page = (copies.ROOT / PAGE).read_text(encoding="utf-8")
    found = list(blocks(page))
    assert {"sh", "cmake", "yaml", "cpp", "mlir"} <= {language for language, _ in found}
    typed = [command for language, text in found if language == "sh" for command in commands(text)]
    assert any(command.startswith("./triton-ext new pass") for command in typed)
    last_example = max(i for i, (language, _) in enumerate(found) if language in ("cpp", "mlir", "yaml"))
    assert any("make check" in text for language, text in found[last_example:] if language == "sh"), (
        f"{PAGE} never builds its example; quote `make check NAME=...` behind it"
    )
    for language, text in found:
        follow(copy, language, text)


def test_commands_in_the_text_run(copy):
    found = inline_commands((copies.ROOT / PAGE).read_text(encoding="utf-8"))
    assert found
    for command in found:
        # The doctor finds what is wrong with this machine, not with the page.
        copy.run(as_typed(command), status=None if "doctor" in command else 0)


def test_the_helpers_see_mistakes(copy):
    page = "1. b\n\n   ```sh\n   ls \\\n     -l\n   # c\n\n   cat x\n   ```\n\n```\nd\n```\n`make all`, `make NAME`\n"
    assert list(blocks(page)) == [("sh", "ls \\\n  -l\n# c\n\ncat x\n"), ("", "d\n")]
    assert commands("ls \\\n  -l\n# c\n\ncat x\n") == ["ls -l", "cat x"]
    assert inline_commands(page) == ["make all"]
    assert as_typed("make check NAME=x   # it") == "make check NAME=x"
    assert as_typed("make test-lit FILTER=x") == "make -n test-lit"
    assert as_typed("triton-ext schema") == "./triton-ext schema"
    for language, text in (
        ("sh", "false\n"),
        ("", "x"),
        ("cmake", "x()\n"),
        ("console", "$ ./triton-ext list --no-such\n"),
    ):
        with pytest.raises(AssertionError):
            follow(copy, language, text)
    with pytest.raises(AssertionError):
        follow(copy, "yaml", "no-such-entry:\n  summary: It.\n")
