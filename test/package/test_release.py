# SPDX-License-Identifier: MIT
"""`make release`: what it refuses, what it changes, and that it changes nothing unless told to."""

import copy
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra/setup"))

import release  # noqa: E402
from breaking import EXACTNESS, breaking_changes  # noqa: E402

# --- Breaking changes -------------------------------------------------------------

CATALOGUE = """
gone-soon: {summary: S., exactness: bit-exact, status: retired, successor: loop-split}
loop-split:
  summary: S.
  exactness: contracts
  requires: {capability: ">=80"}
  knobs:
    count: {type: int, default: 1, range: [1, 4], help: H.}
    free: {type: int, default: 1, help: H.}
    ratio: {type: float, default: 0.5, help: H.}
    mode: {type: choice, values: {one: O., two: T.}, default: one, help: H.}
other: {summary: S., exactness: bit-exact, scope: nvidia}
"""
SPLIT, KNOBS = ("loop-split",), ("loop-split", "knobs")
GONE = object()

# What is changed (a path of keys), to what, and the one sentence about it, if it breaks something.
CHANGES = {
    "pass removed": (("other",), GONE, "other is gone; a retired entry that names its successor has to stay"),
    "pass retired": (("other", "status"), "retired", None),
    "retired entry removed": (
        ("gone-soon",),
        GONE,
        "gone-soon is gone; a retired entry that names its successor has to stay",
    ),
    "retired name given away": (
        ("gone-soon", "status"),
        "experimental",
        "gone-soon was retired and is something new; a retired name is not given away",
    ),
    "pass added": (("more",), {"summary": "S.", "exactness": "bit-exact"}, None),
    "summary": ((*SPLIT, "summary"), "Other.", None),
    "kind": ((*SPLIT, "kind"), "analysis", "loop-split: kind was transform and is analysis"),
    "stage": ((*SPLIT, "stage"), "ttgir", "loop-split: stage was ttir and is ttgir"),
    "stage said": ((*SPLIT, "stage"), "ttir", None),
    "scope": (("other", "scope"), "amd", "other: scope was nvidia and is amd"),
    "scope left to the folder": (("other", "scope"), GONE, None),
    "exactness weaker": (
        (*SPLIT, "exactness"),
        "approximates",
        "loop-split: exactness was contracts and is approximates, which is weaker",
    ),
    "exactness not said": (
        (*SPLIT, "exactness"),
        GONE,
        "loop-split: exactness was contracts and is not said, which is weaker",
    ),
    "exactness stronger": ((*SPLIT, "exactness"), "bit-exact", None),
    "requires more": (
        (*SPLIT, "requires", "capability"),
        ">=90",
        "loop-split: requires capability >=90, and was >=80",
    ),
    "requires anew": (
        (*SPLIT, "requires", "arch"),
        ["gfx942"],
        "loop-split: requires arch [gfx942], and had none",
    ),
    "requires less": ((*SPLIT, "requires"), {}, None),
    "conflicts": ((*SPLIT, "conflicts"), ["other"], "loop-split: conflicts with other, and did not"),
    "after": ((*SPLIT, "after"), ["other"], None),
    "status": ((*SPLIT, "status"), "stable", None),
    "knob removed": ((*KNOBS, "count"), GONE, "loop-split: count is gone"),
    "knob added": ((*KNOBS, "more"), {"type": "bool", "default": False, "help": "H."}, None),
    "type": ((*KNOBS, "free", "type"), "float", "loop-split: free: type was int and is float"),
    "default": ((*KNOBS, "count", "default"), 2, "loop-split: count: default was 1 and is 2"),
    "default spelled otherwise": ((*KNOBS, "ratio", "default"), 0.50, None),
    "try": ((*KNOBS, "count", "try"), [1, 2], None),
    "help": ((*KNOBS, "count", "help"), "Other.", None),
    "range narrower above": (
        (*KNOBS, "count", "range"),
        [1, 3],
        "loop-split: count: range is [1, 3], and was [1, 4]",
    ),
    "range narrower below": (
        (*KNOBS, "count", "range"),
        [2, 8],
        "loop-split: count: range is [2, 8], and was [1, 4]",
    ),
    "range wider": ((*KNOBS, "count", "range"), [0, 8], None),
    "range removed": ((*KNOBS, "count", "range"), GONE, None),
    "range added": ((*KNOBS, "free", "range"), [1, 9], "loop-split: free: range is [1, 9], and had none"),
    "choice removed": ((*KNOBS, "mode", "values"), ["one"], "loop-split: mode: [two] can no longer be chosen"),
    "choice added": ((*KNOBS, "mode", "values"), ["one", "two", "three"], None),
}


