# SPDX-License-Identifier: MIT
"""Several libraries at once: names, workers and keys kept apart; what installed packages register."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import pytest
import rig
import triton
import triton.language as tl
from test_threads import in_child, in_threads

import triton_ext
import triton_ext.testing
from triton_ext import _library, _pipeline
from triton_ext._library import _installed

BUILD = pathlib.Path(os.environ.get("TRITON_EXT_BUILD", "build/dev")).resolve()
OWN = BUILD / "lib" / "libTritonExtPassInfra.so"
MINE = BUILD / "lib" / "libTritonExtMine.so"


@triton.jit
def partial(x, o, n, B: tl.constexpr):
    """A loop that loop-split splits: what is added is zero from the third iteration on."""
    i = tl.arange(0, B)
    total = tl.zeros((B,), tl.float32)
    for k in range(n):
        total += tl.where(k < 2, tl.load(x + k * B + i), 0.0)
    tl.store(o + i, total)


def mark_of(kernel):
    """The knob of mine/loop-split that a compiled kernel shows; None where it was not there."""
    found = re.search(r"tt\.mine = (\d+) : i32", kernel.asm["ttir"])
    return int(found[1]) if found else None


def is_split(kernel):
    return kernel.asm["ttir"].count("scf.for") == 2


@pytest.fixture(scope="module")
def installed_twice(tmp_path_factory):
    """A copy of the library, so that what is added to it is added for these tests only."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("lib", "bin"):
        (folder / name).mkdir()
    (folder / "bin" / "triton-ext-opt").symlink_to(BUILD / "bin" / "triton-ext-opt")
    library = _library.Library(shutil.copy(OWN, folder / "lib"))
    library.add(str(MINE))
    return library


@pytest.fixture
def both(installed_twice):
    """The library, with mine added to it."""
    with triton_ext.testing.use_library(installed_twice):
        yield installed_twice
    installed_twice.stop_worker()


