# SPDX-License-Identifier: MIT
"""language/triton_ext/supported.txt is the one list of Triton releases; the pages say the same."""

import os
import re
import shutil
import subprocess

import pytest
import tree

LIST = "language/triton_ext/supported.txt"
RELEASE = re.compile(r"(?<![\d.])3\.\d+\.\d+(?![\d.])")
# What was measured on, or came with, one release. Tests and kernels are about single ones, too.
MAY_NAME_SEVERAL = ("CHANGELOG.md", "README.md", "test/", "docs/loop-split.md", "registry.yaml")


def supported():
    lines = (line.split("#")[0].strip() for line in tree.text_of(LIST).splitlines())
    return [line for line in lines if line]


def as_numbers(release):
    return tuple(map(int, release.split(".")))


def versions(asked):
    """What infra/setup/versions prints for TRITON_VERSIONS=<asked>."""
    env = {**os.environ, "TRITON_VERSIONS": asked}
    return subprocess.run(
        ["infra/setup/versions"], cwd=tree.ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()


def test_the_list_is_sorted():
    assert supported() and all(map(RELEASE.fullmatch, supported()))
    assert supported() == sorted(set(supported()), key=as_numbers), f"{LIST}: oldest first, each once"


def test_versions_reads_it():
    assert versions("all") == supported()
    assert versions("") == list(dict.fromkeys([supported()[0], supported()[-1]]))
    assert versions("3.7.1, 3.8.0") == ["3.7.1", "3.8.0"]


@pytest.mark.parametrize(
    ("said", "status", "printed"),
    [("triton (3.10.0)\nAvailable versions: 3.10.0, 3.9.0", 0, "3.10.0\n"), ("", 1, "")],
    ids=["found", "no answer"],
)
def test_versions_asks_the_index_for_the_newest(tmp_path, said, status, printed):
    script = tmp_path / "infra/setup/versions"
    script.parent.mkdir(parents=True)
    shutil.copy(tree.ROOT / "infra/setup/versions", script)
    python = tmp_path / "bin/python3"
    python.parent.mkdir()
    python.write_text(
        f"#!/bin/sh\n[ \"$*\" = '-m pip index versions triton --disable-pip-version-check' ] && echo '{said}'\n"
    )
    python.chmod(0o755)
    env = {**os.environ, "TRITON_VERSIONS": "newest", "PATH": f"{python.parent}:{os.environ['PATH']}"}
    done = subprocess.run([script], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (status, printed)
    assert bool(done.stderr) == bool(status), done.stderr


def test_readme_has_the_list():
    row = re.search(r"^\| Triton \|(.*)\|$", tree.text_of("README.md"), re.MULTILINE)
    assert row, "README.md has no row `| Triton |` under Supported"
    assert RELEASE.findall(row[1]) == supported(), f"README.md, Supported: {', '.join(supported())}, as {LIST}"


def test_readme_has_the_ends_of_the_list():
    line = re.search(r"^make test .*", tree.text_of("README.md"), re.MULTILINE)[0]
    ends = versions("")
    assert RELEASE.findall(line) == ends, f"README.md, `make test`: on {' and '.join(ends)}, as infra/setup/versions"


@pytest.mark.parametrize("page", [p for p in tree.pages() if "/" not in p])
def test_pages_name_supported_releases_only(page):
    others = set(RELEASE.findall(tree.text_of(page))) - set(supported())
    assert not others, f"{page} names Triton {sorted(others)}; {LIST} has what is supported"


def test_the_changelog_says_since_when():
    missing = [release for release in supported() if release not in RELEASE.findall(tree.text_of("CHANGELOG.md"))]
    assert not missing, f"CHANGELOG.md: say under `## Unreleased` that Triton {', '.join(missing)} is supported"


def test_the_package_ships_it_and_asks_for_no_release():
    project = tree.text_of("pyproject.toml")
    package = re.search(r'^wheel\.packages = \["([^"]+)"\]', project, re.MULTILINE)[1]
    assert LIST.startswith(package + "/"), f"{LIST} is not in the package {package}"
    assert not re.search(r'"triton\b[^-"]*"', project), "pyproject.toml: the Triton there is is the one that is used"


def test_readme_and_the_package_agree_on_python():
    lowest = re.search(r'^requires-python = ">=([\d.]+)"', tree.text_of("pyproject.toml"), re.MULTILINE)[1]
    row = re.search(r"^\| Python, system \| ([\d.]+) to", tree.text_of("README.md"), re.MULTILINE)
    assert row and row[1] == lowest, f"README.md, Supported: Python {lowest}, as pyproject.toml"


def test_nothing_else_lists_releases():
    for path in tree.present():
        if path == LIST or path.startswith(MAY_NAME_SEVERAL):
            continue
        for number, line in enumerate(tree.text_of(path).splitlines(), 1):
            # An example names some; a list names the first and the last.
            named = set(RELEASE.findall(line))
            assert not {supported()[0], supported()[-1]} <= named, f"{path}:{number} lists releases; read {LIST}"


def test_the_helpers_see_mistakes():
    assert RELEASE.findall("3.6.0, 13.7.1 3.7 3.8.0.1, (3.9.0)") == ["3.6.0", "3.9.0"]
    assert as_numbers("3.10.0") > as_numbers("3.9.0")