def changed(path, value):
    new = yaml.safe_load(CATALOGUE)
    at = new
    for key in path[:-1]:
        at = at[key]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = copy.deepcopy(value)
    return new


@pytest.mark.parametrize(("path", "value", "sentence"), CHANGES.values(), ids=CHANGES.keys())
def test_breaking_change(path, value, sentence):
    old = yaml.safe_load(CATALOGUE)
    assert breaking_changes(old, changed(path, value)) == ([sentence] if sentence else [])


def test_renamed_knob_and_pass():
    old, new = yaml.safe_load(CATALOGUE), yaml.safe_load(CATALOGUE)
    new["another"] = new.pop("other")
    knobs = new["loop-split"]["knobs"]
    knobs["number"] = knobs.pop("count")
    assert breaking_changes(old, new) == [
        "loop-split: count is gone",
        "other is gone; a retired entry that names its successor has to stay",
    ]


def test_exactness_is_in_the_order_of_the_schema():
    words = re.search(r"exactnesses = {(.*?)};", (ROOT / "infra/registry/Schema.cpp").read_text(), re.DOTALL)[1]
    assert re.findall(r'"([\w-]+)"', words) == list(EXACTNESS)


def test_the_own_catalogue_breaks_nothing_of_itself():
    entries = yaml.safe_load((ROOT / "registry.yaml").read_text())
    assert breaking_changes(entries, copy.deepcopy(entries)) == []
    assert len(breaking_changes(entries, {})) == len(entries)


def test_catalogues_can_be_compared_by_hand(tmp_path):
    (tmp_path / "old.yaml").write_text(CATALOGUE)
    (tmp_path / "new.yaml").write_text(yaml.safe_dump(changed((*KNOBS, "count"), GONE)))

    def compare(*names):
        return subprocess.run(
            [sys.executable, ROOT / "infra/setup/breaking.py", *names], cwd=tmp_path, capture_output=True, text=True
        )

    differs, same, wrong = compare("old.yaml", "new.yaml"), compare("old.yaml", "old.yaml"), compare("old.yaml")
    assert (differs.returncode, differs.stdout) == (1, "loop-split: count is gone\n")
    assert (same.returncode, same.stdout) == (0, "nothing breaks\n")
    assert wrong.returncode == 2 and "breaking.py OLD.yaml NEW.yaml" in wrong.stderr


# --- Versions and the changelog ---------------------------------------------------


@pytest.mark.parametrize("text", ["", "1", "0.2", "v0.2.0", "0.2.0.1", "0.02.0", "0.2.0-rc1", "0.2.x"])
def test_no_version(text):
    with pytest.raises(release.Refused, match="expected one such as 0.2.0"):
        release.parse_version(text)


@pytest.mark.parametrize(
    ("version", "last", "may"),
    [
        ((0, 1, 1), (0, 1, 0), False),
        ((0, 2, 0), (0, 1, 9), True),
        ((0, 2, 1), (0, 1, 9), True),
        ((1, 0, 0), (0, 9, 0), True),
        ((1, 0, 1), (1, 0, 0), False),
        ((1, 1, 0), (1, 0, 0), False),
        ((2, 0, 0), (1, 9, 9), True),
    ],
)
def test_who_may_break(version, last, may):
    assert release.may_break(version, last) is may
    assert release.may_break(release.next_breaking(last), last)


CHANGELOG = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0\n\n- First.\n"


def test_changelog_gets_its_section():
    assert release.with_section(CHANGELOG, "0.2.0", "2027-01-02") == CHANGELOG.replace(
        "## Unreleased\n", "## 0.2.0 (2027-01-02)\n"
    )


@pytest.mark.parametrize(
    ("changelog", "why"),
    [
        ("# Changelog\n\n## 0.1.0\n\n- First.\n", "its first section is `## 0.1.0`; write .* under `## Unreleased`"),
        ("# Changelog\n\n## 0.1.0\n\n- F.\n\n## Unreleased\n\n- New.\n", "its first section is `## 0.1.0`"),
        ("# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- First.\n", "nothing stands under `## Unreleased`"),
        ("# Changelog\n", "it has no section"),
    ],
    ids=["missing", "not at the top", "empty", "no section"],
)
def test_changelog_without_news(changelog, why):
    with pytest.raises(release.Refused, match=why):
        release.with_section(changelog, "0.2.0", "2027-01-02")


def test_own_files_can_be_released():
    cmake = (ROOT / "CMakeLists.txt").read_text()
    bumped = release.with_version(cmake, "99.0.0")
    assert "project(TritonExt VERSION 99.0.0 " in bumped
    assert [a for a, b in zip(cmake.splitlines(), bumped.splitlines(), strict=True) if a != b] == [
        line for line in cmake.splitlines() if line.startswith("project(TritonExt VERSION")
    ]