def workers(parent=None):
    """The worker processes of this process: the library each serves -> process id."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            status, words = (folder / "status").read_text(), (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"\nPPid:\t{parent or os.getpid()}\n" in status and "\nState:\tZ" not in status and b"--serve" in words:
            (library,) = [word for word in words if word.startswith(b"--library=")]
            found[pathlib.Path(os.fsdecode(library)).name] = int(folder.name)
    return found


def python(text, *words, expect=0, **environment):
    """What ``text`` prints in a process of its own, which must end with status ``expect``."""
    done = subprocess.run(
        [sys.executable, "-c", text, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


# --- pipelines ---


def test_two_passes_of_one_name_fire_in_one_pipeline(both, target):
    stock = rig.launch(rig.fresh(partial))
    assert not is_split(stock) and mark_of(stock) is None
    for text, mark, split in (
        ("mine/loop-split{value=3},loop-split", 3, True),
        ("loop-split,mine/loop-split", 1, True),
        ("mine/loop-split", 1, False),
        ("loop-split", None, True),
    ):
        kernel, said = rig.launched(text, kernel=partial)
        assert (mark_of(kernel), is_split(kernel)) == (mark, split) and said == [], text
        (record,) = triton_ext.report(kernel)
        names = [re.sub(r"\{.*", "", each) for each in text.split(",")]
        assert [(each["name"], each["status"]) for each in record["passes"]] == [(name, "fired") for name in names]
        assert record["us"]["total"] >= sum(each["us"] for each in record["passes"])


def test_a_crash_takes_its_own_worker_only(both, cuda):
    rig.launched("mine/loop-split,loop-split", kernel=partial)
    before = workers()
    assert set(before) == {OWN.name, MINE.name}
    stock = rig.launch(rig.fresh(rig.add))
    failed, said = rig.launched("loop-split,mine/loop-split,mine/fault")
    assert rig.code(failed) == rig.code(stock)
    assert len(said) == 1 and "pass mine/fault failed" in said[0]
    (record,) = triton_ext.report(failed)
    assert (record["error"]["code"], record["error"]["pass"]) == ("crash", "mine/fault")
    assert workers() == {OWN.name: before[OWN.name]}
    kernel, said = rig.launched("mine/loop-split{value=2}")
    assert mark_of(kernel) == 2 and said == []
    assert workers()[OWN.name] == before[OWN.name] and workers()[MINE.name] != before[MINE.name]


def test_none_of_its_code_comes_here(both, cuda):
    assert mark_of(rig.launched("mine/loop-split{value=4}")[0]) == 4
    assert MINE.name not in pathlib.Path("/proc/self/maps").read_text()


def test_inline_is_here(both, cuda):
    def in_the_child():
        with triton_ext.configure(mode="inline"):
            kernel, said = rig.launched("mine/loop-split{value=5},loop-split", kernel=partial)
        mapped = MINE.name in pathlib.Path("/proc/self/maps").read_text()
        return mark_of(kernel), is_split(kernel), said, mapped, workers()

    assert in_child(in_the_child) == (5, True, [], True, {})


def test_threads_and_children(both, cuda):
    def work(index):
        with triton_ext.passes(f"mine/loop-split{{value={index}}},loop-split"):
            return mark_of(rig.launch(rig.fresh(partial)))

    assert in_threads(8, work) == list(range(8))
    here = workers()

    def in_the_child():
        kernel = rig.launched("mine/loop-split{value=9},loop-split", kernel=partial)[0]
        return mark_of(kernel), workers()

    mark, childs = in_child(in_the_child)
    assert mark == 9 and set(childs) == set(here) and not set(childs.values()) & set(here.values())
    assert workers() == here


def test_names_are_asked_for_in_full(both):
    for text, nearest in (
        ("fault", "mine/fault"),
        ("mine/loop-spilt", "mine/loop-split"),
        ("yours/fault", "mine/fault"),
    ):
        with pytest.raises(triton_ext.PipelineError, match="unknown pass") as caught:
            triton_ext.passes(text)
        assert nearest in caught.value.details["nearest"]
    with pytest.raises(triton_ext.PipelineError, match="value takes an integer from 0 to 100"):
        triton_ext.passes("mine/loop-split{value=101}")


# --- keys ---


def test_values_have_the_build_of_each_library_named(both):
    theirs = _library.Library(str(MINE)).build_hash
    expected = {
        "loop-split": f"loop-split [{both.build_hash}]",
        "mine/fault": f"mine/fault [{both.build_hash} mine={theirs}]",
        "loop-split,mine/fault": f"loop-split,mine/fault [{both.build_hash} mine={theirs}]",
    }
    for text, value in expected.items():
        assert _pipeline.value(text) == value
        assert _pipeline.text_of(value) == text
        assert _pipeline.of_value(value).canonical == text
    assert _pipeline.text_of("loop-split [not one]") == "loop-split [not one]"


KEYS = """
import sys
sys.path[:0] = [sys.argv[1]]
import rig, triton_ext
rig.activate("cuda")
with rig.counted() as compiled:
    for text in ("mine/loop-split", "loop-split"):
        with triton_ext.passes(text):
            kernel = rig.launch(rig.fresh(rig.add))
            print(len(compiled), kernel.metadata.triton_ext, kernel.hash)
"""


def test_another_build_of_mine_has_other_keys(tmp_path):
    """The same file with another hash in it, as another build has."""
    build = _library.Library(str(MINE)).build_hash
    rebuilt = tmp_path / MINE.name
    content = MINE.read_bytes()
    assert content.count(build.encode()) == 1
    rebuilt.write_bytes(content.replace(build.encode(), b"0123456789abcdef"))

    def keys(mine):
        said = python(KEYS, pathlib.Path(__file__).parent, TRITON_EXT_LIBRARY=f"{OWN}:{mine}")
        return zip(*re.findall(r"^(\d) (.*)", said, re.MULTILINE), strict=True)

    counts, first = keys(MINE)
    assert counts == ("1", "2")
    counts, second = keys(rebuilt)
    assert counts == ("1", "1"), "a kernel of mine is compiled again, the other comes out of the cache"
    assert "mine=0123456789abcdef" in second[0] and first[0] != second[0]
    assert first[1] == second[1]
    assert list(keys(MINE)) == [("0", "0"), first]


def test_a_library_rebuilt_meanwhile_is_refused(tmp_path):
    """Its catalogue may say something else by now."""
    text = """
