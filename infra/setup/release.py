# SPDX-License-Identifier: MIT
"""Makes a release of the checkout: checks, builds twice, and only then commits and tags.

    release.py VERSION [--publish] [--no-repeat] [--root FOLDER]

Without --publish nothing of the checkout changes, apart from dist/. With it the
version and the changelog are committed and tagged here; nothing is pushed.

Refused: a tree with changes; a version that is not above the last one;
CHANGELOG.md without entries under `## Unreleased`; a breaking change of the
catalogue since the last tag (breaking.py) in what is no major release, while
0.x no minor one. Exit codes: 0 done, 1 two builds differ, 2 refused.
"""

import argparse
import datetime
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from breaking import breaking_changes

PROJECT = re.compile(r"(project\(TritonExt VERSION )([\d.]+)")
SECTION = re.compile(r"^## (\d+\.\d+\.\d+)(?: \(\d{4}-\d\d-\d\d\))?$", re.MULTILINE)
UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class Refused(Exception):
    """Why there is no release, and what to do."""


# --- Versions ---------------------------------------------------------------------


def parse_version(text):
    """`1.2.3` as (1, 2, 3). Raises Refused."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", text):
        raise Refused(f"found the version {text!r}, expected one such as 0.2.0")
    return tuple(map(int, text.split(".")))


def format_version(version):
    return ".".join(map(str, version))


def may_break(version, last):
    """Whether a release after ``last`` may have breaking changes: a major one, while 0.x a minor one."""
    return version[0] > last[0] or (last[0] == 0 and version[:2] > last[:2])


def next_breaking(last):
    return (0, last[1] + 1, 0) if last[0] == 0 else (last[0] + 1, 0, 0)


# --- Files ------------------------------------------------------------------------


def with_version(cmake, version):
    """CMakeLists.txt's text with the version in its one place. Raises Refused."""
    if not PROJECT.search(cmake):
        raise Refused("CMakeLists.txt has no `project(TritonExt VERSION …`")
    return PROJECT.sub(rf"\g<1>{version}", cmake, count=1)


def with_section(changelog, version, day):
    """CHANGELOG.md's text with `## Unreleased` renamed. Raises Refused."""
    found = UNRELEASED.search(changelog)
    first = re.search(r"^## .*", changelog, re.MULTILINE)
    if not found or first.start() != found.start():
        top = f"its first section is `{first[0]}`" if first else "it has no section"
        raise Refused(f"CHANGELOG.md: {top}; write what is new under `## Unreleased` above it")
    if not found[1].strip():
        raise Refused("CHANGELOG.md: nothing stands under `## Unreleased`; write what is new for users")
    return changelog.replace("## Unreleased\n", f"## {version} ({day})\n", 1)


def edit(root, version, day):
    """Writes the version and the changelog of a release into the checkout ``root``."""
    for name, change in (
        ("CMakeLists.txt", lambda text: with_version(text, version)),
        ("CHANGELOG.md", lambda text: with_section(text, version, day)),
    ):
        file = root / name
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")


# --- The checkout -----------------------------------------------------------------