# --- The whole command, with a build that takes no time ----------------------------

DIST = """#!/bin/sh
set -e
mkdir dist
sed -n 's/^project(TritonExt VERSION //p' CMakeLists.txt > dist/wheel
grep '^## ' CHANGELOG.md > dist/tarball
"""


class Repository:
    """A small checkout under ``root``, released as 0.1.0."""

    def __init__(self, root):
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("CMakeLists.txt", "project(TritonExt VERSION 0.1.0 LANGUAGES CXX)\n")
        self.write("CHANGELOG.md", CHANGELOG)
        self.write("registry.yaml", CATALOGUE)
        self.write(".gitignore", "/dist/\n")
        self.write("infra/setup/dist", DIST)
        (root / "infra/setup/dist").chmod(0o755)
        self.commit("The first release")
        self.git("tag", "v0.1.0")

    def write(self, name, text):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def text(self, name):
        return (self.root / name).read_text()

    def git(self, *arguments):
        identity = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self.env = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": "/dev/null"}
        return subprocess.run(
            ["git", *arguments], cwd=self.root, env=self.env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def release(self, *arguments):
        command = [sys.executable, ROOT / "infra/setup/release.py", *arguments, "--root", self.root]
        return subprocess.run(list(map(str, command)), env=self.env, capture_output=True, text=True)

    def state(self):
        """Everything that git can see of it."""
        return self.git("rev-parse", "HEAD"), self.git("status", "--porcelain"), self.git("show-ref")


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "repository")


@pytest.mark.parametrize(
    ("variables", "options"),
    [((), ""), (("PUBLISH=yes",), " --publish"), (("PUBLISH=no", "REPEAT=no"), " --no-repeat")],
    ids=["dry run", "publish", "once"],
)
def test_make_says_what_is_to_be_done(variables, options):
    command = ["make", "--dry-run", "release", "VERSION=1.2.3", *variables]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    called = " ".join(said[said.index("infra/setup/release.py") :].replace("\\\n", " ").split())
    assert called == f"infra/setup/release.py '1.2.3'{options}"


def test_dry_run_changes_nothing(repository):
    before = repository.state()
    done = repository.release("0.2.0")
    assert done.returncode == 0, done.stderr
    assert repository.state() == before
    assert "release 0.2.0 (dry run), after 0.1.0" in done.stdout
    assert "two builds in two folders have equal hashes" in done.stdout
    assert "tag v0.2.0" in done.stdout and "make release VERSION=0.2.0 PUBLISH=yes" in done.stdout
    # What was built is the release, not the checkout.
    assert repository.text("dist/wheel").startswith("0.2.0 ")
    assert re.match(r"## 0\.2\.0 \(\d{4}-\d\d-\d\d\)\n## 0\.1\.0\n", repository.text("dist/tarball"))


def test_publishing_commits_and_tags(repository):
    done = repository.release("0.2.0", "--publish", "--no-repeat")
    assert done.returncode == 0, done.stderr
    assert repository.git("status", "--porcelain") == ""
    assert repository.git("log", "-1", "--format=%s") == "Release 0.2.0"
    assert repository.git("show", "--name-only", "--format=", "HEAD").split() == ["CHANGELOG.md", "CMakeLists.txt"]
    assert repository.git("rev-parse", "v0.2.0^{commit}") == repository.git("rev-parse", "HEAD")
    assert repository.git("cat-file", "-t", "v0.2.0") == "tag"
    assert "VERSION 0.2.0 " in repository.text("CMakeLists.txt")
    assert "git push origin HEAD v0.2.0" in done.stdout
    # The next one needs news of its own.
    assert "write what is new under `## Unreleased`" in repository.release("0.3.0").stderr


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("0.1.0", "found 0.1.0, expected a version above 0.1.0, the last one"),
        ("0.0.9", "expected a version above 0.1.0"),
        ("next", "found the version 'next', expected one such as 0.2.0"),
    ],
)
def test_version_refused(repository, version, why):
    before = repository.state()
    done = repository.release(version)
    assert (done.returncode, repository.state()) == (2, before)
    assert why in done.stderr and "Traceback" not in done.stderr
    assert not (repository.root / "dist").exists()


def test_version_not_above_the_changelog(repository):
    repository.write("CHANGELOG.md", CHANGELOG + "\n## 0.3.0 (2026-01-01)\n\n- Untagged.\n")
    repository.commit("More")
    assert "expected a version above 0.3.0" in repository.release("0.2.0").stderr


