# SPDX-License-Identifier: MIT
"""Policy files: what they forbid is an error where it is written, a warning and stock where it is picked up."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import rig

import triton_ext
import triton_ext.testing
from triton_ext import _library, _pipeline, _settings
from triton_ext._library import _installed, _policy

BUILD = pathlib.Path(os.environ.get("TRITON_EXT_BUILD", "build/dev")).resolve()
OWN = BUILD / "lib" / "libTritonExtPassInfra.so"
MINE = BUILD / "lib" / "libTritonExtMine.so"


def refused(text):
    """The PipelineError of a pipeline that policy forbids."""
    with pytest.raises(triton_ext.PipelineError, match="is forbidden by policy") as caught:
        triton_ext.passes(text)
    assert caught.value.details["code"] == "policy"
    return str(caught.value)


def test_without_a_file_nothing_is_forbidden(policy, planted):
    policy()
    assert _policy.files() == []
    triton_ext.passes("planted-change,planted-crash")


@pytest.mark.parametrize(
    ("rules", "allowed", "forbidden"),
    [
        ("passes = planted-c*", "planted-change", "planted-exit"),
        ("passes = planted-c*, !*-crash", "planted-change", "planted-crash"),
        ("passes = !planted-change", "planted-exit", "planted-change"),
        ("passes = planted-change\n  planted-exit", "planted-change,planted-exit", "planted-crash"),
        ("passes =", "", "planted-change"),
        ("statuses = stable, experimental", "planted-change", None),
        ("statuses = stable", "", "planted-change"),
        ("exactness = bit-exact, contracts", "planted-crash", "planted-change"),
        ("exactness = bit-exact  # and nothing else", "planted-crash", "planted-change"),
    ],
)
@pytest.mark.parametrize("place", ["system", "named"])
def test_a_pass_is_forbidden_with_file_and_line(policy, planted, rules, allowed, forbidden, place):
    system, named = policy(**{place: f"# of the house\n[policy]\n{rules}\n"})
    triton_ext.passes(allowed)
    if forbidden:
        sentence = refused(forbidden)
        field = rules.split()[0]
        where = system if place == "system" else named
        assert sentence.startswith(f"{forbidden} is forbidden by policy: {where}:3: {field} = ")


def test_the_reason_names_what_the_entry_is(policy, planted):
    policy("[policy]\nexactness = bit-exact\n")
    assert refused("planted-change").endswith("exactness = bit-exact, and it is approximates")


def test_what_changes_no_module_has_no_exactness_to_forbid(policy):
    policy("[policy]\nexactness = bit-exact\n")
    analysis = {"name": "a", "kind": "analysis", "status": "stable", "exactness": None}
    assert _policy.why_not(analysis) is None
    assert "of unknown exactness" in _policy.why_not({"name": "not-in-the-catalogue", "status": "stable"})


def test_a_second_file_only_takes_away(policy, planted):
    policy("[policy]\npasses = planted-c*\n", "[policy]\npasses = planted-crash, planted-exit\n")
    triton_ext.passes("planted-crash")
    assert "named.ini:2" in refused("planted-change")
    assert "etc/policy.ini:2" in refused("planted-exit")


@pytest.mark.parametrize(
    "enable",
    [
        triton_ext.passes,
        lambda text: triton_ext.Config({}, passes=text),
        lambda text: triton_ext.passes(f"+{text}"),
        lambda text: rig.launch(rig.fresh(rig.add), triton_ext=text),
        lambda text: rig.launch(rig.fresh(rig.add), triton_ext=f"{text} [{_library.load().build_hash}]"),
    ],
)
def test_every_way_that_python_has_is_refused(policy, planted, cuda, enable):
    policy("[policy]\npasses = !planted-change\n")
    with triton_ext.passes("planted-exit"), pytest.raises(triton_ext.PipelineError, match="forbidden by policy"):
        enable("planted-change")


def test_an_allowed_pass_fires(policy, planted, cuda):
    policy("[policy]\npasses = planted-change\nexactness = approximates\nmodes = isolated\n")
    with triton_ext.passes("planted-change{value=2}"):
        assert rig.value_of(rig.launch(rig.fresh(rig.add))) == 2


# Files that are wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[policy]\npases = *\n", 2, "there is no field 'pases', nearest: passes"),
        ("[policy]\n\nstatuses = stabel\n", 3, "there is no 'stabel', nearest: stable"),
        ("[policy]\nexactness = bitexact\n", 2, "there is no 'bitexact', nearest: bit-exact"),
        ("[policy]\nmodes = inline\n", 2, "modes has to have isolated"),
        ("[policy]\nmodes = in-line\n", 2, "there is no 'in-line'"),
        ("[policy]\nlibraries = mine.so\n", 2, "absolute paths, not 'mine.so'"),
        ("[policy]\npasses = *\npasses = *\n", 3, "DuplicateOptionError"),
        ("passes = *\n", 1, "MissingSectionHeaderError"),
        ("[policy]\npasses = *\nloop-split\n", 3, "ParsingError"),
        ("[polici]\npasses = *\n", 0, "expected one section [policy], found polici"),
        ("[policy]\n[DEFAULT]\npasses = *\n", 0, "expected one section [policy]"),
        ("", 0, "expected one section [policy], found none"),
    ],
)
def test_a_mistake_forbids_everything_and_is_named_with_its_line(policy, planted, text, line, said):
    system, _ = policy(text)
    sentence = refused("planted-change")
    assert f"{system}:{line}: " in sentence if line else f"{system}: " in sentence
    assert said in sentence
    with pytest.raises(ValueError, match="forbidden by policy"):
        triton_ext.configure(mode="inline")


def test_bytes_that_are_no_text(policy, planted):
    system, _ = policy("")
    system.write_bytes(b"[policy]\npasses = \xff\n")
    assert f"{system}:2: it is no UTF-8" in refused("planted-change")


def test_a_file_that_cannot_be_read(policy, planted, monkeypatch):
    system, named = policy(None, "")
    named.unlink()
    assert f"{named}: it cannot be read: No such file" in refused("planted-change")
    monkeypatch.delenv("TRITON_EXT_POLICY")
    system.mkdir()
    monkeypatch.setattr(_policy, "_read", None)
    assert f"{system}: it cannot be read: Is a directory" in refused("planted-change")


def test_stock_needs_no_file(policy, planted, cuda):
    policy("nonsense")
    with triton_ext.passes(""):
        assert rig.launch(rig.fresh(rig.add)).asm["cubin"]


# Modes, libraries, worker programs -------------------------------------------------------------------------------


def test_inline_is_forbidden(policy, monkeypatch):
    system, _ = policy("[policy]\nmodes = isolated\n")
    with pytest.raises(ValueError, match=f'"inline" is forbidden by policy: {system}:2'):
        triton_ext.configure(mode="inline")
    monkeypatch.setattr(_settings, "_said", set())
    monkeypatch.setenv("TRITON_EXT_MODE", "inline")
    with pytest.warns(triton_ext.FallbackWarning, match="TRITON_EXT_MODE is ignored") as caught:
        assert {_settings.get("mode") for _ in range(3)} == {"isolated"}
    assert len(caught) == 1


def loads(*paths):
    """The library of TRITON_EXT_LIBRARY, in place for the time being."""
    os.environ["TRITON_EXT_LIBRARY"] = os.pathsep.join(map(str, paths))
    with triton_ext.testing.use_library(None):
        _library.load().stop_worker()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A copy of the library that is not this package's own."""
    monkeypatch.setenv("TRITON_EXT_LIBRARY", str(OWN))
    monkeypatch.setattr(_library, "_own", lambda: str(OWN))
    return shutil.copy(OWN, tmp_path / "libCopy.so")