import os, sys, warnings
sys.path[:0] = [sys.argv[1]]
import rig, triton_ext
from triton_ext import _library
_library.load()
with open(sys.argv[2], "rb") as file:
    content = file.read()
build = _library.Library(sys.argv[3]).build_hash.encode()
with open(sys.argv[2] + ".new", "wb") as file:
    file.write(content.replace(build, b"0123456789abcdef"))
os.replace(sys.argv[2] + ".new", sys.argv[2])
rig.activate("cuda")
with triton_ext.passes("mine/loop-split"):
    kernel = rig.launch(rig.fresh(rig.add))
(record,) = triton_ext.report(kernel)
print(record["error"]["code"], "tt.mine" in kernel.asm["ttir"])
"""
    mine = shutil.copy(MINE, tmp_path)
    said = python(text, pathlib.Path(__file__).parent, mine, MINE, TRITON_EXT_LIBRARY=f"{OWN}:{mine}")
    assert "no-worker False\n" in said
    assert "pass mine/loop-split cannot run here" in said and "start the program again" in said


# --- TRITON_EXT_LIBRARY ---

LISTED = """
import json, triton_ext
from triton_ext import _library
said = json.loads(_library.load().catalogue().output)
print([each["library"] for each in said["libraries"]], sorted({each["source"] or "" for each in said["extensions"]}))
"""


def listed(expect=0, **environment):
    return python(LISTED, expect=expect, **environment)


def test_a_list_of_paths(tmp_path):
    assert listed(TRITON_EXT_LIBRARY=f"{OWN}:{MINE}:{MINE}") == f"['', 'mine'] ['', '{MINE}']\n"
    (tmp_path / "link.so").symlink_to(MINE)
    assert listed(TRITON_EXT_LIBRARY=f"{OWN}:{tmp_path / 'link.so'}:{OWN}") == f"['', 'mine'] ['', '{MINE}']\n"
    assert listed(TRITON_EXT_LIBRARY=f"{MINE}:{OWN}") == f"['mine', ''] ['', '{OWN}']\n"
    relative = os.path.relpath(MINE)
    assert listed(TRITON_EXT_LIBRARY=f"{OWN}:{relative}") == f"['', 'mine'] ['', '{MINE}']\n"


def test_an_empty_place_is_the_packages_own(monkeypatch):
    own = _library._own()
    for text, paths in (
        ("", [own]),
        (":/x.so", [own, "/x.so"]),
        ("/x.so:", ["/x.so", own]),
        ("/x.so::/y.so", ["/x.so", own, "/y.so"]),
    ):
        monkeypatch.setenv("TRITON_EXT_LIBRARY", text)
        assert _library.paths() == paths and _library.path() == paths[0]
    monkeypatch.delenv("TRITON_EXT_LIBRARY")
    assert _library.paths() == [own]


REFUSED = {
    "libTritonExtGone.so": "there is no library",
    "libTritonExtNoLibrary.so": "is no triton-ext library",
    "libTritonExtOtherAbi.so": "speaks ABI 99, expected ABI 1",
    "libTritonExtPlanted.so": "has no name",
    "libTritonExtHostile.so": "the catalogue of",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_path_that_was_written_must_be_right(name):
    said = listed(1, TRITON_EXT_LIBRARY=f"{OWN}:{BUILD / 'lib' / name}")
    last = said.strip().splitlines()[-1]
    assert last.startswith("triton_ext.LibraryMissing: ") and REFUSED[name] in last and name in last


def test_a_clash_names_both_files(tmp_path):
    copy = shutil.copy(MINE, tmp_path)
    said = listed(1, TRITON_EXT_LIBRARY=f"{OWN}:{MINE}:{copy}")
    assert f"two libraries are called 'mine': {MINE} and {copy}; use one of them, or build one" in said


def test_a_library_alone_finds_a_worker(tmp_path):
    """A private library without a program beside it runs in the worker of this package."""
    text = """