@pytest.mark.parametrize("name", ["registry.yaml", "new-file"])
def test_dirty_tree_refused(repository, name):
    repository.write(name, "# other\n")
    done = repository.release("0.2.0")
    assert done.returncode == 2
    assert "the tree has changes" in done.stderr and name in done.stderr


def test_breaking_change_needs_a_minor_release_while_0(repository):
    repository.write("registry.yaml", CATALOGUE.replace("default: 1, range: [1, 4]", "default: 2, range: [2, 4]"))
    repository.commit("Another default")
    done = repository.release("0.1.1")
    assert done.returncode == 2
    assert "0.1.1 would break what 0.1.0 promised; 0.2.0 may" in done.stderr
    assert "  loop-split: count: default was 1 and is 2\n" in done.stderr
    done = repository.release("0.2.0", "--no-repeat")
    assert done.returncode == 0, done.stderr
    assert "breaking changes, since v0.1.0:\n  loop-split: count: default was 1 and is 2\n" in done.stdout


def test_breaking_change_needs_a_major_release_from_1(repository):
    repository.git("tag", "v1.4.0")
    repository.write("registry.yaml", CATALOGUE.replace("other: {", "another: {"))
    repository.commit("Another name")
    assert "1.5.0 would break what 1.4.0 promised; 2.0.0 may" in repository.release("1.5.0").stderr
    assert repository.release("2.0.0", "--no-repeat").returncode == 0


def test_without_a_tag_nothing_was_promised(repository):
    repository.git("tag", "--delete", "v0.1.0")
    repository.write("registry.yaml", "{}\n")
    repository.commit("Nothing")
    done = repository.release("0.1.1", "--no-repeat")
    assert done.returncode == 0, done.stderr
    assert "breaking changes, no release is tagged:\n  none\n" in done.stdout


def test_builds_that_differ_are_not_released(repository):
    repository.write("infra/setup/dist", DIST + "pwd >> dist/wheel\n")
    repository.commit("A build with its path in it")
    before = repository.state()
    done = repository.release("0.2.0", "--publish")
    assert (done.returncode, repository.state()) == (1, before)
    assert "two builds differ in wheel; nothing is tagged" in done.stdout


def test_build_that_fails_is_not_released(repository):
    repository.write("infra/setup/dist", DIST + "exit 7\n")
    repository.commit("A build that fails")
    before = repository.state()
    done = repository.release("0.2.0", "--publish")
    assert (done.returncode, repository.state()) == (3, before)
    assert "infra/setup/dist failed; nothing is tagged" in done.stderr and "Traceback" not in done.stderr


def test_commit_that_fails_leaves_the_tree_as_it_was(repository):
    hook = repository.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = repository.state()
    done = repository.release("0.2.0", "--publish", "--no-repeat")
    assert (done.returncode, repository.state()) == (3, before)


@pytest.mark.parametrize(
    ("section", "epoch"), [("0.2.0 (2027-01-02)", "1798848000"), ("Unreleased", "1234567890")], ids=["released", "not"]
)
def test_dist_has_the_time_of_the_release(repository, section, epoch):
    """Real infra/setup/dist; the later section has a day, too, which must not count."""
    repository.write("CHANGELOG.md", f"# Changelog\n\n## {section}\n\n- New.\n\n## 0.1.0 (2026-01-01)\n\n- First.\n")
    repository.write("infra/setup/dist", (ROOT / "infra/setup/dist").read_text())
    for name in ("infra/setup/wheel", "infra/setup/tarball", "bin/cmake"):
        made = f"dist/{Path(name).name}"
        repository.write(name, f"#!/bin/sh\nmkdir -p dist\necho $SOURCE_DATE_EPOCH $* > {made}\n")
        (repository.root / name).chmod(0o755)
    repository.write("dist/of-yesterday", "")
    repository.commit("Another build")
    path = f"{repository.root / 'bin'}:{os.environ['PATH']}"
    env = {**repository.env, "GIT_COMMITTER_DATE": "@1234567890 +0000", "PATH": path}
    env.pop("SOURCE_DATE_EPOCH", None)
    subprocess.run(["git", "commit", "--quiet", "--amend", "--no-edit"], cwd=repository.root, env=env, check=True)
    subprocess.run(["infra/setup/dist"], cwd=repository.root, env=env, check=True)
    assert sorted(os.listdir(repository.root / "dist")) == ["SHA256SUMS", "cmake", "tarball", "wheel"]
    assert repository.text("dist/wheel").split() == [epoch]
    # The tarball is made of the wheel's build, once that is whole.
    assert repository.text("dist/cmake").split() == [epoch, "--build", "build/wheel"]
    assert repository.text("dist/tarball").split() == [epoch, "build/wheel"]
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=repository.root / "dist", check=True)