def test_a_library_is_forbidden_before_it_is_loaded(policy, elsewhere):
    system, _ = policy("[policy]\nlibraries = own\n")
    loads(OWN)
    for paths in ((elsewhere,), (OWN, MINE)):
        with pytest.raises(triton_ext.LibraryMissing, match=f"{paths[-1]} is forbidden by policy: {system}:2"):
            loads(*paths)
    assert str(elsewhere) not in pathlib.Path("/proc/self/maps").read_text()
    link = pathlib.Path(elsewhere).with_name("libLink.so")
    link.symlink_to(elsewhere)  # another name for a file is that file
    policy(f"[policy]\nlibraries = {link}\n")
    with pytest.raises(triton_ext.LibraryMissing):
        loads(link)


def test_a_library_of_an_installed_package_is_one_warning(policy, elsewhere, monkeypatch):
    monkeypatch.setattr(_installed, "libraries", lambda: [("mine_passes", str(MINE), None)])
    policy("[policy]\nlibraries = own\n")
    with pytest.warns(triton_ext.FallbackWarning, match=f"mine_passes are not there: .*{MINE} is forbidden by policy"):
        loads(OWN)


def test_a_library_is_allowed_by_its_path(policy, elsewhere):
    policy(f"[policy]\nlibraries = {elsewhere} {MINE.parent}/libTritonExtM*.so\n")
    loads(elsewhere, MINE)
    loads(OWN, MINE)