class Checkout:
    def __init__(self, root):
        self.root = root

    def git(self, *arguments):
        done = subprocess.run(["git", *arguments], cwd=self.root, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip()

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8")

    def last_tag(self):
        """The tag of the highest version; None where there is none."""
        tags = re.findall(r"^v(\d+\.\d+\.\d+)$", self.git("tag", "--list", "v*"), re.MULTILINE)
        return max(map(parse_version, tags), default=None)

    def last_version(self):
        """The highest version that has a tag or a section in the changelog."""
        sections = map(parse_version, SECTION.findall(self.text("CHANGELOG.md")))
        return max([*sections, self.last_tag() or (0, 0, 0)])

    def breaking(self):
        """Breaking changes of the catalogue since the last tag; none where there is no tag."""
        tag = self.last_tag()
        if tag is None:
            return []
        old = self.git("show", f"v{format_version(tag)}:registry.yaml")
        return breaking_changes(yaml.safe_load(old), yaml.safe_load(self.text("registry.yaml")))


def check(checkout, version, day):
    """Raises Refused where ``version`` cannot be released from ``checkout``; returns the breaking changes."""
    number = parse_version(version)
    changed = checkout.git("status", "--porcelain")
    if changed:
        raise Refused(f"the tree has changes; commit them first:\n{changed}")
    last = checkout.last_version()
    if number <= last:
        raise Refused(f"found {version}, expected a version above {format_version(last)}, the last one")
    with_version(checkout.text("CMakeLists.txt"), version)
    with_section(checkout.text("CHANGELOG.md"), version, day)
    breaking = checkout.breaking()
    tag = checkout.last_tag()
    if breaking and not may_break(number, tag):
        listed = "\n".join(f"  {sentence}" for sentence in breaking)
        least = format_version(next_breaking(tag))
        raise Refused(f"{version} would break what {format_version(tag)} promised; {least} may:\n{listed}")
    return breaking


# --- Builds -----------------------------------------------------------------------


def build(checkout, version, day, folder):
    """Builds the release in a copy of the last commit in ``folder``; returns its dist/."""
    copy = Path(folder) / "triton-ext"
    subprocess.run(["git", "clone", "--quiet", "--no-tags", str(checkout.root), str(copy)], check=True)
    edit(copy, version, day)
    environments = checkout.root / ".venv"
    if environments.is_dir():
        (copy / ".venv").symlink_to(environments)
    subprocess.run(["infra/setup/dist"], cwd=copy, check=True, stdout=sys.stderr)
    return copy / "dist"


def hashes(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def build_all(checkout, version, day, repeat):
    """Builds into dist/ of the checkout, and again elsewhere; returns the files that differ."""
    with tempfile.TemporaryDirectory(prefix="release-") as first:
        made = build(checkout, version, day, first)
        target = checkout.root / "dist"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target)
    if not repeat:
        return []
    # Another path, and one of another length.
    with tempfile.TemporaryDirectory(prefix="release-once-more-") as second:
        again = hashes(build(checkout, version, day, second))
    once = hashes(target)
    return sorted(name for name in once.keys() | again.keys() if once.get(name) != again.get(name))


def publish(checkout, version, day):
    """Commits and tags, here only."""
    names = ("CMakeLists.txt", "CHANGELOG.md")
    before = {name: checkout.text(name) for name in names}
    edit(checkout.root, version, day)
    try:
        checkout.git("commit", "--quiet", "--message", f"Release {version}", "--", *names)
    except subprocess.CalledProcessError:
        for name, text in before.items():
            (checkout.root / name).write_text(text, encoding="utf-8")
        raise
    checkout.git("tag", "--annotate", "--message", f"triton-ext {version}", f"v{version}")


# --- The command ------------------------------------------------------------------


def release(options):
    checkout = Checkout(options.root.resolve())
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    breaking = check(checkout, options.version, day)
    version = format_version(parse_version(options.version))
    last = checkout.last_tag()
    print(
        f"release {version}{'' if options.publish else ' (dry run)'}, after {format_version(checkout.last_version())}"
    )
    since = f"since v{format_version(last)}" if last else "no release is tagged"
    print(f"breaking changes, {since}:" + "".join(f"\n  {each}" for each in breaking or ["none"]), flush=True)

    differing = build_all(checkout, version, day, options.repeat)
    for name, digest in hashes(checkout.root / "dist").items():
        print(f"  {digest}  dist/{name}")
    if differing:
        print(f"two builds differ in {', '.join(differing)}; nothing is tagged")
        return 1
    print("two builds in two folders have equal hashes" if options.repeat else "built once, not compared")

    if options.publish:
        publish(checkout, version, day)
        print(f"committed, and tagged v{version}. To publish: git push origin HEAD v{version}")
    else:
        print(f"would commit CMakeLists.txt and CHANGELOG.md as `Release {version}` and tag v{version}")
        print(f"to do so: make release VERSION={version} PUBLISH=yes")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("version", help="such as 0.2.0")
    parser.add_argument("--publish", action="store_true", help="commit and tag; without it nothing changes but dist/")
    parser.add_argument("--no-repeat", dest="repeat", action="store_false", help="build once, compare nothing")
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[2], help="the checkout")
    try:
        return release(parser.parse_args())
    except Refused as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"release: {' '.join(map(str, error.cmd))} failed; nothing is tagged", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