import sys, triton_ext
from triton_ext import _library
_library._own = lambda: sys.argv[1]
module = 'tt.func @k() { tt.return }'
result = _library.load().run(module, {"pipeline": "loop-split"})
print(result.report["passes"][0]["name"], "tt.mine" in result.output)
"""
    alone = shutil.copy(MINE, tmp_path)
    assert python(text, OWN, TRITON_EXT_LIBRARY=alone) == "mine/loop-split True\n"


# --- installed packages ---


@pytest.fixture
def site(tmp_path):
    """A folder on the path with a package that registers mine, and that must never be imported."""
    folder = tmp_path / "site"
    (folder / "mine_passes" / "lib").mkdir(parents=True)
    (folder / "mine_passes" / "__init__.py").write_text("raise SystemExit('imported')\n")
    shutil.copy(MINE, folder / "mine_passes" / "lib")
    return register(folder, "mine = mine_passes")


def register(folder, *entries):
    info = folder / "mine_passes-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine-passes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(("[triton_ext.libraries]", *entries)) + "\n")
    return folder


def with_site(folder):
    return {"PYTHONPATH": os.pathsep.join((os.environ["PYTHONPATH"], str(folder))), "TRITON_EXT_LIBRARY": OWN}


def test_an_installed_package_registers_its_library(site):
    mine = site / "mine_passes" / "lib" / MINE.name
    assert listed(**with_site(site)) == f"['', 'mine'] ['', '{mine}']\n"


def test_nothing_is_asked_before_the_library_is_needed(site):
    text = "import sys, triton_ext; print('importlib.metadata' in sys.modules)"
    assert python(text, **with_site(site)) == "False\n"


def test_packages_without_libraries_cost_next_to_nothing(tmp_path, monkeypatch):
    for number in range(200):
        (tmp_path / f"package{number}-1.0.dist-info").mkdir()
        (tmp_path / f"package{number}-1.0.dist-info" / "entry_points.txt").write_text("[console_scripts]\na = b:c\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "absent")])
    monkeypatch.setattr("importlib.metadata.entry_points", None)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        assert _installed.libraries() == []
        times.append(time.perf_counter() - started)
    assert min(times) < 0.02


WARNED = {
    "a package that is not there": (["mine = mine_absent"], "mine_absent are not there: .* names no package"),
    "a module within a package": (["mine = mine_passes.inner"], "'mine_passes.inner', expected a package without dots"),
    "an object": (["mine = mine_passes:library"], "'mine_passes:library', expected a package without dots"),
    "a module": (["mine = antigravity"], "antigravity are not there: .* names no package"),
}


@pytest.mark.parametrize("case", WARNED)
def test_an_entry_that_leads_nowhere_is_one_warning(site, case):
    entries, expected = WARNED[case]
    said = listed(**with_site(register(site, *entries)))
    assert said.count("FallbackWarning: ") == 1 and re.search(expected, said)
    assert "[''] ['']\n" in said


def test_a_package_with_none_or_two(site):
    library = site / "mine_passes" / "lib" / MINE.name
    shutil.copy(library, library.with_name("libOther.so"))
    said = listed(**with_site(site))
    assert f"found libOther.so, {MINE.name} in {library.parent}, expected one library" in said
    shutil.rmtree(library.parent)
    assert f"found none in {library.parent}, expected one library" in listed(**with_site(site))


def test_a_library_that_is_refused_is_one_warning_and_its_names_are_unknown(site):
    library = site / "mine_passes" / "lib" / MINE.name
    library.write_bytes(b"no library")
    said = listed(**with_site(site))
    assert said.count("FallbackWarning: ") == 1 and "[''] ['']\n" in said
    assert "the passes of the installed package mine_passes are not there: " in said and str(library) in said


def test_what_is_written_stands_before_what_is_installed(site):
    said = listed(**{**with_site(site), "TRITON_EXT_LIBRARY": f"{OWN}:{MINE}"})
    assert f"['', 'mine'] ['', '{MINE}']\n" in said
    assert f"two libraries are called 'mine': {MINE} and {site}" in said and said.count("FallbackWarning: ") == 1


def test_a_package_on_two_paths_is_one(site):
    environment = with_site(site)
    environment["PYTHONPATH"] += os.pathsep + str(site) + os.sep
    assert listed(**environment).startswith("['', 'mine'] ")