def test_a_broken_file_leaves_only_the_packages_own_library(policy, elsewhere):
    policy("[policy]\nlibraries\n")
    loads(OWN)
    with pytest.raises(triton_ext.LibraryMissing, match="policy.ini"):
        loads(elsewhere)


def test_another_worker_program_is_a_library_too(policy, elsewhere, monkeypatch):
    policy("[policy]\nlibraries = own\n")
    monkeypatch.setenv("TRITON_EXT_WORKER", "/bin/true")
    with pytest.raises(triton_ext.LibraryMissing, match="/bin/true is forbidden by policy"):
        loads(OWN)


# What is picked up, and what is said ------------------------------------------------------------------------------


def test_from_the_environment_it_is_a_warning_and_stock(tmp_path):
    file = tmp_path / "policy.ini"
    file.write_text("[policy]\nstatuses = stable\n")
    here = str(pathlib.Path(rig.__file__).parent)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {here!r}); import triton_ext, rig\n"
            "rig.activate('cuda'); print(triton_ext.report(rig.launch(rig.add)), rig.wrapped_methods())",
        ],
        env={**os.environ, "TRITON_EXT_POLICY": str(file), "TRITON_EXT_PASSES": "loop-split"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[] []\n"
    assert done.stderr.count("FallbackWarning") == 1, done.stderr
    assert f"loop-split is forbidden by policy: {file}:2: statuses = stable, and it is experimental" in done.stderr


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("drop=ttir.loop_unroll", "ttir.loop_unroll"),
        ("other*: planted-change; drop=ttir.ttir.loop-unroll#1?", "ttir.loop_unroll"),
        ("ttgpuir.pipeline{num-stages=4}", "ttgpuir.pipeline"),
        ("planted-change@replace=ttir.loop_unroll", "ttir.loop_unroll"),
    ],
)
@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ("", True),
        ("modes = isolated", True),
        ("passes = planted-*", False),
        ("statuses = stable, experimental", False),
        ("exactness = approximates", False),
        ("exactness = approximates\nstock = ttir.*, ttgpuir.pipeline", True),
        ("stock = !ttir.* !ttgpuir.*", False),
        ("stock =", False),
    ],
)
def test_changed_stock_passes(policy, planted, text, name, rules, allowed):
    policy(f"[policy]\n{rules}\n")
    triton_ext.passes("planted-change@before=ttir.loop_unroll")  # changes none
    if allowed:
        triton_ext.passes(text)
    else:
        assert refused(text).startswith(f"{name} is forbidden by policy: ")


def test_every_rule_of_a_text_is_looked_at(policy, planted):
    policy("[policy]\npasses = !planted-exit\n")
    triton_ext.passes("other: planted-crash; *: planted-change")
    for text in ("other: planted-exit", "a*: planted-change; b*: planted-exit@after=ttir.loop_unroll"):
        assert refused(text).startswith("planted-exit is forbidden")


def test_a_file_is_read_once(policy, planted):
    system, _ = policy("[policy]\npasses = planted-change\n")
    refused("planted-crash")
    system.unlink()
    refused("planted-crash")
    assert _pipeline.check("planted-change").canonical
